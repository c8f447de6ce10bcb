import fc from "fast-check";
import { expect, test } from "vitest";
import { addInFlight, addUnsettled, createExposures, riskGwei } from "./exposure.ts";
import { createLiveNode } from "./liveNode.ts";
import { EARN_IN_WEI } from "./model/stake.ts";

const capabilities = { machine: { gpuModel: "", vramGb: 0, cpu: "", cores: 1, memoryGb: 1 }, engines: [] };
const liveNode = () =>
  createLiveNode({
    ...{ nodeId: "n", ownerAccount: "a", ownerWallet: "0x0", joinTokenId: "jt", capabilities, score: 80 },
    connectedAtMs: 0,
  });

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
  exposures.load({ epoch: 3, nodes: { n: 50n } });
  expect(exposures.countedEpoch()).toBe(3);
  exposures.settle("n", 20n);
  expect(exposures.of("n").unsettledWei).toBe(30n);
  exposures.settle("n", 31n);
  expect(exposures.of("n").unsettledWei).toBe(0n);
});
