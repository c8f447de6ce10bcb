import type { Finding } from "../settlement.ts";

/** What the auditor has to know of a task, as its owner module states it. */
export interface TaskFact {
  taskId: string;
  terminal: boolean;
  reservedWei: bigint;
  chargedWei: bigint;
}

/** Facts that other modules hand in; settlement itself knows none of their tables. */
export interface AuditSources {
  /** Tasks by id, after the one given. */
  tasks?: (after: string | null, limit: number) => Promise<TaskFact[]>;
  /** Inference's own findings against invariants 2 (one terminal state) and 3 (each acknowledged request once). */
  inference?: () => Promise<readonly Finding[]>;
}

/** A check's findings and what it looked at, in words. */
export interface Checked {
  checked: string;
  findings: Finding[];
}

/** `1 epoch`, `2 epochs`. */
export const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
