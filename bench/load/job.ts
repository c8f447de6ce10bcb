/** What the load program is told and what it answers. */
export interface LoadJob {
  host: string;
  port: number;
  path: string;
  headers: Record<string, string>;
  body: string;
  connections: number;
  warmupMs: number;
  measureMs: number;
  /** Text that a right answer holds; one without it counts as wrong. */
  expect: string;
}

export interface LoadReport {
  /** Right answers while measuring. */
  answers: number;
  /** Right answers in all, warm-up and the last ones included. */
  answersInAll: number;
  /** Every other outcome, by status or reason, in all. */
  wrong: Record<string, number>;
  durationMs: number;
  perSecond: number;
  latencyMs: Percentiles;
  /** Time to the first byte of the body that holds answer text. */
  firstTextMs: Percentiles;
}
export interface Percentiles {
  p50: number;
  p90: number;
  p99: number;
  max: number;
}
