/** What a sign-in message must say. viem checks the signature; domain, nonce, chain, uri and times it leaves to its caller. */
import { parseSiweMessage } from "viem/siwe";

export interface SiweExpected {
  domain: string;
  uri: string;
  chainId: number;
  nowMs: number;
}

export type SiweChecked = { ok: true; address: `0x${string}`; nonce: string } | { ok: false; reason: string };

/** How old a message may be, which is also how long a nonce lives. */
export const SIWE_AGE_MS_MAX = 10 * 60_000;
/** Clocks of wallets run ahead. */
const SKEW_MS = 5 * 60_000;

const trimmed = (uri: string): string => (uri.endsWith("/") ? uri.slice(0, -1) : uri);
const once = (message: string, label: string): boolean => message.split(`\n${label}: `).length === 2;
const ONCE = ["URI", "Version", "Chain ID", "Nonce", "Issued At"];

function timesFault(p: { issuedAt: Date; expirationTime?: Date; notBefore?: Date }, nowMs: number): string | null {
  const issuedMs = p.issuedAt.getTime();
  if (Number.isNaN(issuedMs)) return "issuedAt is no time";
  if (issuedMs > nowMs + SKEW_MS) return "issuedAt lies in the future";
  if (issuedMs < nowMs - SIWE_AGE_MS_MAX) return "the message is too old";
  // Negated, so that an invalid date, whose comparisons are all false, is refused.
  if (p.expirationTime !== undefined && !(nowMs < p.expirationTime.getTime())) return "the message has expired";
  if (p.notBefore !== undefined && !(nowMs >= p.notBefore.getTime())) return "the message is not valid yet";
  return null;
}

/** Checks everything but the nonce's existence and the signature. `reason` is for the log and the caller: it names no secret. */
export function checkSiwe(message: string, expected: SiweExpected): SiweChecked {
  const refuse = (reason: string): SiweChecked => ({ ok: false, reason });
  const fields = parseSiweMessage(message);
  const { address, nonce, issuedAt } = fields;
  if (address === undefined || nonce === undefined || issuedAt === undefined)
    return refuse("it is not an EIP-4361 message");
  // The parser takes the first match; a message with a second `Nonce:` line would show its signer one thing and us another.
  if (!ONCE.every((label) => once(message, label))) return refuse("a field is missing or stands twice");
  if (fields.version !== "1") return refuse("the version must be 1");
  if (fields.domain !== expected.domain) return refuse(`the domain must be ${expected.domain}`);
  if (trimmed(fields.uri ?? "") !== trimmed(expected.uri)) return refuse(`the uri must be ${expected.uri}`);
  if (fields.chainId !== expected.chainId) return refuse(`the chain id must be ${expected.chainId}`);
  const { expirationTime, notBefore } = fields;
  const fault = timesFault(
    { issuedAt, ...(expirationTime && { expirationTime }), ...(notBefore && { notBefore }) },
    expected.nowMs,
  );
  return fault === null ? { ok: true, address, nonce } : refuse(fault);
}
