import type { Principal } from "#identity";
import type { RealtimeDeps } from "./realtime.ts";
import type { RealtimeServer, RealtimeSocket } from "./server.ts";

/** Sockets that stand on the same session, key or account live and die together, so each is asked for once. */
const standing = (p: Principal): string => p.sessionId ?? p.keyId ?? p.accountId;

/**
 * Asks for every session again and disconnects the sockets of those that are gone. While identity cannot answer, sockets stay:
 * they show nothing that was not theirs a moment ago, and a short outage should not bring every client back at once.
 */
export async function dropDeadSessions(
  io: RealtimeServer,
  deps: Pick<RealtimeDeps, "identity" | "log">,
): Promise<void> {
  const sessions = new Map<string, RealtimeSocket[]>();
  for (const socket of io.sockets.sockets.values()) {
    const key = standing(socket.data.principal);
    const group = sessions.get(key);
    if (group === undefined) sessions.set(key, [socket]);
    else group.push(socket);
  }
  for (const sockets of sessions.values()) {
    const [first] = sockets;
    if (first === undefined || (await deps.identity.alive(first.data.principal))) continue;
    for (const socket of sockets) socket.disconnect(true);
    deps.log.info("session gone, sockets disconnected", {
      userId: first.data.principal.accountId,
      sockets: sockets.length,
    });
  }
}
