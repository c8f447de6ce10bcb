import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Receipt, ReceiptPayer } from "./types.ts";
import { type VerifyOptions, verifyReceipt } from "./verifyReceipt.ts";

/** Of a local network: two nodes, the first of which died in mid-answer; settled in epoch 1. */
const receipt = JSON.parse(readFileSync(new URL("testing/receipt.json", import.meta.url), "utf8")) as Receipt;
const { gateway, inclusion } = receipt.proof;
const payer = receipt.payer as ReceiptPayer;

const statusOf = async (value: unknown, options?: VerifyOptions): Promise<Record<string, string>> =>
  Object.fromEntries((await verifyReceipt(value, options)).checks.map((check) => [check.name, check.status]));

it("checks everything that needs no chain, and says what it did not check", async () => {
  expect(await statusOf(receipt)).toEqual({
    ...{ form: "ok", payer: "ok", price: "ok", split: "ok", signature: "ok", contract: "not_checked" },
    ...{ [`node ${receipt.nodes[0]?.node_id}, attempt 1`]: "not_checked" },
    ...{ [`node ${receipt.nodes[1]?.node_id}, attempt 2`]: "ok", inclusion: "ok" },
    ...{ "signer role": "not_checked", settlement: "not_checked" },
  });
});

it("takes a node's copy, and a receipt that is not settled yet", async () => {
  const { payer: _payer, ...copy } = receipt;
  expect(await statusOf(copy)).toMatchObject({ payer: "not_checked", signature: "ok" });
  const early = { ...receipt, proof: { ...receipt.proof, inclusion: null } };
  expect(await statusOf(early)).toMatchObject({ inclusion: "not_checked", signature: "ok" });
});

it.each<[string, Partial<Receipt>, string]>([
  ["a charge that the prices do not make", { charge: "188000000000001" }, "price"],
  ["credit that was not spent", { charge_vcu: "7" }, "price"],
  ["a dearer price", { prices: { input_micro: "200000", output_micro: "200001" } }, "price"],
  ["more for the treasury", { split: { ...receipt.split, treasury: "37600000000002" } }, "split"],
  ["less for a node", { nodes: receipt.nodes.map((n) => ({ ...n, amount: "1" })) }, "split"],
  ["a better score", { nodes: receipt.nodes.map((n) => ({ ...n, score: 8100 })) }, "split"],
  ["another payer", { payer: { ...payer, account: "acct" } }, "payer"],
  ["another purpose", { payer: { ...payer, purpose: "check" } }, "payer"],
  ["a payer's salt that was made up", { payer: { ...payer, salt: receipt.salt } }, "payer"],
  ["another answer", { response_hash: receipt.request_hash }, "signature"],
  ["another output of a node", { nodes: receipt.nodes.map((n) => ({ ...n, output_hash: gateway.root })) }, "signature"],
])("finds %s", async (_, change, name) => {
  expect(await statusOf({ ...receipt, ...change })).toMatchObject({ [name]: "failed" });
});

/** A chain's node that knows this much. */
function chainOf(facts: { chainId?: number; root?: string; role?: (block: string) => boolean; timestamps?: number[] }) {
  const { chainId = 31_337, root = inclusion?.root, role = () => true } = facts;
  const times = facts.timestamps ?? [gateway.signed_at - 10, gateway.signed_at, gateway.signed_at + 1];
  const asked: string[] = [];
  const answer = (method: string, params: unknown[]): unknown => {
    if (method === "eth_chainId") return `0x${chainId.toString(16)}`;
    if (method === "eth_getBlockByNumber") {
      const number = params[0] === "latest" ? times.length - 1 : Number(params[0]);
      return { number: `0x${number.toString(16)}`, timestamp: `0x${(times[number] ?? 0).toString(16)}` };
    }
    const [{ data }, block] = params as [{ data: string }, string];
    if (data.length < 2 * 64) return root;
    asked.push(block);
    return `0x${(role(block) ? "1" : "0").padStart(64, "0")}`;
  };
  const fetching = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    const { method, params } = JSON.parse(String(init?.body)) as { method: string; params: unknown[] };
    try {
      return Response.json({ jsonrpc: "2.0", id: 1, result: answer(method, params) });
    } catch (error) {
      return Response.json({ jsonrpc: "2.0", id: 1, error: { code: -32_000, message: String(error) } });
    }
  };
  return { asked, options: { rpcUrl: "http://chain", fetch: fetching as typeof fetch } satisfies VerifyOptions };
}

describe("with a chain", () => {
  it("asks for the signer's role at the last block that is not younger than the signature", async () => {
    const { asked, options } = chainOf({});
    expect(await statusOf(receipt, options)).toMatchObject({ "signer role": "ok", settlement: "ok" });
    expect(asked).toEqual(["0x1"]);
  });

  it("finds the block among many in few steps, however unevenly they came", async () => {
    const timestamps = Array.from({ length: 5_000 }, (_, i) => gateway.signed_at - 30_000 + (i < 2_000 ? i : 3 * i));
    const { asked, options } = chainOf({ timestamps });
    await statusOf(receipt, options);
    expect(asked).toEqual([`0x${timestamps.findLastIndex((s) => s <= gateway.signed_at).toString(16)}`]);
  });

  it("asks for the role now where the node does not keep that state, and says so", async () => {
    const { asked, options } = chainOf({
      role(block) {
        if (block !== "latest") throw new Error("missing trie node");
        return true;
      },
    });
    const { checks, ok } = await verifyReceipt(receipt, options);
    expect(ok).toBe(true);
    expect(asked).toEqual(["0x1", "latest"]);
    expect(checks.find((check) => check.name === "signer role")?.message).toContain("now");
  });

  it.each<[string, Parameters<typeof chainOf>[0], string]>([
    ["a signer without its role", { role: () => false }, "signer role"],
    ["a signer that got its role later", { role: (block) => block === "latest" }, "signer role"],
    ["an epoch of another root", { root: gateway.root }, "settlement"],
    ["an epoch that is not settled", { root: `0x${"00".repeat(32)}` }, "settlement"],
    ["another chain", { chainId: 56 }, "settlement"],
  ])("finds %s", async (_, facts, name) => {
    expect(await statusOf(receipt, chainOf(facts).options)).toMatchObject({ [name]: "failed" });
  });
});
