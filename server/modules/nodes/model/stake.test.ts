import fc from "fast-check";
import { expect, test } from "vitest";
import type { StakeEvent } from "../registryEvent.ts";
import { type Mirrored, type MovingEvent, mirror } from "./mirror.ts";
import { EARN_IN_WEI, explain, NO_STAKE, STAKE_WEI_MIN, stakeOf } from "./stake.ts";

const FAR = 10n ** 18n;
const node = { owner: "0x0", node: "0x1" };
const at = { nowMs: 1_000 };

test.each([
  ["a newcomer", {}, "none", EARN_IN_WEI, true],
  ["part of the minimum", { stakeWei: 999n * FAR }, "earning_in", EARN_IN_WEI, true],
  ["the minimum", { stakeWei: STAKE_WEI_MIN }, "registered", STAKE_WEI_MIN, false],
  ["a locked part", { stakeWei: 1_500n * FAR, lockedWei: 600n * FAR }, "registered", 900n * FAR, false],
  ["more locked than staked", { stakeWei: STAKE_WEI_MIN, lockedWei: 2n * STAKE_WEI_MIN }, "registered", 0n, false],
  ["all of it unbonding", { unbondingWei: STAKE_WEI_MIN, withdrawableAtMs: 5 }, "unbonding", 0n, false],
  ["a newcomer's all unbonding", { unbondingWei: 1n, withdrawableAtMs: 5 }, "unbonding", 0n, true],
  ["a newcomer's rest unbonding", { stakeWei: FAR, unbondingWei: 2n * FAR }, "unbonding", 0n, true],
  ["some unbonding", { stakeWei: STAKE_WEI_MIN, unbondingWei: FAR }, "registered", STAKE_WEI_MIN, false],
])("%s", (_, registry, state, riskWeiMax, held) => {
  const stake = stakeOf({ ...NO_STAKE, ...registry }, null, at);
  expect([stake.state, stake.riskWeiMax, stake.held]).toEqual([state, riskWeiMax, held]);
  expect(explain(stake)).not.toBe("");
});

test("a suspension hides every other state until its time, and is named to the owner", () => {
  const registry = { ...NO_STAKE, stakeWei: STAKE_WEI_MIN };
  const suspension = { reason: "answers_mismatch", untilMs: 2_000 };
  const stake = stakeOf(registry, suspension, at);
  expect(stake).toMatchObject({ state: "suspended", held: false, riskWeiMax: STAKE_WEI_MIN });
  expect(explain(stake)).toContain("answers_mismatch");
  expect(stakeOf(registry, suspension, { nowMs: 2_000 }).state).toBe("registered");
  expect(stakeOf(registry, { ...suspension, untilMs: null }, { nowMs: 10 ** 15 }).state).toBe("suspended");
});

/** The registry contract's own arithmetic, as NodeRegistry.sol has it, and the events that it emits. */
function contract() {
  let stake = 0n;
  let unbonding = 0n;
  const events: MovingEvent[] = [];
  const emit = (name: StakeEvent["name"], args: object): void => {
    events.push({ name, args: { ...node, ...args } } as MovingEvent);
  };
  const raise = (amount: bigint): void => {
    const before = stake;
    stake += amount;
    if (before < STAKE_WEI_MIN && stake >= STAKE_WEI_MIN) emit("NodeRegistered", { stake });
  };
  return {
    events,
    state: () => ({ stake, unbonding }),
    add(amount: bigint, name: "StakeAdded" | "Held") {
      emit(name, { amount, stake: stake + amount });
      raise(amount);
    },
    unbond(amount: bigint) {
      const rest = stake - amount;
      if (amount === 0n || rest < 0n || (rest !== 0n && rest < STAKE_WEI_MIN)) return;
      stake = rest;
      unbonding += amount;
      emit("UnbondRequested", { amount, withdrawableAt: 9n });
    },
    cancel() {
      const amount = unbonding;
      if (amount === 0n) return;
      unbonding = 0n;
      emit("UnbondCancelled", { amount });
      raise(amount);
    },
    withdraw() {
      const amount = unbonding;
      if (amount === 0n) return;
      unbonding = 0n;
      emit("Unbonded", { amount });
    },
    slash(wanted: bigint) {
      const fromStake = wanted < stake ? wanted : stake;
      const rest = wanted - fromStake;
      const fromUnbonding = rest < unbonding ? rest : unbonding;
      stake -= fromStake;
      unbonding -= fromUnbonding;
      emit("Slashed", { id: 1n, amount: fromStake + fromUnbonding });
    },
  };
}

const amount = fc.bigInt(1n, 2_500n).map((n) => n * FAR);
const call = fc.oneof(
  fc.record({ do: fc.constantFrom("stake" as const, "hold" as const, "unbond" as const, "slash" as const), amount }),
  fc.record({ do: fc.constantFrom("cancel" as const, "withdraw" as const, "unbondAll" as const), amount }),
);

test("after any calls the mirror holds what the contract holds", () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 30 }), (calls) => {
      const registry = contract();
      for (const c of calls) {
        if (c.do === "stake") registry.add(c.amount, "StakeAdded");
        else if (c.do === "hold") registry.add(c.amount, "Held");
        else if (c.do === "unbond") registry.unbond(c.amount);
        else if (c.do === "unbondAll") registry.unbond(registry.state().stake);
        else if (c.do === "slash") registry.slash(c.amount);
        else if (c.do === "cancel") registry.cancel();
        else registry.withdraw();
      }
      const empty: Mirrored = { stakeWei: 0n, unbondingWei: 0n, withdrawableAtMs: null };
      const mirrored = registry.events.reduce(mirror, empty);
      const { stake, unbonding } = registry.state();
      expect([mirrored.stakeWei, mirrored.unbondingWei]).toEqual([stake, unbonding]);
      expect(mirrored.withdrawableAtMs === null).toBe(unbonding === 0n);
      const standing = stakeOf({ ...NO_STAKE, ...mirrored }, null, at);
      expect(standing.state === "registered").toBe(stake >= STAKE_WEI_MIN);
      expect(standing.held).toBe(stake + unbonding < STAKE_WEI_MIN);
    }),
  );
});
