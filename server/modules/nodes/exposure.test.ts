import fc from "fast-check";
import { expect, test } from "vitest";
import { addInFlight, addUnsettled, createExposures, riskGwei, sharedWei, updateRoom } from "./exposure.ts";
import { createLiveNode } from "./liveNode.ts";
import { EARN_IN_WEI, NO_STAKE, STAKE_WEI_MIN, stakeOf } from "./model/stake.ts";

const capabilities = { machine: { gpuModel: "", vramGb: 0, cpu: "", cores: 1, memoryGb: 1 }, engines: [] };
const owned = { nodeId: "n", ownerAccount: "a", ownerWallet: "0x0" };
const liveNode = (of = owned, exposures = createExposures()) =>
  createLiveNode({
    ...{ ...of, joinTokenId: "jt", capabilities, score: 80, connectedAtMs: 0, exposure: exposures.of(of) },
  });
const registered = stakeOf({ ...NO_STAKE, stakeWei: STAKE_WEI_MIN }, null, { nowMs: 0 });
const newcomer = stakeOf(NO_STAKE, null, { nowMs: 0 });

test("what fits by the numbers that placing compares never passes the limit in wei", () => {
  const risk = fc.bigInt(0n, 4n * 10n ** 18n);
  fc.assert(
    fc.property(fc.array(fc.record({ risk, share: fc.nat(100) }), { maxLength: 40 }), (tasks) => {
      const node = liveNode();
      const running: { risk: bigint; share: number }[] = [];
      for (const task of tasks) {
        if (riskGwei(task.risk) <= node.room.nowGwei) {
          addInFlight(node, task.risk);
          running.push(task);
        } else if (running.length > 0) {
          // One ends and earns at most what was at risk.
          const ended = running.shift();
          if (ended === undefined) continue;
          addInFlight(node, -ended.risk);
          addUnsettled(node, (ended.risk * BigInt(ended.share)) / 100n);
        }
        const { inFlightWei, unsettledWei } = node.exposure;
        expect(inFlightWei + unsettledWei <= EARN_IN_WEI).toBe(true);
        expect(node.room.idleGwei).toBeGreaterThanOrEqual(node.room.nowGwei);
      }
    }),
  );
});

test("what an epoch settled is no longer at risk, and never less than nothing is", () => {
  const exposures = createExposures();
  exposures.load(3, [{ ...owned, held: true, amountWei: 50n }]);
  expect(exposures.countedEpoch()).toBe(3);
  exposures.settle("n", 20n);
  expect(exposures.of(owned).unsettledWei).toBe(30n);
  expect(sharedWei(exposures.of({ ...owned, nodeId: "other" }))).toBe(30n);
  exposures.settle("n", 31n);
  expect(exposures.of(owned).unsettledWei).toBe(0n);
  expect(sharedWei(exposures.of(owned))).toBe(0n);
});

const step = fc.record({
  node: fc.nat(3),
  does: fc.constantFrom("run" as const, "end" as const, "settle" as const, "register" as const, "leave" as const),
  risk: fc.bigInt(0n, 4n * 10n ** 18n),
});

test("all nodes of one wallet or account that earn in have together no more at risk than one, and a registered one takes none of it", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const exposures = createExposures();
      // The first three share an account, the last two a wallet.
      const places = ["0x0", "0x1", "0x2", "0x2"];
      const all = places.map((ownerWallet, i) =>
        liveNode({ nodeId: `n${i}`, ownerAccount: i < 3 ? "a" : "b", ownerWallet }, exposures),
      );
      const running = all.map((): bigint[] => []);
      for (const { node: i, does, risk } of steps) {
        const [node, tasks] = [all[i], running[i]];
        if (node === undefined || tasks === undefined) continue;
        const mayRegister = node.exposure.inFlightWei + node.exposure.unsettledWei === 0n;
        if (does === "run" && riskGwei(risk) <= node.room.nowGwei) {
          addInFlight(node, risk);
          tasks.push(risk);
        } else if (does === "end") {
          const ended = tasks.shift() ?? 0n;
          addInFlight(node, -ended);
          addUnsettled(node, ended);
        } else if (does === "settle") {
          exposures.settle(node.nodeId, risk);
          updateRoom(node);
        } else if (mayRegister && (does === "register" || does === "leave")) {
          node.stake = does === "register" ? registered : newcomer;
          updateRoom(node);
        }
        for (const group of [all.slice(0, 3), all.slice(2)]) {
          const shared = group.filter((n) => n.stake.held).map((n) => n.exposure.inFlightWei + n.exposure.unsettledWei);
          expect(shared.reduce((sum, wei) => sum + wei, 0n) <= EARN_IN_WEI).toBe(true);
        }
        for (const n of all)
          if (!n.stake.held)
            expect(n.room.nowGwei).toBe(
              Number((STAKE_WEI_MIN - n.exposure.inFlightWei - n.exposure.unsettledWei) / 10n ** 9n),
            );
      }
    }),
  );
});
