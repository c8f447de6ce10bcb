import { fromNumeric, type Sql } from "#platform/pg";
import type { Context } from "../operations/context.ts";
import { readCursor } from "../operations/cursor.ts";
import { type EscrowView, escrowView } from "../operations/escrowView.ts";
import { receivableAccount, STAKERS, walletAccount } from "../operations/wallets.ts";
import type { Finding } from "../settlement.ts";
import type { Checked } from "./sources.ts";

const ADDRESSES_MAX = 10_000;
const AT_ONCE = 20;
const TRIES = 3;

interface Unsettled {
  wallet(address: string): Promise<bigint>;
  owner(address: string): Promise<bigint>;
  stakers(): Promise<bigint>;
}

/** What receipts say that no confirmed epoch has said on chain. */
function unsettledOf(sql: Sql): Unsettled {
  const wei = (rows: readonly { wei: string | null }[]): bigint => fromNumeric(rows[0]?.wei);
  const open = sql`(r.epoch IS NULL OR r.epoch IN (SELECT epoch FROM settlement.epochs WHERE status <> 'settled'))`;
  return {
    wallet: async (address) =>
      wei(
        await sql<{ wei: string | null }[]>`
        SELECT sum(charge_wei) AS wei FROM settlement.receipts r WHERE payer_wallet = ${address} AND ${open}`,
      ),
    owner: async (address) =>
      wei(
        await sql<{ wei: string | null }[]>`
        SELECT sum((n ->> 'amountWei')::numeric) AS wei FROM settlement.receipts r, jsonb_array_elements(r.nodes) n
        WHERE n ->> 'owner' = ${address} AND ${open}`,
      ),
    stakers: async () =>
      wei(await sql<{ wei: string | null }[]>`SELECT sum(stakers_wei) AS wei FROM settlement.receipts r WHERE ${open}`),
  };
}

/**
 * Tasks go on while the auditor reads: what is unsettled only grows between two epochs, so the true figure lies between one read
 * before and one after the ledger's.
 */
async function between(read: () => Promise<bigint>, expected: () => Promise<bigint>): Promise<boolean> {
  const before = await read();
  const wanted = await expected();
  return before <= wanted && wanted <= (await read());
}

async function walletHolds(context: Context, view: EscrowView, unsettled: Unsettled, wallet: string): Promise<boolean> {
  const chain = await view.user(wallet);
  return between(
    () => unsettled.wallet(wallet),
    async () => {
      const rows = await context.ledger.balances([walletAccount(wallet), receivableAccount(wallet)]);
      const net = rows.reduce((sum, row) => sum + row.posted, 0n);
      return chain.balanceWei - chain.receivableWei - net;
    },
  );
}

async function ownerHolds(context: Context, view: EscrowView, unsettled: Unsettled, payee: string): Promise<boolean> {
  const chain = await view.owner(payee);
  const ledgerOwes = async () => (await context.ledger.balance(`far:owner:${payee}`)).posted;
  return between(
    () => unsettled.owner(payee),
    async () => (await ledgerOwes()) - chain.owedWei - chain.pendingWei,
  );
}

async function addressesOf(sql: Sql): Promise<{ wallets: string[]; owners: string[] }> {
  const [wallets, owners] = await Promise.all([
    sql<{ address: string }[]>`
      SELECT DISTINCT wallet AS address FROM settlement.chain_events WHERE name = 'Deposited' LIMIT ${ADDRESSES_MAX}`,
    sql<{ address: string }[]>`SELECT DISTINCT payee AS address FROM settlement.epoch_credits LIMIT ${ADDRESSES_MAX}`,
  ]);
  return { wallets: wallets.map((r) => r.address), owners: owners.map((r) => r.address) };
}

/** Those for which `holds` is false, a few at a time. */
async function failing(addresses: readonly string[], holds: (address: string) => Promise<boolean>): Promise<string[]> {
  const failed: string[] = [];
  for (let i = 0; i < addresses.length; i += AT_ONCE) {
    const some = addresses.slice(i, i + AT_ONCE);
    const results = await Promise.all(some.map(holds));
    failed.push(...some.filter((_, at) => results[at] === false));
  }
  return failed;
}

async function compare(
  context: Context,
  blockNumber: bigint,
): Promise<{ checked: string; findings: Finding[]; stable: boolean }> {
  const { sql } = context;
  const [view, { wallets, owners }] = await Promise.all([escrowView(context, blockNumber), addressesOf(sql)]);
  const unsettled = unsettledOf(sql);
  const [badWallets, badOwners] = [
    await failing(wallets, (wallet) => walletHolds(context, view, unsettled, wallet)),
    await failing(owners, (payee) => ownerHolds(context, view, unsettled, payee)),
  ];
  const findings: Finding[] = [
    ...badWallets.map((w) => ({
      invariant: 6,
      code: "wallet_differs",
      detail: `${w}: chain is not ledger plus unsettled`,
    })),
    ...badOwners.map((o) => ({
      invariant: 6,
      code: "owner_differs",
      detail: `${o}: chain is not ledger less unsettled`,
    })),
  ];
  const { stakersWei } = await context.chain.escrowState();
  const stakersPendingWei = await view.stakersPendingWei();
  const stakersHold = await between(
    () => unsettled.stakers(),
    async () => (await context.ledger.balance(STAKERS)).posted - stakersWei - stakersPendingWei,
  );
  if (!stakersHold)
    findings.push({
      invariant: 6,
      code: "stakers_differ",
      detail: "the stakers' pool: chain is not ledger less unsettled",
    });
  const after = await readCursor(sql);
  const stable = after?.blockNumber === blockNumber && (await view.stillTrue());
  return { checked: `6: ${wallets.length} wallets and ${owners.length} owners, address by address`, findings, stable };
}

/**
 * Invariant 6, address by address: for each wallet chain balance less chain receivable = ledger balance and receivable plus unsettled;
 * for each owner what the contract owes = what the ledger owes less unsettled.
 */
export async function checkAddresses(context: Context): Promise<Checked> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const cursor = await readCursor(context.sql);
    if (cursor === null) return { checked: "6: the chain was not read yet", findings: [] };
    const { checked, findings, stable } = await compare(context, cursor.blockNumber);
    if (findings.length === 0 || stable) return { checked, findings };
  }
  return { checked: "6: address by address not decided, the chain moved on each time", findings: [] };
}
