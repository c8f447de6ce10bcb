import { parseArgs } from "node:util";
import { CliError } from "../errors.ts";
import type { Command, Input, OptionSpecs } from "./command.ts";
import { globalOptions } from "./globalOptions.ts";
import { nearest } from "./nearest.ts";

/** parseArgs wants only its own fields. */
const bare = (options: OptionSpecs) =>
  Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }), ...(multiple === true ? { multiple } : {}) },
    ]),
  );

function usageError(name: string, problem: string): CliError {
  return new CliError("usage", "usage", { message: problem, hint: `See far ${name} --help` });
}

function explain(error: unknown, specs: OptionSpecs): string {
  const text = error instanceof Error ? error.message : String(error);
  const empty = /(?:Option|option) '(?:-\w, )?(-+[\w-]+)(?: <value>)?' argument (?:is ambiguous|missing)/.exec(
    text,
  )?.[1];
  if (empty !== undefined) return `${empty} needs a value`;
  const unknown = /Unknown option '(-+[^']+)'/.exec(text)?.[1];
  if (unknown === undefined) return text.split(". ")[0] ?? text;
  const near = nearest(unknown.replace(/^-+/, ""), Object.keys(specs));
  return `There is no option ${unknown}${near === undefined ? "" : `; did you mean --${near}?`}`;
}

/** `-5` is a wrong amount, not a wrong option: it goes where no options are read. */
function amountsApart(args: readonly string[]): string[] {
  if (args.includes("--")) return [...args];
  const isAmount = (arg: string, i: number): boolean => /^-[\d.]+$/.test(arg) && args[i - 1]?.startsWith("-") !== true;
  return [...args.filter((arg, i) => !isAmount(arg, i)), "--", ...args.filter(isAmount)];
}

/**
 * Reads a command's own arguments.
 * @throws CliError `usage`
 */
export function parseInput(
  name: string,
  { command, args }: { command: Command; args: readonly string[] },
): Input<OptionSpecs> {
  const specs = { ...globalOptions, ...command.options };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: amountsApart(args), options: bare(specs), allowPositionals: true, strict: true });
  } catch (error) {
    throw usageError(name, explain(error, specs));
  }
  const { min, max } = command.positionals;
  const { positionals, values } = parsed;
  if (values.help !== true) {
    if (positionals.length < min) throw usageError(name, `Something is missing: far ${name} ${command.usage}`);
    if (positionals.length > max)
      throw usageError(name, `"${positionals[max]}" is too much: far ${name} ${command.usage}`);
  }
  return { positionals, options: values as Input<OptionSpecs>["options"] };
}

/** A whole number of at least `min`. @throws CliError `usage` */
export function parseCount(text: string, { name, min, max }: { name: string; min: number; max: number }): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < min || count > max) {
    throw new CliError("usage", "usage", {
      message: `${name} must be a whole number from ${min} to ${max}, not "${text}".`,
    });
  }
  return count;
}
