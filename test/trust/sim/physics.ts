/**
 * What is true in the simulated world and known to none of its judges: which words the right model would have said how readily. Texts are opaque
 * (random words), so that nothing in them says where they come from; only reading one with the right model tells.
 */
import type { Check, Way } from "../recordings.ts";

export interface Spoken {
  text: string;
  tokens: number;
  ended: boolean;
}
export interface Physics {
  /** An answer given in one of the recorded ways; `honest` draws from all honest ones. */
  speak(way: string, temperature: number): Spoken;
  /** What the right model says of a text. One that nobody ever said is garbage to it. */
  read(text: string): Check;
}

export type Half = "calibration" | "world";

/** Every other recorded answer: what the network calibrates on is never what it then meets. */
const halfOf = (checks: readonly Check[], half: Half): Check[] =>
  checks.filter((_, i) => i % 2 === (half === "calibration" ? 0 : 1));

const isWarm = (temperature: number): boolean => temperature > 0.3;

/** Recorded checks of a way at a temperature. @throws Error for a way that was not recorded */
export function checksOf(ways: readonly Way[], which: { way: string; temperature: number; half: Half }): Check[] {
  const fitting = ways.filter(
    (w) =>
      (which.way === "honest" ? w.honest : w.name === which.way) && isWarm(w.temperature) === isWarm(which.temperature),
  );
  if (fitting.length === 0) throw new Error(`no answers were recorded of the way ${which.way}`);
  return fitting.flatMap((w) => (w.honest ? halfOf(w.checks, which.half) : w.checks));
}

export function createPhysics(ways: readonly Way[], random: () => number): Physics {
  const said = new Map<string, Check>();
  const pools = new Map<string, Check[]>();
  function draw(way: string, temperature: number): Check {
    const key = `${way}|${isWarm(temperature)}`;
    const pool = pools.get(key) ?? checksOf(ways, { way, temperature, half: "world" });
    pools.set(key, pool);
    const one = pool[Math.floor(random() * pool.length)];
    if (one === undefined) throw new Error(`no answers were recorded of the way ${way}`);
    return one;
  }
  return {
    speak(way, temperature) {
      const check = draw(way, temperature);
      const id = Math.floor(random() * 2 ** 48).toString(36);
      const text = Array.from({ length: Math.max(4, check.scores.length) }, (_, i) => `${id}.${i}`).join(" ");
      said.set(text, check);
      return { text, tokens: check.scores.length, ended: check.end !== null };
    },
    read(text) {
      const { scores, end } = said.get(text) ?? draw("garbage", 1);
      return { scores: said.has(text) ? scores : scores.slice(0, text.split(" ").length), end };
    },
  };
}
