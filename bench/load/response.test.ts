import fc from "fast-check";
import { expect, it } from "vitest";
import { createReader } from "./response.ts";

const WIRE = [
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx-a: b\r\n\r\nhello",
  "HTTP/1.1 402 Payment Required\r\ncontent-length: 0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
  "HTTP/1.1 503 x\r\ntransfer-encoding: chunked\r\n\r\n0\r\ntrailer: t\r\n\r\n",
].join("");
const ANSWERS = [
  { status: 200, body: "hello" },
  { status: 402, body: "" },
  { status: 200, body: "abc0123456789" },
  { status: 503, body: "" },
];

it("reads the same answers however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (cuts) => {
      const answers: unknown[] = [];
      let body = "";
      const read = createReader({
        onBody: (text) => {
          body += text;
        },
        onAnswer: (answer) => answers.push(answer),
        onError: (reason) => expect.unreachable(reason),
      });
      let at = 0;
      for (const cut of [...cuts, WIRE.length]) {
        read(Buffer.from(WIRE.slice(at, at + cut), "latin1"));
        at += cut;
      }
      expect(answers).toEqual(ANSWERS);
      expect(body).toBe("helloabc0123456789");
    }),
  );
});

it("says so when an answer has no length", () => {
  const errors: string[] = [];
  const read = createReader({ onBody: () => {}, onAnswer: () => {}, onError: (reason) => errors.push(reason) });
  read(Buffer.from("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nbody"));
  expect(errors).toHaveLength(1);
});
