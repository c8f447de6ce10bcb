/**
 * The trust module's flow in memory: what `server/modules/trust/operations` does between tables and jobs, done at once, with the module's own judging
 * (`model/`). It is handed finished tasks and checkers' scores; its types have no place for what a node really is.
 */
import type { EngineRequest } from "@farlabs/protocol";
import {
  ALPHA_WATCH,
  type CheckerRecord,
  COMPARED_MAX,
  comparableChecks,
  decide,
  type Effect,
  endsByItself,
  type FindCalibration,
  type FinishedTask,
  FREEZE_WINDOW_MS,
  factorOfHit,
  factorsOf,
  type HourMeasures,
  type Input,
  isBelieved,
  isCorrelated,
  isImpossible,
  isMiscounted,
  isRight,
  isSampled,
  isStranger,
  type Judgement,
  judge,
  NEW_NODE,
  NOTHING_MEASURED,
  type NodeTrust,
  nextScore,
  noteSeeded,
  REAUDIT_CHECKS_MAX,
  REAUDIT_MS_MAX,
  rateOf,
  reauditors,
  rejects,
  SCORE_FIRST,
  SEEDED_EVERY,
  spoil,
  TOKENS_MIN,
  trustConfig,
  verdictOf,
  viewsOfScores,
  wantsControls,
} from "@farlabs/server/judging";

const HONEST_RATE_MAX = 0.01;
const STRANGE = 0.01;
/** The module looks once in a while, by the clock. */
const FREEZE_LOOK_CHECKS = 8;
const HOUR_MS = 3_600_000;
const { TRUST_NEW_CHECKS: newChecks, TRUST_SAMPLE_FLOOR: floor } = trustConfig.parse({});

export interface AuditDeps {
  owners: ReadonlyMap<string, string>;
  model: string;
  tokensPerSecond: number;
  /** What honest looks like at present. */
  find: FindCalibration;
  seed: Buffer;
  random: () => number;
  nowMs(): number;
  after(ms: number, what: () => void): void;
  /** Asks a node to score a text. */
  score(nodeId: string, request: EngineRequest, done: (scores: [number, number][] | null) => void): void;
  suspend(nodeId: string): void;
  resume(nodeId: string): void;
  setScore(nodeId: string, score: number): void;
  /** A freeze began; whoever runs the network will measure honest runs anew. */
  onFreeze(): void;
  hear(nodeId: string, effect: Effect): void;
}

interface Kept {
  request: EngineRequest;
  text: string;
  ended: boolean;
}
interface Known {
  state: NodeTrust;
  score: number;
  hour: HourMeasures;
  kept: Kept[];
  asChecker: CheckerRecord;
}
interface Done {
  nodeId: string;
  owner: string;
  share: number;
  factor: number;
  atMs: number;
}

