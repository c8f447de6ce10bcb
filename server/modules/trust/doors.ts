/** What trust asks of others, no wider than it needs: nodes and inference offer it as they are, tests script it. */
import type { EngineRequest, TaskKind } from "@farlabs/protocol";
import type { Principal } from "#identity";
import type { LiveNode } from "#nodes";
import type { TokenScore } from "./model/statistic.ts";

/** A connected node as far as checks look at it. */
export type SeenNode = Pick<
  LiveNode,
  "nodeId" | "ownerAccount" | "ownerWallet" | "capabilities" | "offers" | "status" | "draining" | "link" | "isAudited"
>;

export interface TrustNodes {
  live(): ReadonlyMap<string, SeenNode>;
  setScore(nodeId: string, score: number): Promise<void>;
  /** Takes user tasks from a node until the time (ms since 1970), or until `resume`; pinned checks still reach it. */
  suspend(nodeId: string, reason: string, until: number | null): Promise<void>;
  resume(nodeId: string): Promise<void>;
  /** Whether requests to trusted nodes only may go to it. */
  setAudited(nodeId: string, isAudited: boolean): void;
}

/** One node's part in a finished task. */
export interface FinishedAttempt {
  nodeId: string;
  /** Lower-case. */
  ownerWallet: string;
  /** Assign → first and → last chunk, ms; null without any output. */
  firstTokenMs: number | null;
  durationMs: number;
  text: string;
  tokenIds: readonly number[] | null;
  /** Output and prompt tokens by the network's own count. */
  tokens: number;
  promptTokens: number;
  claim: { promptTokens: number; completionTokens: number } | null;
  /** `delivered`, or why not. */
  end: string | null;
}
export interface FinishedTask {
  taskId: string;
  accountId: string;
  model: string;
  kind: TaskKind;
  request: EngineRequest;
  status: string;
  choices: readonly { text: string; finishReason: string | null }[];
  purpose: "user" | "check";
  /** The account allows that its prompts and answers are checked on another owner's node. */
  auditable: boolean;
  attempts: readonly FinishedAttempt[];
}

/** How a check is submitted: as any task, but pinned to a node and paid by the treasury. */
export interface CheckOptions {
  nodeId: string;
  payer: "treasury";
  purpose: "check";
}
export interface CheckHandle {
  taskId: string;
  done: Promise<{
    status: string;
    chargeWei: bigint;
    error: { code: string } | null;
    choices: readonly { text: string; finishReason: string | null; scores: readonly TokenScore[] }[];
  }>;
}
export interface TrustInference {
  /** Called in turn after a task's durable end. */
  onFinished(listener: (task: FinishedTask) => void): () => void;
  /** What the same submission may cost at most, wei. @throws FarError as it would be refused */
  quote(principal: Principal, request: { kind: TaskKind; engine: EngineRequest }, options: CheckOptions): bigint;
  /** @throws FarError when it is refused */
  submit(
    principal: Principal,
    request: { kind: TaskKind; engine: EngineRequest },
    options: CheckOptions,
  ): Promise<CheckHandle>;
}

/** What the catalogue says of a model. */
export interface ModelFacts {
  /** Expected output tokens a second of one stream on fit hardware. */
  tokensPerSecond: number;
  /** Size of the weights, GB; 0 where unknown. */
  weightsGb: number;
  /** The network counts its tokens itself. */
  counted: boolean;
}

/** The node registry on chain, by the slasher's key. What was done is heard of again by `applyRegistry`. */
export interface Slasher {
  /** Stake that can be slashed, unbonding included, and whether it makes the registry's minimum; below it all of it is held earnings. */
  available(node: { owner: string; nodeId: string }): Promise<{ wei: bigint; isRegistered: boolean }>;
  /** @throws when the chain does not take it */
  propose(slash: { owner: string; nodeId: string; amountWei: bigint; evidence: `0x${string}` }): Promise<void>;
  cancel(slashId: bigint): Promise<void>;
  execute(slashId: bigint): Promise<void>;
}

/** An event of the node registry, as far as it is read here; the listener hands on all of them. */
export interface RegistryEvent {
  name: string;
  args: unknown;
}
