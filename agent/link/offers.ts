import type { Capabilities, ModelOffer, TaskKind } from "@farlabs/protocol";
import type { Engine, EngineOffer } from "../engines/engine.ts";

/** A claimed slot: run on `engine`, then `release` exactly once. */
export interface Claim {
  engine: Engine;
  release: () => void;
}
export type RefuseReason = "unknown_model" | "unsupported_kind" | "no_free_slot";

export interface Offers {
  /** Asks every engine what it serves now. An engine that cannot say offers nothing. */
  refresh(): Promise<void>;
  capabilities(): Capabilities["engines"];
  /** Per model over all engines, for the heartbeat. */
  slots(): { model: string; used: number; total: number }[];
  claim(model: string, kind: TaskKind): Claim | RefuseReason;
  /** Keeps the measured speed of one stream, tokens a second; says whether the offer changed by more than a quarter. */
  measured(model: string, tokensPerSecond: number): boolean;
}

interface Entry {
  engine: Engine;
  offer: EngineOffer;
  usedByModel: Map<string, number>;
  used: number;
}
const SPEED_CHANGE = 0.25;
const SPEED_WEIGHT = 0.3;

const free = (entry: Entry, model: ModelOffer): number =>
  Math.min(
    model.slots - (entry.usedByModel.get(model.id) ?? 0),
    (entry.offer.slotsTotal ?? Number.POSITIVE_INFINITY) - entry.used,
  );

/** Which engine serves which model, and how many slots are taken. */
export function createOffers(engines: readonly Engine[]): Offers {
  const entries: Entry[] = engines.map((engine) => ({
    engine,
    offer: { name: "", kind: "openai", models: [] },
    usedByModel: new Map(),
    used: 0,
  }));
  const speeds = new Map<string, { now: number; said: number }>();

  const take = (entry: Entry, model: string): Claim => {
    const add = (n: number) => {
      entry.used += n;
      entry.usedByModel.set(model, (entry.usedByModel.get(model) ?? 0) + n);
    };
    add(1);
    let held = true;
    return {
      engine: entry.engine,
      release: () => {
        if (held) add(-1);
        held = false;
      },
    };
  };

  return {
    async refresh() {
      await Promise.all(
        entries.map(async (entry) => {
          try {
            entry.offer = await entry.engine.describe();
          } catch {
            entry.offer = { ...entry.offer, models: [] };
          }
        }),
      );
    },
    capabilities: () =>
      entries.map(({ offer }) => ({
        name: offer.name,
        kind: offer.kind,
        ...(offer.version ? { version: offer.version } : {}),
        models: offer.models.map((m) => {
          const speed = speeds.get(m.id);
          return speed ? { ...m, tokensPerSecond: speed.said } : m;
        }),
      })),
    slots() {
      const rows = new Map<string, { model: string; used: number; total: number }>();
      for (const entry of entries)
        for (const model of entry.offer.models) {
          const row = rows.get(model.id) ?? { model: model.id, used: 0, total: 0 };
          row.total += model.slots;
          row.used += model.slots - Math.max(0, free(entry, model));
          rows.set(model.id, row);
        }
      return [...rows.values()].slice(0, 256);
    },
    claim(model, kind) {
      const serving = entries.flatMap((entry) =>
        entry.offer.models.filter((m) => m.id === model).map((m) => ({ entry, offer: m })),
      );
      if (serving.length === 0) return "unknown_model";
      const fit = serving.filter((s) => s.offer.kinds.includes(kind));
      if (fit.length === 0) return "unsupported_kind";
      const best = fit.reduce((a, b) => (free(b.entry, b.offer) > free(a.entry, a.offer) ? b : a));
      return free(best.entry, best.offer) > 0 ? take(best.entry, model) : "no_free_slot";
    },
    measured(model, tokensPerSecond) {
      const old = speeds.get(model);
      const now = old ? old.now + SPEED_WEIGHT * (tokensPerSecond - old.now) : tokensPerSecond;
      const rounded = Math.round(now * 10) / 10;
      const changed = !old || Math.abs(rounded - old.said) > SPEED_CHANGE * old.said;
      speeds.set(model, { now, said: changed ? rounded : old.said });
      return changed;
    },
  };
}
