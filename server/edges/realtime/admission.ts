import type { IncomingMessage } from "node:http";
import { coded, isFarError } from "#kernel";
import type { RealtimeDeps, RealtimeLimits } from "./realtime.ts";
import type { RealtimeServer, RealtimeSocket } from "./server.ts";

/** An error as the client's `connect_error` sees it: `err.data.code`. */
function toHandshakeError(error: unknown): Error {
  const known = isFarError(error) ? error : coded("internal_error", { cause: error });
  return Object.assign(new Error(known.message), { data: { code: known.code, message: known.message } });
}

const ownAddress = (request: IncomingMessage): string => request.socket.remoteAddress ?? "";

export interface Admission {
  /** Engine.IO's `allowRequest`: another origin or too many sockets are refused before a byte of theirs is read. */
  allow(request: IncomingMessage, answer: (error: string | null, isAllowed: boolean) => void): void;
  /** Starts counting the sockets of each address. */
  count(io: RealtimeServer): void;
  /** Middleware: the JWT becomes the socket's principal. */
  authenticate(socket: RealtimeSocket, next: (error?: Error) => void): void;
}

export function createAdmission(deps: RealtimeDeps, limits: RealtimeLimits): Admission {
  const perIp = new Map<string, number>();
  const ipOf = deps.clientIp ?? ownAddress;

  return {
    allow(request, answer) {
      const origin = request.headers.origin;
      if (origin !== undefined && origin !== new URL(deps.frontendUrl).origin)
        return answer("origin_not_allowed", false);
      // Later requests of a session carry its `sid` and were admitted with it.
      const isNew = !new URLSearchParams(request.url?.split("?", 2)[1]).has("sid");
      if (isNew && (perIp.get(ipOf(request)) ?? 0) >= limits.socketsPerIpMax) return answer("too_many_sockets", false);
      answer(null, true);
    },
    count(io) {
      io.engine.on(
        "connection",
        (connection: { request: IncomingMessage; once(event: "close", f: () => void): void }) => {
          const ip = ipOf(connection.request);
          perIp.set(ip, (perIp.get(ip) ?? 0) + 1);
          connection.once("close", () => {
            const left = (perIp.get(ip) ?? 1) - 1;
            if (left > 0) perIp.set(ip, left);
            else perIp.delete(ip);
          });
        },
      );
    },
    authenticate(socket, next) {
      const token: unknown = socket.handshake.auth.token;
      const admit = async (): Promise<void> => {
        // A JWT has two dots; a key in a browser would be a key lost.
        if (typeof token !== "string" || token.split(".").length !== 3) throw coded("realtime_token_required");
        socket.data.principal = await deps.identity.authenticate(`Bearer ${token}`, ipOf(socket.request));
      };
      admit().then(
        () => next(),
        (error: unknown) => next(toHandshakeError(error)),
      );
    },
  };
}
