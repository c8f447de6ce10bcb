import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadNodeKey } from "./nodeKey.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "far-key-"));
});
afterEach(() => rm(dir, { recursive: true }));

it("makes a key once, readable by its owner alone, the same for agents that start together", async () => {
  const state = join(dir, "state");
  const keys = await Promise.all([1, 2, 3, 4].map(() => loadNodeKey(state)));
  expect(new Set(keys.map((k) => k.address)).size).toBe(1);
  expect((await loadNodeKey(state)).address).toBe(keys[0]?.address);
  expect((await stat(join(state, "node.key"))).mode & 0o777).toBe(0o600);
  expect(await readdir(state)).toEqual(["node.key"]);
});

it("does not replace a file that holds no key", async () => {
  await writeFile(join(dir, "node.key"), "something else");
  await expect(loadNodeKey(dir)).rejects.toMatchObject({ code: "bad_node_key" });
});
