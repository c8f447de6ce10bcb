import type { Principal } from "#identity";

declare module "fastify" {
  interface FastifyRequest {
    /** Who calls, set before any handler of a route whose scope is not `public`; public handlers must not read it. */
    principal: Principal;
  }
}
