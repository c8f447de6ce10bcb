/** OpenAI's two shapes of log-probabilities. */
export interface TokenLogprob {
  token: number;
  logprob: number;
  top: { token: number; logprob: number }[];
}

/** JSON has no −∞. */
const LOGPROB_MIN = -9999;
const round = (logprob: number): number => Math.max(LOGPROB_MIN, Math.round(logprob * 1e6) / 1e6);

/** `choices[].logprobs` of a chat piece. A token that is only part of a character has no `bytes`. */
export function chatLogprobs(notes: readonly TokenLogprob[], textOf: (token: number) => string): unknown {
  const entry = (t: { token: number; logprob: number }) => {
    const token = textOf(t.token);
    return { token, logprob: round(t.logprob), bytes: token.includes("\ufffd") ? null : [...Buffer.from(token)] };
  };
  return { content: notes.map((n) => ({ ...entry(n), top_logprobs: n.top.map(entry) })), refusal: null };
}

/** `choices[].logprobs` of a completion piece. */
export function completionLogprobs(notes: readonly TokenLogprob[], textOf: (token: number) => string): unknown {
  return {
    tokens: notes.map((n) => textOf(n.token)),
    token_logprobs: notes.map((n) => round(n.logprob)),
    top_logprobs: notes.map((n) => Object.fromEntries(n.top.map((t) => [textOf(t.token), round(t.logprob)]))),
  };
}
