import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { newId } from "#kernel";
import { toCoded, toWire } from "./wire.ts";

/** Answers what never became a request: bytes that are not HTTP, headers too large or too slow. Then the connection ends. */
export function createClientErrorHandler(
  docsUrl: () => string,
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const { status, body } = toWire(toCoded(error), newId("req"), docsUrl());
    const text = JSON.stringify(body);
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json; charset=utf-8\r\nconnection: close`;
    socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  };
}
