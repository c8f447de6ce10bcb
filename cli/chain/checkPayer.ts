import { type FarClient, isFarApiError } from "@farlabs/sdk";
import { CliError } from "../errors.ts";

const LOOK_MS_MAX = 5_000;

/**
 * A deposit is its wallet's: where the key is of another account it would be credited to somebody whom this command cannot watch. A
 * network that does not answer keeps nobody from depositing.
 * @throws CliError `wallet_not_of_account`; FarApiError
 */
export async function checkPayer(client: FarClient, wallet: string, signal: AbortSignal): Promise<void> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS_MAX)]);
  const own = await client.balances.list({ signal: until }).catch((error: unknown) => {
    if (signal.aborted) throw new CliError("interrupted", "interrupted", { message: "Nothing was sent." });
    if (isFarApiError(error) && error.status >= 400 && error.status < 500) throw error;
    return null;
  });
  const wallets = own?.flatMap((b) => b.wallet ?? []);
  if (wallets === undefined || wallets.some((w) => w.toLowerCase() === wallet.toLowerCase())) return;
  throw new CliError("usage", "wallet_not_of_account", {
    message: `${wallet} is no wallet of this key's account (${wallets.join(", ") || "it has none"}), which could not spend the deposit.`,
    hint: "Name that account's wallet with --key-file, or use a key of this wallet's account.",
  });
}
