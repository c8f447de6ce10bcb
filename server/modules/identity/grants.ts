/**
 * Grants in memory, by the SHA-256 of what was presented. An entry is used for 5 s, and from 2.5 s on renewed behind the request that
 * uses it, so that a busy key never waits. What is refused is remembered too, in a table of its own: a flood of made-up keys
 * can neither reach the database nor push real ones out.
 */
import { hash } from "node:crypto";
import { type Clock, coded, isFarError } from "#kernel";
import type { Grant } from "./principals.ts";

const STALE_MS_MAX = 5_000;
const RENEW_AFTER_MS = 2_500;
const GRANTS_MAX = 50_000;
const REFUSALS_MAX = 10_000;

interface Entry {
  grant: Grant;
  loadedAtMs: number;
  renewing: boolean;
}
interface Refusal {
  code: string;
  untilMs: number;
}

export interface Grants {
  get(secret: string): Grant | Promise<Grant>;
  /** Whether `get` would answer a grant at once. */
  has(secret: string): boolean;
  /** Forgets everything of a key or session at once, including what is being loaded. */
  forget(owner: string): void;
}

const ownerOf = (grant: Grant): string => grant.principal.keyId ?? grant.principal.sessionId ?? "";

function drop<K>(map: Map<K, unknown>, max: number): void {
  if (map.size < max) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}

/** `load` throws a coded error to refuse; 401 and 403 are remembered, anything else is not. */
export function createGrants(deps: { clock: Clock; load: (secret: string) => Promise<Grant> }): Grants {
  const { clock } = deps;
  const entries = new Map<string, Entry>();
  const refusals = new Map<string, Refusal>();
  const loading = new Map<string, Promise<Grant>>();
  /** Grows with every `forget`: what was read before it may be the old state, and is used once but not kept. */
  let epoch = 0;

  async function fetchGrant(digest: string, secret: string): Promise<Grant> {
    const startedMs = clock.monotonic();
    const startedEpoch = epoch;
    try {
      const grant = await deps.load(secret);
      if (epoch === startedEpoch) {
        entries.delete(digest);
        drop(entries, GRANTS_MAX);
        entries.set(digest, { grant, loadedAtMs: startedMs, renewing: false });
      }
      return grant;
    } catch (error) {
      if (isFarError(error) && error.spec.status < 500) {
        entries.delete(digest);
        drop(refusals, REFUSALS_MAX);
        refusals.set(digest, { code: error.code, untilMs: startedMs + STALE_MS_MAX });
      }
      throw error;
    }
  }

  function shared(digest: string, secret: string): Promise<Grant> {
    const running = loading.get(digest);
    if (running !== undefined) return running;
    const load = fetchGrant(digest, secret).finally(() => {
      if (loading.get(digest) === load) loading.delete(digest);
    });
    loading.set(digest, load);
    return load;
  }

  return {
    get(secret) {
      const digest = hash("sha256", secret, "base64");
      const nowMs = clock.monotonic();
      const entry = entries.get(digest);
      if (entry !== undefined) {
        const ageMs = nowMs - entry.loadedAtMs;
        if (ageMs < STALE_MS_MAX) {
          if (ageMs > RENEW_AFTER_MS && !entry.renewing) {
            entry.renewing = true;
            // Its failure shows to the request that finds the entry stale, which then waits for a load of its own.
            shared(digest, secret).catch(() => {
              entry.renewing = false;
            });
          }
          return entry.grant;
        }
      }
      const refusal = refusals.get(digest);
      if (refusal !== undefined) {
        if (nowMs < refusal.untilMs) throw coded(refusal.code);
        refusals.delete(digest);
      }
      return shared(digest, secret);
    },
    has(secret) {
      const entry = entries.get(hash("sha256", secret, "base64"));
      return entry !== undefined && clock.monotonic() - entry.loadedAtMs < STALE_MS_MAX;
    },
    forget(owner) {
      epoch++;
      // Rare, and at most 50 000 entries: a second index would cost every load.
      for (const [digest, entry] of entries) if (ownerOf(entry.grant) === owner) entries.delete(digest);
      loading.clear();
    },
  };
}
