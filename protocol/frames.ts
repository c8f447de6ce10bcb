/**
 * Agent ↔ nodelink, one JSON frame (or an array of at most {@link FRAMES_PER_MESSAGE_MAX}) per WebSocket text message.
 *
 * Life of a connection: the server sends `challenge`; the agent answers `hello`, signing {@link helloMessage}; the server sends
 * `welcome` with the attempts it still waits for. Then heartbeats, `assign` … `accept` … `chunk`* … `result | fail`.
 * `attempt` fences: a frame of an old attempt is dropped and unpaid. `seq` counts an attempt's chunks from 0 without a gap.
 * After a reconnect the agent sends again, in order, every chunk from `welcome.resume[].nextSeq` on, then its result if it has one;
 * an attempt that it runs and that `resume` does not name is aborted.
 */
import { z } from "zod";
import { chatMessage, responseFormat, tool, toolChoice } from "./openai.ts";

export const PROTOCOL_VERSION = 1;
/** `maxPayload` of both sockets, bytes. */
export const FRAME_BYTES_MAX = 1_048_576;
export const FRAMES_PER_MESSAGE_MAX = 256;
export const HEARTBEAT_MS = 10_000;
export const OFFLINE_AFTER_MS = 30_000;
/** Attempts that one `root` covers. */
export const ROOT_LEAVES_MAX = 1_024;
export const ROOT_EVERY_MS = 1_000;
/** Models of one node, all engines together. */
export const OFFERS_MAX = 512;
/** What passes through unread may nest this deep, so that nothing that recurses over it can overflow the stack. */
const PASSED_DEPTH_MAX = 16;

const id = z.string().min(1).max(128);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** What is signed and hashed is written in one way only: lower case. */
const hash32 = z.string().regex(/^0x[0-9a-f]{64}$/);
const signature65 = z.string().regex(/^0x[0-9a-f]{130}$/);
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
/** Text that is safe in rows, logs and terminals: no control characters, no line breaks, no half characters. */
const label = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u);
const hex = z
  .string()
  .regex(/^0x[0-9a-fA-F]*$/)
  .max(2048);

/** How an engine can go on after delivered text: `exact` by token ids (ours), `text` as probed at join, `none`. */
export const continuation = z.enum(["exact", "text", "none"]);
export type Continuation = z.infer<typeof continuation>;

/** Printable ASCII, so that a name is safe in rows, headers and terminals. */
const modelId = z.string().regex(/^[\x21-\x7e]{1,256}$/);

/** `score`: nothing is generated; the tokens of a given completion are scored under the model. */
export const taskKind = z.enum(["chat", "completion", "embedding", "score"]);
export type TaskKind = z.infer<typeof taskKind>;

export const modelOffer = z.object({
  id: modelId,
  slots: z.number().int().min(1).max(1024),
  contextTokens: z.number().int().min(1).max(100_000_000),
  kinds: z.array(taskKind).min(1).max(taskKind.options.length),
  continuation,
  features: z.object({ tools: z.boolean(), json: z.boolean(), logprobs: z.boolean() }),
  /** Output tokens a second of one stream, as the agent measured it; absent until measured. */
  tokensPerSecond: z.number().min(0).max(1_000_000).optional(),
  /** SHA-256 of the weights that run, where the engine can say: answers are compared within one manifest only. */
  manifestHash: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/)
    .optional(),
});
export type ModelOffer = z.infer<typeof modelOffer>;

export const capabilities = z.object({
  machine: z.object({
    gpuModel: label(128),
    vramGb: z.number().min(0).max(100_000),
    cudaCores: z.number().int().min(0).max(1_000_000_000).optional(),
    bandwidthMbps: z.number().min(0).max(10_000_000).optional(),
    cpu: label(256),
    cores: count,
    memoryGb: z.number().min(0).max(1_000_000),
    country: label(64).optional(),
    region: label(64).optional(),
  }),
  engines: z
    .array(
      z.object({
        name: label(128),
        kind: z.enum(["llama.cpp", "openai"]),
        /** The engine's own version, as it says; for people and for telling an upgrade from a cheat. */
        version: label(64).optional(),
        models: z.array(modelOffer).max(256),
      }),
    )
    .max(64)
    .refine(
      (engines) => engines.reduce((n, e) => n + e.models.length, 0) <= OFFERS_MAX,
      `at most ${OFFERS_MAX} models`,
    ),
});
export type Capabilities = z.infer<typeof capabilities>;

export const telemetry = z.object({
  utilisation: z.number().min(0).max(1).optional(),
  vramUsedGb: z.number().min(0).max(100_000).optional(),
  temperatureC: z.number().min(-100).max(1_000).optional(),
  powerW: z.number().min(0).max(1_000_000).optional(),
  tokensPerSecond: z.number().min(0).max(10_000_000).optional(),
  load: z.number().min(0).max(100_000).optional(),
});
export type Telemetry = z.infer<typeof telemetry>;

