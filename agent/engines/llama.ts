import { basename, extname } from "node:path";
import type { Llama, LlamaEmbeddingContext } from "node-llama-cpp";
import { AgentError } from "../errors.ts";
import {
  type Engine,
  EngineError,
  type EngineIo,
  type EngineResult,
  type EngineTask,
  throwIfAborted,
} from "./engine.ts";
import { answer } from "./llama/answer.ts";
import { createConstraints } from "./llama/constraint.ts";
import { embed } from "./llama/embed.ts";
import { nativeOf } from "./llama/native.ts";
import { openContext } from "./llama/openContext.ts";
import { createSlotPool } from "./llama/pool.ts";
import { createPromptTokens } from "./llama/promptTokens.ts";
import { score } from "./llama/score.ts";
import { createSlot } from "./llama/slot.ts";
import { weightsHash } from "./llama/weightsHash.ts";

const SLOTS_DEFAULT = 4;
/** A long-context model would reserve gigabytes for a length that few requests have; `--context` says otherwise. */
const CONTEXT_TOKENS_DEFAULT_MAX = 8_192;

export interface LlamaEngineOptions {
  llama: Llama;
  /** A GGUF file. */
  path: string;
  /** The network's id of this model; default: the file's name without `.gguf`. */
  id?: string | undefined;
  /** Requests at once, default 4. */
  slots?: number | undefined;
  /** Context of each slot, tokens; default: what the model was trained on, at most 8 192. */
  contextTokens?: number | undefined;
  threads: number;
}

async function load(options: LlamaEngineOptions) {
  const { llama, path, threads } = options;
  const slots = options.slots ?? SLOTS_DEFAULT;
  try {
    const model = await llama.loadModel({ modelPath: path });
    const contextTokens = options.contextTokens ?? Math.min(model.trainContextSize, CONTEXT_TOKENS_DEFAULT_MAX);
    const context = await openContext(model, { slots, contextTokens, threads });
    return { model, context, contextTokens, slots };
  } catch (cause) {
    throw new AgentError(
      "model_file",
      `${path} could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/**
 * An engine that runs one GGUF file in this process.
 * @throws AgentError `model_file` if it cannot be loaded.
 */
export async function createLlamaEngine(options: LlamaEngineOptions): Promise<Engine> {
  const { llama, path, threads } = options;
  const native = nativeOf(llama);
  const { model, context, contextTokens, slots } = await load(options);
  const id = options.id ?? basename(path, extname(path));
  const pool = createSlotPool(Array.from({ length: slots }, () => createSlot(context.getSequence())));
  const prompts = createPromptTokens(model, native);
  const constraints = createConstraints(llama, model, native);
  const closing = new AbortController();
  const listeners = new Set<() => void>();
  // A large file is read for minutes: the node serves meanwhile, and says what it serves when it knows.
  let manifestHash: string | undefined;
  const hashing = weightsHash(path, closing.signal).then(
    (hash) => {
      manifestHash = hash;
      for (const listener of listeners) listener();
    },
    () => undefined,
  );
  const active = new Set<Promise<EngineResult>>();
  let embedding: Promise<LlamaEmbeddingContext> | undefined;
  const embeddingContext = () => {
    embedding ??= model.createEmbeddingContext({ contextSize: contextTokens, batchSize: contextTokens, threads });
    return embedding;
  };

  return {
    describe: async () => ({
      name: basename(path),
      kind: "llama.cpp",
      version: `llama.cpp ${llama.llamaCppRelease.release}`,
      models: [
        {
          id,
          slots,
          contextTokens,
          kinds: [...(prompts.chat ? (["chat"] as const) : []), "completion", "embedding", "score"],
          continuation: "exact",
          features: { tools: prompts.chat, json: true, logprobs: true },
          ...(manifestHash ? { manifestHash } : {}),
        },
      ],
    }),
    run: (task, given) => {
      const running = begin(task, given);
      active.add(running);
      const done = () => active.delete(running);
      running.then(done, done);
      return running;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closing.abort();
      listeners.clear();
      await hashing;
      // Memory is freed only when nobody computes in it any more.
      await Promise.allSettled(active);
      await (await embedding?.catch(() => undefined))?.dispose();
      await context.dispose();
      await model.dispose();
    },
  };
  async function begin(task: EngineTask, given: EngineIo): Promise<EngineResult> {
    const io = { ...given, signal: AbortSignal.any([given.signal, closing.signal]) };
    throwIfAborted(io.signal);
    if (task.kind === "embedding") return embed({ model, contextTokens, context: embeddingContext }, task, io);
    const { request } = task;
    const isChat = task.kind === "chat" || (task.kind === "score" && request.messages !== undefined);
    if (!isChat && request.prompt === undefined)
      throw new EngineError("invalid_request", "a completion needs a prompt");
    const prompt = isChat ? prompts.ofChat(request) : prompts.ofText(request.prompt ?? "");
    if (prompt.length === 0) throw new EngineError("invalid_request", "the prompt is empty");
    return pool.with(prompt, io.signal, (slot) =>
      task.kind === "score"
        ? score({ model, contextTokens }, { task, prompt, slot, io })
        : answer({ model, constraints, contextTokens }, { task, prompt, slot, io }),
    );
  }
}
