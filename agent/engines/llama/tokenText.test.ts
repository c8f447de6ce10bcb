import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTokenText, type TextPiece } from "./tokenText.ts";

/** A tokenizer whose tokens are runs of bytes: the hardest case for characters. */
function tokenise(text: string, cuts: readonly number[]) {
  const bytes = Buffer.from(text);
  const at = [
    0,
    ...[...new Set(cuts)].filter((c) => c > 0 && c < bytes.length).toSorted((a, b) => a - b),
    bytes.length,
  ];
  const vocabulary = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
  return {
    tokens: vocabulary.map((_, i) => i),
    detokenize: (ids: readonly number[]) => Buffer.concat(ids.map((i) => vocabulary[i] ?? Buffer.alloc(0))).toString(),
  };
}
function feed(text: string, cuts: readonly number[], stops: readonly string[], deliveredTokens = 0) {
  const { tokens, detokenize } = tokenise(text, cuts);
  const delivered = { tokens: tokens.slice(0, deliveredTokens), text: detokenize(tokens.slice(0, deliveredTokens)) };
  const out = createTokenText<number>(detokenize, stops, delivered);
  const pieces: TextPiece<number>[] = [];
  let stopped = false;
  for (const token of tokens.slice(deliveredTokens)) {
    const step = out.push(token, token);
    if (step.piece) pieces.push(step.piece);
    stopped = step.stopped;
    if (stopped) break;
  }
  const rest = stopped ? undefined : out.flush();
  return { pieces: rest ? [...pieces, rest] : pieces, stopped, detokenize, tokens, delivered };
}
const texts = fc.string({ unit: fc.constantFrom("a", "b", "ab", "é", "語", "🙂", "\n", " "), maxLength: 40 });
const cutLists = fc.array(fc.nat(200), { maxLength: 60 });

describe("tokenText", () => {
  it("loses and repeats nothing; every piece is the text of its tokens and holds whole characters", () => {
    fc.assert(
      fc.property(
        texts,
        cutLists,
        fc.array(fc.constantFrom("ab", "bb🙂", "語語", "zz"), { maxLength: 3 }),
        (text, cuts, stops) => {
          const { pieces, stopped, detokenize } = feed(text, cuts, stops);
          const at = Math.min(...stops.map((s) => text.indexOf(s)).map((i) => (i < 0 ? text.length : i)), text.length);
          expect(pieces.map((p) => p.text).join("")).toBe(text.slice(0, at));
          expect(stopped).toBe(at < text.length);
          for (const piece of stopped ? pieces.slice(0, -1) : pieces) {
            expect(piece.text).toBe(detokenize(piece.tokenIds));
            expect(piece.notes).toEqual(piece.tokenIds);
          }
        },
      ),
    );
  });

  it("finds a stop sequence across the seam of a continued answer", () => {
    expect(feed("the END of", [1, 2, 3, 4, 5, 6, 7, 8, 9], ["END"], 6)).toMatchObject({
      stopped: true,
      pieces: [{ text: "" }],
    });
    expect(
      feed("the ENDEAVOUR", [4, 5, 6, 7, 8, 9], ["ENDS"], 2)
        .pieces.map((p) => p.text)
        .join(""),
    ).toBe("NDEAVOUR");
  });

  it("holds back no more than what may become a stop sequence", () => {
    const { pieces } = feed("aaaaaaaa", [1, 2, 3, 4, 5, 6, 7], ["ab"]);
    expect(pieces.map((p) => p.text)).toEqual(["a", "a", "a", "a", "a", "a", "a", "a"]);
  });

  it("drops a character that was never finished", () => {
    const bytes = Buffer.from("ok🙂");
    const out = createTokenText<null>((ids) => Buffer.from(ids.map((i) => bytes[i] ?? 0)).toString(), [], {
      tokens: [],
      text: "",
    });
    const pieces = [0, 1, 2, 3].flatMap((i) => out.push(i, null).piece?.text ?? []);
    expect([...pieces, out.flush()?.text]).toEqual(["o", "k", undefined]);
  });
});