const taskRef = { taskId: id, attempt: z.number().int().min(1).max(1_000) };

/** A rank above this is told as this plus one: what lies so far down is all the same. */
export const SCORE_RANK_MAX = 256;
/** JSON has no −∞. */
export const SCORE_LOGPROB_MIN = -9_999;
/** Scored tokens of one chunk. */
export const SCORES_PER_CHUNK_MAX = 4_096;

/** An answer to score, as it was delivered. `tokenIds` are exactly its tokens, or absent. */
export const givenCompletion = z.object({
  text: z.string().max(FRAME_BYTES_MAX),
  tokenIds: z.array(count).max(FRAME_BYTES_MAX).optional(),
  /** The answer says that it ended by itself: one more pair, the last, scores the end of the turn. */
  ended: z.boolean().optional(),
});
export type GivenCompletion = z.infer<typeof givenCompletion>;

/** What an engine is asked: OpenAI's fields, validated and with every default the server decides filled in. */
export const engineRequest = z.object({
  model: z.string().max(256),
  messages: z.array(chatMessage).max(2048).optional(),
  prompt: z.string().optional(),
  input: z.array(z.string()).max(256).optional(),
  dimensions: z.number().int().optional(),
  /** The total for the answer, tokens already delivered (`continueFrom.tokens`) included. */
  max_tokens: z.number().int().min(1).optional(),
  temperature: z.number().optional(),
  top_p: z.number().optional(),
  n: z.number().int().optional(),
  stop: z.array(z.string()).max(4).optional(),
  seed: z.number().int().optional(),
  presence_penalty: z.number().optional(),
  frequency_penalty: z.number().optional(),
  logprobs: z.boolean().optional(),
  top_logprobs: z.number().int().optional(),
  tools: z.array(tool).max(128).optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: responseFormat.optional(),
  completion: givenCompletion.optional(),
});
export type EngineRequest = z.infer<typeof engineRequest>;

/** What was delivered before: the text, its token ids where the engine gave them (all or none), and how many tokens it was. */
export const continueFrom = z.object({ text: z.string(), tokenIds: z.array(count).optional(), tokens: count });
export type ContinueFrom = z.infer<typeof continueFrom>;

export const serverFrame = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("challenge"),
    protocol: z.number().int(),
    nonce: id,
    network: z.string().max(256),
    /** Of the chain that the network settles on; part of what nodes sign. */
    chainId: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  }),
  z.object({
    type: z.literal("welcome"),
    nodeId: id,
    heartbeatMs: count,
    resume: z.array(z.object({ ...taskRef, nextSeq: count })),
  }),
  z.object({
    type: z.literal("assign"),
    ...taskRef,
    kind: taskKind,
    request: engineRequest,
    continueFrom: continueFrom.optional(),
  }),
  z.object({ type: z.literal("cancel"), ...taskRef }),
  /** The owner asks the node, through the network, to finish what it runs and take nothing new; `on: false` takes that back. */
  z.object({ type: z.literal("drain"), on: z.boolean().default(true) }),
  /** The network keeps what a `root` said; the node need not say it again. */
  z.object({ type: z.literal("rooted"), root: hash32 }),
  /** Sent before the server closes: a coded reason a person can act on. `retry:false` means do not reconnect. */
  z.object({ type: z.literal("bye"), code: z.string().max(64), message: z.string().max(1024), retry: z.boolean() }),
]);
export type ServerFrame = z.infer<typeof serverFrame>;

/** Half a surrogate pair is no character: it could not be stored, hashed or sent on as UTF-8. */
const text = z.string().overwrite((value) => value.toWellFormed());

/** One piece of one choice. Content only ever holds whole UTF-8 characters; text that might still become a stop sequence is held back. */
export const delta = z.object({
  content: text.optional(),
  tool_calls: z
    .array(
      z.object({
        index: z.number().int().min(0).max(127),
        id: z.string().max(256).optional(),
        type: z.literal("function").optional(),
        function: z.object({ name: z.string().max(256).optional(), arguments: text.optional() }).optional(),
      }),
    )
    .max(128)
    .optional(),
  refusal: text.optional(),
  reasoning_content: text.optional(),
  /** One input's vector: base64 of little-endian float32. */
  embedding: z.string().optional(),
  /**
   * Kind `score` only: for each token of the completion in turn, its log-probability under the model itself (natural, no temperature, no
   * penalties) and its rank (1 = likeliest).
   */
  scores: z
    .array(
      z.tuple([
        z.number().min(SCORE_LOGPROB_MIN).max(0),
        z
          .number()
          .int()
          .min(1)
          .max(SCORE_RANK_MAX + 1),
      ]),
    )
    .max(SCORES_PER_CHUNK_MAX)
    .optional(),
});
export type Delta = z.infer<typeof delta>;

