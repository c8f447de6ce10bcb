import type { FastifyReply } from "fastify";
import type { Principal } from "#identity";
import { coded } from "#kernel";
import type { LocalRateLimiter, RateDecision } from "#platform/http";

export interface Limits {
  /** Requests a minute from one address; 0 for no limit. */
  ipPerMin: number;
  /** Requests a minute with refused credentials from one address. */
  refusedPerMin: number;
}

/** Milliseconds as OpenAI's clients read them: `20ms`, `1.5s`, `2m30s`. */
function duration(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`;
  const seconds = Math.ceil(ms / 100) / 10;
  if (seconds < 60) return `${seconds}s`;
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}m${whole % 60}s`;
}

function refuse(decision: RateDecision): void {
  if (!decision.allowed) throw coded("rate_limited", { retryAfterS: decision.retryMs / 1_000 });
}

function show(reply: FastifyReply, decision: RateDecision): void {
  reply.header("x-ratelimit-limit-requests", String(decision.limit));
  reply.header("x-ratelimit-remaining-requests", String(decision.remaining));
  reply.header("x-ratelimit-reset-requests", duration(decision.resetMs));
}

export interface RateGuard {
  /** Before anything is looked at. @throws rate_limited */
  address(ip: string, routePerMin: number | undefined, route: string): void;
  /** Whoever was refused often is refused before the next look-up, but not whom `isKnown` knows. @throws rate_limited */
  beforeCredentials(ip: string, isKnown: () => boolean): void;
  refused(ip: string): void;
  /** Per key and per account, and the headers of the account's. @throws rate_limited */
  caller(principal: Principal, reply: FastifyReply): void;
}

/** The four limits of a request, cheapest first. */
export function createRateGuard(limiter: LocalRateLimiter, limits: Limits): RateGuard {
  const refusals = { perMin: limits.refusedPerMin };
  /** Addresses with refusals lately; the rest skip the second table. */
  const suspects = new Map<string, number>();

  return {
    address(ip, routePerMin, route) {
      if (limits.ipPerMin > 0) refuse(limiter.take(`ip ${ip}`, { perMin: limits.ipPerMin }));
      if (routePerMin !== undefined) refuse(limiter.take(`${route} ${ip}`, { perMin: routePerMin }));
    },
    beforeCredentials(ip, isKnown) {
      const untilMs = suspects.get(ip);
      if (untilMs === undefined) return;
      const leftMs = untilMs - performance.now();
      if (leftMs > 0 && !isKnown())
        throw coded("rate_limited", {
          retryAfterS: leftMs / 1_000,
          message: "Too many refused credentials from this address.",
        });
      if (leftMs <= 0) suspects.delete(ip);
    },
    refused(ip) {
      const decision = limiter.take(`refused ${ip}`, refusals);
      if (decision.allowed) return;
      if (suspects.size >= 10_000) suspects.clear();
      suspects.set(ip, performance.now() + decision.retryMs);
    },
    caller(principal, reply) {
      const account = limiter.take(principal.accountId, { perMin: principal.ratePerMin });
      if (principal.keyId === null || principal.keyRatePerMin === undefined) {
        show(reply, account);
        refuse(account);
        return;
      }
      // The header shows the tighter of the two.
      const key = limiter.take(principal.keyId, { perMin: principal.keyRatePerMin });
      show(reply, key.remaining < account.remaining ? key : account);
      refuse(account);
      refuse(key);
    },
  };
}
