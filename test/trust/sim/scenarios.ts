/** The cheats, and what happens to honest nodes. Each network has six owners with a node each. */
import {
  type Agent,
  colluding,
  framed,
  framing,
  type Hands,
  honest,
  inflated,
  sleeper,
  slow,
  sniffer,
  upgraded,
  vouching,
  worse,
} from "./agents.ts";
import type { Cast, Play } from "./play.ts";

export interface Scenario {
  name: string;
  about: string;
  play: Play;
}

const NODES = 6;
const TASKS = 2_400;
/** For those who cheat seldom. */
const TASKS_LONG = 6_000;
const HOUR_MS = 3_600_000;
/** A sleeper's honest tasks: its audits have become rare by then. */
const ASLEEP_TASKS = 200;

const one = (name: string, role: Cast["role"], make: (hands: Hands) => Agent): Cast => ({ name, role, make });
const HONEST = one("honest", "honest", honest);
const fill = (cast: readonly Cast[], nodes = NODES): Cast[] => [
  ...cast,
  ...Array.from({ length: nodes - cast.length }, () => HONEST),
];

function cheat(
  name: string,
  about: string,
  make: (hands: Hands) => Agent,
  { honestTasks = 0, tasks = TASKS }: { honestTasks?: number; tasks?: number } = {},
): Scenario {
  const accused: Cast = { ...one(name, "cheat", make), honestTasks };
  return { name, about, play: { cast: fill([accused]), tasks, endsWhenCaught: true } };
}
const way = (name: string, about: string): Scenario => cheat(name, about, worse(name));

function upgrade(name: string, about: string, shift: string): Scenario {
  const node = one("honest", "honest", upgraded(shift, 1.5 * HOUR_MS));
  const cast = Array.from({ length: NODES }, () => node);
  const recalibration = { way: shift, afterMs: HOUR_MS };
  return { name, about, play: { cast, tasks: 2 * TASKS, endsWhenCaught: false, recalibration } };
}

export const SCENARIOS: readonly Scenario[] = [
  { name: "honest", about: "everybody is honest", play: { cast: fill([]), tasks: 2 * TASKS, endsWhenCaught: false } },
  upgrade(
    "upgrade",
    "all honest nodes change their engine at once; honest runs are measured anew an hour after the freeze",
    "4-bits",
  ),
  upgrade("great-upgrade", "the same with an engine that answers very differently", "2-bits"),
  way("garbage", "words of the subject, drawn at random"),
  way("cached", "the right answer to another question"),
  way("truncated", "the first 40 to 80 % of the right answer, said to be all of it"),
  way("cut-to-words", "the first six tokens at most, said to be all of it"),
  way("2-bits", "the model at 2 bits a weight instead of 8"),
  way("3-bits", "the model at 3 bits a weight"),
  way("4-bits", "the model at 4 bits a weight"),
  way("half-the-layers", "the model without its upper two layers of four"),
  way("prefill", "drafts of the 2-bit model, let pass by the right one, which only reads"),
  way("best-of-four", "four answers of the 3-bit model, the one sent that the right model finds likeliest"),
  cheat("sleeper", "honest for 200 tasks, then the 2-bit model", sleeper("2-bits", ASLEEP_TASKS), {
    honestTasks: ASLEEP_TASKS,
    tasks: TASKS_LONG,
  }),
  cheat(
    "sniffer",
    "the 2-bit model, but honest whenever it smells an audit: new, cold, repeated, seeded, or asked in a quiet moment",
    sniffer("2-bits"),
    { tasks: TASKS_LONG },
  ),
  {
    name: "colluding",
    about: "the 2-bit model; another owner's node, in league with it, calls its answers ordinary",
    play: {
      cast: fill([one("colluding", "cheat", colluding("2-bits")), one("voucher", "accomplice", vouching)]),
      tasks: TASKS,
      endsWhenCaught: true,
    },
  },
  {
    name: "framing",
    about: "a checker calls an honest competitor's answers strange",
    play: {
      cast: fill([one("framed", "honest", framed), one("framer", "accomplice", framing)]),
      tasks: TASKS,
      endsWhenCaught: false,
    },
  },
  {
    name: "framing-pair",
    about: "two of six owners call an honest competitor's answers strange",
    play: {
      cast: fill([
        one("framed", "honest", framed),
        one("framer", "accomplice", framing),
        one("framer", "accomplice", framing),
      ]),
      tasks: TASKS,
      endsWhenCaught: false,
    },
  },
  cheat("inflated", "honest answers, half as many tokens claimed again", inflated),
  cheat("slow", "honest answers at a quarter of the speed", slow),
];