const isShallow = (value: unknown, depthLeft: number): boolean =>
  typeof value !== "object" ||
  value === null ||
  (depthLeft > 0 && Object.values(value).every((item) => isShallow(item, depthLeft - 1)));
/** OpenAI's `choices[].logprobs`; only its depth is looked at. */
const passedLogprobs = z
  .unknown()
  .optional()
  .refine(
    (value) =>
      value === undefined ||
      value === null ||
      (typeof value === "object" && !Array.isArray(value) && isShallow(value, PASSED_DEPTH_MAX)),
  );

export const finishReason = z.enum(["stop", "length", "tool_calls", "content_filter"]);

export const failCode = z.enum([
  "context_length_exceeded",
  "invalid_request",
  "unsupported",
  "overloaded",
  "engine_error",
  "engine_unavailable",
  "engine_truncated",
  "aborted",
]);
export type FailCode = z.infer<typeof failCode>;

export const nodeSession = z.object({
  key: z.string().regex(/^0x[0-9a-f]{40}$/),
  /** Unix time, seconds. */
  validFrom: count,
  signature: signature65,
});
export type NodeSession = z.infer<typeof nodeSession>;

export const agentFrame = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    protocol: z.number().int(),
    version: z.string().max(64),
    joinToken: z.string().min(1).max(256),
    /** Address of the node key; `signature` is its EIP-191 signature over {@link helloMessage}. */
    nodeKey: address,
    signature: hex,
    /** Owner wallet that earns; absent = the wallet of the account that made the join token. */
    ownerWallet: address.optional(),
    /** Attempts whose chunks this agent still holds: running, or ended within the last minute. Oldest first. */
    running: z.array(z.object(taskRef)).max(1024),
    /** The key that signs this agent's roots, bound by the node key ({@link nodeSessionTypes}); an agent without one signs nothing. */
    session: nodeSession.optional(),
    capabilities,
  }),
  z.object({ type: z.literal("capabilities"), capabilities }),
  z.object({
    type: z.literal("heartbeat"),
    slots: z.array(z.object({ model: z.string().max(256), used: count, total: count })).max(256),
    telemetry,
  }),
  z.object({ type: z.literal("accept"), ...taskRef }),
  z.object({ type: z.literal("refuse"), ...taskRef, reason: z.string().max(256) }),
  z.object({
    type: z.literal("chunk"),
    ...taskRef,
    seq: count,
    /** Choice, or input for embeddings. */
    index: z.number().int().min(0).max(255),
    delta,
    /** Tokens that made this delta, where the engine knows them. */
    tokenIds: z.array(count).max(4096).optional(),
    /** OpenAI `choices[].logprobs` of this piece, passed through. */
    logprobs: passedLogprobs,
  }),
  z.object({
    type: z.literal("result"),
    ...taskRef,
    /** Number of chunks sent, so that a truncated attempt is seen. */
    chunks: count,
    usage: z.object({ promptTokens: count, completionTokens: count }),
    /** One per choice; for embeddings one `stop`. */
    finishReasons: z.array(finishReason).min(1).max(8),
  }),
  z.object({ type: z.literal("fail"), ...taskRef, code: failCode, message: z.string().max(2048) }),
  /** What the node delivered in attempts that ended with a result, signed by its session key; at most one a second. */
  z.object({
    type: z.literal("root"),
    leaves: z
      .array(z.object({ ...taskRef, outputHash: hash32, tokens: count }))
      .min(1)
      .max(ROOT_LEAVES_MAX),
    root: hash32,
    /** Unix time, milliseconds. */
    at: count,
    signature: signature65,
  }),
  /** The operator drains the node; `maintenance` keeps it connected without work until `online`. */
  z.object({ type: z.literal("state"), state: z.enum(["online", "drain", "maintenance"]) }),
]);
export type AgentFrame = z.infer<typeof agentFrame>;
export type ChunkFrame = Extract<AgentFrame, { type: "chunk" }>;
export type ResultFrame = Extract<AgentFrame, { type: "result" }>;
export type RootFrame = Extract<AgentFrame, { type: "root" }>;
export type FailFrame = Extract<AgentFrame, { type: "fail" }>;
export type AssignFrame = Extract<ServerFrame, { type: "assign" }>;

/** The text a node key signs at `hello`; it binds the challenge, the network and the join token. */
export const helloMessage = (p: { network: string; nonce: string; joinToken: string; nodeKey: string }): string =>
  `Far Labs node\nnetwork: ${p.network}\nnonce: ${p.nonce}\ntoken: ${p.joinToken}\nkey: ${p.nodeKey.toLowerCase()}`;
