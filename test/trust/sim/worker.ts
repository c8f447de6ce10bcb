/** Plays what it is sent: scenario and seeds in, outcomes out. */
import { parentPort } from "node:worker_threads";
import { readRecordings } from "../recordings.ts";
import { play } from "./play.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { WorkerJob } from "./simulate.ts";

const ways = readRecordings();
parentPort?.on("message", ({ scenario, seeds }: WorkerJob) => {
  const found = SCENARIOS.find(({ name }) => name === scenario);
  if (!found) throw new Error(`no scenario ${scenario}`);
  parentPort?.postMessage(seeds.map((seed) => play(ways, found.play, seed)));
});
