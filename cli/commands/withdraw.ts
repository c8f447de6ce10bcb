import { defineCommand } from "../args/command.ts";
import { networkOptions } from "../args/globalOptions.ts";
import { connectChain } from "../chain/connect.ts";
import { takeExitBack, withdrawByExit } from "../chain/withdrawByExit.ts";
import { withdrawByVoucher } from "../chain/withdrawByVoucher.ts";
import { openWallet, walletOption } from "../credentials/wallet.ts";
import { CliError } from "../errors.ts";
import { parseAmount } from "../format/far.ts";

export const withdraw = defineCommand({
  usage: "[N] [--yes]",
  description:
    "Takes N FAR (without N: all that is free) out of the escrow, to your wallet, at once: the network sets them aside and signs a voucher, your wallet submits it to the contract and pays the gas. Shows amount and gas before it asks. --exit needs only the chain and nobody's consent: it pays the whole escrow balance after 24 h (60 s on the local network); with N, the rest is deposited again. Both may be interrupted and called again.",
  options: {
    ...networkOptions,
    ...walletOption,
    yes: { type: "boolean", short: "y", help: "do not ask" },
    exit: { type: "boolean", help: "leave by exit, without the network's help" },
    "cancel-exit": { type: "boolean", help: "cancel an exit that is under way" },
  },
  positionals: { min: 0, max: 1 },
  examples: ["far withdraw 25", "far withdraw --yes --json", "far withdraw --exit", "far withdraw --cancel-exit"],
  run: async (context, { options, positionals }) => {
    const isCancel = options["cancel-exit"] === true;
    if (isCancel && (options.exit === true || positionals.length > 0)) {
      const message = "--cancel-exit goes alone: it takes an exit back and pays nothing.";
      throw new CliError("usage", "usage", { message });
    }
    const askedWei = positionals[0] === undefined ? null : parseAmount(positionals[0]);
    const wallet = await openWallet(context, { keyFile: options["key-file"], role: "builder" });
    const chain = connectChain(context, wallet);
    const isYes = options.yes === true;
    if (isCancel) await takeExitBack(context, chain, wallet.address);
    else if (options.exit === true) await withdrawByExit(context, { chain, wallet: wallet.address, askedWei, isYes });
    else await withdrawByVoucher(context, { chain, wallet, askedWei, isYes });
    return 0;
  },
});
