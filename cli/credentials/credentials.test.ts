import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import type { Context } from "../args/command.ts";
import { readConfig } from "../config.ts";
import { testTerminal } from "../terminal/testTerminal.ts";
import { createCredentials } from "./credentials.ts";
import { networkFilePath } from "./networkFile.ts";
import { operatorClient } from "./operatorClient.ts";
import { readOrCreateSecrets, renewAdminToken } from "./secrets.ts";
import { readSession, type StoredSession, writeSession } from "./sessions.ts";

const home = mkdtempSync(join(tmpdir(), "far-credentials-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
beforeEach(() => rmSync(join(home, ".config"), { recursive: true, force: true }));

const configOf = (env: Record<string, string> = {}) => readConfig({ HOME: home, FAR_STATE: home, ...env });
const userDir = configOf().userDir;
const modeOf = (path: string): number => statSync(path).mode & 0o777;

/** A network that tells what it was asked with. */
async function listening() {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization ?? "-"}`);
    const isRefresh = request.url?.endsWith("refresh") === true;
    const fresh = { access_token: "fresh", expires_in: 900, refresh_token: "next", account_id: "a", wallet: null };
    response.end(JSON.stringify(isRefresh ? fresh : { data: [] }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, seen, [Symbol.dispose]: () => void server.close() };
}
const session = (baseUrl: string, changes: Partial<StoredSession> = {}): StoredSession => ({
  ...{ baseUrl, accessToken: "token", accessExpiresAtMs: Date.now() + 600_000, refreshToken: "once" },
  ...{ accountId: "a", wallet: null },
  ...changes,
});

it("takes flags before the environment, the environment before this clone's network, that before the last login", async () => {
  using network = await listening();
  const ask = async (
    env: Record<string, string>,
    flags: { url?: string; key?: string } = {},
  ): Promise<string | undefined> => {
    const from = { config: configOf(env), url: flags.url, key: flags.key };
    await createCredentials(from).client().models.list();
    return network.seen.at(-1);
  };
  writeSession(userDir, session(network.url));
  expect(await ask({})).toBe("/v1/models Bearer token");
  writeFileSync(networkFilePath(home), JSON.stringify({ api: network.url, apiKey: "local" }));
  expect(await ask({})).toBe("/v1/models Bearer local");
  expect(await ask({ FAR_API_KEY: "env" })).toBe("/v1/models Bearer env");
  expect(await ask({ FAR_API_KEY: "env", FAR_API_URL: "http://127.0.0.1:9" }, { url: network.url, key: "flag" })).toBe(
    "/v1/models Bearer flag",
  );
  rmSync(networkFilePath(home));
});

it("never sends this clone's key to another network", async () => {
  using network = await listening();
  writeFileSync(networkFilePath(home), JSON.stringify({ api: "http://127.0.0.1:9", apiKey: "local" }));
  expect(() => createCredentials({ config: configOf(), url: network.url, key: undefined }).client()).toThrow(
    /no session/,
  );
  expect(network.seen).toEqual([]);
  rmSync(networkFilePath(home));
});

it("renews a session that is about to expire, and keeps the new tokens to itself", async () => {
  using network = await listening();
  writeSession(userDir, session(network.url, { accessExpiresAtMs: Date.now() + 1_000 }));
  const client = createCredentials({ config: configOf(), url: network.url, key: undefined }).sessionClient();
  await client.keys.list();
  await client.keys.list();
  expect(network.seen).toEqual([
    "/api/v1/auth/refresh -",
    "/api/v1/user/api-keys Bearer fresh",
    "/api/v1/user/api-keys Bearer fresh",
  ]);
  expect(readSession(userDir, network.url)).toMatchObject({ accessToken: "fresh", refreshToken: "next" });
  expect(modeOf(join(userDir, "sessions.json"))).toBe(0o600);
});

it("makes the secrets of a local network once, marked as for development, for its owner alone", () => {
  const first = readOrCreateSecrets(home);
  expect(readOrCreateSecrets(home)).toEqual(first);
  expect(first.jwtSecret).toMatch(/^dev-[0-9a-f]{64}$/);
  expect(modeOf(join(home, "secrets.json"))).toBe(0o600);
  const token = renewAdminToken(home);
  expect(token).not.toBe(first.adminToken);
  expect(readOrCreateSecrets(home)).toEqual({ ...first, adminToken: token });
});

it("acts for the clone's demo operator, also with the clone's own key in the environment, and for nobody else's", async () => {
  using network = await listening();
  readOrCreateSecrets(home);
  writeFileSync(networkFilePath(home), JSON.stringify({ api: network.url, apiKey: "local" }));
  const firstAsked = async (env: Record<string, string>): Promise<string | undefined> => {
    network.seen.length = 0;
    const config = configOf(env);
    const credentials = createCredentials({ config, url: undefined, key: undefined });
    const { signal } = new AbortController();
    const context: Context = {
      ...{ config, credentials, signal, isJson: true, terminal: testTerminal() },
      client: () => credentials.client(),
    };
    // This network signs nobody in: what it is asked first tells who was to be it.
    await operatorClient(context, undefined)
      .then((client) => client.models.list())
      .catch(() => undefined);
    return network.seen[0];
  };
  expect(await firstAsked({ FAR_API_KEY: "other" })).toBe("/v1/models Bearer other");
  expect(await firstAsked({})).toMatch(/auth.* -$/);
  expect(await firstAsked({ FAR_API_KEY: "local" })).toMatch(/auth.* -$/);
  rmSync(networkFilePath(home));
});
