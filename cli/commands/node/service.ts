import { chmod, mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineCommand } from "../../args/command.ts";
import { CliError } from "../../errors.ts";
import { systemdUnit } from "./systemdUnit.ts";

const FAR = fileURLToPath(new URL("../../../far", import.meta.url));

/** One `NAME=value` line of an EnvironmentFile. @throws CliError for a value that cannot stand in one */
function envLine(name: string, value: string): string {
  if (/[\n\r"\\]/.test(value))
    throw new CliError("usage", "usage", { message: `${name} must not hold quotes, backslashes or line breaks.` });
  return `${name}="${value}"\n`;
}

async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600 });
  // A file that was there keeps its old mode otherwise.
  await chmod(path, 0o600);
}

export const service = defineCommand({
  usage: "--network URL --token T [--install] [-- FLAGS OF node start]",
  description:
    "Prints a systemd unit that keeps the agent running: it starts with the machine, comes back after a crash, and drains when it is stopped. With --install the unit and a private file with the token are written for this user. What follows -- goes to `far node start` as it is.",
  options: {
    network: { type: "string", value: "URL", help: "the network; default: this clone's" },
    token: { type: "string", value: "T", help: "join token; default: this clone's" },
    install: { type: "boolean", help: "write the files instead of printing the unit" },
  },
  positionals: { min: 0, max: 64 },
  examples: [
    "far node service --network https://api.far.example --token far_join_… -- --engine http://127.0.0.1:8000/v1",
    "far node service --install -- --model ~/models/far-mini.gguf --hours 22:00-07:00",
  ],
  run: async ({ credentials, terminal, isJson }, { options, positionals }) => {
    const local = options.network === undefined ? credentials.local() : null;
    const network = options.network ?? local?.api;
    const token = options.token ?? local?.nodeToken;
    if (network === undefined || token === undefined)
      throw new CliError("usage", "usage", {
        message: "Name the network and its join token: --network URL --token T.",
      });
    const config = join(homedir(), ".config");
    const files = {
      unit: join(config, "systemd", "user", "far-node.service"),
      environment: join(config, "far", "node.env"),
    };
    const unit = systemdUnit({ far: FAR, environmentFile: files.environment, flags: positionals });
    const environment = envLine("FAR_NETWORK", network) + envLine("FAR_NODE_TOKEN", token);
    if (options.install !== true) {
      if (isJson) terminal.out(JSON.stringify({ files, unit }, null, 2));
      else terminal.write(unit);
      terminal.note(`It reads network and token from ${files.environment}; --install writes both files.`);
      return 0;
    }
    await writePrivate(files.environment, environment);
    await mkdir(dirname(files.unit), { recursive: true });
    await writeFile(files.unit, unit);
    const next = [
      "systemctl --user daemon-reload",
      "systemctl --user enable --now far-node",
      "loginctl enable-linger   # so that it runs while nobody is signed in",
    ];
    if (isJson) terminal.out(JSON.stringify({ files, next }, null, 2));
    else for (const path of Object.values(files)) terminal.out(path);
    if (!isJson) terminal.note(`Start it:\n  ${next.join("\n  ")}\nSee it:\n  journalctl --user -u far-node -f`);
    return 0;
  },
});
