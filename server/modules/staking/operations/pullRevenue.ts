import { inferencePaymentAbi, stakingAbi } from "@farlabs/chain";
import { encodeFunctionData } from "viem";
import { isWorthwhile } from "../model/isWorthwhile.ts";
import type { Context } from "./context.ts";

/** Any constant: one process at a time per database. */
const LOCK = 7_216_011;

/** What waits for the stakers in the escrow, and what fetching it costs. */
async function readOffer({ chain }: Context) {
  const { inferencePayment, staking } = chain.contracts;
  const pool = { address: inferencePayment, abi: inferencePaymentAbi, functionName: "stakersBalance" } as const;
  const waitingWei = await chain.reader.readContract(pool);
  if (waitingWei === 0n) return { waitingWei, gas: 0n, gasPriceWei: 0n };
  const data = encodeFunctionData({ abi: stakingAbi, functionName: "pullRevenue" });
  const account = chain.account?.address;
  const [gas, gasPriceWei] = await Promise.all([
    chain.reader.estimateGas({ to: staking, data, ...(account === undefined ? {} : { account }) }),
    chain.reader.getGasPrice(),
  ]);
  return { waitingWei, gas, gasPriceWei };
}

/** @returns whether revenue was fetched @throws ChainError and what the RPC throws */
export async function pullRevenue(context: Context): Promise<boolean> {
  const { sql, chain, config, clock, log } = context;
  return (await sql.begin(async (tx) => {
    const [row] = await tx<{ won: boolean; last: Date | null }[]>`
      select pg_try_advisory_xact_lock(${LOCK}) as won, (select max(received_at) from staking.revenue_epochs) as last`;
    if (row?.won !== true) return false;
    if (row.last !== null && clock.now() - row.last.getTime() < config.STAKING_PULL_INTERVAL_S * 1_000) return false;
    const offer = await readOffer(context);
    const terms = {
      ...{ rate8: context.rate8(), coinMicroUsd: BigInt(config.STAKING_COIN_MICRO_USD) },
      times: BigInt(config.STAKING_PULL_GAS_TIMES),
    };
    if (!isWorthwhile({ ...offer, ...terms })) return false;
    const { hash } = await chain.pullRevenue();
    log.info("revenue fetched for the stakers", { waitingWei: offer.waitingWei.toString(), txHash: hash });
    return true;
  })) as boolean;
}
