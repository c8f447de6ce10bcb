/** What netting needs to know of a receipt. */
export interface PendingReceipt {
  taskId: string;
  wallet: string;
  chargeWei: bigint;
  stakersWei: bigint;
  treasuryWei: bigint;
  nodes: readonly { owner: string; amountWei: bigint }[];
}

export interface EpochLimits {
  payersMax: number;
  payeesMax: number;
  tasksMax: number;
  /** What the contract's caps let one epoch move now. */
  amountWeiMax: bigint;
}

interface Taken {
  receipts: PendingReceipt[];
  payers: number;
  payees: Set<string>;
  amountWei: bigint;
}

const chargeOf = (receipts: readonly PendingReceipt[]): bigint => receipts.reduce((sum, r) => sum + r.chargeWei, 0n);

function fits(taken: Taken, receipts: readonly PendingReceipt[], limits: EpochLimits): boolean {
  if (taken.payers + 1 > limits.payersMax) return false;
  if (taken.receipts.length + receipts.length > limits.tasksMax) return false;
  if (taken.amountWei + chargeOf(receipts) > limits.amountWeiMax) return false;
  const fresh = new Set(
    receipts.flatMap((r) => r.nodes.map((n) => n.owner)).filter((owner) => !taken.payees.has(owner)),
  );
  return taken.payees.size + fresh.size <= limits.payeesMax;
}

/** The longest run of oldest receipts that fits into an epoch of its own. */
function prefix(receipts: readonly PendingReceipt[], limits: EpochLimits): PendingReceipt[] {
  const payees = new Set<string>();
  const taken: PendingReceipt[] = [];
  let amountWei = 0n;
  for (const receipt of receipts) {
    for (const node of receipt.nodes) payees.add(node.owner);
    amountWei += receipt.chargeWei;
    if (taken.length + 1 > limits.tasksMax || amountWei > limits.amountWeiMax || payees.size > limits.payeesMax) break;
    taken.push(receipt);
  }
  return taken;
}

/** Neighbours of the same wallet, in order. */
function groups(pending: readonly PendingReceipt[]): PendingReceipt[][] {
  const byWallet = new Map<string, PendingReceipt[]>();
  for (const receipt of pending) {
    const group = byWallet.get(receipt.wallet);
    if (group === undefined) byWallet.set(receipt.wallet, [receipt]);
    else group.push(receipt);
  }
  return [...byWallet.values()];
}

/**
 * Chooses an epoch's receipts from those pending, given in order of urgency (exiting wallets first, then by oldest receipt).
 * Payers are taken whole; one that does not fit beside the others waits and leads the next epoch, where, if it is too large even
 * alone, its oldest receipts are taken. A single receipt beyond the caps waits for them to grow and holds nobody else up.
 */
export function selectReceipts(pending: readonly PendingReceipt[], limits: EpochLimits): PendingReceipt[] {
  const taken: Taken = { receipts: [], payers: 0, payees: new Set(), amountWei: 0n };
  for (const group of groups(pending)) {
    const whole = fits(taken, group, limits);
    const receipts = whole ? group : taken.receipts.length === 0 ? prefix(group, limits) : [];
    if (receipts.length === 0) continue;
    taken.receipts.push(...receipts);
    taken.payers += 1;
    taken.amountWei += chargeOf(receipts);
    for (const receipt of receipts) for (const node of receipt.nodes) taken.payees.add(node.owner);
  }
  return taken.receipts;
}
