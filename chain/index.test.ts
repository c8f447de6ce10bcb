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
      "encodeWithdraw",
      "farTokenAbi",
      "inferencePaymentAbi",
      "isChainError",
      "localChainId",
      "nodeKeyOf",
      "nodeRegistryAbi",
      "paymentDomain",
      "settableFeedAbi",
      "stakingAbi",
      "timelockControllerAbi",
      "toChainError",
      "voucherArgs",
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
  const contracts = {
    farToken: "0x01",
    inferencePayment: "0x02",
    priceFeed: "0x03",
    nodeRegistry: "0x04",
    staking: "0x05",
  } as const;
  const chain = door.createChain({ rpcUrl: "http://127.0.0.1:1", contracts });
  const names = Object.entries(chain).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
  expect(names.sort()).toMatchInlineSnapshot(`
    [
      "addStake",
      "allowance",
      "appealSlash",
      "approve",
      "cancelExit",
      "cancelSlash",
      "cancelUnbond",
      "claim",
      "claimRewards",
      "claimRooted",
      "claimTreasury",
      "claimedRooted",
      "completeTask",
      "createTask",
      "deposit",
      "disputeRoot",
      "escrowState",
      "executeSlash",
      "exitOf",
      "expireLock",
      "finishExit",
      "freeStake",
      "freezeSlashes",
      "fundReserve",
      "fundTreasury",
      "getBlockRef",
      "getReceipt",
      "heartbeat",
      "latestPrice",
      "minStake",
      "nodeState",
      "owed",
      "pause",
      "payeesRootOf",
      "pendingOf",
      "proposeSlash",
      "pullRevenue",
      "readEvents",
      "receiptsRootOf",
      "receivableOf",
      "reclaimTask",
      "registerNode",
      "releasePending",
      "releaseRootedPending",
      "releaseStakersPending",
      "requestExit",
      "requestUnbond",
      "resolveAppeal",
      "sendManaged",
      "setFeedAnswer",
      "settleBatch",
      "settleableAmount",
      "settledEpoch",
      "signPermit",
      "signReceiptBatch",
      "signVoucher",
      "slashOf",
      "stake",
      "stakingMetrics",
      "stakingState",
      "taskOf",
      "tokenBalance",
      "transfer",
      "unfreezeSlashes",
      "unpause",
      "unstake",
      "updateNodeRating",
      "userBalance",
      "voucherSigner",
      "voucherUsed",
      "waitMined",
      "withdrawUnbonded",
      "withdrawVoucher",
    ]
  `);
});
