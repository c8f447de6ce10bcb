import type { FarChain } from "@farlabs/chain";
import type { Address } from "viem";
import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { connectChain } from "../../chain/connect.ts";
import { sendKnown } from "../../chain/sendKnown.ts";
import { openWallet, walletOption } from "../../credentials/wallet.ts";
import { CliError } from "../../errors.ts";
import { formatChainDate } from "../../format/date.ts";
import { formatFar, parseAmount } from "../../format/far.ts";
import { confirm } from "../../terminal/confirm.ts";
import { printable } from "../../terminal/hostile.ts";

interface Asked {
  owner: Address;
  nodeId: string;
  /** All of it when null. */
  amountWei: bigint | null;
  isCancel: boolean;
}

/** The one call that the node's state and what was asked come to. @throws CliError `nothing_staked`, `nothing_unbonding`, `stake_below_minimum`, `still_unbonding` */
async function nextStep(chain: FarChain, { owner, nodeId, amountWei, isCancel }: Asked) {
  const { stakeWei, unbondingWei, withdrawableAtS } = await chain.nodeState({ owner, nodeId });
  if (isCancel && unbondingWei === 0n)
    throw new CliError("notFound", "nothing_unbonding", { message: `Nothing of ${printable(nodeId)} unbonds.` });
  if (isCancel)
    return { says: `${formatFar(unbondingWei)} FAR are staked again.`, send: () => chain.cancelUnbond({ nodeId }) };
  if (amountWei === null && unbondingWei > 0n) {
    if (Number(withdrawableAtS) * 1_000 > Date.now()) {
      const message = `${formatFar(unbondingWei)} FAR unbond until ${formatChainDate(withdrawableAtS)}.`;
      throw new CliError("failed", "still_unbonding", { message, hint: "--cancel stakes them again." });
    }
    return {
      says: `${formatFar(unbondingWei)} FAR are paid to ${owner}.`,
      send: () => chain.withdrawUnbonded({ nodeId }),
    };
  }
  const asked = amountWei ?? stakeWei;
  if (asked === 0n)
    throw new CliError("notFound", "nothing_staked", { message: `${printable(nodeId)} has nothing at stake.` });
  const leastWei = await chain.minStake();
  const staysWei = stakeWei - asked;
  if (staysWei < 0n || (staysWei > 0n && staysWei < leastWei && stakeWei >= leastWei)) {
    const message = `${formatFar(stakeWei)} FAR are at stake. What stays must be nothing or at least ${formatFar(leastWei)} FAR.`;
    throw new CliError("usage", "stake_below_minimum", { message, hint: "Without N, all of it is asked back." });
  }
  return {
    says: `${formatFar(asked)} FAR are asked back; they are paid by a second call after the unbonding. What stays is nothing or the minimum.`,
    send: () => chain.requestUnbond({ nodeId, amountWei: asked }),
  };
}

export const nodeUnstake = defineCommand({
  usage: "NODE_ID [N] [--cancel] [--yes]",
  description:
    "Asks N FAR of a node's stake back, or all of it, and when the unbonding is over pays it out: the same command again. A node that has asked for all gets no more tasks. --cancel stakes what unbonds again. Needs the chain alone.",
  options: {
    url: networkOptions.url,
    ...walletOption,
    cancel: { type: "boolean", help: "stake what unbonds again" },
    yes: { type: "boolean", short: "y", help: "do not ask" },
  },
  positionals: { min: 1, max: 2 },
  examples: ["far node unstake NODE_ID", "far node unstake NODE_ID 200", "far node unstake NODE_ID --cancel"],
  run: async (context, { options, positionals }) => {
    const { terminal, isJson } = context;
    const [nodeId = "", amount] = positionals;
    const wallet = await openWallet(context, { keyFile: options["key-file"], role: "operator" });
    const chain = connectChain(context, wallet);
    const owner = wallet.address;
    const amountWei = amount === undefined ? null : parseAmount(amount);
    const step = await nextStep(chain, { owner, nodeId, amountWei, isCancel: options.cancel === true });
    terminal.note(step.says);
    if (options.yes !== true) await confirm(terminal, "Go on?");
    const mined = await sendKnown(terminal, { doing: "unstaking", look: "far node status", send: step.send });
    const { stakeWei, unbondingWei, withdrawableAtS } = await chain.nodeState({ owner, nodeId });
    const done = {
      ...{ node_id: nodeId, owner, stake: `${stakeWei}`, unbonding: `${unbondingWei}`, transaction: mined.hash },
      withdrawable_at: unbondingWei === 0n ? null : new Date(Number(withdrawableAtS) * 1_000).toISOString(),
    };
    const until =
      unbondingWei === 0n ? "" : `, ${formatFar(unbondingWei)} unbond until ${formatChainDate(withdrawableAtS)}`;
    terminal.out(
      isJson ? JSON.stringify(done) : `${printable(nodeId)} has ${formatFar(stakeWei)} FAR at stake${until}.`,
    );
    return 0;
  },
});