export function createAudit(deps: AuditDeps) {
  const known = new Map<string, Known>();
  for (const nodeId of deps.owners.keys())
    known.set(nodeId, {
      state: NEW_NODE,
      score: SCORE_FIRST,
      hour: NOTHING_MEASURED,
      kept: [],
      asChecker: { recent: [] },
    });
  let done: Done[] = [];
  /** By owner, as of the last check. */
  const alarms = new Map<string, boolean>();
  let frozen: { sinceMs: number; owners: number; calibratedMs: number | null } | null = null;
  let thawedMs = Number.NEGATIVE_INFINITY;
  const spent = { checks: 0, tokensRead: 0, tokensServed: 0, freezes: 0 };

  const of = (nodeId: string): Known => {
    const found = known.get(nodeId);
    if (!found) throw new Error(`no node ${nodeId}`);
    return found;
  };
  const ownerOf = (nodeId: string): string => deps.owners.get(nodeId) ?? "";

  function step(nodeId: string, input: Input): boolean {
    const node = of(nodeId);
    const { state, effects, against } = decide(node.state, input);
    node.state = state;
    for (const effect of effects) {
      deps.hear(nodeId, effect);
      if (effect.type === "suspend") {
        deps.suspend(nodeId);
        reaudit(nodeId);
      } else if (effect.type === "close") deps.resume(nodeId);
    }
    return against;
  }

  /** Nodes of other owners, in good standing and believed, by lot; each may first be tried with an answer that is known. */
  function chooseChecker(nodeId: string, allowed: string | null): string | null {
    const candidates = [...known]
      .filter(([id, { state }]) => {
        const owner = ownerOf(id);
        return state.standing === "good" && owner !== ownerOf(nodeId) && (allowed === null || owner === allowed);
      })
      .map(([id]) => ({ id, lot: deps.random() }))
      .sort((a, b) => a.lot - b.lot);
    for (const { id } of candidates) {
      maybeSeed(id);
      if (isBelieved(of(id).asChecker)) return id;
    }
    return null;
  }

  /** An answer of another owner's node in good standing stands for a good one; the same with its words out of order for a bad one. */
  function maybeSeed(checker: string): void {
    if (deps.random() >= 1 / SEEDED_EVERY) return;
    const sources = [...known].filter(
      ([id, { state, kept }]) => ownerOf(id) !== ownerOf(checker) && state.standing === "good" && kept.length > 0,
    );
    const source = sources[Math.floor(deps.random() * sources.length)]?.[1].kept[0];
    if (source === undefined || (source.request.temperature ?? 1) > 0.3) return;
    const kind = deps.random() < 0.5 ? "good" : "bad";
    const text = kind === "good" ? source.text : spoil(source.text, deps.random);
    if (kind === "bad" && text === source.text) return;
    read(checker, { ...source, text, ended: kind === "good" && source.ended }, (judgement) => {
      if (judgement === null || judgement.share === null) return;
      const node = of(checker);
      node.asChecker = noteSeeded(node.asChecker, isRight(kind, judgement.share));
    });
  }

  function read(checker: string, { request, text, ended }: Kept, then: (judgement: Judgement | null) => void): void {
    deps.score(checker, { ...request, completion: { text, ended } }, (pairs) => {
      if (pairs === null || pairs.length === 0) return then(null);
      spent.checks += 1;
      spent.tokensRead += pairs.length;
      const end = ended ? (pairs.at(-1) ?? null) : null;
      const scores = end === null ? pairs : pairs.slice(0, -1);
      const answered = { manifest: deps.model, hardware: "cpu", temperature: request.temperature };
      then(judge(viewsOfScores(answered, scores, end), deps.find));
    });
  }

  function check(nodeId: string, kept: Kept): void {
    const checker = chooseChecker(nodeId, null);
    if (checker === null) return;
    read(checker, kept, (judgement) => {
      if (judgement === null || judgement.share === null) return;
      const { factor, share } = judgement;
      const atMs = deps.nowMs();
      alarms.clear();
      done.push({ nodeId, owner: ownerOf(nodeId), share, factor, atMs });
      const held = frozen !== null || !isStrangest(nodeId);
      const against = step(nodeId, { type: "answer", factor, checker: ownerOf(checker), frozen: held, atMs });
      count(nodeId, { checks: 1, against: against ? 1 : 0 });
      if (spent.checks % FREEZE_LOOK_CHECKS === 0) reviewFreeze();
    });
  }

  /** Checks of the node since its evidence began, the newest few, and those of other owners' nodes in the same time. */
  function compared(nodeId: string): { own: number[]; others: { owner: string; factor: number }[] } {
    const count = Math.min(COMPARED_MAX, comparableChecks(of(nodeId).state) + 1);
    const own = done.filter((d) => d.nodeId === nodeId).slice(-count);
    const sinceMs = own[0]?.atMs ?? Number.POSITIVE_INFINITY;
    const others = done.filter((d) => d.owner !== ownerOf(nodeId) && d.atMs >= sinceMs).slice(-COMPARED_MAX * 2);
    return { own: own.map((d) => d.factor), others };
  }
  function isStrangest(nodeId: string): boolean {
    const { state } = of(nodeId);
    if (state.standing !== "watched" || !rejects(state.answers, ALPHA_WATCH)) return false;
    const { own, others } = compared(nodeId);
    return isStranger(own, others, new Set(deps.owners.values()).size - 1);
  }
  function wantsControlsFor(nodeId: string): boolean {
    const { own, others } = compared(nodeId);
    return wantsControls(own.length, others.length);
  }
  /** Whether nodes of other owners are to be checked more, because one is watched and has no control group yet. */
  function isAlarmed(owner: string): boolean {
    const known = alarms.get(owner) ?? looksAlarmed(owner);
    alarms.set(owner, known);
    return known;
  }
  function looksAlarmed(owner: string): boolean {
    for (const [nodeId, { state }] of known)
      if (state.standing === "watched" && ownerOf(nodeId) !== owner && wantsControlsFor(nodeId)) return true;
    return false;
  }

  /** Other owners read the kept answers again, each by itself, the newest first; what nobody could end is over after its time. */
  function reaudit(nodeId: string): void {
    const good = [...known].filter(([, k]) => k.state.standing === "good" && isBelieved(k.asChecker));
    const owners = reauditors(
      of(nodeId).state,
      ownerOf(nodeId),
      good.map(([id]) => ownerOf(id)),
    );
    const answers = of(nodeId).kept.slice(0, REAUDIT_CHECKS_MAX);
    let open = 0;
    const done = (): void => {
      open -= 1;
      if (open === 0) step(nodeId, { type: "exhausted" });
    };
    for (const owner of owners)
      for (const answer of answers) {
        const checker = chooseChecker(nodeId, owner);
        if (checker === null) continue;
        open += 1;
        read(checker, answer, (judgement) => {
          if (judgement !== null && judgement.share !== null)
            step(nodeId, { type: "reaudit", factor: judgement.factor, checker: owner, owners: owners.length });
          done();
        });
      }
    const opened = of(nodeId).state.reaudit?.sinceMs;
    deps.after(REAUDIT_MS_MAX, () => {
      if (of(nodeId).state.reaudit?.sinceMs === opened) step(nodeId, { type: "tick", atMs: deps.nowMs() });
    });
  }

  function ownersSince(sinceMs: number) {
    const owners = new Map<string, { owner: string; checks: number; strange: number }>();
    for (const { owner, share, atMs } of done) {
      if (atMs <= sinceMs) continue;
      const sum = owners.get(owner) ?? { owner, checks: 0, strange: 0 };
      owners.set(owner, { owner, checks: sum.checks + 1, strange: sum.strange + (share <= STRANGE ? 1 : 0) });
    }
    return [...owners.values()];
  }

  const withWatched = (sums: { owner: string; checks: number; strange: number }) => ({
    ...sums,
    watched: [...known].some(
      ([id, { state }]) =>
        ownerOf(id) === sums.owner && state.standing !== "good" && rejects(state.answers, ALPHA_WATCH),
    ),
  });

  function reviewFreeze(): void {
    const now = deps.nowMs();
    if (done.length > 4_096) done = done.filter(({ atMs }) => atMs > now - FREEZE_WINDOW_MS);
    if (frozen === null) {
      const owners = ownersSince(now - FREEZE_WINDOW_MS);
      if (now - thawedMs < FREEZE_WINDOW_MS || !isCorrelated(owners.map(withWatched))) return;
      frozen = { sinceMs: now, owners: owners.length, calibratedMs: null };
      spent.freezes += 1;
      for (const nodeId of known.keys()) step(nodeId, { type: "freeze" });
      deps.onFreeze();
      return;
    }
    const rerun = frozen.calibratedMs === null ? [] : ownersSince(frozen.calibratedMs);
    const verdict = verdictOf({ sinceMs: frozen.sinceMs, rerun }, frozen.owners, now);
    if (verdict === "goes_on") return;
    frozen = null;
    thawedMs = now;
    for (const nodeId of known.keys()) step(nodeId, { type: "unfreeze", referenceWrong: verdict === "reference" });
  }

  function count(nodeId: string, more: Partial<HourMeasures>): void {
    const { hour } = of(nodeId);
    for (const [key, value] of Object.entries(more) as [keyof HourMeasures, number][])
      of(nodeId).hour = { ...of(nodeId).hour, [key]: hour[key] + value };
  }

  return {
    spent,
    state: (nodeId: string): NodeTrust => of(nodeId).state,
    scoreOf: (nodeId: string): number => of(nodeId).score,
    /** Honest runs were measured anew. */
    calibrated(): void {
      if (frozen !== null) frozen.calibratedMs = deps.nowMs();
    },

    finished(task: FinishedTask): void {
      const attempt = task.attempts.at(-1);
      if (!attempt || attempt.text === "") return;
      const { nodeId, tokens, durationMs, claim } = attempt;
      spent.tokensServed += tokens;
      if (tokens >= TOKENS_MIN)
        count(nodeId, { expectedMs: (1000 * tokens) / deps.tokensPerSecond, actualMs: durationMs });
      const timing = { tokens, freshPromptTokens: 0, firstTokenMs: durationMs, durationMs, choices: 1 };
      const machine = { gpuModel: "", vramGb: 0, weightsGb: 0, expectedTokensPerSecond: deps.tokensPerSecond };
      const breaches = [
        claim !== null && isMiscounted(claim.completionTokens, tokens, attempt.text.length, null),
        isImpossible(timing, machine),
      ];
      for (const hit of breaches)
        if (step(nodeId, { type: "conduct", factor: factorOfHit(hit, HONEST_RATE_MAX) }))
          count(nodeId, { checks: 1, against: 1 });
      const ended = endsByItself(task.choices[0]?.finishReason, task.request);
      if (!task.auditable || (tokens < TOKENS_MIN && !ended)) return;
      const node = of(nodeId);
      const rate = isAlarmed(ownerOf(nodeId))
        ? 1
        : rateOf({ standing: node.state.standing, checks: node.state.checks }, { newChecks, floor });
      if (!isSampled(deps.seed, { taskId: task.taskId, nodeId }, rate)) return;
      const kept = { request: task.request, text: attempt.text, ended };
      node.kept = [kept, ...node.kept].slice(0, 2 * REAUDIT_CHECKS_MAX);
      check(nodeId, kept);
    },

    /** A slash was carried out. */
    executed: (nodeId: string): void => void step(nodeId, { type: "executed" }),

    hour(): void {
      for (const [nodeId, node] of known) {
        node.score = nextScore(node.score, factorsOf({ ...node.hour, onlineMs: HOUR_MS }));
        node.hour = NOTHING_MEASURED;
        deps.setScore(nodeId, node.score);
      }
    },
  };
}
export type Audit = ReturnType<typeof createAudit>;
