/**
 * Which models a server serves now. `up` (asked again every `checkMs`) ⇄ `down` (asked again with backoff): models leave the offer with
 * the server and come back with it. A model is probed when it first appears, and again after
 * the server was down.
 */
import type { ModelOffer } from "@farlabs/protocol";
import { z } from "zod";
import { backoffMs } from "../../backoff.ts";
import type { Log } from "../../log.ts";
import type { ContinueStyle } from "./body.ts";
import { type Probed, probeModel } from "./probe.ts";
import type { ScoreStyle } from "./score.ts";
import type { Upstream } from "./upstream.ts";

const MODELS_MAX = 256;
const CHECK_TIMEOUT_MS = 10_000;
const CONTEXT_TOKENS_DEFAULT = 4_096;

export interface DiscoveryOptions {
  name: string;
  upstream: Upstream;
  log: Log;
  slots: number;
  /** Milliseconds between checks of a healthy server. */
  checkMs: number;
  /** Server's name → network's id. When given, only these are offered. */
  modelIds?: Record<string, string> | undefined;
  /** Context of every model; default: what the server says, else 4 096 tokens. */
  contextTokens?: number | undefined;
}
export interface ServedModel {
  offer: ModelOffer;
  upstreamModel: string;
  continueStyle: ContinueStyle | undefined;
  scoreStyle: ScoreStyle | undefined;
  version: string | undefined;
}
export interface Discovery {
  /** Resolves after the first check, whatever it found. */
  readonly started: Promise<void>;
  models(): ServedModel[];
  /** Something failed that a check can explain: check now instead of later. */
  checkSoon(): void;
  onChange(listener: () => void): () => void;
  close(): void;
}

const modelList = z.object({
  data: z
    .array(
      z.object({
        id: z.string().min(1).max(1024),
        max_model_len: z.number().int().positive().nullish(),
        context_length: z.number().int().positive().nullish(),
        meta: z
          .object({ n_ctx_train: z.number().int().positive().nullish(), n_ctx: z.number().int().positive().nullish() })
          .nullish(),
      }),
    )
    .max(4096),
});
type Listed = z.infer<typeof modelList>["data"][number];

/** Starts to watch a server. */
export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { upstream, log, name, slots } = options;
  const closing = new AbortController();
  const listeners = new Set<() => void>();
  const probes = new Map<string, Probed>();
  let served: ServedModel[] = [];
  let up: boolean | undefined;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let checking: Promise<void> | undefined;

  const networkId = (model: string): string | undefined =>
    options.modelIds ? options.modelIds[model] : model.slice(0, 256);
  const contextOf = (model: Listed): number =>
    options.contextTokens ??
    model.max_model_len ??
    model.context_length ??
    model.meta?.n_ctx ??
    model.meta?.n_ctx_train ??
    CONTEXT_TOKENS_DEFAULT;

  const wanted = (model: Listed): boolean => networkId(model.id) !== undefined;
  function serve(model: Listed): ServedModel[] {
    const id = networkId(model.id);
    const probed = probes.get(model.id);
    if (!id || !probed) return [];
    const { continueStyle, scoreStyle, version, kinds, features } = probed;
    const continuation = continueStyle ? ("text" as const) : ("none" as const);
    const offer = { id, slots, contextTokens: contextOf(model), kinds, continuation, features };
    return [{ upstreamModel: model.id, continueStyle, scoreStyle, version, offer }];
  }
  function settle(models: ServedModel[], nowUp: boolean, reason?: string): void {
    const changed = JSON.stringify(models) !== JSON.stringify(served);
    if (up !== nowUp)
      log(nowUp ? "info" : "warn", nowUp ? "engine up" : "engine down", {
        engine: name,
        ...(reason ? { reason } : { models: models.map((m) => m.offer.id) }),
      });
    // Whatever comes back after a failure may be another server, or the same with other flags: it is probed anew.
    if (!nowUp) probes.clear();
    up = nowUp;
    served = models;
    failures = nowUp ? 0 : failures + 1;
    if (changed) for (const listener of listeners) listener();
  }
  async function check(): Promise<void> {
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(CHECK_TIMEOUT_MS)]);
      const { data } = modelList.parse(await upstream.json("/models", undefined, signal));
      const models = data.filter(wanted).slice(0, MODELS_MAX);
      // One after the other: a server that loads models on demand must not load them all at once. Each is offered as soon as it is known;
      // one that answered nothing is asked again at the next check, for it may still be loading.
      for (const model of models.filter((m) => !probes.has(m.id))) {
        const probed = await probeModel(upstream, model.id, closing.signal);
        if (probed) probes.set(model.id, probed);
        if (!closing.signal.aborted) settle(models.flatMap(serve), true);
      }
      if (!closing.signal.aborted) settle(models.flatMap(serve), true);
    } catch (error) {
      if (!closing.signal.aborted)
        settle([], false, error instanceof z.ZodError ? "its /models is of an unknown shape" : String(error));
    }
  }
  function loop(): Promise<void> {
    clearTimeout(timer);
    checking ??= check().finally(() => {
      checking = undefined;
      if (closing.signal.aborted) return;
      timer = setTimeout(
        () => void loop(),
        up ? options.checkMs : Math.min(options.checkMs, 200 + backoffMs(failures)),
      );
      timer.unref();
    });
    return checking;
  }

  const started = loop();
  return {
    started,
    models: () => served,
    checkSoon: () => void loop(),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closing.abort();
      clearTimeout(timer);
      listeners.clear();
    },
  };
}
