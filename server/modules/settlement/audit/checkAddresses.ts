import { fromNumeric, type Sql } from "#platform/pg";
import type { Context } from "../operations/context.ts";
import { readCursor } from "../operations/cursor.ts";
import { type EscrowView, escrowView } from "../operations/escrowView.ts";
import { ownerAccount, receivableAccount, STAKERS, voucherAccount, walletAccount } from "../operations/wallets.ts";
import type { Finding } from "../settlement.ts";
import { type Checked, many } from "./sources.ts";

const ADDRESSES_MAX = 10_000;
const AT_ONCE = 20;
const TRIES = 3;

/** Which of the addresses are compared. */
interface Page {
  from: number;
  count: number;
}

interface Unsettled {
  wallet(address: string): Promise<bigint>;
  owner(address: string): Promise<bigint>;
  stakers(): Promise<bigint>;
}

/** What receipts say that no confirmed epoch has said on chain. */
function unsettledOf(sql: Sql): Unsettled {
  const wei = (rows: readonly { wei: string | null }[]): bigint => fromNumeric(rows[0]?.wei);
  const inFlight = sql`SELECT epoch FROM settlement.epochs WHERE status <> 'settled'`;
  const open = sql`(r.epoch IS NULL OR r.epoch IN (${inFlight}))`;
  return {
    wallet: async (address) =>
      wei(
        await sql<{ wei: string | null }[]>`
        SELECT (SELECT coalesce(sum(charge_wei), 0) FROM settlement.nettable WHERE payer = ${address})
          + (SELECT coalesce(sum(amount_wei), 0) FROM settlement.epoch_debits
            WHERE wallet = ${address} AND epoch IN (${inFlight})) AS wei`,
      ),
    owner: async (address) =>
      wei(
        await sql<{ wei: string | null }[]>`
        SELECT sum((n ->> 'amountWei')::numeric) AS wei FROM settlement.receipts r, jsonb_array_elements(r.nodes) n
        WHERE lower(n ->> 'owner') = ${address} AND NOT coalesce((n ->> 'held')::boolean, false) AND ${open}`,
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
      const rows = await context.ledger.balances([
        walletAccount(wallet),
        voucherAccount(wallet),
        receivableAccount(wallet),
      ]);
      const net = rows.reduce((sum, row) => sum + row.posted, 0n);
      return chain.balanceWei - chain.receivableWei - net;
    },
  );
}

/** All that a payee was ever credited under roots, wei. */
async function settledRootedWei(sql: Sql, payee: string): Promise<bigint> {
  const [row] = await sql<{ wei: string | null }[]>`
    SELECT sum(r.amount_wei) AS wei FROM settlement.epoch_rooted r JOIN settlement.epochs e USING (epoch)
    WHERE r.payee = ${payee} AND e.status = 'settled'`;
  return fromNumeric(row?.wei);
}

async function ownerHolds(context: Context, view: EscrowView, unsettled: Unsettled, payee: string): Promise<boolean> {
  const [chain, rootedWei] = [await view.owner(payee), await settledRootedWei(context.sql, payee)];
  const ledgerOwes = async () => (await context.ledger.balance(ownerAccount(payee))).posted;
  return between(
    () => unsettled.owner(payee),
    async () => (await ledgerOwes()) - chain.owedWei - chain.pendingWei - (rootedWei - chain.claimedRootedWei),
  );
}

/** Everybody who ever paid in, put a task on chain, or was credited; in one order, so that rounds can go through them. */
async function addressesOf(sql: Sql, page: Page): Promise<{ wallets: string[]; owners: string[]; next: number }> {
  const rows = await sql<{ address: string; kind: "wallet" | "owner" }[]>`
    SELECT DISTINCT wallet AS address, 'wallet' AS kind FROM settlement.chain_events WHERE name IN ('Deposited', 'TaskCreated')
    UNION SELECT payee, 'owner' FROM settlement.epoch_credits
    UNION SELECT payee, 'owner' FROM settlement.epoch_rooted
    ORDER BY kind, address OFFSET ${page.from} LIMIT ${page.count}`;
  const of = (kind: string) => rows.filter((row) => row.kind === kind).map((row) => row.address);
  return { wallets: of("wallet"), owners: of("owner"), next: rows.length < page.count ? 0 : page.from + page.count };
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
  page: Page,
): Promise<Checked & { next: number; stable: boolean }> {
  const { sql } = context;
  const [view, { wallets, owners, next }] = await Promise.all([
    escrowView(context, blockNumber),
    addressesOf(sql, page),
  ]);
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
  const checked = `6: ${many(wallets.length, "wallet")} and ${many(owners.length, "owner")}, address by address`;
  return { checked, findings, next, stable };
}

/**
 * Invariant 6, address by address: for each wallet chain balance less chain receivable = ledger balance and receivable plus unsettled;
 * for each owner what the contract owes = what the ledger owes less unsettled.
 */
export async function checkAddresses(
  context: Context,
  page: Page = { from: 0, count: ADDRESSES_MAX },
): Promise<Checked & { next: number }> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const cursor = await readCursor(context.sql);
    if (cursor === null) return { checked: "6: the chain was not read yet", findings: [], next: 0 };
    const { checked, findings, next, stable } = await compare(context, cursor.blockNumber, page);
    if (findings.length === 0 || stable) return { checked, findings, next };
  }
  const checked = "6: address by address not decided, the chain moved on each time";
  return { checked, findings: [], next: page.from };
}
