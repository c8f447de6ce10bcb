import { isIP } from "node:net";
import { AgentError } from "./errors.ts";

const stripBrackets = (host: string): string => host.replace(/^\[|\]$/g, "");

/** Whether the host can only be this machine. */
export function isLoopback(hostname: string): boolean {
  const host = stripBrackets(hostname);
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "::1" ||
    (isIP(host) === 4 && host.startsWith("127."))
  );
}

/** Whether the host is an address of a private network (RFC 1918, RFC 4193, link-local). Names are not resolved: they are not private. */
function isPrivateAddress(hostname: string): boolean {
  const host = stripBrackets(hostname);
  if (isIP(host) === 6) return /^f[cd]|^fe[89ab]/i.test(host);
  if (isIP(host) !== 4) return false;
  const [a = 0, b = 0] = host.split(".").map(Number);
  return a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254);
}

function parse(text: string, option: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw new AgentError("bad_option", `${option} is not a URL: ${text}`, { cause });
  }
}

/**
 * The nodelink address of a network: `http(s)://host` and `ws(s)://host` both mean `ws(s)://host/nodelink`.
 * @throws AgentError `bad_option`, or `insecure_url` for an unencrypted address that is not loopback.
 */
export function nodelinkUrl(network: string): string {
  const url = parse(network, "--network");
  const schemes: Record<string, string> = { "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" };
  const protocol = schemes[url.protocol];
  if (!protocol) throw new AgentError("bad_option", `--network must be http(s) or ws(s), not ${url.protocol}`);
  if (protocol === "ws:" && !isLoopback(url.hostname))
    throw new AgentError(
      "insecure_url",
      `refusing ${url.protocol}//${url.host}: outside this machine the network needs TLS (https or wss)`,
    );
  const path = url.pathname.replace(/\/+$/, "");
  return `${protocol}//${url.host}${path.endsWith("/nodelink") ? path : `${path}/nodelink`}`;
}

/**
 * The base of an OpenAI-compatible server, without a trailing slash.
 * @param allowPlain - plain http to a private address is allowed, and the caller warns
 * @returns the base and whether it crosses a network unencrypted
 * @throws AgentError `bad_option`, or `insecure_url` for plain http to a public host, or to a private one without `allowPlain`.
 */
export function engineBase(text: string, allowPlain: boolean): { base: string; plain: boolean } {
  const url = parse(text, "--engine");
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new AgentError("bad_option", `--engine must be http or https, not ${url.protocol}`);
  if (url.username || url.password)
    throw new AgentError("bad_option", "--engine must not hold a user or password; give the key with --engine-key");
  const plain = url.protocol === "http:" && !isLoopback(url.hostname);
  if (plain && !isPrivateAddress(url.hostname))
    throw new AgentError("insecure_url", `refusing http://${url.host}: a public engine needs https`);
  if (plain && !allowPlain)
    throw new AgentError(
      "insecure_url",
      `http://${url.host} would carry prompts unencrypted; add --allow-plain-engine if that network is yours`,
    );
  return { base: `${url.origin}${url.pathname.replace(/\/+$/, "")}`, plain };
}
