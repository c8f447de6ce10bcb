import type { LocalNetwork } from "@farlabs/chain/local";
import type { FarClient } from "@farlabs/sdk";
import { privateKeyToAccount } from "viem/accounts";
import { CliError } from "../errors.ts";
import { parseFar } from "../format/far.ts";

const TREASURY_WEI = parseFar("100000");
const RESERVE_WEI = parseFar("10000");
const SEEN_MS_MAX = 20_000;

/**
 * What a platform's treasury pays in before it opens: the escrow's part that checks and tasks paid in credit draw on, and the stakers'
 * reserve. Filled up when half of it is gone; safe to call again.
 * @returns wei paid in now
 */
export async function fundNetwork(network: LocalNetwork): Promise<bigint> {
  const chain = network.connect(privateKeyToAccount(network.keys.treasury));
  const [{ treasuryWei }, { reserveWei }] = [await chain.escrowState(), await chain.stakingMetrics()];
  const [treasuryLacksWei, reserveLacksWei] = [TREASURY_WEI - treasuryWei, RESERVE_WEI - reserveWei];
  let paidWei = 0n;
  if (treasuryLacksWei * 2n > TREASURY_WEI) {
    await chain.fundTreasury({ amountWei: treasuryLacksWei });
    paidWei += treasuryLacksWei;
  }
  if (reserveLacksWei * 2n > RESERVE_WEI) {
    await chain.fundReserve({ amountWei: reserveLacksWei });
    paidWei += reserveLacksWei;
  }
  return paidWei;
}

/** The operator's node that has just joined; one that lost its key lies about as offline. @throws CliError `node_not_joined` */
async function joinedNode(operator: FarClient): Promise<string> {
  const { data } = await operator.nodes.list({ limit: 100 });
  const node = data.find(({ status }) => status !== "offline");
  if (node === undefined)
    throw new CliError("failed", "node_not_joined", { message: "The operator has no node online." });
  return node.node_id;
}

async function isSeen(operator: FarClient, at: { nodeId: string; signal: AbortSignal }): Promise<boolean> {
  for (const untilMs = performance.now() + SEEN_MS_MAX; performance.now() < untilMs; ) {
    at.signal.throwIfAborted();
    if ((await operator.nodes.status(at.nodeId)).stake.state === "registered") return true;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return false;
}

/**
 * Stakes the minimum for the demo node, as its owner, with FAR that the treasury gives; a node that has it gets nothing more.
 * @param operator Signed in as the node's owner.
 * @returns what is staked, wei, and whether the network has seen it in the time allowed
 */
export async function stakeNode(at: {
  network: LocalNetwork;
  operatorKey: `0x${string}`;
  operator: FarClient;
  signal: AbortSignal;
}): Promise<{ stakeWei: bigint; isSeen: boolean }> {
  const { network, operator, signal } = at;
  const account = privateKeyToAccount(at.operatorKey);
  const chain = network.connect(account);
  const nodeId = await joinedNode(operator);
  const leastWei = await chain.minStake();
  const { stakeWei } = await chain.nodeState({ owner: account.address, nodeId });
  if (stakeWei < leastWei) {
    const lacksWei = leastWei - stakeWei;
    const heldWei = await chain.tokenBalance({ wallet: account.address });
    const treasury = network.connect(privateKeyToAccount(network.keys.treasury));
    if (heldWei < lacksWei) await treasury.transfer({ to: account.address, amountWei: lacksWei - heldWei });
    await chain.registerNode({ nodeId, amountWei: lacksWei });
  }
  const seen = await isSeen(operator, { nodeId, signal });
  return { stakeWei: (await chain.nodeState({ owner: account.address, nodeId })).stakeWei, isSeen: seen };
}
