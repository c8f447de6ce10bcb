/** Plain pages for people: the list of endpoints, and one page per error code. No script, nothing from elsewhere. */
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { coded, registry } from "#kernel";
import type { DocumentedRoute } from "./openapi.ts";

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.6rem}h2{margin-top:2rem;font-size:1.2rem}code,pre{font:14px/1.4 ui-monospace,monospace}
details{border-bottom:1px solid #e2e5e9;padding:.4rem 0}summary{cursor:pointer}b{display:inline-block;min-width:4rem}
pre{background:#f5f6f8;padding:.8rem;overflow:auto}small{color:#5b6570}a{color:#0b5cad}
@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#14171a}pre{background:#1f2429}details{border-color:#2c3238}a{color:#7db8f0}}`;
const CSP = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; frame-ancestors 'none'; base-uri 'none'`;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const html = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c);

function page(reply: FastifyReply, title: string, body: string): FastifyReply {
  reply
    .header("content-security-policy", CSP)
    .header("referrer-policy", "no-referrer")
    .type("text/html; charset=utf-8");
  return reply.send(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
      `<title>${html(title)} · Far Labs</title><style>${STYLE}</style><h1>${html(title)}</h1>${body}</html>`,
  );
}

function endpoint(route: DocumentedRoute): string {
  const { schema } = route;
  const parts = [
    ["Query", schema.query],
    ["Body", schema.body],
    ["Answer", schema.response],
  ] as const;
  const schemas = parts
    .filter(([, one]) => one !== undefined)
    .map(([name, one]) => {
      const json = JSON.stringify(z.toJSONSchema(one as z.ZodType, { io: "input", unrepresentable: "any" }), null, 2);
      return `<small>${name}</small><pre>${html(json)}</pre>`;
    });
  const access = route.scope === "public" ? "public" : `scope: ${route.scope}`;
  return (
    `<details><summary><b>${html(route.method)}</b><code>${html(route.url)}</code> ` +
    `<small>${html(access)}</small><br>${html(schema.summary ?? "")}</summary>${schemas.join("")}</details>`
  );
}

const ACTORS = {
  caller: "You: the request has to change, or wait.",
  operator: "The operator of a node.",
  platform: "Us. The request id finds it in our logs.",
  peer: "Somebody upstream; it usually passes.",
} as const;

function errorPage(code: string): string | null {
  const spec = registry().get(code);
  if (spec === undefined) return null;
  return (
    `<p>${html(spec.message)}</p><p>HTTP status <code>${spec.status}</code>, type <code>${html(spec.type)}</code>.</p>` +
    `<p>Who has to act: ${ACTORS[spec.actor]}</p><p>The same request may ${spec.retryable ? "" : "not "}succeed later without a change.</p>` +
    `<p><a href="/docs/errors">All errors</a></p>`
  );
}

export function mountDocs(
  app: FastifyInstance,
  deps: { routes: readonly DocumentedRoute[]; document: () => string },
): void {
  const config = { scope: "public" as const };
  app.get("/openapi.json", { config }, (_request, reply) => {
    reply.type("application/json; charset=utf-8").send(deps.document());
  });
  app.get("/docs", { config }, (_request, reply) => {
    const areas = [...new Set(deps.routes.map((route) => route.area))];
    const sections = areas.map((area) => {
      const own = deps.routes.filter((route) => route.area === area);
      return `<h2>${html(area)}</h2>${own.map(endpoint).join("")}`;
    });
    return page(
      reply,
      "API",
      `<p><a href="/openapi.json">OpenAPI document</a> · <a href="/docs/errors">Errors</a></p>${sections.join("")}`,
    );
  });
  app.get("/docs/errors", { config }, (_request, reply) => {
    const codes = [...registry().entries()].sort(([a], [b]) => a.localeCompare(b));
    const rows = codes.map(
      ([code, spec]) =>
        `<p><a href="/docs/errors/${code}"><code>${code}</code></a> ${spec.status}<br>${html(spec.message)}</p>`,
    );
    return page(reply, "Errors", rows.join(""));
  });
  app.get<{ Params: { code: string } }>("/docs/errors/:code", { config }, (request, reply) => {
    const body = errorPage(request.params.code);
    if (body === null) throw coded("not_found");
    return page(reply, request.params.code, body);
  });
}
