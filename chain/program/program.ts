/** What the programs of this package share: arguments, a key from a file, a question, and how they end. */
import { readFile, stat } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import type { Hex } from "viem";
import { isChainError } from "../errors.ts";

/** The command line is wrong, or a file named on it; the program ends with 2. */
export class UsageError extends Error {}

export const say = (line: string): void => void process.stdout.write(`${line}\n`);
export const note = (line: string): void => void process.stderr.write(`${line}\n`);

/** The option's value. @throws UsageError naming it when it is missing */
export function required(value: string | undefined, name: string): string {
  if (value === undefined || value === "") throw new UsageError(`--${name} is missing.`);
  return value;
}

/** The RPC to use: TLS, or on this machine; whoever can change answers on the way could make us sign nonsense. @throws UsageError */
export function rpcOf(value: string | undefined): string {
  const text = required(value, "rpc");
  if (!URL.canParse(text)) throw new UsageError("--rpc is no URL.");
  const { protocol, hostname } = new URL(text);
  const isLoopback = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  if (protocol === "https:" || (protocol === "http:" && isLoopback)) return text;
  throw new UsageError("--rpc is plain and leaves this machine: use https, or a tunnel on this machine.");
}

/** Reads a file named on the command line. @throws UsageError */
function readGiven(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => {
    throw new UsageError(`${file} cannot be read.`);
  });
}

/** JSON of a file named on the command line. @throws UsageError */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readGiven(file));
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${file} is not JSON.`);
  }
}

/** A private key of 64 hex digits, from a file that only its owner can read: a command line is visible to everybody. @throws UsageError */
export async function readKeyFile(file: string): Promise<Hex> {
  const text = (await readGiven(file)).trim();
  if (!/^(?:0x)?[0-9a-fA-F]{64}$/.test(text)) throw new UsageError(`${file} holds no private key of 64 hex digits.`);
  if (((await stat(file)).mode & 0o077) !== 0)
    throw new UsageError(`${file} can be read by others: chmod 600 it, and think of the key as known.`);
  return `0x${text.replace(/^0x/, "")}`;
}

/** Asks a person. @throws UsageError where nobody can be asked, or the answer is no */
export async function confirm(question: string): Promise<void> {
  if (process.stdin.isTTY !== true) throw new UsageError("This needs a yes, and nobody can be asked here: add --yes.");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question(`${question} [y/N] `).finally(() => lines.close());
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new UsageError("Nothing was done.");
}

/** Runs a program: 0 done, 1 failed, 2 wrong usage. */
export async function runProgram(main: () => Promise<void>, usage: string): Promise<void> {
  try {
    await main();
  } catch (error) {
    const isUsage = error instanceof UsageError || (error instanceof TypeError && "code" in error);
    const message = error instanceof Error ? error.message : String(error);
    note(`error: ${message}${isChainError(error) ? ` (${error.code})` : ""}`);
    if (isUsage) note(`\n${usage.split("\n")[0]}\nSee --help.`);
    process.exitCode = isUsage ? 2 : 1;
  }
}
