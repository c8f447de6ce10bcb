import type { RouteArea } from "#platform/http";
import type { Context } from "../operations/context.ts";
import { publicTrust } from "../operations/publicView.ts";

/** `/api/v1/network/trust`. */
export function trustNetworkArea(context: Context): RouteArea {
  return {
    area: "trust",
    prefix: "/api/v1/network",
    register(app) {
      const schema = { summary: "How nodes are checked: per model, the published seeds, freezes, totals" };
      app.get("/trust", { config: { scope: "public", schema } }, () => publicTrust(context));
    },
  };
}
