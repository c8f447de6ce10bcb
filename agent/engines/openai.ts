import type { Log } from "../log.ts";
import { pause } from "../pause.ts";
import { type Engine, EngineError, type EngineIo, type EngineResult, type EngineTask } from "./engine.ts";
import { upstreamBody } from "./openai/body.ts";
import { createDiscovery, type ServedModel } from "./openai/discovery.ts";
import { embedAnswer } from "./openai/embed.ts";
import { scoreAnswer } from "./openai/score.ts";
import { streamAnswer } from "./openai/streamAnswer.ts";
import { createUpstream } from "./openai/upstream.ts";

const SLOTS_DEFAULT = 4;
const CHECK_MS_DEFAULT = 10_000;
const IDLE_TIMEOUT_MS_DEFAULT = 120_000;
/** The network waits 10 s for a hello, which wants every engine's offer. */
const DESCRIBE_MS_MAX = 4_000;
/** A `Retry-After` beyond this is not believed. */
const BUSY_MS_MAX = 60_000;

export interface OpenAiEngineOptions {
  /** `…/v1` of any OpenAI-compatible server, already checked by `engineBase`. */
  base: string;
  key?: string | undefined;
  log: Log;
  /** Requests at once over all its models, default 4. */
  slots?: number | undefined;
  /** Server's model name → network's model id; when given, only these are offered. */
  modelIds?: Record<string, string> | undefined;
  /** Context length of every model, tokens; default: what the server says, else 4 096. */
  contextTokens?: number | undefined;
  /** Milliseconds between health checks, default 10 000. */
  checkMs?: number | undefined;
  /** Longest silence within an answer, milliseconds, default 120 000. */
  idleTimeoutMs?: number | undefined;
}

const retryAfterMs = (message: string): number => {
  const seconds = Number(/retry after (\d+(?:\.\d+)?)/.exec(message)?.[1]);
  return Number.isFinite(seconds) ? Math.min(BUSY_MS_MAX, seconds * 1000) : 0;
};

/**
 * An engine that drives any OpenAI-compatible server: vLLM, SGLang, llama.cpp's server, Ollama, a cloud.
 * Its models are discovered, probed once, and offered only while the server answers.
 */
export function createOpenAiEngine(options: OpenAiEngineOptions): Engine {
  const { base, key, log } = options;
  const slots = options.slots ?? SLOTS_DEFAULT;
  const name = new URL(base).host;
  const upstream = createUpstream({ base, key, idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS_DEFAULT });
  const discovery = createDiscovery({
    name,
    upstream,
    log,
    slots,
    checkMs: options.checkMs ?? CHECK_MS_DEFAULT,
    modelIds: options.modelIds,
    contextTokens: options.contextTokens,
  });
  const closing = new AbortController();
  let busyUntilMs = 0;

  return {
    async describe() {
      // A slow server must not keep the node from the network: what it serves is told when it is known.
      await Promise.race([discovery.started, pause(DESCRIBE_MS_MAX, closing.signal)]);
      const models = discovery.models();
      const version = models.find((m) => m.version)?.version;
      const offers = models.map((m) => m.offer);
      return { name, kind: "openai", slotsTotal: slots, models: offers, ...(version ? { version } : {}) };
    },
    async run(task, io): Promise<EngineResult> {
      const model = discovery.models().find((m) => m.offer.id === task.request.model);
      if (!model) throw new EngineError("engine_unavailable", "the engine does not serve this model now");
      if (busyUntilMs > Date.now())
        throw new EngineError("overloaded", "the engine asked to be left alone for a while");
      if (task.kind === "score") return score(task, io, model);
      const { path, body } = upstreamBody(task, { model: model.upstreamModel, continueStyle: model.continueStyle });
      const { request, continueFrom } = task;
      if (continueFrom && request.max_tokens !== undefined && request.max_tokens <= continueFrom.tokens)
        return { usage: { promptTokens: 0, completionTokens: 0 }, finishReasons: ["length"] };
      // Leaving the stream early (a stop sequence across the seam, an error) must close the connection to the server too.
      const leaving = new AbortController();
      const signal = AbortSignal.any([io.signal, closing.signal, leaving.signal]);
      try {
        if (task.kind === "embedding")
          return await embedAnswer(await upstream.json(path, body, signal), request.input?.length ?? 0, io);
        return await streamAnswer(await upstream.open(path, body, signal), task, io);
      } catch (error) {
        if (error instanceof EngineError && error.code === "overloaded")
          busyUntilMs = Date.now() + retryAfterMs(error.message);
        if (error instanceof EngineError && error.code === "engine_unavailable") discovery.checkSoon();
        throw error;
      } finally {
        leaving.abort();
      }
    },
    onChange: discovery.onChange,
    async close() {
      closing.abort();
      discovery.close();
    },
  };
  async function score(task: EngineTask, io: EngineIo, model: ServedModel): Promise<EngineResult> {
    if (!model.scoreStyle) throw new EngineError("unsupported", "this engine does not score what it is given");
    const signal = AbortSignal.any([io.signal, closing.signal]);
    const post = (path: string, body: Record<string, unknown>) =>
      upstream.json(path, { model: model.upstreamModel, ...body }, signal);
    return scoreAnswer(post, model.scoreStyle, { task, io });
  }
}
