/**
 * What the network makes of a node, as a function of (state, input) → (state, effects). States of a node:
 *
 * `good`       nothing against it. Leaves to `watched` when a test rejects at 10⁻³.
 * `watched`    every task is checked, and checks that speak against the node lower its accuracy. Back to `good` when both tests weigh less
 *              than {@link RESTORE_WEIGHT}; on to `suspended` when the test of its answers rejects at 10⁻⁶ and no freeze is on.
 * `suspended`  gets no tasks. A case is open: up to {@link REAUDITORS_MAX} other owners repeat the audit, each from nothing and by itself (at most
 *              {@link REAUDIT_CHECKS_MAX} checks, 7 days). Most of them find against it at 10⁻³ → `proposed`; not so, or not done in time →
 *              `watched` with no evidence left.
 * `proposed`   a slash was proposed on chain; it can be appealed until its delay is over. Executed → `watched` with no evidence left.
 * `appealed`   a person decides. Upheld → `watched` with no evidence left; rejected → where the case stood, and no second appeal.
 *
 * Two tests run side by side. `answers` holds the checks of what the node said (scored tokens, canaries) and alone can suspend. `conduct`
 * holds what the network sees by itself (claimed counts, impossible times): it brings scrutiny and a lower accuracy, never a slash, since
 * nobody repeats it. No slash rests on one checker: the re-audit is by owners other than the one who accused most, and one of them alone,
 * who may be the node's friend or its enemy, decides nothing where there are three.
 *
 * Nobody is suspended for being strange to a calibration alone: a node must also be stranger than other owners' nodes of its manifest were
 * in the same time (`control.ts`), since after an upgrade all of them are strange.
 *
 * A freeze says that the reference is the suspect: every open case of the manifest is withdrawn, nobody goes beyond `watched`, evidence and
 * scores go on. It ends with the reference found wrong (evidence is void) or right (the next check of a guilty node suspends it).
 */
import { ALPHA_SLASH, ALPHA_WATCH, type Evidence, NO_EVIDENCE, observe, rejects, weight } from "./sequential.ts";

export type Standing = "good" | "watched" | "suspended" | "proposed" | "appealed";

/** Below this both tests must weigh for a watched node to be good again. */
export const RESTORE_WEIGHT = 10;
export const REAUDIT_CHECKS_MAX = 64;
export const REAUDITORS_MAX = 3;
export const REAUDIT_MS_MAX = 7 * 86_400_000;
const CHECKERS_MAX = 64;

export interface NodeTrust {
  standing: Standing;
  /** Decided checks of answers, ever; the sampling rate falls with them. */
  checks: number;
  answers: Evidence;
  /**
   * Checks of `answers` before the node was last watched. From then on it and its control group are checked alike; what came before was sampled
   * at other rates, and after an upgrade would show the node that is checked oftenest as the strangest.
   */
  checksUnwatched: number;
  conduct: Evidence;
  /** Per owner that checked: sum of the natural logs of its factors since the evidence began. */
  checkers: Readonly<Record<string, number>>;
  /** Present while a case is open. */
  reaudit: Reaudit | null;
}
export interface Reaudit {
  /** Per owner that repeats the audit. */
  evidence: Readonly<Record<string, Evidence>>;
  sinceMs: number;
  confirmed: boolean;
  /** An appeal was rejected. */
  appealed: boolean;
}

export type Input =
  /**
   * A decided check. `checker` is the owner that checked, null where the network itself did. `frozen`: a freeze is on, or the node is not
   * stranger than other owners' nodes; then it is not suspended.
   */
  | { type: "answer"; factor: number; checker: string | null; frozen: boolean; atMs: number }
  | { type: "conduct"; factor: number }
  /** A check of the re-audit by one of the `owners` owners that repeat it, whom {@link reauditors} names. */
  | { type: "reaudit"; factor: number; checker: string; owners: number }
  /** All that is kept of the node was read again by those who repeat the audit. */
  | { type: "exhausted" }
  | { type: "tick"; atMs: number }
  /** By the owner through us, or on chain. */
  | { type: "appeal"; onChain: boolean }
  /** A person's decision; on chain a rejected appeal leaves the proposal as it is. */
  | { type: "resolve"; upheld: boolean; onChain: boolean }
  | { type: "executed" }
  | { type: "freeze" }
  | { type: "unfreeze"; referenceWrong: boolean };

