/** One run: a network of simulated nodes, its users, its audits, until the accused are slashed or the users have had enough. */
import { createHash } from "node:crypto";
import type { Effect } from "@farlabs/server/judging";
import { randomOf } from "../random.ts";
import type { Way } from "../recordings.ts";
import type { Agent, Hands } from "./agents.ts";
import { createAudit } from "./audit.ts";
import { calibrationsOf } from "./calibrations.ts";
import { createNetwork, MODEL, TOKENS_PER_SECOND } from "./network.ts";
import { createPhysics } from "./physics.ts";

const HOUR_MS = 3_600_000;
/** Between requests on the average; half of all slots are busy. */
const ARRIVAL_MS = 2_600;
/** Some ask for the likeliest answer, the others take the default. */
const COLD_SHARE = 0.25;

export interface Cast {
  name: string;
  /** Stays with those who run the simulation: it is not told to the network. An accomplice does honest work, and lies as a checker. */
  role: "honest" | "cheat" | "accomplice";
  /** Tasks that a cheat does honestly first. */
  honestTasks?: number;
  make(hands: Hands): Agent;
}
export interface Play {
  cast: readonly Cast[];
  /** Requests of users in all. */
  tasks: number;
  /** The engine that all honest nodes run after an upgrade, and when honest runs of it are measured. */
  recalibration?: { way: string; afterMs: number };
  /** Over once every dishonest node has a confirmed case. */
  endsWhenCaught: boolean;
}

export interface NodeOutcome {
  name: string;
  role: Cast["role"];
  tasks: number;
  checks: number;
  /** Checks and tasks until the first suspension, and until the first confirmed case; null if it never came to that. */
  suspendedAfter: { checks: number; tasks: number } | null;
  slashedAfter: { checks: number; tasks: number } | null;
  /** What it did honestly first. */
  honestTasks: number;
  honestChecks: number;
  watched: number;
  score: number;
}
export interface Outcome {
  nodes: NodeOutcome[];
  hours: number;
  freezes: number;
  checks: number;
  /** Tokens that checkers read for each token that users got. */
  readShare: number;
}

const blank = ({ name, role, honestTasks = 0 }: Cast): NodeOutcome => ({
  name,
  role,
  tasks: 0,
  checks: 0,
  suspendedAfter: null,
  slashedAfter: null,
  honestTasks,
  honestChecks: 0,
  watched: 0,
  score: 80,
});

/** Plays once; the same seed gives the same outcome. */
export function play(
  ways: readonly Way[],
  { cast, tasks, recalibration, endsWhenCaught }: Play,
  seed: number,
): Outcome {
  const random = randomOf(seed);
  const physics = createPhysics(ways, random);
  const friends = new Set<string>();
  const order = cast.map((member) => ({ member, lot: random() })).sort((a, b) => a.lot - b.lot);
  const members = order.map(({ member }, i) => ({
    nodeId: `node_${i}`,
    owner: `0x${i}`,
    agent: member.make({ physics, random, friends }),
  }));
  const outcomes = new Map(order.map(({ member }, i): [string, NodeOutcome] => [`node_${i}`, blank(member)]));
  /** When the last answer was given; deadlines may be due long after. */
  let lastMs = 0;
  const network = createNetwork(members, {
    physics,
    tell: (task) => {
      const nodeId = task.attempts.at(-1)?.nodeId ?? "";
      lastMs = network.nowMs();
      const outcome = outcomes.get(nodeId);
      if (outcome && outcome.tasks++ === outcome.honestTasks) outcome.honestChecks = audit.state(nodeId).checks;
      audit.finished(task);
    },
  });
  let find = calibrationsOf(ways, "honest", { model: MODEL });
  const audit = createAudit({
    ...network,
    owners: new Map(members.map((m) => [m.nodeId, m.owner])),
    model: MODEL,
    tokensPerSecond: TOKENS_PER_SECOND,
    find: (key) => find(key),
    seed: createHash("sha256").update(`${seed}`).digest(),
    random,
    onFreeze() {
      if (recalibration === undefined) return;
      network.after(recalibration.afterMs, () => {
        find = calibrationsOf(ways, recalibration.way, { model: MODEL });
        audit.calibrated();
      });
    },
    hear,
  });

  function hear(nodeId: string, effect: Effect): void {
    const outcome = outcomes.get(nodeId);
    if (!outcome) return;
    const { checks } = audit.state(nodeId);
    if (effect.type === "watch") outcome.watched += 1;
    if (effect.type === "suspend") outcome.suspendedAfter ??= { checks, tasks: outcome.tasks };
    if (effect.type !== "propose") return;
    outcome.slashedAfter ??= { checks, tasks: outcome.tasks };
    // Nobody appeals here: the slash is carried out.
    network.after(HOUR_MS, () => audit.executed(nodeId));
  }

  let asked = 0;
  const prompts = Array.from({ length: 40 }, (_, i) => `question ${i}`);
  const ask = (): void => {
    if (asked >= tasks) return;
    asked += 1;
    const isAgain = random() < 0.05;
    const content = isAgain ? (prompts[Math.floor(random() * prompts.length)] ?? "") : `question ${asked} of many`;
    network.ask({ messages: [{ role: "user", content }], ...(random() < COLD_SHARE ? { temperature: 0 } : {}) });
    network.after(-Math.log(1 - random()) * ARRIVAL_MS, ask);
  };
  const tick = (): void => {
    audit.hour();
    if (asked < tasks) network.after(HOUR_MS, tick);
  };
  network.after(0, ask);
  network.after(HOUR_MS, tick);
  const guilty = [...outcomes.values()].filter((o) => o.role === "cheat");
  const isOver = (): boolean =>
    endsWhenCaught && guilty.length > 0 && guilty.every(({ slashedAfter }) => slashedAfter !== null);
  network.run(isOver);

  for (const [nodeId, outcome] of outcomes) {
    outcome.checks = audit.state(nodeId).checks;
    outcome.score = audit.scoreOf(nodeId);
  }
  const { checks, freezes, tokensRead, tokensServed } = audit.spent;
  return {
    nodes: [...outcomes.values()],
    hours: lastMs / HOUR_MS,
    freezes,
    checks,
    readShare: tokensRead / Math.max(1, tokensServed),
  };
}
