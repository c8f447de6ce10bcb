import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLocalNetwork } from "@farlabs/chain/local";
import { ensureContractsBuilt } from "@farlabs/chain/local/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startChain } from "./chain.ts";

let stateDir: string;
beforeEach(() => {
  ensureContractsBuilt();
  stateDir = mkdtempSync(join(tmpdir(), "far-state-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

it("names what to delete when the state holds the contracts of another version", async () => {
  const older = await startLocalNetwork({ directory: join(stateDir, "chain"), port: 0, params: { exitDelayS: 61 } });
  await older.stop();
  await expect(startChain({ stateDir, port: 0, onNote: () => undefined })).rejects.toMatchObject({
    ...{ code: "state_outdated", exit: "conflict" },
    hint: expect.stringContaining(`Delete ${stateDir}`),
  });
});

it("gives the server every key and address it needs", async () => {
  const part = await startChain({ stateDir, port: 0, onNote: () => undefined });
  try {
    const { contracts, keys } = part.network();
    expect(Object.keys(contracts).sort()).toEqual([
      "farToken",
      "inferencePayment",
      "nodeRegistry",
      "priceFeed",
      "staking",
      "timelock",
    ]);
    expect(new Set([keys.oracle, keys.signer, keys.slasher, keys.pauser, keys.admin]).size).toBe(5);
    expect(keys.arbiter).toBe(keys.admin);
  } finally {
    await part.stop();
  }
});
