import { TX_GAS_MAX } from "../operations/batchGas.ts";
import { chainCall } from "../operations/chainCall.ts";
import type { Context } from "../operations/context.ts";
import { raiseFinding, settleFinding } from "../operations/findings.ts";

const FAR_WEI = 10n ** 18n;

/** What an operator of the platform has to keep filled. */
export interface Stocks {
  /** The oracle's coin for gas, wei. */
  oracleGasWei: bigint;
  /** The treasury's balance in the contract, wei of FAR. */
  treasuryWei: bigint;
}

/** What the batches cost that the oracle must still be able to pay for, at the price of now, wei. */
async function gasWanted({ chain, config }: Context): Promise<bigint> {
  const price = await chainCall(chain.reader.getGasPrice());
  return BigInt(config.SETTLEMENT_GAS_ALERT_BATCHES) * TX_GAS_MAX * price;
}

/** Raises an alert while a stock is below what is wanted, and closes it by itself. */
async function watch(
  { sql, log }: Context,
  stock: { key: string; wei: bigint; wantedWei: bigint; detail: string },
): Promise<void> {
  const { key, wei, wantedWei, detail } = stock;
  if (wei >= wantedWei) return settleFinding(sql, key);
  const [open] = await sql`SELECT 1 FROM settlement.findings WHERE key = ${key} AND resolved_at IS NULL`;
  if (open === undefined) log.warn(detail, { code: key });
  await raiseFinding(sql, { key, code: key, detail, severity: "alert" });
}

/** Looks at gas and treasury. @throws ChainError when the chain does not answer */
export async function alert(context: Context): Promise<Stocks> {
  const { chain, config } = context;
  const address = chain.account?.address;
  if (address === undefined) throw new Error("the settler's chain has the oracle's account");
  const [oracleGasWei, wantedGasWei, { treasuryWei }] = await Promise.all([
    chainCall(chain.reader.getBalance({ address })),
    gasWanted(context),
    chain.escrowState(),
  ]);
  const batches = config.SETTLEMENT_GAS_ALERT_BATCHES;
  await watch(context, {
    ...{ key: "low_gas", wei: oracleGasWei, wantedWei: wantedGasWei },
    detail: `the oracle ${address} has ${oracleGasWei} wei for gas; ${batches} full batches cost ${wantedGasWei}`,
  });
  const wantedWei = BigInt(config.SETTLEMENT_TREASURY_ALERT_FAR) * FAR_WEI;
  await watch(context, {
    ...{ key: "low_treasury", wei: treasuryWei, wantedWei },
    detail: `the treasury has ${treasuryWei} wei of FAR in the contract, ${wantedWei} are wanted`,
  });
  return { oracleGasWei, treasuryWei };
}
