import { defineCommand } from "../args/command.ts";
import { networkOptions } from "../args/globalOptions.ts";
import { writeSession } from "../credentials/sessions.ts";
import { openWallet, walletOption } from "../credentials/wallet.ts";
import { CliError } from "../errors.ts";

export const login = defineCommand({
  usage: "[--key-file FILE] [--url URL]",
  description:
    "Signs in with a wallet (Sign-In with Ethereum) and keeps the session in ~/.config/far, readable by you alone. Managing API keys needs it. On this clone's network the demo wallet signs.",
  options: {
    url: networkOptions.url,
    ...walletOption,
    domain: { type: "string", value: "HOST", help: "sign for this site though the API lies elsewhere" },
    operator: { type: "boolean", help: "on this clone's network: the wallet that the demo node earns for" },
  },
  positionals: { min: 0, max: 0 },
  examples: ["far login", "far login --url https://api.far.example --key-file ~/wallet.json"],
  run: async (context, { options }) => {
    const { credentials, config, terminal, isJson, signal } = context;
    const baseUrl = credentials.baseUrl();
    const role = options.operator === true ? "operator" : "builder";
    const wallet = await openWallet(context, { keyFile: options["key-file"], role });
    const { auth } = credentials.publicClient();
    const { domain } = options;
    const sign = (message: string): Promise<string> => wallet.signMessage({ message });
    const session = await auth.signIn(
      { address: wallet.address, sign, ...(domain === undefined ? {} : { domain }) },
      { signal },
    );
    if (session.refresh_token === undefined) {
      throw new CliError("failed", "no_refresh_token", { message: "The network gave no refresh token." });
    }
    writeSession(config.userDir, {
      ...{ baseUrl, accountId: session.account_id, wallet: session.wallet, refreshToken: session.refresh_token },
      ...{ accessToken: session.access_token, accessExpiresAtMs: Date.now() + session.expires_in * 1_000 },
    });
    const done = { url: baseUrl, account: session.account_id, wallet: wallet.address };
    terminal.out(
      isJson ? JSON.stringify(done) : `Signed in at ${baseUrl} as ${wallet.address} (${session.account_id}).`,
    );
    return 0;
  },
});
