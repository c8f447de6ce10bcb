import fc from "fast-check";
import { expect, test } from "vitest";
import {
  canAppeal,
  decide,
  type Effect,
  type Input,
  NEW_NODE,
  type NodeTrust,
  REAUDIT_CHECKS_MAX,
  REAUDIT_MS_MAX,
  reauditors,
} from "./decide.ts";
import { ALPHA_WATCH, EVIDENCE_MAX, rejects } from "./sequential.ts";

const bad = (checker: string | null = "0xa", frozen = false): Input => ({
  type: "answer",
  factor: EVIDENCE_MAX,
  checker,
  frozen,
  atMs: 1_000,
});
const reread = (factor: number, checker = "0xr", owners = 1): Input => ({ type: "reaudit", factor, checker, owners });
const good: Input = { type: "answer", factor: 0.6, checker: "0xa", frozen: false, atMs: 1_000 };

function run(inputs: readonly Input[], from: NodeTrust = NEW_NODE): { state: NodeTrust; effects: Effect[] } {
  let state = from;
  const effects: Effect[] = [];
  for (const input of inputs) {
    const step = decide(state, input);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}
const times = (n: number, input: Input): Input[] => Array.from({ length: n }, () => input);
const suspended = (): NodeTrust => run(times(9, bad())).state;
const proposed = (): NodeTrust => run(times(6, reread(EVIDENCE_MAX)), suspended()).state;
const kinds = (effects: readonly Effect[]): string[] =>
  effects.map((e) => (e.type === "close" ? `close:${e.outcome}` : e.type));

test("a node that always answers strangely is watched, then suspended, and slashed only after another checker's re-audit", () => {
  const first = run(times(9, bad()));
  expect(kinds(first.effects)).toEqual(["watch", "suspend"]);
  expect(first.state.standing).toBe("suspended");
  const second = run(times(6, reread(EVIDENCE_MAX)), first.state);
  expect(kinds(second.effects)).toEqual(["propose"]);
  expect(second.state.standing).toBe("proposed");
});

test("whoever accused most cannot repeat the audit, nor can the node's own owner", () => {
  const state = run([...times(8, bad("0xa")), bad("0xb")]).state;
  expect(reauditors(state, "0xme", ["0xa", "0xb", "0xc", "0xme", "0xc"])).toEqual(["0xc", "0xb"]);
  expect(reauditors(state, "0xme", ["0xa", "0xme"])).toEqual([]);
});

test("a re-audit that does not confirm clears the node and leaves it watched without evidence", () => {
  const { state, effects } = run(times(REAUDIT_CHECKS_MAX, reread(0.6)), suspended());
  expect(kinds(effects)).toEqual(["close:not_confirmed"]);
  expect(state.standing).toBe("watched");
  expect(rejects(state.answers, ALPHA_WATCH)).toBe(false);
});

test("one of three that repeat the audit decides nothing, for or against", () => {
  const three = (factor: number, checker: string): Input => reread(factor, checker, 3);
  const enemy = run(times(REAUDIT_CHECKS_MAX, three(EVIDENCE_MAX, "0xb")), suspended());
  expect(enemy.state.standing).toBe("suspended");
  expect(run(times(REAUDIT_CHECKS_MAX, three(0.6, "0xc")), enemy.state).state.standing).toBe("suspended");
  const friend = run(times(REAUDIT_CHECKS_MAX, three(0.6, "0xb")), suspended());
  expect(
    kinds(
      run([...times(8, three(EVIDENCE_MAX, "0xc")), ...times(8, three(EVIDENCE_MAX, "0xd"))], friend.state).effects,
    ),
  ).toEqual(["propose"]);
  expect(kinds(run(times(REAUDIT_CHECKS_MAX, three(0.6, "0xd")), friend.state).effects)).toEqual([
    "close:not_confirmed",
  ]);
});

test("a re-audit that has read everything and not found against the node clears it", () => {
  const { state, effects } = run([reread(EVIDENCE_MAX), { type: "exhausted" }], suspended());
  expect(kinds(effects)).toEqual(["close:not_confirmed"]);
  expect(state.standing).toBe("watched");
  expect(run([{ type: "exhausted" }], proposed()).state.standing).toBe("proposed");
});

test("a re-audit that nobody can make ends in the node's favour after seven days", () => {
  expect(run([{ type: "tick", atMs: REAUDIT_MS_MAX }], suspended()).state.standing).toBe("suspended");
  const { effects } = run([{ type: "tick", atMs: 1_000 + REAUDIT_MS_MAX }], suspended());
  expect(kinds(effects)).toEqual(["close:not_repeated"]);
});

test("an appeal takes the proposal back; upheld, the case closes; rejected, it is proposed again and not appealed again", () => {
  const appealed = run([{ type: "appeal", onChain: false }], proposed());
  expect(kinds(appealed.effects)).toEqual(["withdraw"]);
  const upheld = run([{ type: "resolve", upheld: true, onChain: false }], appealed.state);
  expect(kinds(upheld.effects)).toEqual(["close:appeal_upheld"]);
  const rejected = run([{ type: "resolve", upheld: false, onChain: false }], appealed.state);
  expect(kinds(rejected.effects)).toEqual(["propose"]);
  expect(canAppeal(rejected.state)).toBe(false);
  expect(run([{ type: "appeal", onChain: false }], rejected.state).effects).toEqual([]);
});

test("an appeal on chain holds the slash by itself, and its end needs nothing of us", () => {
  const appealed = run([{ type: "appeal", onChain: true }], proposed());
  expect(appealed).toMatchObject({ effects: [], state: { standing: "appealed" } });
  const rejected = run([{ type: "resolve", upheld: false, onChain: true }], appealed.state);
  expect(rejected).toMatchObject({ effects: [], state: { standing: "proposed" } });
});

test("an appeal against a suspension that is rejected goes on with the re-audit", () => {
  const { state, effects } = run(
    [
      { type: "appeal", onChain: false },
      { type: "resolve", upheld: false, onChain: false },
    ],
    suspended(),
  );
  expect(effects).toEqual([]);
  expect(state.standing).toBe("suspended");
});

test("a freeze withdraws what is proposed and holds everything at watched; scores still fall", () => {
  const frozen = run([{ type: "freeze" }], proposed());
  expect(kinds(frozen.effects)).toEqual(["withdraw", "close:frozen"]);
  const step = decide(frozen.state, bad("0xa", true));
  expect(step).toMatchObject({ against: true, effects: [], state: { standing: "watched" } });
  expect(kinds(run([{ type: "unfreeze", referenceWrong: false }, bad()], frozen.state).effects)).toEqual(["suspend"]);
  expect(kinds(run([{ type: "unfreeze", referenceWrong: true }, bad()], frozen.state).effects)).toEqual(["restore"]);
});

test("conduct alone brings scrutiny, never a suspension", () => {
  const { state, effects } = run(times(500, { type: "conduct", factor: EVIDENCE_MAX }));
  expect(kinds(effects)).toEqual(["watch"]);
  expect(state.standing).toBe("watched");
});

test("a watched node that answers as honest nodes do is good again", () => {
  const watched = run(times(5, bad())).state;
  expect(watched.standing).toBe("watched");
  expect(kinds(run(times(60, good), watched).effects)).toEqual(["restore"]);
});

const factor = fc.constantFrom(0.5, 0.7, 1, 2, 5, EVIDENCE_MAX);
const anyInput: fc.Arbitrary<Input> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("answer" as const),
      factor,
      checker: fc.constantFrom("0xa", "0xb", null),
      frozen: fc.boolean(),
      atMs: fc.nat(1_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("reaudit" as const),
      factor,
      checker: fc.constantFrom("0xc", "0xd", "0xe"),
      owners: fc.integer({ min: 1, max: 3 }),
    }),
  },
  fc.record({ type: fc.constant("conduct" as const), factor }),
  fc.record({ type: fc.constant("tick" as const), atMs: fc.constantFrom(0, 2 * REAUDIT_MS_MAX) }),
  fc.record({ type: fc.constant("appeal" as const), onChain: fc.boolean() }),
  fc.record({ type: fc.constant("resolve" as const), upheld: fc.boolean(), onChain: fc.boolean() }),
  fc.constantFrom<Input>({ type: "executed" }, { type: "freeze" }),
  fc.record({ type: fc.constant("unfreeze" as const), referenceWrong: fc.boolean() }),
);

test("whatever comes in whatever order: no slash without a confirmed re-audit, and a case is open exactly from suspend to close", () => {
  fc.assert(
    fc.property(fc.array(anyInput, { maxLength: 200 }), (inputs) => {
      let state = NEW_NODE;
      let open = false;
      for (const input of inputs) {
        const step = decide(state, input);
        for (const effect of step.effects) {
          if (effect.type === "propose") expect(step.state.reaudit?.confirmed).toBe(true);
          if (effect.type === "suspend") {
            expect(open).toBe(false);
            open = true;
          }
          if (effect.type === "close") {
            expect(open).toBe(true);
            open = false;
          }
        }
        state = step.state;
        expect(state.reaudit !== null).toBe(open);
        expect(["suspended", "proposed", "appealed"].includes(state.standing)).toBe(open);
      }
    }),
    { numRuns: 500 },
  );
});
