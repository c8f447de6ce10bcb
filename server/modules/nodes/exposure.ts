/**
 * What a node has at risk: the shares of running tasks and of those whose epoch is not settled. Counted where tasks are placed and
 * ended, in memory, by the process that holds the node's socket; what is unsettled outlives the socket. What nodes have at risk that are not
 * registered is counted for their owner as well, by wallet and by account: a thousand newcomers of one owner are one newcomer.
 */
import { EARN_IN_WEI } from "./model/stake.ts";
import type { LiveNode } from "./nodes.ts";

export interface Exposure {
  /** Largest operator shares of what it runs now. */
  inFlightWei: bigint;
  /** Earned, its epoch not yet settled. */
  unsettledWei: bigint;
}

/** What may still be taken on, in 10⁻⁹ FAR. A suspended node's is what only audits may use. */
export interface Room {
  readonly nowGwei: number;
  /** Once all that runs has ended. */
  readonly idleGwei: number;
}
type Counted = Exposure & { -readonly [K in keyof Room]: Room[K] };

/** A node's own, and whom it is counted for besides. */
export interface NodeExposure extends Exposure {
  /** What its own stake leaves. */
  nowGwei: number;
  idleGwei: number;
  /** Not registered: it shares the limit of those who earn in with its owner's others. */
  isShared: boolean;
  readonly wallet: Counted;
  readonly account: Counted;
}

/** Whose a node is. */
export interface Owned {
  nodeId: string;
  ownerAccount: string;
  ownerWallet: string;
}

const GWEI = 1_000_000_000n;

/**
 * An amount in the unit that placing compares in: plain numbers are exact up to 9 million FAR, and comparing them allocates nothing.
 * Rounded up.
 */
export const riskGwei = (amountWei: bigint): number => Number((amountWei + GWEI - 1n) / GWEI);

const floorGwei = (amountWei: bigint): number => (amountWei <= 0n ? 0 : Number(amountWei / GWEI));

/** Sets anew what the node may take on: call it after its stake or exposure changed. */
export function updateRoom(node: LiveNode): void {
  share(node.exposure, node.stake.held);
  leave(node.exposure, node.stake.riskWeiMax);
}

/** The least that the node's stake and its owner leave. Placing reads two or four numbers and makes nothing. */
export const roomOf = (exposure: NodeExposure): Room => ({
  get nowGwei() {
    const { isShared, nowGwei, wallet, account } = exposure;
    return isShared ? Math.min(nowGwei, wallet.nowGwei, account.nowGwei) : nowGwei;
  },
  get idleGwei() {
    const { isShared, idleGwei, wallet, account } = exposure;
    return isShared ? Math.min(idleGwei, wallet.idleGwei, account.idleGwei) : idleGwei;
  },
});

/** A task of this risk went to the node; a negative amount takes that back. */
export function addInFlight(node: LiveNode, amountWei: bigint): void {
  move(node.exposure, { inFlightWei: amountWei, unsettledWei: 0n });
  updateRoom(node);
}

/** The node earned this; a negative amount takes that back. */
export function addUnsettled(node: LiveNode, amountWei: bigint): void {
  move(node.exposure, { inFlightWei: 0n, unsettledWei: amountWei });
  updateRoom(node);
}

/** Of an owner's nodes that share one limit: in flight plus unsettled, wei. */
export const sharedWei = ({ wallet, account }: NodeExposure): bigint => {
  const ofWallet = atRisk(wallet);
  return ofWallet - atRisk(account) > 0n ? ofWallet : atRisk(account);
};
const atRisk = (e: Exposure): bigint => e.inFlightWei + e.unsettledWei;

function leave(counted: Counted, limitWei: bigint): void {
  const idleWei = limitWei - counted.unsettledWei;
  counted.idleGwei = floorGwei(idleWei);
  counted.nowGwei = floorGwei(idleWei - counted.inFlightWei);
}

function count(owner: Counted, by: Exposure): void {
  owner.inFlightWei += by.inFlightWei;
  owner.unsettledWei += by.unsettledWei;
  leave(owner, EARN_IN_WEI);
}

/** Unsettled never falls below zero: an epoch may settle what was earned before this process counted. */
function move(exposure: NodeExposure, { inFlightWei, unsettledWei }: Exposure): void {
  const by = {
    inFlightWei,
    unsettledWei: -unsettledWei > exposure.unsettledWei ? -exposure.unsettledWei : unsettledWei,
  };
  exposure.inFlightWei += by.inFlightWei;
  exposure.unsettledWei += by.unsettledWei;
  if (!exposure.isShared) return;
  count(exposure.wallet, by);
  count(exposure.account, by);
}

/** Counts the node for its owner from now on, or no more. */
export function share(exposure: NodeExposure, isShared: boolean): void {
  if (exposure.isShared === isShared) return;
  exposure.isShared = isShared;
  const { inFlightWei, unsettledWei } = exposure;
  const by = isShared ? { inFlightWei, unsettledWei } : { inFlightWei: -inFlightWei, unsettledWei: -unsettledWei };
  count(exposure.wallet, by);
  count(exposure.account, by);
}

function nothing(): Counted {
  const made = { inFlightWei: 0n, unsettledWei: 0n, nowGwei: 0, idleGwei: 0 };
  leave(made, EARN_IN_WEI);
  return made;
}

/** Exposures by node. They outlive connections, since what is unsettled does; those of no amount are made anew when asked for. */
export function createExposures() {
  const byNode = new Map<string, NodeExposure>();
  const byWallet = new Map<string, Counted>();
  const byAccount = new Map<string, Counted>();
  let countedEpoch = -1;

  function ofOwner(owners: Map<string, Counted>, key: string): Counted {
    const counted = owners.get(key) ?? nothing();
    owners.set(key, counted);
    return counted;
  }

  function of({ nodeId, ownerAccount, ownerWallet }: Owned): NodeExposure {
    const known = byNode.get(nodeId);
    if (known !== undefined) return known;
    const owner = { wallet: ofOwner(byWallet, ownerWallet), account: ofOwner(byAccount, ownerAccount) };
    const made: NodeExposure = { ...nothing(), ...owner, isShared: false };
    byNode.set(nodeId, made);
    return made;
  }

  return {
    of,
    has: (nodeId: string): boolean => byNode.has(nodeId),
    settle(nodeId: string, amountWei: bigint): void {
      const exposure = byNode.get(nodeId);
      if (exposure !== undefined) move(exposure, { inFlightWei: 0n, unsettledWei: -amountWei });
    },
    /** What was unsettled when this process started; epochs up to that one are not taken off again. */
    load(epoch: number, nodes: readonly (Owned & { held: boolean; amountWei: bigint })[]): void {
      countedEpoch = epoch;
      for (const node of nodes) {
        const exposure = of(node);
        move(exposure, { inFlightWei: 0n, unsettledWei: node.amountWei });
        share(exposure, node.held);
      }
    },
    countedEpoch: () => countedEpoch,
  };
}
