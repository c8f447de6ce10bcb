import { type FarChain, type LockDays, stakingAbi } from "@farlabs/chain";
import { LOCK_WEIGHT_BPS } from "@farlabs/sdk";
import { type Hex, parseEventLogs } from "viem";
import { defineCommand } from "../args/command.ts";
import { networkOptions } from "../args/globalOptions.ts";
import { connectChain } from "../chain/connect.ts";
import { GAS_MAX, gasCost } from "../chain/gas.ts";
import { sendKnown } from "../chain/sendKnown.ts";
import { openWallet, walletOption } from "../credentials/wallet.ts";
import { CliError } from "../errors.ts";
import { formatChainDate, formatDate } from "../format/date.ts";
import { formatFar, parseAmount } from "../format/far.ts";
import { confirm } from "../terminal/confirm.ts";

const DAY_MS = 86_400_000;
const LOCKS: readonly LockDays[] = [0, 30, 90, 180, 365];

function parseLock(text: string): LockDays {
  const lock = LOCKS.find((days) => String(days) === text);
  if (lock !== undefined) return lock;
  throw new CliError("usage", "unknown_lock", { message: `--lock is ${LOCKS.join(", ")} days, not "${text}".` });
}

/** What an amount counts for under a lock, as the contract has it. */
const weightOf = (amountWei: bigint, lock: LockDays): bigint => (amountWei * (LOCK_WEIGHT_BPS[lock] ?? 0n)) / 10_000n;

function termsOf(amountWei: bigint, lock: LockDays): string[] {
  const back =
    lock === 0
      ? "It can be asked back at any time; it then earns nothing more and is paid after the unbonding (24 h; 60 s on the local network)."
      : `It is locked until about ${formatDate(Date.now() + lock * DAY_MS)}; nobody can pay it back before.`;
  return [
    back,
    `It counts as ${formatFar(weightOf(amountWei, lock))} FAR when revenue is shared. Rewards come from what users pay; none is promised.`,
  ];
}

/** What the contract made of it, from the transaction's own event: a read of the state may come from a node that lags. */
async function positionOf(
  chain: FarChain,
  hash: Hex,
): Promise<{ positionId: bigint; weight: bigint; unlockAt: bigint }> {
  const { logs } = await chain.reader.getTransactionReceipt({ hash });
  const [staked] = parseEventLogs({ abi: stakingAbi, eventName: "Staked", logs });
  if (staked !== undefined) return staked.args;
  throw new CliError("failed", "not_staked", { message: `Transaction ${hash} was mined, but it staked nothing.` });
}

export const stake = defineCommand({
  usage: "N [--lock DAYS] [--yes]",
  description:
    "Stakes N FAR of your wallet for a share of the network's revenue, in one transaction with a permit. A lock of 30, 90, 180 or 365 days counts 1.1, 1.25, 1.5 or 2 times. Shows date, weight and gas before it asks. Needs the chain alone, not the network.",
  options: {
    url: networkOptions.url,
    ...walletOption,
    lock: { type: "string", value: "DAYS", help: "0 (default), 30, 90, 180 or 365" },
    yes: { type: "boolean", short: "y", help: "do not ask" },
  },
  positionals: { min: 1, max: 1 },
  examples: ["far stake 1000", "far stake 500 --lock 90", "far stake 25.5 --lock 365 --yes --json"],
  run: async (context, { options, positionals }) => {
    const { terminal, isJson } = context;
    const amountWei = parseAmount(positionals[0] ?? "");
    const lockDays = parseLock(options.lock ?? "0");
    const wallet = await openWallet(context, { keyFile: options["key-file"], role: "builder" });
    const chain = connectChain(context, wallet);
    const user = wallet.address;
    const heldWei = await chain.tokenBalance({ wallet: user });
    if (heldWei < amountWei) {
      const message = `${user} holds ${formatFar(heldWei)} FAR, less than ${formatFar(amountWei)}.`;
      throw new CliError("funds", "insufficient_tokens", { message });
    }
    terminal.note(`${formatFar(amountWei)} FAR of ${user} are staked.`);
    for (const line of termsOf(amountWei, lockDays)) terminal.note(line);
    terminal.note(`Gas: at most about ${await gasCost(chain, GAS_MAX.stake)}, paid by the wallet.`);
    if (options.yes !== true) await confirm(terminal, "Stake?");
    const mined = await sendKnown(terminal, {
      ...{ doing: "staking", look: "far unstake" },
      send: () => chain.stake({ amountWei, lockDays }),
    });
    const position = await positionOf(chain, mined.hash);
    const unlockAt = position.unlockAt === 0n ? null : new Date(Number(position.unlockAt) * 1_000).toISOString();
    const done = {
      ...{
        position_id: position.positionId.toString(),
        wallet: user,
        amount: amountWei.toString(),
        lock_days: lockDays,
      },
      ...{ weight: position.weight.toString(), unlock_at: unlockAt, transaction: mined.hash },
    };
    const until = position.unlockAt === 0n ? "without a lock" : `until ${formatChainDate(position.unlockAt)}`;
    const text = `Stake ${position.positionId}: ${formatFar(amountWei)} FAR, ${until}. far claim pays what it earns.`;
    terminal.out(isJson ? JSON.stringify(done) : text);
    return 0;
  },
});
