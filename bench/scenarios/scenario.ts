import { ANSWER, requestBody } from "../answer.ts";

export interface Scenario {
  name: string;
  about: string;
  connections: number;
  isStream: boolean;
  rounds: number;
  warmupMs: number;
  measureMs: number;
  /** Names of the contenders, ours first. */
  contenders: readonly string[];
  /** What a reader has to know beside the table. */
  notes: readonly string[];
}

/** Requests that stream hold the end marker, the others the answer itself. */
export const expectationOf = (s: Scenario): string => (s.isStream ? "[DONE]" : ANSWER);
export const bodyOf = (s: Scenario): string => requestBody(s.isStream);

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "path",
    about: "the whole path at 64 connections: authenticate, reserve, schedule, to an agent and back, post, durable",
    connections: 64,
    isStream: false,
    rounds: 5,
    warmupMs: 2_000,
    measureMs: 5_000,
    contenders: ["network", "portkey", "proxy"],
    notes: [
      "All answers are the same text, given at once. Only the network keeps accounts: each of its answers is two commits with fsync on.",
      "Contenders run one after another within a round, in turned order, on the same machine as their upstreams and the load generator.",
    ],
  },
  {
    name: "latency",
    about: "one request at a time: what the path adds when nothing waits",
    connections: 1,
    isStream: false,
    rounds: 3,
    warmupMs: 1_000,
    measureMs: 3_000,
    contenders: ["network", "portkey", "proxy"],
    notes: ["At one connection the network waits for two commits in a row; the disk's fsync is most of its time."],
  },
  {
    name: "streams",
    about: "64 streams at once, 64 deltas each, one every 20 ms: 1 280 ms is the upstream's own time",
    connections: 64,
    isStream: true,
    rounds: 3,
    warmupMs: 1_500,
    measureMs: 6_000,
    contenders: ["network", "proxy"],
    notes: [
      "First text is the time until the client sees the first delta.",
      "The gateway is left out: version 1.15.2 answers 500 to every stream of a custom host on this Node (its response headers are immutable).",
    ],
  },
];
