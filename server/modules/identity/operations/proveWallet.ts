import { verifyMessage } from "viem/utils";
import { coded } from "#kernel";
import type { IdentityDeps } from "../deps.ts";
import { checkSiwe } from "../model/siwe.ts";
import { siweTerms } from "./siweNonce.ts";

/**
 * The wallet that a signed message proves, lower-case. Its nonce is consumed by one statement, before the signature is looked at:
 * of two identical messages one proceeds, and who has no nonce costs no elliptic curve.
 * @throws invalid_signature
 */
export async function proveWallet(
  deps: Pick<IdentityDeps, "sql" | "config" | "clock" | "chain">,
  p: { message: string; signature: string },
): Promise<string> {
  const nowMs = deps.clock.now();
  const checked = checkSiwe(p.message, { ...siweTerms(deps.config), nowMs });
  if (!checked.ok)
    throw coded("invalid_signature", {
      message: `The message does not sign in here: ${checked.reason}.`,
      param: "message",
    });
  const address = checked.address.toLowerCase();
  const consumed = await deps.sql`
    delete from identity.siwe_nonces
    where nonce = ${checked.nonce} and address = ${address} and expires_at > ${new Date(nowMs)} returning 1`;
  if (consumed.length === 0) {
    throw coded("invalid_signature", {
      message: "The nonce is unknown, used or expired. Ask for a new one.",
      param: "message",
    });
  }
  const signed = { address: checked.address, message: p.message, signature: p.signature as `0x${string}` };
  const byKey = await verifyMessage(signed).catch(() => false);
  const proved = byKey || ((await deps.chain?.verifyMessage(signed)) ?? false);
  if (!proved) throw coded("invalid_signature", { param: "signature" });
  return address;
}
