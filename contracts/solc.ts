/**
 * The npm build of solc behind the two calls forge makes of a compiler: `--version` and
 * `--standard-json` with the input on stdin. Nothing is downloaded.
 *
 * forge names the packages beside our root partly by absolute path and partly as `../node_modules/…`. The native
 * compiler reconciles the two by looking at the disk, which this build cannot; so names are made absolute on
 * the way in and forge's own are given back on the way out.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

type Solc = { version(): string; compile(inputJson: string): string };
type ByFile = Record<string, unknown>;
type Input = { sources: ByFile; settings: { remappings?: string[]; outputSelection?: ByFile } };
type Output = { contracts?: ByFile; sources?: ByFile; errors?: { sourceLocation?: { file: string } }[] };

const require = createRequire(import.meta.url);

/** The version comes from package.json, because loading the 30 MB compiler only to ask costs half a second. */
function versionText(): string {
  const { version } = JSON.parse(readFileSync(require.resolve("solc/package.json"), "utf8")) as { version: string };
  return `solc, the solidity compiler commandline interface\nVersion: ${version}+commit.00000000.Emscripten.clang\n`;
}

function absolute(file: string): string {
  return file.startsWith("../") ? resolve(file) : file;
}

function renamed(byFile: ByFile | undefined, rename: (file: string) => string): ByFile {
  return Object.fromEntries(Object.entries(byFile ?? {}).map(([file, value]) => [rename(file), value]));
}

function absoluteRemapping(line: string): string {
  const [prefix = "", target = ""] = line.split("=", 2);
  return target.startsWith("../") ? `${prefix}=${resolve(target)}/` : line;
}

function compile(inputJson: string): string {
  const input = JSON.parse(inputJson) as Input;
  const { remappings = [], outputSelection } = input.settings;
  const originals = new Map(Object.keys(input.sources).map((file) => [absolute(file), file]));
  const original = (file: string): string => originals.get(file) ?? file;
  const solc = require("solc") as Solc;
  const settings = {
    ...input.settings,
    remappings: remappings.map(absoluteRemapping),
    outputSelection: renamed(outputSelection, absolute),
  };
  const output = JSON.parse(
    solc.compile(JSON.stringify({ ...input, sources: renamed(input.sources, absolute), settings })),
  ) as Output;
  for (const error of output.errors ?? []) {
    if (error.sourceLocation) error.sourceLocation.file = original(error.sourceLocation.file);
  }
  const contracts = renamed(output.contracts, original);
  return JSON.stringify({ ...output, contracts, sources: renamed(output.sources, original) });
}

process.stdout.write(process.argv.includes("--version") ? versionText() : compile(readFileSync(0, "utf8")));
