/** One node's part of a task, as netting sees it. */
export interface PendingNode {
  nodeId: string;
  /** Owner wallet, lower-case. */
  owner: string;
  amountWei: bigint;
  /** Credited to the node's held stake instead of to be claimed: it earns its minimum stake. */
  held: boolean;
}

/** What netting needs to know of a receipt. */
export interface PendingReceipt {
  taskId: string;
  /** The wallet that pays, or null where the treasury does. */
  wallet: string | null;
  chargeWei: bigint;
  stakersWei: bigint;
  treasuryWei: bigint;
  nodes: readonly PendingNode[];
}

export interface EpochLimits {
  payersMax: number;
  /** Nodes that earn in; payees beyond what one batch lists go under a root, so these have no limit. */
  holdsMax: number;
  tasksMax: number;
  /** What the contract's caps let one epoch move now. */
  amountWeiMax: bigint;
  /** What the treasury has in the contract beyond what it owes. */
  treasuryWeiMax: bigint;
}

interface Taken {
  receipts: PendingReceipt[];
  payers: number;
  holds: Set<string>;
  amountWei: bigint;
}

const chargeOf = (receipts: readonly PendingReceipt[]): bigint => receipts.reduce((sum, r) => sum + r.chargeWei, 0n);

const NONE: readonly string[] = [];
/** Most receipts hold nothing, and there are many. */
const heldOf = ({ nodes }: PendingReceipt): readonly string[] =>
  nodes.some((n) => n.held) ? nodes.filter((n) => n.held).map((n) => n.nodeId) : NONE;

function holdsWith(taken: Taken, receipts: readonly PendingReceipt[]): number {
  const fresh = new Set<string>();
  for (const receipt of receipts) for (const id of heldOf(receipt)) if (!taken.holds.has(id)) fresh.add(id);
  return taken.holds.size + fresh.size;
}

function fits(taken: Taken, receipts: readonly PendingReceipt[], limits: EpochLimits): boolean {
  if (taken.payers + 1 > limits.payersMax) return false;
  if (taken.receipts.length + receipts.length > limits.tasksMax) return false;
  if (taken.amountWei + chargeOf(receipts) > limits.amountWeiMax) return false;
  return holdsWith(taken, receipts) <= limits.holdsMax;
}

/** The longest run of oldest receipts that fits beside what is taken, within `amountWeiMax` of its own. */
function prefix(
  taken: Taken,
  receipts: readonly PendingReceipt[],
  limits: EpochLimits,
  amountWeiMax: bigint,
): PendingReceipt[] {
  const holds = new Set(taken.holds);
  const chosen: PendingReceipt[] = [];
  let amountWei = 0n;
  for (const receipt of receipts) {
    for (const nodeId of heldOf(receipt)) holds.add(nodeId);
    amountWei += receipt.chargeWei;
    if (taken.receipts.length + chosen.length + 1 > limits.tasksMax || holds.size > limits.holdsMax) break;
    if (amountWei > amountWeiMax || taken.amountWei + amountWei > limits.amountWeiMax) break;
    chosen.push(receipt);
  }
  return chosen;
}

/** Receipts by payer, in the order in which payers first appear. */
function groups(pending: readonly PendingReceipt[]): Map<string | null, PendingReceipt[]> {
  const byPayer = new Map<string | null, PendingReceipt[]>();
  for (const receipt of pending) {
    const group = byPayer.get(receipt.wallet);
    if (group === undefined) byPayer.set(receipt.wallet, [receipt]);
    else group.push(receipt);
  }
  return byPayer;
}

/**
 * Chooses an epoch's receipts from those pending, given in order of urgency (exiting wallets first, then by oldest receipt).
 * Wallets are taken whole; one that does not fit beside the others waits and leads the next epoch, where, if it is too large even
 * alone, its oldest receipts are taken. A single receipt beyond the caps waits for them to grow and holds nobody else up. What the
 * treasury pays is taken as far as its own balance goes: it must never leave an operator waiting.
 */
export function selectReceipts(pending: readonly PendingReceipt[], limits: EpochLimits): PendingReceipt[] {
  const taken: Taken = { receipts: [], payers: 0, holds: new Set(), amountWei: 0n };
  for (const [wallet, group] of groups(pending)) {
    const part = (): PendingReceipt[] => {
      if (wallet === null) return prefix(taken, group, limits, limits.treasuryWeiMax);
      if (fits(taken, group, limits)) return group;
      return taken.payers === 0 ? prefix(taken, group, limits, limits.amountWeiMax) : [];
    };
    const receipts = part();
    if (receipts.length === 0) continue;
    taken.receipts.push(...receipts);
    taken.payers += wallet === null ? 0 : 1;
    taken.amountWei += chargeOf(receipts);
    for (const receipt of receipts) for (const nodeId of heldOf(receipt)) taken.holds.add(nodeId);
  }
  return taken.receipts;
}
