/**
 * Tokens on their way to becoming text. Emitted pieces hold whole tokens and whole characters: a character's bytes may come in several
 * tokens, and text that might still become a stop sequence waits — token by token, so that each piece is exactly its token ids.
 */
import { findStop, heldLength } from "../stopText.ts";

/** A character has at most four bytes; more unfinished tokens than this are not a character. */
const UNFINISHED_TOKENS_MAX = 8;
const CONTEXT_TOKENS = 8;

/** @param before - the tokens just before, for tokenizers that write a space by position */
export type Detokenize = (tokens: readonly number[], before: readonly number[]) => string;

export interface TextPiece<Note> {
  text: string;
  tokenIds: number[];
  /** What the caller attached to each token. */
  notes: Note[];
}
export interface TokenText<Note> {
  /** Takes the next token. `stopped` when a stop sequence is complete; the piece then ends before it. */
  push(token: number, note: Note): { piece?: TextPiece<Note>; stopped: boolean };
  /** What was held back, at the end of the answer; an unfinished character is dropped. */
  flush(): TextPiece<Note> | undefined;
}
interface Group<Note> extends TextPiece<Note> {}

const join = <Note>(groups: Group<Note>[], text: string): TextPiece<Note> | undefined => {
  const tokenIds = groups.flatMap((g) => g.tokenIds);
  return tokenIds.length > 0 ? { text, tokenIds, notes: groups.flatMap((g) => g.notes) } : undefined;
};

/**
 * @param detokenize - the model's
 * @param stops - stop sequences
 * @param delivered - tokens and text of the answer that are out already: a stop sequence may begin in them
 */
export function createTokenText<Note>(
  detokenize: Detokenize,
  stops: readonly string[],
  delivered: { tokens: readonly number[]; text: string },
): TokenText<Note> {
  const tailChars = Math.max(0, ...stops.map((s) => s.length - 1));
  let tail = tailChars > 0 ? delivered.text.slice(-tailChars) : "";
  let before = delivered.tokens.slice(-CONTEXT_TOKENS);
  let unfinished: Group<Note> = { text: "", tokenIds: [], notes: [] };
  let waiting: Group<Note>[] = [];

  function release(count: number): TextPiece<Note> | undefined {
    const groups = waiting.slice(0, count);
    waiting = waiting.slice(count);
    const text = groups.map((g) => g.text).join("");
    if (tailChars > 0) tail = (tail + text).slice(-tailChars);
    return join(groups, text);
  }
  /** How many waiting groups end before the text that may become a stop sequence. */
  function free(): number {
    if (stops.length === 0) return waiting.length;
    const text = waiting.map((g) => g.text).join("");
    let room = text.length - heldLength(tail + text, stops);
    const blocked = waiting.findIndex((g) => {
      room -= g.text.length;
      return room < 0;
    });
    return blocked < 0 ? waiting.length : blocked;
  }

  return {
    push(token, note) {
      unfinished.tokenIds.push(token);
      unfinished.notes.push(note);
      const text = detokenize(unfinished.tokenIds, before);
      if (text.endsWith("\ufffd") && unfinished.tokenIds.length < UNFINISHED_TOKENS_MAX) return { stopped: false };
      before = [...before, ...unfinished.tokenIds].slice(-CONTEXT_TOKENS);
      waiting.push({ ...unfinished, text });
      unfinished = { text: "", tokenIds: [], notes: [] };
      const all = waiting.map((g) => g.text).join("");
      const at = findStop(tail + all, stops, tail.length);
      if (at >= 0) {
        const piece = join(waiting, all.slice(0, Math.max(0, at - tail.length)));
        waiting = [];
        return { ...(piece ? { piece } : {}), stopped: true };
      }
      const piece = release(free());
      return { ...(piece ? { piece } : {}), stopped: false };
    },
    flush: () => release(waiting.length),
  };
}
