import type { Finding, House, Package, Rule, Source } from "../house.ts";

/** Packages whose run-time dependencies are part of what they promise. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  protocol: ["zod"],
  sdk: ["@noble/curves", "@noble/hashes"],
};

/** Who checks receipts brings a curve along; the client, in the same package, needs nothing. */
const ONLY_IN: Readonly<Record<string, string>> = {
  "@noble/curves": "sdk/receipts/",
  "@noble/hashes": "sdk/receipts/",
};

function packageOf(house: House, source: Source): Package {
  return house.workspaces.find((w) => source.path.startsWith(`${w.folder}/`)) ?? house.root;
}

function named(house: House, source: Source): { name: string; line: number; isType: boolean }[] {
  return source.imports.flatMap(({ target, kind, line }) => {
    const isType = kind === "type";
    if (target.kind === "external") return [{ name: target.name, line, isType }];
    if (target.kind !== "file" || target.through !== "package") return [];
    const workspace = house.workspaces.find((w) => target.path.startsWith(`${w.folder}/`));
    return workspace === undefined ? [] : [{ name: workspace.name, line, isType }];
  });
}

/** What a file imports stands in its own package.json: an accident of hoisting must not ship. Tests and types may use dev dependencies. */
function undeclared(house: House, source: Source): Finding[] {
  const own = packageOf(house, source);
  const isLoose = own === house.root;
  const isForTests = source.isTest || source.path.startsWith("server/testing/");
  return named(house, source)
    .filter(({ name, isType }) => {
      if (!source.path.startsWith(ONLY_IN[name] ?? "")) return true;
      if (name === own.name || own.dependencies.has(name) || isLoose) return false;
      const isDev = own.devDependencies.has(name) || house.root.devDependencies.has(name);
      return !((isForTests || isType) && isDev);
    })
    .map(({ name, line }) => ({
      path: source.path,
      line,
      rule: "dependency",
      reason:
        ONLY_IN[name] === undefined
          ? `${name} is not a dependency in ${own.folder}/package.json`
          : `${name} is for ${ONLY_IN[name]}`,
    }));
}

/** Imports are declared, protocol needs nothing but zod, and the SDK's client needs nothing. */
export const dependencies: Rule = (house) => {
  const promised = house.workspaces.flatMap((own) =>
    [...own.dependencies]
      .filter((name) => ALLOWED[own.folder]?.includes(name) === false)
      .map((name) => ({
        path: `${own.folder}/package.json`,
        line: 1,
        rule: "dependency",
        reason: `${own.folder} may not depend on ${name}`,
      })),
  );
  return [...promised, ...[...house.sources.values()].flatMap((source) => undeclared(house, source))];
};
