/** Bodies of `/api/v1`. Strict: an unknown field is refused, so a typo is never silently ignored. Amounts are decimal strings of the smallest unit. */
import { z } from "zod";
import { chatMessage } from "./openai.ts";
import type { NodeStatus, TaskStatus } from "./realtime.ts";

/** A name that people see: safe in rows, logs and terminals. */
const label = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, "must hold no control characters");
const walletAddress = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "must be a 0x address of 40 hex digits");

export const generateRequest = z.strictObject({
  model_id: z.string().min(1).max(256),
  prompt: z.string().min(1).max(1_048_576),
  max_tokens: z.number().int().min(1).max(1_000_000).default(1000),
  temperature: z.number().min(0).max(2).default(0.7),
});
export interface GenerateResponse {
  task_id: string;
  result: string;
  tokens_used: number;
  /** Decimal string in wei of FAR. */
  cost: string;
  model: string;
}

export const taskSubmitRequest = z
  .strictObject({
    model: z.string().min(1).max(256),
    messages: z.array(chatMessage).min(1).max(2048).optional(),
    prompt: z.string().min(1).max(1_048_576).optional(),
    max_tokens: z.number().int().min(1).max(1_000_000).optional(),
    temperature: z.number().min(0).max(2).optional(),
    seed: z.number().int().optional(),
  })
  .refine((b) => (b.messages === undefined) !== (b.prompt === undefined), {
    message: "give either messages or prompt",
    path: ["prompt"],
  });

/** One attempt of a task at one node. `reason` says in code why it was refused, failed or left unpaid. */
export interface TaskAttempt {
  attempt: number;
  node_id: string;
  status: "running" | "delivered" | "partial" | "failed" | "refused";
  tokens: number;
  paid: string;
  reason: string | null;
  started_at: string;
  first_token_ms: number | null;
  ended_at: string | null;
}
export interface Task {
  task_id: string;
  model: string;
  kind: string;
  status: TaskStatus;
  node_id: string | null;
  max_tokens: number;
  prompt_tokens: number;
  tokens_generated: number;
  /** Reserved maximum and charge, wei of FAR. */
  quote: string;
  cost_far: string;
  /** Micro-dollars at list price. */
  cost_usd: string;
  /** What the caller paid in. Of VCU, `cost_vcu` units of 10⁻⁴; the FAR is then the treasury's. */
  asset: "FAR" | "VCU";
  cost_vcu: string | null;
  finish_reason: string | null;
  error: { code: string; message: string } | null;
  attempts: TaskAttempt[];
  timings: { queued_ms: number | null; first_token_ms: number | null; total_ms: number | null };
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  /** Answer text, kept while the task runs and for 24 h where the request asked for it. */
  result?: string | null;
}
export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

export const nodeRegisterRequest = z.strictObject({
  wallet_address: walletAddress,
  gpu_model: label(128).min(1),
  vram: z.number().min(0).max(100_000),
  bandwidth: z.number().min(0).max(10_000_000).default(0),
});
export interface NodeRegisterResponse {
  node_id: string;
  status: "registered";
  supported_models: string[];
  join_token: string;
}
/** What stands behind a node, and what it may have at risk because of it. Wei. */
export interface NodeStakeInfo {
  state: "none" | "earning_in" | "registered" | "unbonding" | "suspended";
  stake: string;
  /** Of it what no proposed slash locks. */
  free: string;
  unbonding: string;
  withdrawable_at: string | null;
  /** In flight plus unsettled, at most. */
  limit: string;
  in_flight: string;
  unsettled: string;
  /** What the state means and what to do. */
  explanation: string;
}
export interface NodeInfo {
  node_id: string;
  owner_address: string;
  gpu_model: string;
  vram_gb: number;
  status: NodeStatus;
  draining: boolean;
  reliability_score: number;
  tasks_completed: number;
  total_earned: string;
  stake: NodeStakeInfo;
  models: string[];
  slots: { used: number; total: number };
  metrics: Record<string, number>;
  country: string | null;
  region: string | null;
  created_at: string;
  last_seen: string | null;
}
export interface NetworkStats {
  total_nodes: number;
  available_nodes: number;
  total_vram_gb: number;
  models_available: string[];
  average_node_score: number;
  pending_tasks: number;
  /** Tasks finished a second over the last minute. */
  throughput: number;
}
export const joinTokenRequest = z.strictObject({
  owner_wallet: walletAddress.optional(),
  name: label(64).default(""),
});

export const scopes = ["inference", "read", "nodes", "keys", "wallets", "withdraw", "admin"] as const;
export type Scope = (typeof scopes)[number];

