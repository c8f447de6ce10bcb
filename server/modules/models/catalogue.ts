import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Clock, coded } from "#kernel";
import type { Logger } from "#platform/log";
import type { Sql } from "#platform/pg";
import type { ModelsConfig } from "./config.ts";
import type { Model, Models } from "./models.ts";
import { createPrice } from "./price/createPrice.ts";
import type { FeedRound } from "./price/guard.ts";
import { loadManifest, type TextTokenizer } from "./tokenizer.ts";

const REFRESH_MS = 5_000;
const LOCAL_PRICE_MICRO = 200_000n;

interface Row {
  id: string;
  source: string;
  quantisation: string;
  context_tokens: number;
  vram_gb_min: string;
  tokens_per_second: string;
  input_micro: string;
  output_micro: string;
  label: string | null;
  created_at: Date;
}

export interface ModelsDeps {
  sql: Sql;
  config: ModelsConfig;
  clock: Clock;
  log: Logger;
  /** Reads the price feed's newest round. @throws when it does not answer */
  readFeed: () => Promise<FeedRound>;
  /** How often catalogue and price are read, ms; 5 000 by default. */
  refreshMs?: number;
}

/** Builds the catalogue; `start` loads it and keeps it and the rate fresh. */
export function createModels(deps: ModelsDeps): Models {
  const { sql, config, clock, log, readFeed, refreshMs = REFRESH_MS } = deps;
  let byId = new Map<string, Model>();
  let timer: NodeJS.Timeout | undefined;
  const price = createPrice({ sql, config, clock, log, readFeed });
  const manifests = loadManifests(config.MODELS_DIR, log);

  async function refresh(): Promise<void> {
    const rows = await sql<Row[]>`select * from models.models where status = 'active' order by id`;
    byId = new Map(rows.map((r) => [r.id, toModel(r, manifests.get(r.id)?.hash ?? null)]));
  }

  const find = (id: string): Model | null => byId.get(id) ?? null;

  return {
    find,
    get(id) {
      const model = find(id);
      if (model !== null) return model;
      const known = [...byId.keys()].slice(0, 50).join(", ");
      throw coded("model_not_found", {
        message: `The model "${id.slice(0, 100)}" does not exist. Known models: ${known}.`,
        param: "model",
      });
    },
    list: () => [...byId.values()],
    async offered(offers) {
      const fresh = offers.filter((o) => !byId.has(o.id));
      if (fresh.length > 0 && config.LOCAL_NETWORK) {
        for (const o of fresh) await addLocal(sql, o);
        await refresh();
      }
      return new Set(offers.filter((o) => byId.has(o.id)).map((o) => o.id));
    },
    tokenizer: (id): TextTokenizer | null => manifests.get(id)?.tokenizer ?? null,
    rate: price.rate,
    price: price.status,
    async start() {
      await refresh();
      await price.load();
      await price.refresh();
      timer = setInterval(() => {
        refresh().catch((err: unknown) => log.warn("catalogue not refreshed", { error: err }));
        void price.refresh();
      }, refreshMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
    },
  };
}

async function addLocal(sql: Sql, offer: { id: string; contextTokens: number }): Promise<void> {
  await sql`
    insert into models.models (id, source, context_tokens, vram_gb_min, tokens_per_second, input_micro, output_micro, label)
    values (${offer.id}, 'offered by a node', ${offer.contextTokens}, 0, 20, ${LOCAL_PRICE_MICRO.toString()}, ${LOCAL_PRICE_MICRO.toString()},
            'added by the local network')
    on conflict (id) do nothing`;
}

const toModel = (r: Row, manifestHash: string | null): Model => ({
  id: r.id,
  source: r.source,
  quantisation: r.quantisation,
  contextTokens: r.context_tokens,
  vramGbMin: Number(r.vram_gb_min),
  tokensPerSecond: Number(r.tokens_per_second),
  prices: { inputMicro: BigInt(r.input_micro), outputMicro: BigInt(r.output_micro) },
  label: r.label,
  manifestHash,
  createdAt: r.created_at,
});

function loadManifests(dir: string, log: Logger): Map<string, ReturnType<typeof loadManifest>> {
  const found = new Map<string, ReturnType<typeof loadManifest>>();
  for (const name of existsSync(dir) ? readdirSync(dir) : []) {
    if (!existsSync(join(dir, name, "manifest.json"))) continue;
    const manifest = loadManifest(join(dir, name));
    found.set(manifest.id, manifest);
    log.info("manifest loaded", { model: manifest.id, manifest: manifest.hash });
  }
  return found;
}
