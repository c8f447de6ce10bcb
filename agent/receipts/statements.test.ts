import { hash } from "node:crypto";
import {
  type AgentFrame,
  nodeDomain,
  nodeRootTypes,
  nodeSessionTypes,
  outputText,
  type RootFrame,
} from "@farlabs/protocol";
import { recoverTypedDataAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createOutput } from "./output.ts";
import { createSessionKey } from "./sessionKey.ts";
import { createStatements, type Statements } from "./statements.ts";
import { outputRoot } from "./tree.ts";

const leaf = (taskId: string) => ({ taskId, attempt: 1, outputHash: `0x${"ab".repeat(32)}`, tokens: 3 });
const node = privateKeyToAccount(generatePrivateKey());

it("binds a session key once for each network, by the node key", async () => {
  const key = createSessionKey(node, () => 1_700_000_000_900);
  const session = await key.bind({ network: "far", chainId: 5 });
  expect(await key.bind({ network: "far", chainId: 5 })).toBe(session);
  expect((await key.bind({ network: "other", chainId: 5 })).signature).not.toBe(session.signature);
  const signer = await recoverTypedDataAddress({
    ...{ domain: nodeDomain(5), types: nodeSessionTypes, primaryType: "NodeSession" },
    message: { sessionKey: session.key as `0x${string}`, network: "far", validFrom: 1_700_000_000n },
    signature: session.signature as `0x${string}`,
  });
  expect(signer).toBe(node.address);
});

it("hashes what it sent as the network puts it together", () => {
  const output = createOutput(2);
  output.add(0, { content: "a\ud800" });
  output.add(0, { content: "b" });
  output.add(1, { tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: '{"x"' } }] });
  output.add(1, { tool_calls: [{ index: 0, function: { arguments: ":1}" } }] });
  output.add(7, { content: "no such choice" });
  const text = outputText([
    { text: "a\ufffdb", toolCalls: [], embedding: null },
    {
      ...{ text: "", embedding: null },
      toolCalls: [{ id: "c", type: "function", function: { name: "f", arguments: '{"x":1}' } }],
    },
  ]);
  expect(output.hash()).toBe(`0x${hash("sha256", text, "hex")}`);
});

describe("statements", () => {
  let sent: RootFrame[];
  let online: boolean;
  let statements: Statements;
  let session: ReturnType<typeof createSessionKey>;

  beforeEach(async () => {
    vi.useFakeTimers();
    sent = [];
    online = true;
    session = createSessionKey(node);
    await session.bind({ network: "far", chainId: 5 });
    statements = createStatements({
      session,
      send(frame: AgentFrame) {
        if (online && frame.type === "root") sent.push(frame);
        return online;
      },
    });
  });
  afterEach(() => {
    statements.close();
    vi.useRealTimers();
  });
  const seconds = (n: number) => vi.advanceTimersByTimeAsync(n * 1000);
  const tasks = () => sent.map((frame) => frame.leaves.map((l) => l.taskId));

  it("says once a second what finished, signed, and nothing while nothing did", async () => {
    await seconds(3);
    for (const id of ["a", "b", "c"]) statements.add(leaf(id));
    await seconds(1);
    expect(tasks()).toEqual([["a", "b", "c"]]);
    const [frame] = sent as [RootFrame];
    expect(frame.root).toBe(outputRoot(frame.leaves));
    const signer = await recoverTypedDataAddress({
      ...{ domain: nodeDomain(5), types: nodeRootTypes, primaryType: "NodeRoot" },
      message: { root: frame.root as `0x${string}`, count: 3, at: BigInt(frame.at) },
      signature: frame.signature as `0x${string}`,
    });
    expect(signer.toLowerCase()).toBe((await session.bind({ network: "far", chainId: 5 })).key);
    statements.rooted(frame.root);
    await seconds(30);
    expect(sent).toHaveLength(1);
  });

  it("says again what a lost line or a silent network did not acknowledge", async () => {
    statements.add(leaf("a"));
    await seconds(1);
    statements.add(leaf("b"));
    await seconds(1);
    expect(tasks()).toEqual([["a"]]);
    statements.lost();
    await seconds(1);
    expect(tasks()).toEqual([["a"], ["a", "b"]]);
    await seconds(12);
    expect(tasks()[2]).toEqual(["a", "b"]);
    statements.rooted(sent.at(-1)?.root ?? "");
    await seconds(30);
    expect(sent).toHaveLength(3);
  });

  it("keeps what it could not say, for ten minutes", async () => {
    online = false;
    statements.add(leaf("old"));
    await seconds(500);
    statements.add(leaf("new"));
    await seconds(150);
    online = true;
    await seconds(1);
    expect(tasks()).toEqual([["new"]]);
  });
});