export const apiKeyCreateRequest = z.strictObject({
  name: label(64).min(1),
  scopes: z
    .array(z.enum(["inference", "read", "nodes"]))
    .min(1)
    .max(3)
    .default(["inference", "read"]),
  /** Lifetime spend cap, micro-dollars at list price, as a decimal string. */
  cap_micro_usd: z
    .string()
    .regex(/^[1-9][0-9]{0,17}$/)
    .optional(),
  expires_at: z.iso.datetime().optional(),
  ip_allow: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .min(1)
    .max(64)
    .optional(),
  /** Requests a minute of this key alone, within the account's. */
  rate_per_min: z.number().int().min(1).max(10_000_000).optional(),
});
export interface ApiKeyInfo {
  id: string;
  name: string;
  /** First characters, for recognition; the key itself is shown once. */
  prefix: string;
  scopes: string[];
  cap_micro_usd: string | null;
  spent_micro_usd: string;
  expires_at: string | null;
  ip_allow: string[] | null;
  rate_per_min: number | null;
  created_at: string;
  last_used_at: string | null;
  revoked_at: string | null;
}
export const preferencesRequest = z.strictObject({
  trusted_only: z.boolean().optional(),
  audits: z.boolean().optional(),
});
export interface Preferences {
  /** Only staked nodes of good standing compute this account's requests, and nobody else's node reads them for an audit. */
  trusted_only: boolean;
  /** Another owner's node may read prompt and answer, to check the node that computed it. */
  audits: boolean;
}
const amountText = z.string().regex(/^[1-9][0-9]{0,30}$/);
export const creditsRequest = z.strictObject({
  account: z.string().regex(/^[\w-]{1,128}$/),
  /** Units of 10⁻⁴ VCU, as a decimal string. */
  vcu: amountText,
  reason: label(256).min(1),
});
export interface Balance {
  asset: "FAR" | "VCU";
  /** Null for VCU, which are the account's. */
  wallet: string | null;
  /** Spendable now, reserved by running tasks, and whether an exit has frozen the wallet. Wei, or units of 10⁻⁴ VCU. */
  available: string;
  reserved: string;
  frozen: boolean;
}

export const siweNonceRequest = z.strictObject({ address: walletAddress });
export const siweVerifyRequest = z.strictObject({
  message: z.string().min(1).max(4096),
  signature: z
    .string()
    .regex(/^0x[0-9a-fA-F]+$/)
    .max(8192),
});
/** `refresh` and `logout`: browsers send the cookie instead. */
export const refreshRequest = z.strictObject({ refresh_token: z.string().min(1).max(256).optional() });
/** `verify-token` and `revoke-token`. */
export const tokenRequest = z.strictObject({ token: z.string().min(1).max(4096) });
export interface TokenInfo {
  active: boolean;
  account_id?: string;
  /** `key`, `key-token`, `session` or `admin`. */
  via?: string;
  scopes?: string[];
  expires_at?: string | null;
}
/** One page of a list. */
export const pageQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^[\x21-\x7e]{1,256}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
export interface Session {
  access_token: string;
  /** Seconds. */
  expires_in: number;
  /** Only for clients that asked with `x-far-client: cli`; browsers get a cookie. */
  refresh_token?: string;
  account_id: string;
  wallet: string | null;
}

export interface SessionInfo {
  id: string;
  wallet: string | null;
  /** What the client called itself. */
  client: string;
  /** Whether the request came by this one. */
  current: boolean;
  created_at: string;
  last_used_at: string;
  expires_at: string;
}
export interface Profile {
  account_id: string;
  wallets: string[];
  created_at: string;
}

export interface Solvency {
  /** Block the chain was read at. */
  block: string;
  escrow_balance: string;
  liabilities: string;
  difference: string;
  trial_balance: { asset: string; debits: string; credits: string }[];
  last_settled_epoch: number;
  unsettled: string;
  checked_at: string;
}

/** What `nodes/estimate` answers. Wei as decimal strings. */
export interface NodeEstimate {
  model: string;
  gpu_model: string;
  fits: boolean;
  /** Why it does not fit, in words. */
  reason: string | null;
  /** Output tokens a second of one stream, and where the figure comes from. */
  tokens_per_second: number;
  speed_from: "given" | "same_gpu_now" | "catalogue";
  demand: { hours: number; tasks: number; input_tokens: number; output_tokens: number; charge: string };
  nodes_now: number;
  share: number;
  utilisation: number;
  earnings: { per_hour: string; per_day: string; per_30_days: string };
  earnings_usd_micro: { per_day: string } | null;
  estimate: true;
  assumptions: string[];
}

/** One attempt of a node: what it earned and how that stands, or why it earned nothing. */
export interface NodeEarningRow {
  task_id: string;
  attempt: number;
  at: string;
  model: string;
  /** Output tokens that were paid for. */
  tokens: number;
  /** Wei of FAR. */
  amount: string;
  /** `settled` on chain, `pending` until its epoch is, `held` as the node's stake, `unpaid` with a reason. */
  state: "settled" | "pending" | "held" | "unpaid";
  /** When a pending amount is settled at the latest. */
  due_at: string | null;
  epoch: number | null;
  transaction_hash: string | null;
  reason: { code: string; explanation: string; remedy: string | null; actor: "node" | "caller" | "network" } | null;
}

/** A node's money, wei as decimal strings: `paid + claimable + pending + held + held_pending = earned`. */
export interface NodeEarnings {
  node_id: string;
  owner: string;
  earned: string;
  /** Settled on chain and claimed. */
  paid: string;
  /** Settled on chain, to be claimed. */
  claimable: string;
  /** Settled once its epoch is, and when that is at the latest. */
  pending: string;
  pending_due_at: string | null;
  /** Became the node's stake, or will. */
  held: string;
  held_pending: string;
  /** Attempts without pay since `unpaid_since`, by reason. */
  unpaid_since: string;
  unpaid: {
    code: string;
    attempts: number;
    explanation: string;
    remedy: string | null;
    actor: "node" | "caller" | "network";
  }[];
  /** The owner wallet, all its nodes together. */
  wallet: { claimed: string; claimable: string; pending: string; held: string };
}
