import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parse, type RouteArea } from "#platform/http";
import { resolveAppeal } from "../operations/appeals.ts";
import type { Context } from "../operations/context.ts";
import { casesWhere } from "../operations/reads.ts";
import type { Trust } from "../trust.ts";

const listQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^case_[0-9a-z]{1,64}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
const resolveBody = z.strictObject({ upheld: z.boolean(), note: z.string().trim().min(1).max(10_000) });
const calibrationBody = z.strictObject({
  manifest: z.string().min(1).max(256),
  hardware: z.string().min(1).max(64),
  kind: z.enum(["score", "end", "canary"]),
  temperature: z.enum(["cold", "warm"]),
  length: z.enum(["short", "medium", "long"]),
  statistics: z.array(z.number()).max(20_000),
  margin: z.number().min(0).max(1_000).default(0),
});
type ById = { Params: { id: string } };

/** `/api/v1/admin/slashes`, `/appeals`, `/calibrations`. */
export function trustAdminArea(context: Context, { calibrate }: Pick<Trust, "calibrate">): RouteArea {
  async function list(query: unknown, only: { appealed?: true }) {
    const { cursor, limit } = parse(listQuery, query);
    const data = await casesWhere(context, { ...only, before: cursor ?? null, limit: limit + 1 });
    const page = data.slice(0, limit);
    return { data: page, next_cursor: data.length > limit ? (page.at(-1)?.id ?? null) : null };
  }
  function register(app: FastifyInstance): void {
    app.get(
      "/slashes",
      {
        config: {
          scope: "admin",
          schema: { summary: "Cases from suspension to their end, newest first", query: listQuery },
        },
      },
      (request) => list(request.query, {}),
    );
    app.get(
      "/appeals",
      { config: { scope: "admin", schema: { summary: "Cases that wait for a person's decision", query: listQuery } } },
      (request) => list(request.query, { appealed: true }),
    );
    app.post<ById>(
      "/slashes/:id/resolve",
      { config: { scope: "admin", schema: { summary: "Decide an appeal", body: resolveBody } } },
      async (request) => {
        const { upheld, note } = parse(resolveBody, request.body);
        await resolveAppeal(context, { caseId: request.params.id, upheld, note });
        return { case_id: request.params.id, resolution: upheld ? "upheld" : "rejected" };
      },
    );
    app.post(
      "/calibrations",
      {
        config: {
          scope: "admin",
          schema: {
            summary: "Replace what honest looks like for one manifest, hardware and kind of check",
            body: calibrationBody,
          },
        },
      },
      async (request) => {
        const { statistics, margin, ...key } = parse(calibrationBody, request.body);
        await calibrate(key, { statistics, margin });
        return { ...key, samples: statistics.length, margin };
      },
    );
  }
  return { area: "trust", prefix: "/api/v1/admin", register };
}
