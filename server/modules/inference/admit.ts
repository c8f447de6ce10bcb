import { type EngineRequest, FRAME_BYTES_MAX } from "@farlabs/protocol";
import type { Principal } from "#identity";
import { type Clock, coded, newId } from "#kernel";
import type { FundsPart } from "#ledger";
import { type Model, type Models, plainText, type TextTokenizer } from "#models";
import { riskGwei } from "#nodes";
import type { InferenceConfig } from "./config.ts";
import type { Completion, SubmitOptions, SubmitRequest } from "./inference.ts";
import { type LiveTask, newChoice } from "./live.ts";
import {
  largestShare,
  MAX_TOKENS_DEFAULT,
  MAX_TOKENS_MIN,
  promptTokensBound,
  type Quote,
  quote,
} from "./model/quote.ts";
import { onchainPayment, type Payment, reserveLegs, treasuryPayment, vcuPayment, walletPayment } from "./payment.ts";
import { prefixKeys } from "./scheduler.ts";

/** An `assign` frame holds the request, and room for what another node may have to continue. */
const REQUEST_BYTES_MAX = FRAME_BYTES_MAX - 65_536;
/** Text of more bytes a token than this is not looked at whole. */
const BYTES_PER_TOKEN_MAX = 16;
/** A reservation outlives its task by this. */
const RESERVE_SLACK_MS = 60_000;

interface Prompt {
  tokens: number;
  exact: boolean;
  bytes: number;
}

/** Prompt tokens by the network's tokenizer where it holds one, an upper bound otherwise. */
function measurePrompt(models: Models, model: Model, request: EngineRequest): Prompt {
  const tokenizer = models.tokenizer(model.id);
  const texts = request.messages?.map((m) => plainText(m.content)) ?? request.input ?? [request.prompt ?? ""];
  // What is read beside the conversation: tools, and an answer that is to be scored.
  const extras = (request.tools === undefined ? "" : JSON.stringify(request.tools)) + (request.completion?.text ?? "");
  const bytes = texts.reduce((n, t) => n + Buffer.byteLength(t), 0) + Buffer.byteLength(extras);
  if (tokenizer === null) return { tokens: promptTokensBound(bytes, texts.length), exact: false, bytes };
  if (request.input !== undefined)
    return {
      tokens: request.input.reduce((n, text, i) => n + countInput(model, tokenizer, text, i), 0),
      exact: true,
      bytes,
    };
  if (
    [...texts, extras].some((text) => isTooLong(model, tokenizer, text)) ||
    bytes > model.contextTokens * BYTES_PER_TOKEN_MAX
  )
    return { tokens: bytes, exact: true, bytes };
  const tokens =
    request.messages === undefined
      ? texts.reduce((n, t) => n + tokenizer.count(t), 0)
      : tokenizer.countChat(request.messages);
  return { tokens: tokens + tokenizer.count(extras), exact: true, bytes };
}

/**
 * Whether a text cannot fit the context, without counting all of it: a tokenizer takes its time over a long text, and nothing else is
 * answered meanwhile. A beginning has hardly more tokens than the whole.
 */
function isTooLong(model: Model, tokenizer: TextTokenizer, text: string): boolean {
  const { contextTokens } = model;
  if (text.length <= contextTokens) return false;
  if (text.length > contextTokens * BYTES_PER_TOKEN_MAX) return true;
  return text.length > contextTokens * 4 && tokenizer.count(text.slice(0, contextTokens * 4)) > contextTokens + 8;
}

/** Tokens of one of several inputs, each of which has the context for itself. @throws context_length_exceeded */
function countInput(model: Model, tokenizer: TextTokenizer, text: string, index: number): number {
  const tokens = isTooLong(model, tokenizer, text) ? text.length : tokenizer.count(text);
  if (tokens > model.contextTokens) tooLong(model, tokens, 0, `input[${index}]`);
  return tokens;
}

/** Room for output, and whether the request states more than fits. @throws context_length_exceeded */
function outputLimit(model: Model, request: SubmitRequest, prompt: Prompt): { wanted: number; min: number } {
  if (request.kind === "score") return scoreLimit(model, request, prompt);
  if (request.kind === "embedding") {
    const longest = Math.max(...(request.engine.input ?? []).map((t) => Buffer.byteLength(t)), 0);
    if (!prompt.exact && longest > model.contextTokens * BYTES_PER_TOKEN_MAX)
      tooLong(model, Math.ceil(longest / BYTES_PER_TOKEN_MAX), 0, "input");
    return { wanted: 0, min: 0 };
  }
  const param = request.engine.messages === undefined ? "prompt" : "messages";
  const asked = request.engine.max_tokens;
  // Where only an upper bound is known, the engine alone can say that a prompt is too long.
  const tokens = prompt.exact ? prompt.tokens : Math.ceil(prompt.bytes / BYTES_PER_TOKEN_MAX);
  if (tokens + (asked ?? 1) > model.contextTokens)
    tooLong(model, tokens, asked ?? 1, asked === undefined ? param : "max_tokens");
  if (asked !== undefined) return { wanted: asked, min: asked };
  const wanted = Math.max(1, Math.min(MAX_TOKENS_DEFAULT, model.contextTokens - tokens));
  return { wanted, min: Math.min(wanted, MAX_TOKENS_MIN) };
}

