import { createClient, type FarClient } from "@farlabs/sdk";
import { privateKeyToAccount } from "viem/accounts";
import type { Context } from "../args/command.ts";
import { readSecrets } from "./secrets.ts";

/**
 * The operator's client: on this clone's network the demo operator signs in, since its nodes belong to an account of their own. The
 * clone's own key, which the README puts into FAR_API_KEY, names no other account than none does.
 */
export async function operatorClient(
  { credentials, config, signal }: Context,
  key: string | undefined,
): Promise<FarClient> {
  const given = key ?? config.apiKey;
  const here = credentials.local();
  const local = given === undefined || given === here?.apiKey ? here : null;
  const secrets = local === null ? null : readSecrets(config.stateDir);
  if (local === null || secrets === null) return credentials.client();
  const wallet = privateKeyToAccount(secrets.operatorKey);
  const sign = (message: string): Promise<string> => wallet.signMessage({ message });
  const session = await credentials.publicClient().auth.signIn({ address: wallet.address, sign }, { signal });
  return createClient({ baseUrl: local.api, accessToken: session.access_token });
}