/** Why a case is over. */
export type Outcome = "not_confirmed" | "not_repeated" | "appeal_upheld" | "executed" | "frozen";
export type Effect =
  | { type: "watch" }
  | { type: "restore" }
  /** No tasks any more; a case opens. */
  | { type: "suspend" }
  /** Propose the slash on chain. */
  | { type: "propose" }
  /** Cancel on chain what was proposed. */
  | { type: "withdraw" }
  /** The case closes; the node gets tasks again. */
  | { type: "close"; outcome: Outcome };

export interface Step {
  state: NodeTrust;
  effects: readonly Effect[];
  /** Whether this check lowers the accuracy of its hour. */
  against: boolean;
}

export const NEW_NODE: NodeTrust = {
  standing: "good",
  checks: 0,
  answers: NO_EVIDENCE,
  checksUnwatched: 0,
  conduct: NO_EVIDENCE,
  checkers: {},
  reaudit: null,
};

const stay = (state: NodeTrust): Step => ({ state, effects: [], against: false });

/** One step of the machine. Inputs that a state does not know change nothing. */
export function decide(state: NodeTrust, input: Input): Step {
  switch (input.type) {
    case "answer":
      return answer(state, input);
    case "conduct":
      return judged({ ...state, conduct: observe(state.conduct, input.factor) }, input.factor);
    case "reaudit":
      return reaudit(state, input);
    case "exhausted":
      return isRepeating(state) ? close(state, "not_confirmed") : stay(state);
    case "tick":
      return tick(state, input.atMs);
    case "appeal":
      return appeal(state, input.onChain);
    case "resolve":
      return state.standing === "appealed" ? resolve(state, input) : stay(state);
    case "executed":
      return state.reaudit?.confirmed === true ? close(state, "executed") : stay(state);
    case "freeze":
      return freeze(state);
    case "unfreeze":
      return input.referenceWrong ? voided(state) : stay(state);
  }
}

function answer(state: NodeTrust, input: Extract<Input, { type: "answer" }>): Step {
  const next: NodeTrust = {
    ...state,
    checks: state.checks + 1,
    answers: observe(state.answers, input.factor),
    checkers: input.checker === null ? state.checkers : credited(state.checkers, input.checker, input.factor),
  };
  const step = judged(next, input.factor);
  if (step.state.standing !== "watched" || input.frozen || !rejects(next.answers, ALPHA_SLASH)) return step;
  const opened: Reaudit = { evidence: {}, sinceMs: input.atMs, confirmed: false, appealed: false };
  return {
    state: { ...step.state, standing: "suspended", reaudit: opened },
    effects: [...step.effects, { type: "suspend" }],
    against: step.against,
  };
}

/** Between `good` and `watched`, by the weight of both tests. */
function judged(state: NodeTrust, factor: number): Step {
  const { standing, answers, conduct } = state;
  if (standing === "good" && (rejects(answers, ALPHA_WATCH) || rejects(conduct, ALPHA_WATCH)))
    return {
      state: { ...state, standing: "watched", checksUnwatched: answers.checks },
      effects: [{ type: "watch" }],
      against: factor > 1,
    };
  if (standing === "watched" && weight(answers) < RESTORE_WEIGHT && weight(conduct) < RESTORE_WEIGHT)
    return { state: { ...state, standing: "good" }, effects: [{ type: "restore" }], against: false };
  return { state, effects: [], against: standing !== "good" && factor > 1 };
}

/** Whoever has said least is dropped beyond the bound: only who accuses most must be known. */
function credited(sums: NodeTrust["checkers"], checker: string, factor: number): NodeTrust["checkers"] {
  // A factor of 0 would be minus infinity.
  const next = { ...sums, [checker]: (sums[checker] ?? 0) + Math.log(Math.max(factor, 1e-6)) };
  const owners = Object.entries(next);
  if (owners.length <= CHECKERS_MAX) return next;
  return Object.fromEntries(owners.sort(([, a], [, b]) => b - a).slice(0, CHECKERS_MAX));
}

/** Checks of a watched node that are compared with its control group's; 0 where it is not watched. */
export const comparableChecks = ({ standing, answers, checksUnwatched }: NodeTrust): number =>
  standing === "good" ? 0 : answers.checks - checksUnwatched;

