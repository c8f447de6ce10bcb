import { generateSiweNonce } from "viem/siwe";
import type { IdentityDeps } from "../deps.ts";
import { SIWE_AGE_MS_MAX } from "../model/siwe.ts";

export interface SiweTerms {
  domain: string;
  uri: string;
  chainId: number;
}

/** What a message must name: the web's host, its address and the chain. */
export function siweTerms(config: { FRONTEND_URL: string; CHAIN_ID: number }): SiweTerms {
  const url = new URL(config.FRONTEND_URL);
  return { domain: url.host, uri: url.origin, chainId: config.CHAIN_ID };
}

/** A nonce for one sign-in of one address, good for 10 minutes. */
export async function siweNonce(deps: Pick<IdentityDeps, "sql" | "config" | "clock">, address: string) {
  const nonce = generateSiweNonce();
  const expiresAt = new Date(deps.clock.now() + SIWE_AGE_MS_MAX);
  await deps.sql`
    insert into identity.siwe_nonces (nonce, address, expires_at) values (${nonce}, ${address.toLowerCase()}, ${expiresAt})`;
  return { nonce, ...siweTerms(deps.config) };
}
