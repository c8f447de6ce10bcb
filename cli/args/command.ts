import type { FarClient } from "@farlabs/sdk";
import type { CliConfig } from "../config.ts";
import type { Credentials } from "../credentials/credentials.ts";
import type { Terminal } from "../terminal/terminal.ts";

export interface OptionSpec {
  type: "string" | "boolean";
  short?: string;
  multiple?: boolean;
  /** What stands for the value in help: `N`, `FILE`. */
  value?: string;
  help: string;
}
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type ValueOf<S extends OptionSpec> = S["type"] extends "boolean"
  ? boolean
  : S["multiple"] extends true
    ? string[]
    : string;
export type OptionValues<O extends OptionSpecs> = { [K in keyof O]: ValueOf<O[K]> | undefined };

export interface Input<O extends OptionSpecs> {
  options: OptionValues<O>;
  positionals: string[];
}

/** What every command gets. */
export interface Context {
  terminal: Terminal;
  config: CliConfig;
  /** `--json` was given: print one JSON value on stdout, nothing else. */
  isJson: boolean;
  /** Fires at Ctrl-C, SIGTERM and SIGHUP. */
  signal: AbortSignal;
  credentials: Credentials;
  /** A client with the best credentials at hand. @throws CliError `no_network`, `not_signed_in` */
  client(): FarClient;
}

export interface Command<O extends OptionSpecs = OptionSpecs> {
  /** After the name: `NAME [--scope S]…`. */
  usage: string;
  /** A few sentences: what it does, what it needs, what it costs. */
  description: string;
  options: O;
  /** How many positionals it takes. */
  positionals: { min: number; max: number };
  examples: readonly string[];
  /** Resolves with the exit code where it is not 0. */
  run(context: Context, input: Input<O>): Promise<number | undefined>;
}

/** Keeps the options' types for `run`. */
export const defineCommand = <const O extends OptionSpecs>(command: Command<O>): Command =>
  command as unknown as Command;
