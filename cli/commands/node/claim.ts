import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { connectChain } from "../../chain/connect.ts";
import { openWallet, walletOption } from "../../credentials/wallet.ts";
import { CliError } from "../../errors.ts";
import { formatCharge } from "../../format/far.ts";

export const claim = defineCommand({
  usage: "",
  description:
    "Has everything that settled epochs owe the operator's wallet paid out, on chain and without asking the network. On this clone's network the demo operator's wallet signs.",
  options: { url: networkOptions.url, ...walletOption },
  positionals: { min: 0, max: 0 },
  examples: ["far node claim", "far node claim --key-file ~/operator.json --json"],
  run: async (context, { options }) => {
    const { terminal, isJson } = context;
    const wallet = await openWallet(context, { keyFile: options["key-file"], role: "operator" });
    const chain = connectChain(context, wallet);
    const owedWei = await chain.owed({ payee: wallet.address });
    if (owedWei === 0n) {
      const message = `Nothing is owed to ${wallet.address} on chain yet; what was earned since the last epoch follows with the next.`;
      throw new CliError("notFound", "nothing_owed", { message });
    }
    const { hash } = await chain.claim();
    const done = { wallet: wallet.address, paid: owedWei.toString(), transaction: hash };
    terminal.out(isJson ? JSON.stringify(done) : `${formatCharge(owedWei)} FAR were paid to ${wallet.address}.`);
    return 0;
  },
});
