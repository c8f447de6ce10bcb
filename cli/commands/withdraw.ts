import type { FarChain } from "@farlabs/chain";
import type { Address } from "viem";
import { type Context, defineCommand } from "../args/command.ts";
import { networkOptions } from "../args/globalOptions.ts";
import { connectChain } from "../chain/connect.ts";
import { finishWhenMature } from "../chain/exit.ts";
import { openWallet, walletOption } from "../credentials/wallet.ts";
import { CliError } from "../errors.ts";
import { formatFar, parseAmount } from "../format/far.ts";
import { formatMs } from "../format/time.ts";
import { confirm } from "../terminal/confirm.ts";

/** Asks where needed, requests the exit unless it runs already, and says what happens. */
async function begin(
  context: Context,
  at: { chain: FarChain; wallet: Address; keepWei: bigint; isYes: boolean },
): Promise<void> {
  const { terminal } = context;
  const { chain, wallet, keepWei } = at;
  const exit = await chain.exitOf({ wallet });
  const nowS = BigInt(Math.floor(Date.now() / 1_000));
  const isRunning = exit.request !== undefined && exit.request.lapsesAtS > nowS;
  if (isRunning) {
    terminal.note("An exit is under way already; going on with it.");
    return;
  }
  const again = keepWei === 0n ? "" : ` Then ${formatFar(keepWei)} FAR are deposited again.`;
  terminal.note(
    `Withdrawing goes by exit: it pays the whole escrow balance of ${wallet} to that wallet, and needs nobody's consent. Until it is paid the wallet cannot spend.${again}`,
  );
  if (!at.isYes) await confirm(terminal, "Go on?");
  if (exit.request !== undefined) await chain.cancelExit();
  await chain.requestExit();
}

async function cancel({ terminal, isJson }: Context, chain: FarChain, wallet: Address): Promise<number> {
  if ((await chain.exitOf({ wallet })).request === undefined) {
    throw new CliError("notFound", "no_exit", { message: `${wallet} has no exit under way.` });
  }
  const { hash } = await chain.cancelExit();
  terminal.out(
    isJson
      ? JSON.stringify({ cancelled: true, transaction: hash })
      : "The exit is cancelled; the balance can be spent again once the block is confirmed.",
  );
  return 0;
}

export const withdraw = defineCommand({
  usage: "[N] [--yes]",
  description:
    "Takes your FAR out of the escrow, by exit: requests it on chain, waits (24 h; 60 s on the local network), and has it paid to your wallet. An exit pays everything; with N, the rest is deposited again afterwards. May be interrupted and called again at any time.",
  options: {
    ...networkOptions,
    ...walletOption,
    yes: { type: "boolean", short: "y", help: "do not ask" },
    cancel: { type: "boolean", help: "cancel an exit that is under way" },
  },
  positionals: { min: 0, max: 1 },
  examples: ["far withdraw", "far withdraw 25 --yes", "far withdraw --cancel"],
  run: async (context, { options, positionals }) => {
    const { terminal, isJson, signal } = context;
    const askedWei = positionals[0] === undefined ? null : parseAmount(positionals[0]);
    const wallet = await openWallet(context, { keyFile: options["key-file"], role: "builder" });
    const chain = connectChain(context, wallet);
    const { address } = wallet;
    if (options.cancel === true) return cancel(context, chain, address);
    const escrowWei = await chain.userBalance({ wallet: address });
    const wantedWei = askedWei ?? escrowWei;
    if (escrowWei === 0n)
      throw new CliError("funds", "nothing_there", { message: `The escrow holds nothing of ${address}.` });
    if (wantedWei > escrowWei) {
      throw new CliError("funds", "insufficient_funds", {
        message: `The escrow holds ${formatFar(escrowWei)} FAR of ${address}, not ${formatFar(wantedWei)}.`,
      });
    }
    const heldWei = await chain.tokenBalance({ wallet: address });
    await begin(context, { chain, wallet: address, keepWei: escrowWei - wantedWei, isYes: options.yes === true });
    const countdown = (leftMs: number): void => {
      const line = `exit matures in ${formatMs(Math.ceil(leftMs / 1_000) * 1_000)}`;
      if (terminal.isLive) terminal.status(line);
    };
    if (!terminal.isLive) terminal.note("Waiting for the exit to mature …");
    await finishWhenMature(chain, { wallet: address, signal, countdown });
    const paidWei = (await chain.tokenBalance({ wallet: address })) - heldWei;
    const againWei = paidWei > wantedWei ? paidWei - wantedWei : 0n;
    if (againWei > 0n && positionals[0] !== undefined) await chain.deposit({ amountWei: againWei });
    const leftWei = positionals[0] === undefined ? 0n : againWei;
    const done = { paid: (paidWei - leftWei).toString(), deposited_again: leftWei.toString() };
    terminal.out(isJson ? JSON.stringify(done) : `${formatFar(paidWei - leftWei)} FAR were paid to ${address}.`);
    if (leftWei > 0n && !isJson) terminal.note(`${formatFar(leftWei)} FAR were deposited again.`);
    return 0;
  },
});
