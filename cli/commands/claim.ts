import type { FarChain, Mined } from "@farlabs/chain";
import { type Context, defineCommand } from "../args/command.ts";
import { networkOptions } from "../args/globalOptions.ts";
import { connectChain } from "../chain/connect.ts";
import { GAS_MAX, gasCost } from "../chain/gas.ts";
import { readOperatorClaims } from "../chain/operatorClaims.ts";
import { sendKnown } from "../chain/sendKnown.ts";
import { operatorClient } from "../credentials/operatorClient.ts";
import { openWallet, walletOption } from "../credentials/wallet.ts";
import { CliError } from "../errors.ts";
import { formatCharge } from "../format/far.ts";
import { confirm } from "../terminal/confirm.ts";
import { printable } from "../terminal/hostile.ts";

/** One transaction that pays something out. */
interface Payment {
  as: "operator" | "staker";
  by: Party;
  what: string;
  amountWei: bigint;
  gas: bigint;
  send(): Promise<Mined>;
}
interface Party {
  chain: FarChain;
  wallet: `0x${string}`;
}

async function open(context: Context, keyFile: string | undefined, role: "builder" | "operator"): Promise<Party> {
  const wallet = await openWallet(context, { keyFile, role });
  return { chain: connectChain(context, wallet), wallet: wallet.address };
}

async function operatorPayments(context: Context, party: Party, key: string | undefined): Promise<Payment[]> {
  const { chain, wallet: payee } = party;
  const claims = await readOperatorClaims(chain, { payee, client: () => operatorClient(context, key) });
  for (const note of claims.notes) context.terminal.note(printable(note));
  const { owedWei, rooted, unbonded } = claims;
  const payments: Payment[] = [];
  if (owedWei > 0n) {
    const what = "earned by your nodes";
    payments.push({
      as: "operator",
      by: party,
      what,
      amountWei: owedWei,
      gas: GAS_MAX.claim,
      send: () => chain.claim(),
    });
  }
  if (rooted !== null) {
    const { epoch, cumulativeWei, proof, amountWei } = rooted;
    const send = () => chain.claimRooted({ epoch, cumulativeWei, proof });
    payments.push({
      as: "operator",
      by: party,
      what: `earned, by the root of epoch ${epoch}`,
      amountWei,
      gas: GAS_MAX.claimRooted,
      send,
    });
  }
  for (const { nodeId, amountWei } of unbonded) {
    const send = () => chain.withdrawUnbonded({ nodeId });
    const what = `unbonded stake of ${printable(nodeId)}`;
    payments.push({ as: "operator", by: party, what, amountWei, gas: GAS_MAX.withdrawUnbonded, send });
  }
  return payments;
}

async function stakerPayments(party: Party): Promise<Payment[]> {
  const { chain, wallet: user } = party;
  const { revenueWei, baseWei } = await chain.stakingState({ user });
  if (revenueWei + baseWei === 0n) return [];
  const base = baseWei === 0n ? "" : ` (${formatCharge(baseWei)} of them base reward)`;
  // They grow with every second; a view is as of the newest block.
  const what = `rewards of your stakes up to the newest block${base}`;
  const send = () => chain.claimRewards();
  return [{ as: "staker", by: party, what, amountWei: revenueWei + baseWei, gas: GAS_MAX.claimRewards, send }];
}

interface Paid {
  as: string;
  what: string;
  /** What the wallet really got: rewards grow while somebody reads, and a root may be funded in part. */
  amount: string;
  transaction: string;
}

async function pay({ terminal }: Context, { as, by, what, amountWei, send }: Payment): Promise<Paid> {
  const { chain, wallet } = by;
  const beforeWei = await chain.tokenBalance({ wallet });
  const mined = await sendKnown(terminal, {
    doing: `claiming ${formatCharge(amountWei)} FAR`,
    look: "far claim",
    send,
  });
  const amount = ((await chain.tokenBalance({ wallet })) - beforeWei).toString();
  return { as, what, amount, transaction: mined.hash };
}

export const claim = defineCommand({
  usage: "[--operator|--staker] [--yes]",
  description:
    "Has what is yours paid out, on chain. As operator: what settled epochs owe your wallet, what it was credited under a root (the network gives the proof), and stakes of nodes that have unbonded. As staker: rewards up to now. Without either, both. Shows amounts and gas before it asks. On this clone's network the demo wallets sign.",
  options: {
    ...networkOptions,
    ...walletOption,
    operator: { type: "boolean", help: "only what nodes earned" },
    staker: { type: "boolean", help: "only rewards of stakes" },
    yes: { type: "boolean", short: "y", help: "do not ask" },
  },
  positionals: { min: 0, max: 0 },
  examples: ["far claim", "far claim --operator --yes", "far claim --staker --key-file ~/holder.json --json"],
  run: async (context, { options }) => {
    const { terminal, isJson } = context;
    const isBoth = options.operator === options.staker;
    const payments: Payment[] = [];
    const parties: Party[] = [];
    const add = async (role: "builder" | "operator", of: (party: Party) => Promise<Payment[]>): Promise<void> => {
      const party = await open(context, options["key-file"], role);
      parties.push(party);
      payments.push(...(await of(party)));
    };
    if (isBoth || options.operator === true)
      await add("operator", (party) => operatorPayments(context, party, options.key));
    if (isBoth || options.staker === true) await add("builder", stakerPayments);
    const [party] = parties;
    if (party === undefined || payments.length === 0) {
      const wallets = [...new Set(parties.map((p) => p.wallet))].join(" and ");
      throw new CliError("notFound", "nothing_owed", {
        message: `Nothing can be claimed by ${wallets} yet; what was earned since the last epoch follows with the next.`,
      });
    }
    for (const { amountWei, what } of payments) terminal.note(`${formatCharge(amountWei)} FAR ${what}`);
    const gas = payments.reduce((sum, payment) => sum + payment.gas, 0n);
    terminal.note(`Gas: at most about ${await gasCost(party.chain, gas)}, paid by the wallet.`);
    if (options.yes !== true) await confirm(terminal, "Claim?");
    const done: Paid[] = [];
    for (const payment of payments) done.push(await pay(context, payment));
    const totalWei = done.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    terminal.out(
      isJson
        ? JSON.stringify({ claimed: done })
        : `${formatCharge(totalWei)} FAR were paid in ${done.length} transaction${done.length === 1 ? "" : "s"}.`,
    );
    return 0;
  },
});
