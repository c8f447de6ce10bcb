import type { Context } from "./args/command.ts";
import { helpCommand, helpExitCodes, helpGroup, helpOverview } from "./args/help.ts";
import { nearest } from "./args/nearest.ts";
import { parseInput } from "./args/parse.ts";
import { COMMANDS, type CommandRow } from "./commands/table.ts";
import type { CliConfig } from "./config.ts";
import { createCredentials } from "./credentials/credentials.ts";
import { noticingFetch } from "./credentials/noticingFetch.ts";
import { CliError, EXIT_CODES, exitOf } from "./errors.ts";
import { errorJson, renderError } from "./terminal/renderError.ts";
import type { Terminal } from "./terminal/terminal.ts";

export interface RunOptions {
  args: readonly string[];
  terminal: Terminal;
  config: CliConfig;
  signal: AbortSignal;
}

/** The command that the words begin with, the longest name first. */
function find(words: readonly string[]): { row: CommandRow; rest: readonly string[] } | null {
  for (const length of [3, 2, 1]) {
    const row = COMMANDS.find((c) => c.name === words.slice(0, length).join(" "));
    if (row !== undefined) return { row, rest: words.slice(length) };
  }
  return null;
}

function unknownCommand(words: readonly string[]): CliError {
  const typed = words[0] ?? "";
  const inGroup = COMMANDS.map((c) => c.name).filter((name) => name.startsWith(`${typed} `));
  const isGroup = inGroup.length > 0;
  const near = isGroup
    ? nearest(words.slice(0, 2).join(" "), inGroup)
    : nearest(typed, [...new Set(COMMANDS.map((c) => c.name.split(" ")[0] ?? ""))]);
  const isIncomplete = inGroup.some((name) => name.startsWith(`${words.slice(0, 2).join(" ")} `));
  const message = isIncomplete
    ? `far ${words.slice(0, 2).join(" ")} needs one word more.`
    : isGroup
      ? `far ${typed} has no command "${words[1]}".`
      : `There is no command "${typed}".`;
  return new CliError("usage", "unknown_command", {
    message,
    hint: near === undefined ? `See far ${isGroup ? `${typed} --help` : "help"}` : `Did you mean far ${near}?`,
  });
}

/** Help in all its forms, or null when the words ask for none. */
function helpFor(words: readonly string[], terminal: Terminal): string[] | null {
  const { style } = terminal;
  const [first, second] = words;
  if (first === undefined || first === "--help" || first === "-h" || (first === "help" && second === undefined))
    return helpOverview(style);
  if (first === "help" && second === "exit-codes") return helpExitCodes();
  const isBareGroup = words.length === 1 || second === "--help" || second === "-h";
  if (isBareGroup && find(words) === null && COMMANDS.some((c) => c.name.startsWith(`${first} `)))
    return helpGroup(first, style);
  return null;
}

async function runCommand(row: CommandRow, rest: readonly string[], options: RunOptions): Promise<number> {
  const { terminal, config, signal } = options;
  const command = await row.load();
  const input = parseInput(row.name, { command, args: rest });
  const given: Readonly<Record<string, unknown>> = input.options;
  if (given.help === true) {
    for (const line of helpCommand(row.name, { command, style: terminal.style })) terminal.out(line);
    return 0;
  }
  const text = (name: string): string | undefined => {
    const value = given[name];
    return typeof value === "string" ? value : undefined;
  };
  const isJson = given.json === true;
  const slow = (line: string): void => terminal.note(terminal.noteStyle.dim(line));
  const credentials = createCredentials({
    ...{ config, url: text("url"), key: text("key") },
    ...(isJson ? {} : { fetch: noticingFetch(slow) }),
  });
  const context: Context = {
    ...{ terminal, config, signal, credentials },
    isJson,
    client: () => credentials.client(),
  };
  return (await command.run(context, input)) ?? 0;
}

/** Runs one command line and gives its exit code; never throws. */
export async function run(options: RunOptions): Promise<number> {
  const { args, terminal } = options;
  const words =
    args[0] === "help" && args[1] !== undefined && args[1] !== "exit-codes" ? [...args.slice(1), "--help"] : args;
  try {
    const help = helpFor(words, terminal);
    if (help !== null) {
      for (const line of help) terminal.out(line);
      return 0;
    }
    const found = find(words);
    if (found === null) throw unknownCommand(words);
    return await runCommand(found.row, found.rest, options);
  } catch (error) {
    if (args.includes("--json")) terminal.note(JSON.stringify(errorJson(error)));
    else for (const line of renderError(error, terminal.noteStyle)) terminal.note(line);
    return EXIT_CODES[exitOf(error)].code;
  }
}
