import "../errors.ts";
import { type Clock, coded } from "#kernel";
import type { Logger } from "#platform/log";
import type { Sql } from "#platform/pg";
import type { ModelsConfig } from "../config.ts";
import type { PriceStatus, Rate } from "../models.ts";
import { createAge } from "./createAge.ts";
import { type FeedFlaw, type FeedRound, flawOf, type GuardState, observe } from "./guard.ts";
import { readStored, store } from "./stored.ts";

/** Why the newest look at the feed gave nothing to consider. */
type Trouble = FeedFlaw | "silent";

export interface PriceDeps {
  sql: Sql;
  config: Pick<ModelsConfig, "PRICE_STALE_S" | "PRICE_JUMP_BPS" | "PRICE_JUMP_CONFIRM_S">;
  clock: Clock;
  log: Logger;
  /** @throws when the feed does not answer */
  readFeed: () => Promise<FeedRound>;
}

export interface PriceSource {
  /** From memory. @throws price_stale, price_jump */
  rate(): Rate;
  status(): PriceStatus;
  /** Takes up what was accepted before a restart, so that a jump meanwhile is still one. */
  load(): Promise<void>;
  /** One look at the feed. Never throws: a silent feed ages what was accepted. */
  refresh(): Promise<void>;
}

const SENTENCES: Readonly<Record<PriceStatus["state"], string>> = {
  fresh: "the price feed can be quoted with",
  held: "the price moved too far at once; quotes wait until it is confirmed",
  stale: "the price is too old to quote with",
  flawed: "the price feed gives an answer that cannot be right; quoting with the last good one until it is too old",
  silent: "the price feed does not answer; quoting with the last answer until it is too old",
};

/** Reads the feed, guards its answers (guard.ts), and gives the rate from memory. */
export function createPrice({ sql, config, clock, log, readFeed }: PriceDeps): PriceSource {
  const limits = { jumpBps: BigInt(config.PRICE_JUMP_BPS), confirmMs: config.PRICE_JUMP_CONFIRM_S * 1_000 };
  const staleMs = config.PRICE_STALE_S * 1_000;
  let guard: GuardState = { accepted: null, held: null };
  let trouble: Trouble | null = null;
  let told: PriceStatus["state"] | null = null;
  let looking: Promise<void> | null = null;
  const age = createAge(clock);

  function state(): PriceStatus["state"] {
    const newest = guard.held ?? guard.accepted;
    if (newest === null || age.of(newest) > staleMs) return "stale";
    if (guard.held !== null) return "held";
    if (trouble === null) return "fresh";
    return trouble === "silent" ? "silent" : "flawed";
  }

  function tell(error: unknown): void {
    const now = state();
    if (now === told) return;
    told = now;
    const detail = {
      state: now,
      rate8: guard.accepted?.rate8.toString() ?? null,
      held8: guard.held?.rate8.toString() ?? null,
      ...(trouble === null ? {} : { trouble }),
      ...(error === undefined ? {} : { error }),
    };
    if (now === "fresh") log.info(SENTENCES[now], detail);
    else log.warn(SENTENCES[now], detail);
  }

  async function look(): Promise<void> {
    const round = await readFeed();
    trouble = flawOf(round, clock.now());
    if (trouble !== null) return;
    age.see(round);
    const before = guard.accepted;
    guard = observe(guard, round, { monotonicMs: clock.monotonic(), limits });
    if (guard.accepted === null || guard.accepted.roundId === before?.roundId) return;
    // The price is good without it; only a restart could then let a jump through.
    await store(sql, guard.accepted).catch((error: unknown) => log.warn("the accepted price was not saved", { error }));
  }

  async function lookAndTell(): Promise<void> {
    let error: unknown;
    try {
      await look();
    } catch (cause) {
      trouble = "silent";
      error = cause;
    }
    tell(error);
  }

  return {
    rate() {
      const now = state();
      const { accepted, held } = guard;
      if (now === "held" && held !== null) {
        const leftMs = limits.confirmMs - (clock.monotonic() - held.sinceMs);
        throw coded("price_jump", { retryAfterS: Math.max(1, Math.ceil(leftMs / 1_000)) });
      }
      if (now === "stale" || accepted === null) throw coded("price_stale", { retryAfterS: 30 });
      return { rate8: accepted.rate8, atMs: accepted.atMs };
    },
    status() {
      const { accepted, held } = guard;
      const newest = held ?? accepted;
      return {
        state: state(),
        rate8: accepted?.rate8 ?? null,
        held8: held?.rate8 ?? null,
        ageS: newest === null ? null : Math.max(0, Math.floor(age.of(newest) / 1_000)),
      };
    },
    async load() {
      guard = { accepted: await readStored(sql), held: null };
    },
    refresh() {
      // One look at a time: an answer that came late must not be taken for the newest.
      looking ??= lookAndTell().finally(() => {
        looking = null;
      });
      return looking;
    },
  };
}
