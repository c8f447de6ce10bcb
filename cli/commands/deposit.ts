import { defineCommand } from "../args/command.ts";
import { networkOptions } from "../args/globalOptions.ts";
import { checkPayer } from "../chain/checkPayer.ts";
import { connectChain } from "../chain/connect.ts";
import { creditWatch } from "../chain/creditWatch.ts";
import { depositDurably } from "../chain/depositDurably.ts";
import { openWallet, walletOption } from "../credentials/wallet.ts";
import { CliError } from "../errors.ts";
import { formatFar, parseAmount } from "../format/far.ts";

const WAIT_MS_MAX = 120_000;

export const deposit = defineCommand({
  usage: "N",
  description:
    "Pays N FAR from your wallet into the escrow contract, in one transaction, and waits until the ledger has credited it. Safe to interrupt: what is on chain is credited anyway.",
  options: { ...networkOptions, ...walletOption },
  positionals: { min: 1, max: 1 },
  examples: ["far deposit 100", "far deposit 0.5 --key-file ~/wallet.json"],
  run: async (context, { options, positionals }) => {
    const { terminal, isJson, signal } = context;
    const amountWei = parseAmount(positionals[0] ?? "");
    const wallet = await openWallet(context, { keyFile: options["key-file"], role: "builder" });
    const chain = connectChain(context, wallet);
    const held = await chain.tokenBalance({ wallet: wallet.address });
    if (held < amountWei) {
      const message = `${wallet.address} holds ${formatFar(held)} FAR, less than ${formatFar(amountWei)}.`;
      throw new CliError("funds", "insufficient_tokens", { message });
    }
    await checkPayer(context.client(), wallet.address, signal);
    const isCredited = await creditWatch(context.client(), { wallet: wallet.address, amountWei });
    const onProgress = (line: string): void => terminal.note(terminal.noteStyle.dim(line));
    const done = await depositDurably(chain, {
      amountWei,
      signal,
      onProgress,
      isCredited,
      waitMsMax: WAIT_MS_MAX,
    });
    if (isJson) {
      terminal.out(
        JSON.stringify({
          amount: amountWei.toString(),
          transaction: done.mined?.hash ?? null,
          credited: done.isCredited,
        }),
      );
    } else if (done.isCredited) terminal.out(`${formatFar(amountWei)} FAR are in the escrow and can be spent.`);
    else terminal.out("The deposit is on chain and not confirmed yet; far balance will show it.");
    return 0;
  },
});
