/** What every upstream answers, whoever asks: the cost of "computing" is the same for all contenders. */
export const MODEL = "bench-model";
export const PROMPT = "What does a benchmark measure?";
export const MAX_TOKENS = 64;
/** The whole answer of a request that does not stream. */
export const ANSWER = "It measures what it was built to measure, on the machine it ran on, and nothing else.";

/** Pieces of a streamed answer and the time between them. */
export const DELTAS = 64;
export const DELTA_INTERVAL_MS = 20;
export const deltaText = (i: number): string => ` word${i}`;

export const USAGE = { prompt_tokens: 14, completion_tokens: 20, total_tokens: 34 };

export const requestBody = (isStream: boolean): string =>
  JSON.stringify({
    model: MODEL,
    max_tokens: isStream ? 256 : MAX_TOKENS,
    messages: [{ role: "user", content: PROMPT }],
    ...(isStream ? { stream: true } : {}),
  });