/** A given answer must fit beside its prompt; nothing is generated. */
function scoreLimit(model: Model, request: SubmitRequest, prompt: Prompt): { wanted: number; min: number } {
  if (request.engine.completion === undefined)
    throw coded("invalid_request", { message: "There is no completion to score.", param: "completion" });
  if (prompt.exact && prompt.tokens > model.contextTokens) tooLong(model, prompt.tokens, 0, "completion");
  return { wanted: 0, min: 0 };
}

function tooLong(model: Model, prompt: number, asked: number, param: string): never {
  throw coded("context_length_exceeded", {
    message: `This model's context is ${model.contextTokens} tokens; the prompt has ${prompt} and ${asked} more were asked for.`,
    param,
  });
}

export interface AdmitDeps {
  models: Models;
  config: InferenceConfig;
  clock: Clock;
  /** Whether the account may hold VCU; the ledger alone knows how many. */
  mayHoldVcu: (accountId: string) => boolean;
}

/** What may pay, in the order of asking: one, or VCU and then a wallet. @throws invalid_request, insufficient_funds */
function paymentsOf(
  principal: Principal,
  options: SubmitOptions,
  mayHoldVcu: AdmitDeps["mayHoldVcu"],
): [Payment, ...Payment[]] {
  if (options.payer === "treasury") return [treasuryPayment()];
  if (options.onchainTask !== undefined) return [onchainPayment(options.onchainTask, principal)];
  const vcu = vcuPayment(principal);
  if (options.payWith === "VCU") return [vcu];
  const asksVcu = options.payWith === undefined && options.wallet === undefined && mayHoldVcu(principal.accountId);
  // Who pays in VCU needs no wallet.
  if (asksVcu && principal.wallets.length === 0) return [vcu];
  const far = walletPayment(chooseWallet(principal, options.wallet), principal);
  return asksVcu ? [vcu, far] : [far];
}

function reserveOf(payments: readonly Payment[], most: Quote, least: Quote) {
  const [legs = [], otherwise] = payments.map((payment) => reserveLegs(payment, most, least));
  return otherwise === undefined ? { legs } : { legs, otherwise };
}

/** Prices a request. Pure but for the clock and the rate in memory; nothing is reserved yet. */
export function prepare(
  { models, config, clock, mayHoldVcu }: AdmitDeps,
  principal: Principal,
  request: SubmitRequest,
  options: SubmitOptions,
) {
  const model = models.get(request.engine.model);
  if (Buffer.byteLength(JSON.stringify(request.engine)) > REQUEST_BYTES_MAX)
    throw coded("body_too_large", { message: "The request is larger than a node takes." });
  const { rate8 } = models.rate();
  const payments = paymentsOf(principal, options, mayHoldVcu);
  const prompt = measurePrompt(models, model, request.engine);
  const { wanted, min } = outputLimit(model, request, prompt);
  const count = request.kind === "embedding" ? (request.engine.input?.length ?? 1) : (request.engine.n ?? 1);
  const choices = Array.from({ length: count }, newChoice);
  const price = { prices: model.prices, rate8, promptTokens: prompt.tokens, choices: count };
  const most = quote({ ...price, maxTokens: wanted });
  const least = quote({ ...price, maxTokens: min });
  let resolve: (completion: Completion) => void = () => undefined;
  const done = new Promise<Completion>((r) => {
    resolve = r;
  });
  const createdAtMs = clock.now();
  const task: LiveTask = {
    id: newId("task"),
    accountId: principal.accountId,
    principal,
    kind: request.kind,
    model,
    request: request.engine,
    rate8,
    payment: payments[0],
    payments,
    riskWei: largestShare(most.wei),
    riskGwei: riskGwei(largestShare(most.wei)),
    trustedOnly: options.trustedOnly === true || principal.preferences?.trustedOnly === true,
    promptTokens: prompt.tokens,
    promptExact: prompt.exact,
    promptBytes: prompt.bytes,
    maxTokens: wanted,
    quoteWei: most.wei,
    reserved: { wei: 0n, vcu: null, micro: null },
    createdAtMs,
    createdMs: clock.monotonic(),
    status: "pending",
    choices,
    attempts: [],
    attempt: null,
    avoid: new Set(),
    prefixKeys: prefixKeys(request.engine),
    options,
    consumer: options.consumer ?? null,
    watchers: new Set(),
    firstTokenMs: null,
    assignedMs: null,
    ending: false,
    lastFailure: null,
    resolve,
  };
  const funds: FundsPart = {
    kind: "reserve",
    id: task.id,
    ...reserveOf(payments, most, least),
    expiresAtMs: createdAtMs + config.OVERALL_MS + RESERVE_SLACK_MS,
  };
  return { task, done, funds };
}

/** @throws invalid_request when the account does not own the wallet, insufficient_funds when it has none */
function chooseWallet(principal: Principal, asked: string | undefined): string {
  if (asked === undefined) {
    const [first] = principal.wallets;
    if (first === undefined)
      throw coded("insufficient_funds", {
        message: "This account has no wallet to pay from. Add one with `far login`.",
      });
    return first;
  }
  const wallet = asked.toLowerCase();
  if (!principal.wallets.includes(wallet))
    throw coded("invalid_request", { message: "This account does not own that wallet.", param: "x-far-wallet" });
  return wallet;
}
