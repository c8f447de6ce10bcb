import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Receipt, ReceiptReport } from "@farlabs/sdk/receipts";
import { afterAll, describe, expect, it } from "vitest";
import { readConfig } from "../../config.ts";
import { run } from "../../run.ts";
import { testTerminal } from "../../terminal/testTerminal.ts";

const home = mkdtempSync(join(tmpdir(), "far-verify-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const good = fileURLToPath(new URL("../../../sdk/receipts/testing/receipt.json", import.meta.url));
const receipt = JSON.parse(readFileSync(good, "utf8")) as Receipt;

const fileOf = (text: string): string => {
  const path = join(home, "file.json");
  writeFileSync(path, text);
  return path;
};

/** No network runs, and no state says where one would be. */
async function verify(...line: string[]) {
  const terminal = testTerminal();
  const config = readConfig({ HOME: home, FAR_STATE: join(home, "state") });
  const args = ["receipts", "verify", ...line];
  const code = await run({ args, terminal, config, signal: new AbortController().signal });
  return { code, out: terminal.stdout(), err: terminal.stderr() };
}

describe("far receipts verify", () => {
  it("needs no network, and says what it could not check", async () => {
    const { code, out } = await verify(good);
    expect(code).toBe(0);
    expect(out).toMatch(/✓ signature: Signed by 0x/);
    expect(out).toMatch(/– settlement: .*without an RPC url/);
    expect(out).toContain("Nothing is wrong with it, 4 not checked.");
  });

  it("exits with 1 when a check fails, and names it", async () => {
    const { code, out } = await verify(fileOf(JSON.stringify({ ...receipt, charge: "1" })));
    expect(code).toBe(1);
    expect(out).toMatch(/✗ price/);
    expect(out).toMatch(/✗ signature/);
  });

  it("exits with 1 for another contract than the one named", async () => {
    const { gateway } = receipt.proof;
    expect((await verify(good, "--contract", gateway.signer)).code).toBe(1);
    expect((await verify(good, "--contract", gateway.contract.toUpperCase().replace("0X", "0x"))).code).toBe(0);
  });

  it("does not fail a receipt for a chain that does not answer, nor takes it for checked", async () => {
    const { code, out, err } = await verify(good, "--rpc", "http://127.0.0.1:1");
    expect(code).toBe(7);
    expect(out).toContain("could not be asked");
    expect(out).toContain("Nothing is wrong with it");
    expect(err).toContain("chain_unavailable");
  });

  it("prints the report as JSON", async () => {
    const { code, out } = await verify(good, "--json");
    expect(code).toBe(0);
    expect((JSON.parse(out) as ReceiptReport).checks[0]).toEqual({
      ...{ name: "form", status: "ok", message: "A receipt of form far-receipt-1." },
    });
  });

  it.each([
    ["no file", () => join(home, "nowhere.json"), /There is no file/],
    ["no JSON", () => fileOf("{"), /is not JSON/],
  ])("exits with 2 for %s", async (_, path, said) => {
    const { code, err } = await verify(path());
    expect(code).toBe(2);
    expect(err).toMatch(said);
  });

  it.each([
    ["--rpc", "localhost", /--rpc must be/],
    ["--contract", "0x11", /--contract must be an address/],
  ])("exits with 2 for a wrong %s", async (name, value, said) => {
    const { code, err } = await verify(good, name, value);
    expect(code).toBe(2);
    expect(err).toMatch(said);
  });

  it.each([
    ["JSON that is no receipt", "[1]"],
    ["a name that would write to the terminal", JSON.stringify({ ...receipt, model: "\u001b[2J" })],
  ])("exits with 1 for %s", async (_, text) => {
    const { code, out } = await verify(fileOf(text));
    expect(code).toBe(1);
    expect(out).toContain("✗ form");
    expect(out).not.toContain("\u001b");
  });
});
