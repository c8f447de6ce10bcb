import type { ClientEvents, ServerEvents } from "@farlabs/protocol";
import type { Server, Socket } from "socket.io";
import type { Principal } from "#identity";

interface SocketData {
  principal: Principal;
}
type None = Record<string, never>;
export type RealtimeServer = Server<ClientEvents, ServerEvents, None, SocketData>;
export type RealtimeSocket = Socket<ClientEvents, ServerEvents, None, SocketData>;

export const rooms = {
  user: (accountId: string) => `user:${accountId}`,
  task: (taskId: string) => `task:${taskId}`,
  node: (nodeId: string) => `node:${nodeId}`,
  revenue: (accountId: string) => `revenue:${accountId}`,
  network: "network",
};

/** Somebody is in the room. */
export const isWatched = (io: RealtimeServer, room: string): boolean => io.sockets.adapter.rooms.has(room);