/** Of some owners those who repeat the audit, the least involved ones: never the node's own, never the one who accused most. */
export function reauditors(state: NodeTrust, owner: string, owners: readonly string[]): string[] {
  const [most] = Object.entries(state.checkers).sort(([, a], [, b]) => b - a);
  const said = (o: string): number => Math.abs(state.checkers[o] ?? 0);
  return [...new Set(owners)]
    .filter((o) => o !== owner && o !== most?.[0])
    .sort((a, b) => said(a) - said(b))
    .slice(0, REAUDITORS_MAX);
}

/** A case is open and not confirmed yet. */
const isRepeating = ({ standing, reaudit: open }: NodeTrust): boolean =>
  standing === "suspended" && open !== null && !open.confirmed;

function reaudit(state: NodeTrust, input: Extract<Input, { type: "reaudit" }>): Step {
  const open = state.reaudit;
  if (state.standing !== "suspended" || open === null || open.confirmed) return stay(state);
  const { factor, checker, owners } = input;
  const before = open.evidence[checker] ?? NO_EVIDENCE;
  const against = factor > 1;
  // An owner that has found against the node, or read enough, has spoken.
  if (rejects(before, ALPHA_WATCH) || before.checks >= REAUDIT_CHECKS_MAX) return stay(state);
  const evidence = { ...open.evidence, [checker]: observe(before, factor) };
  const all = Object.values(evidence);
  const found = all.filter((one) => rejects(one, ALPHA_WATCH)).length;
  const cleared = all.filter((one) => !rejects(one, ALPHA_WATCH) && one.checks >= REAUDIT_CHECKS_MAX).length;
  const needed = Math.floor(owners / 2) + 1;
  if (found >= needed) {
    const confirmed = { ...open, evidence, confirmed: true };
    return { state: { ...state, standing: "proposed", reaudit: confirmed }, effects: [{ type: "propose" }], against };
  }
  if (cleared > owners - needed) return { ...close(state, "not_confirmed"), against };
  return { state: { ...state, reaudit: { ...open, evidence } }, effects: [], against };
}

function tick(state: NodeTrust, atMs: number): Step {
  const { standing, reaudit: open } = state;
  if (standing !== "suspended" || open === null || open.confirmed || atMs - open.sinceMs < REAUDIT_MS_MAX)
    return stay(state);
  return close(state, "not_repeated");
}

function appeal(state: NodeTrust, onChain: boolean): Step {
  if (!canAppeal(state) && !(onChain && state.standing === "proposed")) return stay(state);
  // On chain the appeal itself holds the slash; one made through us is held by taking the proposal back.
  const effects: Effect[] = state.standing === "proposed" && !onChain ? [{ type: "withdraw" }] : [];
  return { state: { ...state, standing: "appealed" }, effects, against: false };
}

/** Whether the owner may appeal now, through us. */
export const canAppeal = ({ standing, reaudit: open }: NodeTrust): boolean =>
  (standing === "suspended" || standing === "proposed") && open !== null && !open.appealed;

function resolve(state: NodeTrust, { upheld, onChain }: Extract<Input, { type: "resolve" }>): Step {
  const open = state.reaudit;
  if (upheld || open === null) return close(state, "appeal_upheld");
  const rejected: Reaudit = { ...open, appealed: true };
  const back: Standing = open.confirmed ? "proposed" : "suspended";
  return {
    state: { ...state, standing: back, reaudit: rejected },
    effects: open.confirmed && !onChain ? [{ type: "propose" }] : [],
    against: false,
  };
}

function freeze(state: NodeTrust): Step {
  if (state.reaudit === null) return stay(state);
  const effects: Effect[] = state.reaudit.confirmed ? [{ type: "withdraw" }] : [];
  return {
    state: { ...state, standing: "watched", reaudit: null },
    effects: [...effects, { type: "close", outcome: "frozen" }],
    against: false,
  };
}

/** What the reference said is void; what the network saw by itself is not. */
function voided(state: NodeTrust): Step {
  const cleared = { ...state, answers: NO_EVIDENCE, checksUnwatched: 0, checkers: {} };
  const restored = state.standing === "watched" && weight(state.conduct) < RESTORE_WEIGHT;
  return restored
    ? { state: { ...cleared, standing: "good" }, effects: [{ type: "restore" }], against: false }
    : stay(cleared);
}

/** A case is over: it starts again without evidence, every task checked. */
function close(state: NodeTrust, outcome: Outcome): Step {
  return {
    state: { ...NEW_NODE, standing: "watched", checks: state.checks, conduct: state.conduct },
    effects: [{ type: "close", outcome }],
    against: false,
  };
}
