/**
 * Which tasks are checked. A secret seed is drawn for each UTC day; its hash is published at the day's start and the seed itself after the
 * day. Whether a task is checked is a function of seed, task and node alone, so nobody can foresee it, and anybody can recompute afterwards
 * that no node was picked on, and none spared.
 */
import { createHash, createHmac } from "node:crypto";
import type { Standing } from "./decide.ts";

export interface SampleSettings {
  /** Decided checks until which every task of a node is checked. */
  newChecks: number;
  /** Lowest share of tasks checked, 0.01 … 0.05; never 0. */
  floor: number;
}

/** The UTC day that a moment falls into, `2026-01-31`. */
export const periodOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** What is published before the seed, hex. */
export const commitmentOf = (seed: Buffer): string => createHash("sha256").update(seed).digest("hex");

/**
 * Share of a node's tasks that are checked: all while it is new or under any suspicion, then falling as newChecks / checks to the floor.
 * Six decimals, so that the published rate is the one that was used.
 */
export function rateOf(node: { standing: Standing; checks: number }, { newChecks, floor }: SampleSettings): number {
  if (node.standing !== "good" || node.checks < newChecks) return 1;
  return Math.round(1e6 * Math.min(1, Math.max(floor, newChecks / node.checks))) / 1e6;
}

/** A number in 0 … 1 that nobody without the seed can foresee: the first 48 bits of HMAC-SHA256(seed, `taskId|nodeId`). */
export function lotOf(seed: Buffer, taskId: string, nodeId: string): number {
  return createHmac("sha256", seed).update(`${taskId}|${nodeId}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** Whether the task is checked at this rate. */
export const isSampled = (seed: Buffer, task: { taskId: string; nodeId: string }, rate: number): boolean =>
  rate >= 1 || lotOf(seed, task.taskId, task.nodeId) < rate;
