import { COMMANDS, GROUPS } from "../commands/table.ts";
import { EXIT_CODES } from "../errors.ts";
import { table } from "../terminal/table.ts";
import type { Style } from "../terminal/terminal.ts";
import type { Command, OptionSpecs } from "./command.ts";
import { globalOptions } from "./globalOptions.ts";

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function optionRows(options: OptionSpecs): string[][] {
  return Object.entries(options).map(([name, { short, value, type, help }]) => [
    `${short === undefined ? "" : `-${short}, `}--${name}${type === "string" ? ` ${value ?? "VALUE"}` : ""}`,
    help,
  ]);
}

/** `far help`: all commands by what they are for. */
export function helpOverview(style: Style): string[] {
  const rows = (group: string): string[][] =>
    COMMANDS.filter((c) => c.group === group).map(({ name, summary }) => [style.cyan(name), summary]);
  return [
    `${style.bold("far")}: GPUs owned by many people as one inference network`,
    "",
    `Usage: far COMMAND [options]   ${style.dim("far COMMAND --help explains one; far help exit-codes lists exit codes")}`,
    ...GROUPS.flatMap((group) => ["", style.bold(group), ...indent(table(rows(group)))]),
    "",
    'Start here: far up, then far chat "How are operators paid?"',
  ];
}

/** `far COMMAND --help`. */
export function helpCommand(name: string, { command, style }: { command: Command; style: Style }): string[] {
  return [
    `Usage: far ${name}${command.usage === "" ? "" : ` ${command.usage}`}`,
    "",
    command.description,
    "",
    style.bold("Options"),
    ...indent(table(optionRows({ ...command.options, ...globalOptions }))),
    "",
    style.bold("Examples"),
    ...indent(command.examples),
  ];
}

/** `far keys`: the commands that begin so. */
export function helpGroup(prefix: string, style: Style): string[] {
  const members = COMMANDS.filter((c) => c.name.startsWith(`${prefix} `));
  return [
    `Usage: far ${prefix} COMMAND`,
    "",
    ...indent(table(members.map((c) => [style.cyan(`far ${c.name}`), c.summary]))),
  ];
}

/** `far help exit-codes`. */
export const helpExitCodes = (): string[] =>
  table(
    Object.values(EXIT_CODES).map(({ code, means }) => [String(code), means]),
    { alignRight: [0] },
  );
