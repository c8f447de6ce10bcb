import type { FastifyReply, FastifyRequest } from "fastify";
import type { Identity, Principal } from "#identity";
import { isFarError } from "#kernel";
import type { RateGuard } from "./limits.ts";

type Scope = Parameters<Identity["require"]>[1];
type Done = (error?: Error) => void;

export interface RouteAccess {
  scope: "public" | "any" | Scope;
  ipPerMin: number | undefined;
  url: string;
}

/**
 * The onRequest hook of one route. Everything about the route is known here once, so that a request pays for no look-up of it;
 * and with credentials in memory no promise is made.
 */
export function createAccess(deps: {
  identity: Identity;
  guard: RateGuard;
  ipOf: (request: FastifyRequest) => string;
}) {
  const { identity, guard, ipOf } = deps;

  return (route: RouteAccess) => {
    const { scope } = route;

    function admit(request: FastifyRequest, reply: FastifyReply, principal: Principal): void {
      request.principal = principal;
      guard.caller(principal, reply);
      if (scope !== "public" && scope !== "any") identity.require(principal, scope);
    }

    function failed(ip: string, error: unknown, done: Done): void {
      if (isFarError(error) && error.spec.status === 401) guard.refused(ip);
      done(error as Error);
    }

    return (request: FastifyRequest, reply: FastifyReply, done: Done): void => {
      const ip = ipOf(request);
      let found: Principal | Promise<Principal>;
      try {
        guard.address(ip, route.ipPerMin, route.url);
        if (scope === "public") {
          done();
          return;
        }
        guard.beforeCredentials(ip, () => identity.known(request.headers.authorization));
        found = identity.authenticate(request.headers.authorization, ip);
        if (!(found instanceof Promise)) admit(request, reply, found);
      } catch (error) {
        failed(ip, error, done);
        return;
      }
      if (!(found instanceof Promise)) {
        done();
        return;
      }
      found
        .then((principal) => admit(request, reply, principal))
        .then(
          () => done(),
          (error: unknown) => failed(ip, error, done),
        );
    };
  };
}
