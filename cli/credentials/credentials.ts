import { createClient, type FarClient, isFarApiError } from "@farlabs/sdk";
import type { CliConfig } from "../config.ts";
import { CliError } from "../errors.ts";
import { type NetworkFile, readNetworkFile } from "./networkFile.ts";
import { lastNetwork, readSession, type StoredSession, writeSession } from "./sessions.ts";

export interface Credentials {
  /** `--url`, FAR_API_URL, this clone's network, the last login: the first there is. @throws CliError `no_network` */
  baseUrl(): string;
  /** This clone's network, when the commands go there. */
  local(): NetworkFile | null;
  /** With `--key`, FAR_API_KEY, this clone's key or a session: the first there is. @throws CliError `no_network`, `not_signed_in` */
  client(): FarClient;
  /** With a session signed by a wallet. @throws CliError `not_signed_in` */
  sessionClient(): FarClient;
  /** Without credentials. @throws CliError `no_network` */
  publicClient(): FarClient;
}

const headers = { "x-far-client": "cli" };
/** A token that is about to expire would expire on the way. */
const MARGIN_MS = 30_000;

const notSignedIn = (baseUrl: string, isUsual: boolean): CliError =>
  new CliError("credentials", "not_signed_in", {
    message: `There is no session for ${baseUrl}.`,
    hint: `Sign in with a wallet: far login${isUsual ? "" : ` --url ${baseUrl}`}`,
  });

/** Gives a valid access token, fetching a fresh one when the last is about to expire. */
function tokenSource(userDir: string, baseUrl: string): () => Promise<string> {
  return async () => {
    const session = readSession(userDir, baseUrl);
    if (session === null) throw notSignedIn(baseUrl, false);
    if (session.accessExpiresAtMs > Date.now() + MARGIN_MS) return session.accessToken;
    const fresh = await refreshed(session);
    writeSession(userDir, fresh);
    return fresh.accessToken;
  };
}

async function refreshed(session: StoredSession): Promise<StoredSession> {
  try {
    const next = await createClient({ baseUrl: session.baseUrl, headers }).auth.refresh(session.refreshToken);
    return {
      ...session,
      accessToken: next.access_token,
      accessExpiresAtMs: Date.now() + next.expires_in * 1_000,
      refreshToken: next.refresh_token ?? session.refreshToken,
    };
  } catch (cause) {
    if (!isFarApiError(cause) || cause.status !== 401) throw cause;
    const message = `The session at ${session.baseUrl} has ended.`;
    throw new CliError("credentials", "session_ended", { message, hint: "Sign in again: far login", cause });
  }
}

/** Finds out where to go and as whom. Reads files when asked, not before. */
export function createCredentials(from: {
  config: CliConfig;
  url: string | undefined;
  key: string | undefined;
  /** Default: the platform's. */
  fetch?: typeof fetch;
}): Credentials {
  const { config } = from;
  const calls = { headers, ...(from.fetch === undefined ? {} : { fetch: from.fetch }) };
  const network = readNetworkFile(config.stateDir);
  const tidy = (url: string): string => createClient({ baseUrl: url }).baseUrl;

  const baseUrl = (): string => {
    const url = from.url ?? config.apiUrl ?? network?.api ?? lastNetwork(config.userDir);
    if (url !== null && url !== undefined) return tidy(url);
    throw new CliError("unreachable", "no_network", {
      message: "No network is known here.",
      hint: "Start one with far up, or name one with --url or FAR_API_URL.",
    });
  };
  const local = (): NetworkFile | null => (network !== null && tidy(network.api) === baseUrl() ? network : null);
  const sessionClient = (): FarClient => {
    const url = baseUrl();
    if (readSession(config.userDir, url) === null) throw notSignedIn(url, from.url === undefined);
    return createClient({ baseUrl: url, accessToken: tokenSource(config.userDir, url), ...calls });
  };

  return {
    baseUrl,
    local,
    sessionClient,
    publicClient: () => createClient({ baseUrl: baseUrl(), ...calls }),
    client: () => {
      const apiKey = from.key ?? config.apiKey ?? local()?.apiKey;
      return apiKey === undefined ? sessionClient() : createClient({ baseUrl: baseUrl(), apiKey, ...calls });
    },
  };
}
