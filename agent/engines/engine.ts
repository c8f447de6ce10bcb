/**
 * What the link asks of anything that computes: a local model file, an OpenAI-compatible server, a cloud provider, a simulation.
 *
 * An engine knows nothing of sockets, sequence numbers or money. It offers models, runs one request at a time per slot, and says in a code
 * why it could not. The link bounds concurrency by the offer's slots, numbers the chunks, keeps them for a resume and reports the end.
 */
import type {
  AssignFrame,
  ContinueFrom,
  Delta,
  EngineRequest,
  FailCode,
  ModelOffer,
  TaskKind,
} from "@farlabs/protocol";

/** What one engine can serve now. A model that cannot answer at this moment is left out. */
export interface EngineOffer {
  /** For people: a file name, or the host of a server. */
  name: string;
  kind: "llama.cpp" | "openai";
  /** What the engine calls its own version, if it does. */
  version?: string;
  models: ModelOffer[];
  /** Requests the engine runs at once over all its models; absent = each model has its own slots. */
  slotsTotal?: number;
}

/** An assignment as an engine sees it. `continueFrom` is text that the user already has: only what comes after it is emitted. */
export interface EngineTask {
  kind: TaskKind;
  request: EngineRequest;
  continueFrom?: ContinueFrom | undefined;
}

/** One piece of one choice. `tokenIds` are exactly the tokens whose text `delta` is, or absent. */
export interface EngineChunk {
  /** Choice, or input of an embedding. */
  index: number;
  delta: Delta;
  tokenIds?: number[] | undefined;
  logprobs?: unknown;
}

export interface EngineIo {
  /** Aborted when the task is cancelled. The engine stops within a token and throws {@link EngineError} `aborted`. */
  signal: AbortSignal;
  /** Hands a piece on. When it returns a promise the way out is congested: the engine awaits it before it computes on. */
  onChunk(chunk: EngineChunk): Promise<void> | undefined;
}

export interface EngineResult {
  /** `completionTokens` counts what this run generated, without what `continueFrom` had delivered before. */
  usage: { promptTokens: number; completionTokens: number };
  /** One per choice; for embeddings a single `stop`. */
  finishReasons: ("stop" | "length" | "tool_calls" | "content_filter")[];
}

export interface Engine {
  /** The present offer. Cheap: it is asked at every (re)connection. */
  describe(): Promise<EngineOffer>;
  /**
   * Runs one task to its end.
   * @throws EngineError — any other error counts as `engine_error`.
   */
  run(task: EngineTask, io: EngineIo): Promise<EngineResult>;
  /** Calls back whenever {@link Engine.describe} would answer differently: models came, went, or changed. Returns the unsubscriber. */
  onChange?(listener: () => void): () => void;
  /** Frees memory and connections; runs still going on are aborted. */
  close(): Promise<void>;
}

/** Why a run ended without a result, in the protocol's codes. `message` may reach the user: it never holds a prompt or a key. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: FailCode;
  constructor(code: FailCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The engine's view of an `assign` frame. */
export const toTask = (frame: AssignFrame): EngineTask => ({
  kind: frame.kind,
  request: frame.request,
  ...(frame.continueFrom ? { continueFrom: frame.continueFrom } : {}),
});

/**
 * @param signal - the task's signal
 * @throws EngineError `aborted` if it has fired.
 */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new EngineError("aborted", "the task was cancelled");
}
