/** The finaliser of MurmurHash3: every input bit reaches every output bit. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
const TWO_32 = 2 ** 32;

/**
 * Draws that depend on nothing but (seed, choice, position, token): an answer continued on another node draws at each position what the
 * uninterrupted one would have drawn.
 * @param p.seed - any safe integer, negative ones included
 * @returns for a token, a number in (0, 1)
 */
export function drawsAt(p: { seed: number; choice: number; position: number }): (token: number) => number {
  const high = Math.floor(p.seed / TWO_32);
  const base = [p.seed, high, p.choice, p.position].reduce(
    (h, part) => mix(h + Math.imul(part | 0, 0x9e3779b1) + 0x7f4a7c15),
    0x243f6a88,
  );
  return (token) => ((mix(mix(base ^ Math.imul(token + 1, 0x9e3779b1)) + base) >>> 0) + 0.5) / TWO_32;
}
