import { agentFrame } from "@farlabs/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { plainFrame } from "./plainFrame.ts";

const ref = { taskId: "task_1", attempt: 1 };
const plain = [
  { type: "accept", ...ref },
  { type: "chunk", ...ref, seq: 0, index: 0, delta: { content: "text" } },
  { type: "chunk", ...ref, seq: 9, index: 255, delta: { content: "" }, tokenIds: [0, 2_047] },
  { type: "result", ...ref, chunks: 2, usage: { promptTokens: 3, completionTokens: 4 }, finishReasons: ["stop"] },
];

it.each(plain)("knows a plain $type", (frame) => {
  expect(plainFrame(frame)).toBe(frame);
});

it.each([
  { type: "chunk", ...ref, seq: 0, index: 0, delta: { content: "a", refusal: "b" } },
  { type: "chunk", ...ref, seq: 0, index: 0, delta: { content: "a" }, logprobs: {} },
  { type: "heartbeat", slots: [], telemetry: {} },
  { type: "accept", ...ref, more: 1 },
  JSON.parse('{"type":"accept","taskId":"t","attempt":1,"__proto__":{}}'),
])("leaves %j to the schema", (frame) => {
  expect(plainFrame(frame)).toBeNull();
});

/** Values that lie in, at and beyond the bounds of the protocol. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, "", "x".repeat(129), -1, 0, 1, 1.5, 256, 1_001, 2 ** 53, true, [], {}, [-1], ["stop"]),
  fc.jsonValue({ maxDepth: 2 }),
);
const changed = fc
  .tuple(
    fc.constantFrom(...plain),
    fc.dictionary(fc.constantFrom(...Object.keys(Object.assign({}, ...plain)), "more"), odd),
  )
  .map(([frame, change]) => ({ ...frame, ...change }));
const inner = fc
  .tuple(
    fc.constantFrom(...plain),
    fc.constantFrom("delta", "usage"),
    fc.dictionary(fc.constantFrom("content", "promptTokens", "completionTokens", "refusal"), odd),
  )
  .map(([frame, name, fields]) => ({ ...frame, [name]: fields }));

it("takes nothing that the schema refuses, and nothing that it would change", () => {
  fc.assert(
    fc.property(fc.oneof(changed, inner, fc.jsonValue()), (raw) => {
      const value: unknown = JSON.parse(JSON.stringify(raw));
      const taken = plainFrame(value);
      if (taken !== null) expect(agentFrame.parse(value)).toEqual(taken);
    }),
    { numRuns: 2_000 },
  );
});
