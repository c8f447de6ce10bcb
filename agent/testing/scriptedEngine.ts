import { type Engine, EngineError, type EngineIo, type EngineOffer, type EngineTask } from "../engines/engine.ts";

export interface ScriptedEngine extends Engine {
  /** Tasks begun, in order. */
  readonly tasks: { task: EngineTask; io: EngineIo }[];
  /** Changes the offer and says so. */
  offer(models: EngineOffer["models"]): void;
}

export const modelOffer = (id: string, slots = 4): EngineOffer["models"][number] => ({
  id,
  slots,
  contextTokens: 1024,
  kinds: ["chat", "completion"],
  continuation: "none",
  features: { tools: false, json: false, logprobs: false },
});

/**
 * An engine that does what the test says.
 * @param run - the body of every run; a run that should last awaits the signal itself
 */
export function createScriptedEngine(
  run: (
    task: EngineTask,
    io: EngineIo,
  ) => Promise<{ usage: { promptTokens: number; completionTokens: number }; finishReasons: ["stop"] }>,
  models: EngineOffer["models"] = [modelOffer("m")],
): ScriptedEngine {
  const tasks: ScriptedEngine["tasks"] = [];
  const listeners = new Set<() => void>();
  let offered = models;
  return {
    tasks,
    describe: async () => ({ name: "scripted", kind: "openai", models: offered }),
    run(task, io) {
      tasks.push({ task, io });
      return run(task, io);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    offer(next) {
      offered = next;
      for (const listener of listeners) listener();
    },
    close: async () => undefined,
  };
}

/** Emits the pieces, then ends. */
export const says =
  (pieces: readonly string[]) =>
  async (_task: EngineTask, io: EngineIo): ReturnType<Parameters<typeof createScriptedEngine>[0]> => {
    for (const content of pieces) await io.onChunk({ index: 0, delta: { content } });
    return { usage: { promptTokens: 1, completionTokens: pieces.length }, finishReasons: ["stop"] };
  };

/** Lasts until it is aborted. */
export const hangs = (_task: EngineTask, io: EngineIo): Promise<never> =>
  new Promise((_resolve, reject) => {
    const abort = () => reject(new EngineError("aborted", "the task was cancelled"));
    if (io.signal.aborted) abort();
    else io.signal.addEventListener("abort", abort);
  });
