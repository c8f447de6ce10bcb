import { scopes, wireError } from "@farlabs/protocol";
import { z } from "zod";
import type { RouteSchema } from "#platform/http";

/** A mounted route as the document lists it. */
export interface DocumentedRoute {
  area: string;
  method: string;
  url: string;
  scope: string;
  schema: RouteSchema;
}

type Json = Record<string, unknown>;

/** OpenAPI 3.1 speaks JSON Schema 2020-12, so zod's own conversion fits as it is. */
function jsonSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any", reused: "inline" });
  return rest;
}

function queryParameters(schema: z.ZodType | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, "input") as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, value]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema: value,
  }));
}

const pathOf = (url: string): string => url.replace(/:([A-Za-z0-9_]+)/g, "{$1}").replace("*", "{path}");
const pathParameters = (url: string): Json[] =>
  [...pathOf(url).matchAll(/\{([^}]+)\}/g)].map((match) => ({
    name: match[1],
    in: "path",
    required: true,
    schema: { type: "string" },
  }));

function operation(route: DocumentedRoute): Json {
  const { schema } = route;
  const answer = schema.response === undefined ? {} : jsonSchema(schema.response, "output");
  const parameters = [...pathParameters(route.url), ...queryParameters(schema.query)];
  return {
    tags: [route.area],
    operationId: `${route.method.toLowerCase()} ${route.url}`.replace(/[^A-Za-z0-9]+/g, "_").replace(/_$/, ""),
    summary: schema.summary ?? "",
    security: route.scope === "public" ? [] : [{ bearer: route.scope === "any" ? [] : [route.scope] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(schema.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: jsonSchema(schema.body, "input") } },
          },
        }),
    responses: {
      200: { description: "The answer.", content: { "application/json": { schema: answer } } },
      default: {
        description: "An error; `code` says which.",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

/** The OpenAPI 3.1 document of what is mounted. */
export function openApi(routes: readonly DocumentedRoute[], p: { version: string; url: string }): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = pathOf(route.url);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Far Labs",
      version: p.version,
      description:
        "One network of GPUs owned by many people. `/v1` is OpenAI's surface; `/api/v1` is our own. Amounts are decimal strings of the smallest unit.",
    },
    servers: [{ url: p.url }],
    paths,
    components: {
      schemas: { Error: jsonSchema(wireError, "output") },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: `An API key (far_live_…) or an access token. Scopes: ${scopes.join(", ")}.`,
        },
      },
    },
  };
}
