import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Hex, LocalAccount } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Context } from "../args/command.ts";
import { CliError } from "../errors.ts";
import { askHidden } from "../terminal/askHidden.ts";
import { isKeystore, openKeystore } from "./keystore.ts";
import { readSecrets } from "./secrets.ts";

export const walletOption = {
  "key-file": {
    type: "string",
    value: "FILE",
    help: "private key in hex, or a keystore (default: this clone's demo wallet, else key in ~/.config/far)",
  },
} as const;

async function readKey(path: string, { config, terminal }: Context): Promise<Hex> {
  const text = readFileSync(path, "utf8").trim();
  if (/^(?:0x)?[0-9a-fA-F]{64}$/.test(text)) {
    // A readable key is a spent key: whoever shares this machine has it.
    if ((statSync(path).mode & 0o077) !== 0) terminal.note(`warning: ${path} can be read by others; chmod 600 it.`);
    return `0x${text.replace(/^0x/, "")}`;
  }
  let keystore: unknown = null;
  try {
    keystore = JSON.parse(text);
  } catch {
    // Neither a key nor JSON; reported below.
  }
  if (!isKeystore(keystore)) {
    const message = `${path} holds neither a private key of 64 hex digits nor a keystore.`;
    throw new CliError("usage", "bad_key_file", { message });
  }
  const isAskable = process.stdin.isTTY === true;
  const password = config.keystorePassword ?? (isAskable ? await askHidden(`Password of ${path}: `) : null);
  if (password === null) {
    const message = `${path} is a keystore, and nobody can be asked for its password.`;
    throw new CliError("usage", "bad_key_file", { message, hint: "Set FAR_KEYSTORE_PASSWORD." });
  }
  return openKeystore(keystore, password);
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/**
 * The wallet that signs: `--key-file`, on this clone's network its demo wallet of that role, else `~/.config/far/key`.
 * @throws CliError `no_wallet`, `bad_key_file`, `wrong_password`
 */
export async function openWallet(
  context: Context,
  from: { keyFile: string | undefined; role: "builder" | "operator" },
): Promise<LocalAccount> {
  const { credentials, config } = context;
  if (from.keyFile !== undefined) {
    if (!isThere(from.keyFile))
      throw new CliError("notFound", "no_wallet", { message: `There is no file ${from.keyFile}.` });
    return privateKeyToAccount(await readKey(from.keyFile, context));
  }
  const secrets = credentials.local() === null ? null : readSecrets(config.stateDir);
  if (secrets !== null) return privateKeyToAccount(from.role === "builder" ? secrets.builderKey : secrets.operatorKey);
  const own = join(config.userDir, "key");
  if (isThere(own)) return privateKeyToAccount(await readKey(own, context));
  const isStopped = credentials.local() === null && readSecrets(config.stateDir) !== null;
  throw new CliError("credentials", "no_wallet", {
    message: "No wallet is known here.",
    hint: `${isStopped ? "This clone's network, whose demo wallet would sign, does not run: far up. Or name" : "Name"} one with --key-file FILE, or keep it in ${own} (chmod 600).`,
  });
}
