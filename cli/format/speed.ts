/** Tokens that come in fewer ms after the first came as one piece: the time between them says nothing. */
const WRITING_MS_MIN = 100;

/**
 * How fast an answer was written: from its first token on, or, where it came in one piece, as a whole. Null for less than two tokens.
 * @param firstMs - request → first token
 * @param writingMs - first → last token
 */
export function tokensPerSecond(answer: { tokens: number; firstMs: number; writingMs: number }): number | null {
  const { tokens, firstMs, writingMs } = answer;
  if (tokens < 2) return null;
  if (writingMs >= WRITING_MS_MIN) return Math.round(((tokens - 1) * 1_000) / writingMs);
  return firstMs + writingMs <= 0 ? null : Math.round((tokens * 1_000) / (firstMs + writingMs));
}
