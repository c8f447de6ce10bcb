/**
 * A draw that depends on nothing but (seed, choice, position): an answer continued on another node draws at each position what the
 * uninterrupted one would have drawn. Two rounds of the 64-bit finaliser of SplitMix64.
 * @param seed - any safe integer, negative ones included
 * @returns in [0, 1)
 */
export function drawAt(seed: number, choice: number, position: number): number {
  const first = mix(BigInt.asUintN(64, BigInt(seed)) ^ (BigInt(choice) << 40n));
  const second = mix(BigInt.asUintN(64, first + BigInt(position)));
  return Number(second >> 11n) / 2 ** 53;
}

function mix(value: bigint): bigint {
  let z = BigInt.asUintN(64, value + 0x9e3779b97f4a7c15n);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}
