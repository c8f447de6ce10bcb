import { type FarChain, type StakePosition, stakingAbi } from "@farlabs/chain";
import { type Address, parseEventLogs } from "viem";
import { type Context, defineCommand } from "../args/command.ts";
import { networkOptions } from "../args/globalOptions.ts";
import { parseCount } from "../args/parse.ts";
import { connectChain } from "../chain/connect.ts";
import { GAS_MAX, gasCost } from "../chain/gas.ts";
import { sendKnown } from "../chain/sendKnown.ts";
import { openWallet, walletOption } from "../credentials/wallet.ts";
import { CliError } from "../errors.ts";
import { formatChainDate, formatDate } from "../format/date.ts";
import { formatFar } from "../format/far.ts";
import { formatMs } from "../format/time.ts";
import { confirm } from "../terminal/confirm.ts";
import { table } from "../terminal/table.ts";

/** By our clock; the contract goes by its newest block, which can lie a little behind. */
const isDue = (position: StakePosition): boolean => Number(position.unlockAtS) * 1_000 <= Date.now();

function stateOf(position: StakePosition): string {
  if (position.isUnbonding)
    return isDue(position) ? "unbonded: take it" : `unbonds until ${formatChainDate(position.unlockAtS)}`;
  if (position.lockDays === 0) return "can be asked back";
  return isDue(position) ? "lock is over: take it" : `locked until ${formatChainDate(position.unlockAtS)}`;
}

function show({ terminal, isJson }: Context, positions: readonly StakePosition[]): void {
  if (isJson) {
    const plain = positions.map((p) => ({
      ...{ position_id: p.id.toString(), amount: p.amountWei.toString(), weight: p.weightWei.toString() },
      ...{
        lock_days: p.lockDays,
        unbonding: p.isUnbonding,
        staked_at: Number(p.stakedAtS),
        unlock_at: Number(p.unlockAtS),
      },
    }));
    return terminal.out(JSON.stringify(plain, null, 2));
  }
  const rows = positions.map((p) => [
    ...[p.id.toString(), `${formatFar(p.amountWei)} FAR`, `counts as ${formatFar(p.weightWei)}`],
    stateOf(p),
  ]);
  for (const line of table(rows, { alignRight: [0, 1] })) terminal.out(line);
  terminal.note(
    positions.length === 0
      ? "Nothing is staked. far stake N --lock DAYS begins."
      : "far unstake POSITION takes one back.",
  );
}

/** What the call does, in a sentence. @throws CliError `still_locked` */
async function explain(chain: FarChain, position: StakePosition): Promise<string> {
  const amount = `${formatFar(position.amountWei)} FAR`;
  if (position.lockDays === 0 && !position.isUnbonding) {
    const { staking: address } = chain.contracts;
    const delayS = await chain.reader.readContract({ address, abi: stakingAbi, functionName: "unbondDelay" });
    const until = formatDate(Date.now() + delayS * 1_000);
    return `${amount} are asked back: they earn nothing from now on and are paid by a second call, in ${formatMs(delayS * 1_000)}, from about ${until} on.`;
  }
  if (isDue(position)) return `${amount} are paid back to the wallet.`;
  throw new CliError("failed", "still_locked", {
    message: `Stake ${position.id} (${amount}) ${position.isUnbonding ? "unbonds" : "is locked"} until ${formatChainDate(position.unlockAtS)}; the contract pays it from then on.`,
  });
}

async function take(
  { terminal, isJson }: Context,
  at: { chain: FarChain; wallet: Address; position: StakePosition; isYes: boolean },
): Promise<void> {
  const { chain, position } = at;
  terminal.note(`Stake ${position.id}: ${await explain(chain, position)} Rewards stay claimable.`);
  terminal.note(`Gas: at most about ${await gasCost(chain, GAS_MAX.unstake)}, paid by the wallet.`);
  if (!at.isYes) await confirm(terminal, "Go on?");
  const mined = await sendKnown(terminal, {
    ...{ doing: "unstaking", look: "far unstake" },
    send: () => chain.unstake({ positionId: position.id }),
  });
  const { logs } = await chain.reader.getTransactionReceipt({ hash: mined.hash });
  // Its own event, since a read of the state may come from a node that lags.
  const [asked] = parseEventLogs({ abi: stakingAbi, eventName: "UnstakeRequested", logs });
  const withdrawableAtS = asked?.args.withdrawableAt ?? null;
  const done = {
    ...{ position_id: position.id.toString(), amount: position.amountWei.toString(), paid: withdrawableAtS === null },
    withdrawable_at: withdrawableAtS === null ? null : new Date(Number(withdrawableAtS) * 1_000).toISOString(),
    transaction: mined.hash,
  };
  const text =
    withdrawableAtS === null
      ? `${formatFar(position.amountWei)} FAR were paid to ${at.wallet}.`
      : `Unbonding. From ${formatChainDate(withdrawableAtS)} on, far unstake ${position.id} pays it.`;
  terminal.out(isJson ? JSON.stringify(done) : text);
}

export const unstake = defineCommand({
  usage: "[POSITION] [--yes]",
  description:
    "Takes a stake back. With a lock it is paid once the lock is over; without, the first call starts the unbonding (24 h; 60 s on the local network) and the second pays. Without POSITION it shows your stakes. Shows date and gas before it asks. Needs the chain alone, not the network.",
  options: { url: networkOptions.url, ...walletOption, yes: { type: "boolean", short: "y", help: "do not ask" } },
  positionals: { min: 0, max: 1 },
  examples: ["far unstake", "far unstake 3", "far unstake 3 --yes --json"],
  run: async (context, { options, positionals }) => {
    const [text] = positionals;
    const asked =
      text === undefined ? null : parseCount(text, { name: "POSITION", min: 1, max: Number.MAX_SAFE_INTEGER });
    const wallet = await openWallet(context, { keyFile: options["key-file"], role: "builder" });
    const chain = connectChain(context, wallet);
    const { positions } = await chain.stakingState({ user: wallet.address });
    if (asked === null) {
      show(context, positions);
      return 0;
    }
    const position = positions.find((p) => p.id === BigInt(asked));
    if (position === undefined) {
      throw new CliError("notFound", "position_unknown", {
        message: `${wallet.address} has no stake ${asked}.`,
        hint: "far unstake shows those it has.",
      });
    }
    await take(context, { chain, wallet: wallet.address, position, isYes: options.yes === true });
    return 0;
  },
});
