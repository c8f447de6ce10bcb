import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** What may be shipped beside MIT without any duty but to name it. */
const FREE = new Set([
  "MIT",
  "ISC",
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "Unlicense",
]);
/** Changes of its files have to be published: for tools alone, which we do not ship. */
const FOR_TOOLS = new Set([...FREE, "MPL-2.0"]);

/** They say MIT in a field that npm does not copy: `licenses`. */
const OLD_FORM = new Set(["node_modules/memorystream", "node_modules/xmlhttprequest-ssl"]);

interface Locked {
  license?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
}

/** Of `A OR B` one is enough. */
const isOneOf = (allowed: ReadonlySet<string>, license: string): boolean =>
  license
    .replace(/[()]/g, "")
    .split(" OR ")
    .some((one) => allowed.has(one));

test("every installed package has a licence that ours goes with", () => {
  const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8")) as {
    packages: Record<string, Locked>;
  };
  const foreign = Object.entries(lock.packages).filter(([path, { link }]) => path.includes("node_modules/") && !link);
  expect(foreign.length).toBeGreaterThan(100);
  // npm leaves out the licence of binaries for other machines, which are not installed here.
  const unfit = foreign.filter(([path, { license, dev, optional }]) =>
    license === undefined ? optional !== true && !OLD_FORM.has(path) : !isOneOf(dev ? FOR_TOOLS : FREE, license),
  );
  expect(unfit.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
});
