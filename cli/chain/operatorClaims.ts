import type { FarChain, PayeesRoot } from "@farlabs/chain";
import { type FarClient, isFarApiError } from "@farlabs/sdk";
import type { Address, Hex } from "viem";

/** Roots are cumulative: the newest claimable one covers all before it. Older than this many epochs, a later one covers it. */
const EPOCHS_BACK = 300;
const STEP = 20;
const NODE_PAGES_MAX = 20;

export interface RootedClaim {
  epoch: bigint;
  cumulativeWei: bigint;
  proof: readonly Hex[];
  amountWei: bigint;
}

/** What the chain has for an operator. */
export interface OperatorClaims {
  /** Credited one by one by settled epochs. */
  owedWei: bigint;
  /** Credited under a payees root. */
  rooted: RootedClaim | null;
  /** Stakes that were asked back and have unbonded. */
  unbonded: { nodeId: string; amountWei: bigint }[];
  /** What could not be looked at, and why. */
  notes: string[];
}

const nowS = (): bigint => BigInt(Math.floor(Date.now() / 1_000));
const isClaimable = (root: PayeesRoot | undefined): boolean =>
  root !== undefined && !root.isDisputed && root.claimableAtS <= nowS();

/** The newest epoch whose payees root can be claimed on, read from the chain; null where there is none. */
async function newestRoot(chain: FarChain): Promise<bigint | null> {
  const last = await chain.settledEpoch();
  const first = last > BigInt(EPOCHS_BACK) ? last - BigInt(EPOCHS_BACK) : 0n;
  for (let top = last; top > first; top -= BigInt(STEP)) {
    const epochs = Array.from({ length: STEP }, (_, i) => top - BigInt(i)).filter((epoch) => epoch > first);
    const roots = await Promise.all(epochs.map((epoch) => chain.payeesRootOf({ epoch })));
    const found = roots.findIndex(isClaimable);
    if (found >= 0) return epochs[found] ?? null;
  }
  return null;
}

interface Proof {
  cumulative: string;
  proof: Hex[];
}

async function readRooted(chain: FarChain, client: FarClient, payee: Address): Promise<RootedClaim | null> {
  const epoch = await newestRoot(chain);
  if (epoch === null) return null;
  let proof: Proof;
  try {
    proof = await client.request<Proof>({ method: "GET", path: `/api/v1/network/epochs/${epoch}/payees/${payee}` });
  } catch (error) {
    if (isFarApiError(error) && error.status === 404) return null;
    throw error;
  }
  const cumulativeWei = BigInt(proof.cumulative);
  const amountWei = cumulativeWei - (await chain.claimedRooted({ payee }));
  return amountWei > 0n ? { epoch, cumulativeWei, proof: proof.proof, amountWei } : null;
}

async function nodeIds(client: FarClient): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < NODE_PAGES_MAX; page += 1) {
    const { data, next_cursor: next } = await client.nodes.list({
      limit: 100,
      ...(cursor === undefined ? {} : { cursor }),
    });
    ids.push(...data.map((node) => node.node_id));
    if (next === null) break;
    cursor = next;
  }
  return ids;
}

async function readUnbonded(chain: FarChain, client: FarClient, owner: Address): Promise<OperatorClaims["unbonded"]> {
  const found: OperatorClaims["unbonded"] = [];
  for (const nodeId of await nodeIds(client)) {
    const { unbondingWei, withdrawableAtS, slashLockedWei } = await chain.nodeState({ owner, nodeId });
    // Stake under an open slash is not paid; the contract would refuse.
    if (unbondingWei > 0n && withdrawableAtS <= nowS() && slashLockedWei === 0n)
      found.push({ nodeId, amountWei: unbondingWei });
  }
  return found;
}

/**
 * What an operator can have paid out. What the escrow owes comes from the chain alone; proofs and the names of nodes from the network,
 * and where it does not answer, that part is left out and said to be.
 * @throws ChainError
 */
export async function readOperatorClaims(
  chain: FarChain,
  from: { payee: Address; client: () => Promise<FarClient> },
): Promise<OperatorClaims> {
  const { payee } = from;
  const owedWei = await chain.owed({ payee });
  const claims: OperatorClaims = { owedWei, rooted: null, unbonded: [], notes: [] };
  try {
    const client = await from.client();
    claims.rooted = await readRooted(chain, client, payee);
    claims.unbonded = await readUnbonded(chain, client, payee);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    claims.notes.push(`Earnings that need a proof and unbonded stakes were not looked at: ${why}`);
  }
  return claims;
}
