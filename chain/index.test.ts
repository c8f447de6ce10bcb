import { expect, test } from "vitest";
import * as deployDoor from "./deploy/index.ts";
import * as door from "./index.ts";
import * as localDoor from "./local/index.ts";

test("the doors export these names and no others", () => {
  expect(Object.keys(door).sort()).toMatchInlineSnapshot(`
    [
      "ChainError",
      "createChain",
      "encodeSettleBatch",
      "farTokenAbi",
      "inferencePaymentAbi",
      "isChainError",
      "localChainId",
      "settableFeedAbi",
    ]
  `);
  expect(Object.keys(deployDoor).sort()).toMatchInlineSnapshot(`
    [
      "defaultPolicy",
      "deploy",
      "localPolicy",
      "readArtifacts",
    ]
  `);
  expect(Object.keys(localDoor).sort()).toMatchInlineSnapshot(`
    [
      "generateKeys",
      "keepFeedFresh",
      "localPriceAnswer",
      "readOrCreateKeys",
      "readSavedBlock",
      "startLocalChain",
      "startLocalNetwork",
    ]
  `);
});

test("every action is bound to the chain", () => {
  const contracts = { farToken: "0x01", inferencePayment: "0x02", priceFeed: "0x03" } as const;
  const chain = door.createChain({ rpcUrl: "http://127.0.0.1:1", contracts });
  const names = Object.entries(chain).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
  expect(names.sort()).toMatchInlineSnapshot(`
    [
      "allowance",
      "approve",
      "cancelExit",
      "claim",
      "claimTreasury",
      "deposit",
      "escrowState",
      "exitOf",
      "finishExit",
      "fundTreasury",
      "getBlockRef",
      "getReceipt",
      "latestPrice",
      "owed",
      "pause",
      "pendingOf",
      "readEvents",
      "receiptsRootOf",
      "receivableOf",
      "releasePending",
      "requestExit",
      "sendManaged",
      "setFeedAnswer",
      "settleBatch",
      "settleableAmount",
      "settledEpoch",
      "tokenBalance",
      "transfer",
      "unpause",
      "userBalance",
      "waitMined",
    ]
  `);
});
