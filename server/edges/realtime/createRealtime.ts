import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { createAdmission } from "./admission.ts";
import { boundSocket } from "./bounds.ts";
import { createBroadcasts } from "./broadcasts.ts";
import { defaultLimits, type Realtime, type RealtimeDeps } from "./realtime.ts";
import { type RealtimeServer, rooms } from "./server.ts";
import { dropDeadSessions } from "./sessions.ts";
import { acceptSubscriptions } from "./subscriptions.ts";
import { createTokens } from "./tokens.ts";

/** What a client sends is a few hundred bytes: an event name and an id. */
const MESSAGE_BYTES_MAX = 16_384;
const HANDSHAKE_MS_MAX = 10_000;

/** Runs `job` every `intervalMs`, never twice at once; a failure is told once per change. Returns the function that stops it. */
function every(intervalMs: number, job: () => Promise<void>, onChange: (error: unknown) => void): () => void {
  let isFailing = false;
  let timer: NodeJS.Timeout;
  let isStopped = false;
  const run = async (): Promise<void> => {
    try {
      await job();
      isFailing = false;
    } catch (error) {
      if (!isFailing) onChange(error);
      isFailing = true;
    }
    if (!isStopped) timer = setTimeout(run, intervalMs);
  };
  timer = setTimeout(run, intervalMs);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

/** Builds the edge; nothing listens before `start`. */
export function createRealtime(deps: RealtimeDeps): Realtime {
  const limits = { ...defaultLimits, ...deps.limits };
  const admission = createAdmission(deps, limits);
  const http = createServer({ headersTimeout: HANDSHAKE_MS_MAX, requestTimeout: 30_000 }, (_, response) => {
    response.writeHead(404).end();
  });
  const io: RealtimeServer = new Server(http, {
    serveClient: false,
    maxHttpBufferSize: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    httpCompression: false,
    connectTimeout: HANDSHAKE_MS_MAX,
    pingInterval: 15_000,
    pingTimeout: 20_000,
    cors: { origin: new URL(deps.frontendUrl).origin, credentials: true },
    allowRequest: admission.allow,
  });
  const tokens = createTokens(io, deps.tasks, limits.tokenIntervalMs);
  const broadcasts = createBroadcasts(io, deps, tokens);
  const stops: (() => void)[] = [];

  admission.count(io);
  io.use(admission.authenticate);
  io.on("connection", (socket) => {
    boundSocket(socket, limits);
    void socket.join(rooms.user(socket.data.principal.accountId));
    acceptSubscriptions(socket, { deps, limits, broadcasts, tokens });
  });
  io.sockets.adapter.on("delete-room", (room: string) => {
    if (room.startsWith(rooms.task(""))) tokens.leave(room.slice(rooms.task("").length));
  });

  return {
    async start() {
      await broadcasts.start();
      await new Promise<void>((resolve, reject) => {
        http.once("error", reject);
        http.listen(deps.port, deps.host, resolve);
      });
      const warn = (message: string) => (error: unknown) => deps.log.warn(message, { error: String(error) });
      stops.push(
        every(limits.aliveIntervalMs, () => dropDeadSessions(io, deps), warn("sessions could not be checked")),
        every(limits.statsIntervalMs, broadcasts.tick, warn("network stats could not be read")),
      );
      return (http.address() as AddressInfo).port;
    },
    async stop() {
      for (const stop of stops.splice(0)) stop();
      broadcasts.stop();
      await io.close();
    },
    sockets: () => io.engine.clientsCount,
  };
}
