/**
 * The map of the house, read from the package files: which folders are rooms, where their doors are, and what a specifier means.
 * A room is a workspace, except that inside `server` every folder with a door in its `imports` table is a room of its own.
 */
import { dirname, join } from "node:path/posix";
import { type Import, importsOf, type Scan, scan } from "./imports.ts";

/** Path from the root, with `/` → text. */
export type Tree = ReadonlyMap<string, string>;

export interface Source extends Scan {
  path: string;
  text: string;
  imports: (Import & { target: Target })[];
  isTest: boolean;
}

/** What a specifier means from where it stands. */
export type Target =
  | { kind: "file"; path: string; through: "relative" | "door" | "package" }
  | { kind: "builtin" }
  | { kind: "external"; name: string }
  | { kind: "closed"; reason: string };

export interface Package {
  name: string;
  folder: string;
  dependencies: ReadonlySet<string>;
  devDependencies: ReadonlySet<string>;
  /** Subpath (`.`, `./local`) → file. */
  exports: ReadonlyMap<string, string>;
}

export interface House {
  tree: Tree;
  sources: ReadonlyMap<string, Source>;
  root: Package;
  workspaces: readonly Package[];
  /** `#ledger` → `server/modules/ledger/index.ts`. */
  doors: ReadonlyMap<string, string>;
  /** The room's folder, `""` for files at the root. */
  roomOf(path: string): string;
}

export interface Finding {
  path: string;
  line: number;
  rule: string;
  reason: string;
}
export type Rule = (house: House) => Finding[];

type PackageFile = {
  name?: string;
  workspaces?: string[];
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  exports?: Record<string, string>;
  imports?: Record<string, string>;
};

const packageFile = (tree: Tree, folder: string): PackageFile =>
  JSON.parse(tree.get(join(folder, "package.json")) ?? "{}") as PackageFile;

function readPackage(tree: Tree, folder: string): Package {
  const file = packageFile(tree, folder);
  return {
    name: file.name ?? folder,
    folder,
    dependencies: new Set(Object.keys(file.dependencies ?? {})),
    devDependencies: new Set(Object.keys(file.devDependencies ?? {})),
    exports: new Map(Object.entries(file.exports ?? {}).map(([key, path]) => [key, join(folder, path)])),
  };
}

/** `@scope/name/sub/path` → [`@scope/name`, `./sub/path`]. */
function splitSpecifier(specifier: string): [name: string, subpath: string] {
  const parts = specifier.split("/");
  const name = parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  return [name, specifier === name ? "." : `.${specifier.slice(name.length)}`];
}

function resolve(house: Pick<House, "doors" | "workspaces">, from: string, specifier: string): Target {
  if (specifier.startsWith("node:")) return { kind: "builtin" };
  if (specifier.startsWith(".")) return { kind: "file", path: join(dirname(from), specifier), through: "relative" };
  if (specifier.startsWith("#")) {
    const path = house.doors.get(specifier);
    if (path === undefined) return { kind: "closed", reason: `${specifier} is not a door in server/package.json` };
    return { kind: "file", path, through: "door" };
  }
  const [name, subpath] = splitSpecifier(specifier);
  const workspace = house.workspaces.find((w) => w.name === name);
  if (workspace === undefined) return { kind: "external", name };
  const path = workspace.exports.get(subpath);
  if (path === undefined) return { kind: "closed", reason: `${name} does not export ${subpath}` };
  return { kind: "file", path, through: "package" };
}

/** Tests, what crosses modules, and the suites that every implementation of a seam runs. */
const TEST_FILE = /\.test\.ts$|^test\/|\/conformance\.ts$/;

/** Folders outside the workspaces that hold TypeScript of ours. */
const LOOSE_ROOMS = ["scripts", "test"];

/** Reads the whole house. */
export function readHouse(tree: Tree): House {
  const workspaces = (packageFile(tree, "").workspaces ?? []).map((folder) => readPackage(tree, folder));
  const doors = new Map(
    Object.entries(packageFile(tree, "server").imports ?? {}).map(([door, path]) => [door, join("server", path)]),
  );
  const rooms = [
    ...[...doors.values()].map((path) => dirname(path)),
    ...workspaces.map((w) => w.folder),
    ...LOOSE_ROOMS,
  ];
  rooms.sort((a, b) => b.length - a.length);
  const sources = new Map<string, Source>();
  for (const [path, text] of tree) {
    if (!path.endsWith(".ts") || path.endsWith(".d.ts")) continue;
    const scanned = scan(text);
    const imports = importsOf(scanned).map((i) => ({
      ...i,
      target: resolve({ doors, workspaces }, path, i.specifier),
    }));
    const isTest = TEST_FILE.test(path);
    sources.set(path, { ...scanned, path, text, imports, isTest });
  }
  return {
    tree,
    sources,
    root: readPackage(tree, ""),
    workspaces,
    doors,
    roomOf: (path) => rooms.find((room) => path.startsWith(`${room}/`)) ?? "",
  };
}
