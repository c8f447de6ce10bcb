/** What can be asked for and at which price: the catalogue, the tokenizers of manifests the network holds, and the USD/FAR rate. */
import type { TokenPrices } from "#kernel";
import type { TextTokenizer } from "./tokenizer.ts";

export interface Model {
  id: string;
  source: string;
  quantisation: string;
  contextTokens: number;
  vramGbMin: number;
  /** Expected output tokens a second of one stream on fit hardware. */
  tokensPerSecond: number;
  prices: TokenPrices;
  label: string | null;
  /** Hash that binds weights, tokenizer, template and engine, where the registry holds the manifest. */
  manifestHash: string | null;
  createdAt: Date;
}

/** USD per FAR with 8 decimals, and the feed's own time (ms since 1970). */
export interface Rate {
  rate8: bigint;
  atMs: number;
}

/** How the price stands. `fresh`, `flawed` and `silent` quote; `held` and `stale` refuse. */
export interface PriceStatus {
  state: "fresh" | "held" | "stale" | "flawed" | "silent";
  /** Last accepted, USD per FAR with 8 decimals. */
  rate8: bigint | null;
  /** The answer that is held back. */
  held8: bigint | null;
  /** Age of the newest answer by the feed's own time, seconds. */
  ageS: number | null;
}

export interface Models {
  /** @throws model_not_found, with the ids that exist */
  get(id: string): Model;
  find(id: string): Model | null;
  list(): Model[];
  /**
   * A node offers models that the catalogue lacks. The local network adds them at $0.20 per 1 M tokens, labelled; any other
   * network leaves them out until an admin has added them. Returns the ids that may be served.
   */
  offered(offers: readonly { id: string; contextTokens: number }[]): Promise<Set<string>>;
  /** Network's own tokenizer of the model, or null where the registry holds none. */
  tokenizer(id: string): TextTokenizer | null;
  /** From memory. @throws price_stale; price_jump while an answer is held back */
  rate(): Rate;
  /** The guard's state, for metrics and status pages. */
  price(): PriceStatus;
  start(): Promise<void>;
  stop(): Promise<void>;
}
