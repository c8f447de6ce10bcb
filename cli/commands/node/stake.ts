import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { connectChain } from "../../chain/connect.ts";
import { sendKnown } from "../../chain/sendKnown.ts";
import { openWallet, walletOption } from "../../credentials/wallet.ts";
import { CliError } from "../../errors.ts";
import { formatFar, parseAmount } from "../../format/far.ts";
import { confirm } from "../../terminal/confirm.ts";
import { printable } from "../../terminal/hostile.ts";

/** A node's id names its owner; a stake of anybody else would stand behind no node. @throws CliError `not_owner` */
function checkOwner(nodeId: string, wallet: string): void {
  const owner = /^node_(0x[0-9a-f]{40})_/.exec(nodeId)?.[1];
  if (owner === undefined || owner === wallet.toLowerCase()) return;
  throw new CliError("usage", "not_owner", {
    message: `${printable(nodeId)} belongs to ${owner}; a stake of ${wallet} would not count for it.`,
    hint: "Name the owner's wallet with --key-file.",
  });
}

export const nodeStake = defineCommand({
  usage: "NODE_ID N [--yes]",
  description:
    "Stakes N FAR of the owner's wallet for one of its nodes: what the node has in flight and unsettled may reach its free stake, and from the minimum on its earnings are yours to claim at once. Needs the chain alone, not the network.",
  options: {
    url: networkOptions.url,
    ...walletOption,
    yes: { type: "boolean", short: "y", help: "do not ask" },
  },
  positionals: { min: 2, max: 2 },
  examples: ["far node stake NODE_ID 1000", "far node stake NODE_ID 250.5 --yes --json"],
  run: async (context, { options, positionals }) => {
    const { terminal, isJson } = context;
    const [nodeId = "", amount = ""] = positionals;
    const amountWei = parseAmount(amount);
    const wallet = await openWallet(context, { keyFile: options["key-file"], role: "operator" });
    checkOwner(nodeId, wallet.address);
    const chain = connectChain(context, wallet);
    const owner = wallet.address;
    const [heldWei, leastWei, before] = await Promise.all([
      chain.tokenBalance({ wallet: owner }),
      chain.minStake(),
      chain.nodeState({ owner, nodeId }),
    ]);
    if (heldWei < amountWei) {
      const message = `${owner} holds ${formatFar(heldWei)} FAR, less than ${formatFar(amountWei)}.`;
      throw new CliError("funds", "insufficient_tokens", { message });
    }
    if (before.stakeWei + amountWei < leastWei) {
      const message = `The minimum is ${formatFar(leastWei)} FAR, and the node has ${formatFar(before.stakeWei)}.`;
      throw new CliError("usage", "stake_below_minimum", { message });
    }
    terminal.note(`${formatFar(amountWei)} FAR of ${owner} are staked for ${printable(nodeId)}.`);
    terminal.note(
      "A stake can be taken back (far node unstake) after the unbonding, and be slashed for wrong answers.",
    );
    if (options.yes !== true) await confirm(terminal, "Stake?");
    const isRegistered = before.stakeWei >= leastWei;
    const mined = await sendKnown(terminal, {
      ...{ doing: "staking", look: "far node status" },
      send: () => (isRegistered ? chain.addStake({ nodeId, amountWei }) : chain.registerNode({ nodeId, amountWei })),
    });
    const { stakeWei } = await chain.nodeState({ owner, nodeId });
    const done = { node_id: nodeId, owner, amount: `${amountWei}`, stake: `${stakeWei}`, transaction: mined.hash };
    terminal.out(isJson ? JSON.stringify(done) : `${printable(nodeId)} has ${formatFar(stakeWei)} FAR at stake.`);
    return 0;
  },
});
