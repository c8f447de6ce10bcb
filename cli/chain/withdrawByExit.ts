import type { FarChain } from "@farlabs/chain";
import type { Address } from "viem";
import type { Context } from "../args/command.ts";
import { CliError } from "../errors.ts";
import { formatFar } from "../format/far.ts";
import { formatMs } from "../format/time.ts";
import { confirm } from "../terminal/confirm.ts";
import { finishWhenMature } from "./exit.ts";
import { GAS_MAX, gasCost } from "./gas.ts";

export interface ExitWithdrawal {
  chain: FarChain;
  wallet: Address;
  /** Null: everything, and nothing is deposited again. */
  askedWei: bigint | null;
  isYes: boolean;
}

/** How much of the escrow's balance is to be kept out. @throws CliError `nothing_there`, `insufficient_funds` */
function wantedOf(escrowWei: bigint, { wallet, askedWei }: ExitWithdrawal): bigint {
  if (escrowWei === 0n)
    throw new CliError("funds", "nothing_there", { message: `The escrow holds nothing of ${wallet}.` });
  const wantedWei = askedWei ?? escrowWei;
  if (wantedWei <= escrowWei) return wantedWei;
  const message = `The escrow holds ${formatFar(escrowWei)} FAR of ${wallet}, not ${formatFar(wantedWei)}.`;
  throw new CliError("funds", "insufficient_funds", { message });
}

/** Asks where needed, requests the exit unless it runs already, and says what happens. */
async function begin(context: Context, at: ExitWithdrawal & { keepWei: bigint }): Promise<void> {
  const { terminal } = context;
  const { chain, wallet, keepWei } = at;
  const exit = await chain.exitOf({ wallet });
  const nowS = BigInt(Math.floor(Date.now() / 1_000));
  if (exit.request !== undefined && exit.request.lapsesAtS > nowS) {
    terminal.note("An exit is under way already; going on with it.");
    return;
  }
  const again = keepWei === 0n ? "" : ` Then ${formatFar(keepWei)} FAR are deposited again.`;
  const gas = await gasCost(chain, GAS_MAX.requestExit + GAS_MAX.finishExit);
  terminal.note(
    `An exit pays the whole escrow balance of ${wallet} to that wallet after a delay, and needs nobody's consent. Until it is paid the wallet cannot spend, and its vouchers are void.${again} Gas: at most about ${gas}.`,
  );
  if (!at.isYes) await confirm(terminal, "Go on?");
  if (exit.request !== undefined) await chain.cancelExit();
  await chain.requestExit();
}

/** Leaves without the network's help: request, wait, have it paid. @throws CliError, ChainError */
export async function withdrawByExit(context: Context, options: ExitWithdrawal): Promise<void> {
  const { terminal, isJson, signal } = context;
  const { chain, wallet } = options;
  const escrowWei = await chain.userBalance({ wallet });
  const wantedWei = wantedOf(escrowWei, options);
  const heldWei = await chain.tokenBalance({ wallet });
  await begin(context, { ...options, keepWei: escrowWei - wantedWei });
  const countdown = (leftMs: number): void => {
    const line = `exit matures in ${formatMs(Math.ceil(leftMs / 1_000) * 1_000)}`;
    if (terminal.isLive) terminal.status(line);
  };
  if (!terminal.isLive) terminal.note("Waiting for the exit to mature …");
  await finishWhenMature(chain, { wallet, signal, countdown });
  const paidWei = (await chain.tokenBalance({ wallet })) - heldWei;
  const againWei = options.askedWei !== null && paidWei > wantedWei ? paidWei - wantedWei : 0n;
  if (againWei > 0n) await chain.deposit({ amountWei: againWei });
  const done = { wallet, paid: (paidWei - againWei).toString(), deposited_again: againWei.toString() };
  terminal.out(isJson ? JSON.stringify(done) : `${formatFar(paidWei - againWei)} FAR were paid to ${wallet}.`);
  if (againWei > 0n && !isJson) terminal.note(`${formatFar(againWei)} FAR were deposited again.`);
}

/** Takes an exit back. @throws CliError `no_exit` */
export async function takeExitBack({ terminal, isJson }: Context, chain: FarChain, wallet: Address): Promise<void> {
  if ((await chain.exitOf({ wallet })).request === undefined) {
    throw new CliError("notFound", "no_exit", { message: `${wallet} has no exit under way.` });
  }
  const { hash } = await chain.cancelExit();
  const said = "The exit is cancelled; the balance can be spent again once the block is confirmed.";
  terminal.out(isJson ? JSON.stringify({ cancelled: true, transaction: hash }) : said);
}
