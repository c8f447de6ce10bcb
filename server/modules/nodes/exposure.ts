/**
 * What a node has at risk: the shares of running tasks and of those whose epoch is not settled. Counted where tasks are placed and
 * ended, in memory, by the process that holds the node's socket; what is unsettled outlives the socket.
 */
import type { LiveNode } from "./nodes.ts";

export interface Exposure {
  /** Largest operator shares of what it runs now. */
  inFlightWei: bigint;
  /** Earned, its epoch not yet settled. */
  unsettledWei: bigint;
}

/** What the node may still take on, in 10⁻⁹ FAR. A suspended node's is what only audits may use. */
export interface Room {
  nowGwei: number;
  /** Once all that it runs has ended. */
  idleGwei: number;
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
  const { inFlightWei, unsettledWei } = node.exposure;
  const idleWei = node.stake.riskWeiMax - unsettledWei;
  node.room.idleGwei = floorGwei(idleWei);
  node.room.nowGwei = floorGwei(idleWei - inFlightWei);
}

/** A task of this risk went to the node; a negative amount takes that back. */
export function addInFlight(node: LiveNode, amountWei: bigint): void {
  node.exposure.inFlightWei += amountWei;
  updateRoom(node);
}

/** The node earned this; a negative amount takes that back. */
export function addUnsettled(node: LiveNode, amountWei: bigint): void {
  raise(node.exposure, amountWei);
  updateRoom(node);
}

/** Never below zero: an epoch may settle what was earned before this process counted. */
function raise(exposure: Exposure, amountWei: bigint): void {
  const sum = exposure.unsettledWei + amountWei;
  exposure.unsettledWei = sum < 0n ? 0n : sum;
}

/** Exposures by node. They outlive connections, since what is unsettled does; those of no amount are made anew when asked for. */
export function createExposures() {
  const byNode = new Map<string, Exposure>();
  let countedEpoch = -1;

  function of(nodeId: string): Exposure {
    const known = byNode.get(nodeId);
    if (known !== undefined) return known;
    const made = { inFlightWei: 0n, unsettledWei: 0n };
    byNode.set(nodeId, made);
    return made;
  }

  return {
    of,
    settle: (nodeId: string, amountWei: bigint): void => raise(of(nodeId), -amountWei),
    /** What was unsettled when this process started; epochs up to that one are not taken off again. */
    load({ epoch, nodes }: { epoch: number; nodes: Readonly<Record<string, bigint>> }): void {
      countedEpoch = epoch;
      for (const [nodeId, amountWei] of Object.entries(nodes)) of(nodeId).unsettledWei = amountWei;
    },
    countedEpoch: () => countedEpoch,
  };
}
