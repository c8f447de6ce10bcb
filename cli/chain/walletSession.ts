import { createClient, type FarClient } from "@farlabs/sdk";
import type { LocalAccount } from "viem";
import type { Context } from "../args/command.ts";
import { readSession } from "../credentials/sessions.ts";

/** A client whose session this very wallet signed: the one of `far login`, else a new one that is not kept. @throws FarApiError */
export async function walletSession(
  { credentials, config, signal }: Context,
  wallet: LocalAccount,
): Promise<FarClient> {
  const baseUrl = credentials.baseUrl();
  const kept = readSession(config.userDir, baseUrl);
  if (kept?.wallet?.toLowerCase() === wallet.address.toLowerCase()) return credentials.sessionClient();
  const sign = (message: string): Promise<string> => wallet.signMessage({ message });
  const { auth } = credentials.publicClient();
  const session = await auth.signIn({ address: wallet.address, sign }, { signal });
  return createClient({ baseUrl, accessToken: session.access_token, headers: { "x-far-client": "cli" } });
}
