import { join } from "node:path";
import { readJsonFile, writePrivateFile } from "./privateFile.ts";

/** A signed-in session of one network. */
export interface StoredSession {
  baseUrl: string;
  accessToken: string;
  accessExpiresAtMs: number;
  refreshToken: string;
  accountId: string;
  wallet: string | null;
}

interface SessionsFile {
  /** The network of the last login. */
  current: string | null;
  sessions: Record<string, StoredSession>;
}

const pathOf = (userDir: string): string => join(userDir, "sessions.json");

function readFile(userDir: string): SessionsFile {
  const file = readJsonFile(pathOf(userDir));
  return file === null ? { current: null, sessions: {} } : (file as unknown as SessionsFile);
}

/** The session of a network, or null. */
export const readSession = (userDir: string, baseUrl: string): StoredSession | null =>
  readFile(userDir).sessions[baseUrl] ?? null;

/** The network of the last login, or null. */
export const lastNetwork = (userDir: string): string | null => readFile(userDir).current;

/** Keeps a session, readable by its owner only. */
export function writeSession(userDir: string, session: StoredSession): void {
  const file = readFile(userDir);
  const next = { current: session.baseUrl, sessions: { ...file.sessions, [session.baseUrl]: session } };
  writePrivateFile(pathOf(userDir), `${JSON.stringify(next, null, 2)}\n`);
}
