import type { RealtimeLimits } from "./realtime.ts";
import type { RealtimeSocket } from "./server.ts";

/** Disconnects a socket that talks too much or reads too slowly; nothing it causes grows without bound. */
export function boundSocket(socket: RealtimeSocket, limits: RealtimeLimits): void {
  let windowStartMs = 0;
  let events = 0;
  socket.onAny(() => {
    const nowMs = performance.now();
    if (nowMs - windowStartMs >= 1_000) {
      windowStartMs = nowMs;
      events = 0;
    }
    events++;
    if (events > limits.eventsPerSMax) socket.disconnect(true);
  });

  // Engine.IO hands its queue to the transport only once the network took what came before, so the queue is the backlog.
  let waiting = 0;
  const { conn } = socket;
  conn.on("packetCreate", () => {
    waiting++;
    if (waiting === limits.backlogMax) setImmediate(() => conn.close(true));
  });
  conn.on("flush", () => {
    waiting = 0;
  });
}
