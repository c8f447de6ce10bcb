import type { SubscribeAck } from "@farlabs/protocol";
import { z } from "zod";
import { coded, type FarError, isFarError } from "#kernel";
import type { Broadcasts } from "./broadcasts.ts";
import type { RealtimeDeps, RealtimeLimits } from "./realtime.ts";
import { type RealtimeSocket, rooms } from "./server.ts";
import type { Tokens } from "./tokens.ts";

const idSchema = z.string().regex(/^[\x21-\x7e]{1,128}$/);
type Ack = ((answer: SubscribeAck) => void) | undefined;

function parseId(input: unknown): string {
  const parsed = idSchema.safeParse(input);
  if (!parsed.success) throw coded("invalid_subscription");
  return parsed.data;
}

/** Handles what one socket may say. Everything but the network is shown to its owner only; other ids do not exist. */
export function acceptSubscriptions(
  socket: RealtimeSocket,
  context: { deps: RealtimeDeps; limits: RealtimeLimits; broadcasts: Broadcasts; tokens: Tokens },
): void {
  const { deps, limits, broadcasts, tokens } = context;
  const { principal } = socket.data;
  const { accountId } = principal;

  function toPublic(error: unknown): FarError {
    if (isFarError(error)) return error;
    deps.log.warn("subscription failed", { userId: accountId, error: String(error) });
    return coded("internal_error");
  }

  /** Runs one subscription and acknowledges it. `ack` comes from outside and may be anything. */
  async function answer(ack: Ack, subscribe: () => Promise<void>): Promise<void> {
    let result: SubscribeAck = { ok: true };
    try {
      // The socket's own room and the account's are not subscriptions.
      if (socket.rooms.size - 2 >= limits.subscriptionsMax) throw coded("too_many_subscriptions");
      await subscribe();
    } catch (error) {
      const known = toPublic(error);
      result = { ok: false, error: { code: known.code, message: known.message } };
    }
    if (typeof ack === "function") ack(result);
  }

  async function requireOwner(owner: Promise<string | null>): Promise<void> {
    deps.identity.require(principal, "read");
    if ((await owner) !== accountId) throw coded("not_found");
  }

  socket.on("subscribe:inference", (taskId, ack) =>
    answer(ack, async () => {
      const id = parseId(taskId);
      await requireOwner(deps.tasks.owner(id));
      if (!socket.connected || socket.rooms.has(rooms.task(id))) return;
      tokens.join(socket, id);
      await broadcasts.present(rooms.task(id), deps.tasks.status(id), (state) => broadcasts.task(socket, id, state));
    }),
  );
  socket.on("subscribe:node", (nodeId, ack) =>
    answer(ack, async () => {
      const id = parseId(nodeId);
      await requireOwner(deps.nodes.owner(id));
      if (!socket.connected) return;
      await socket.join(rooms.node(id));
      await broadcasts.present(rooms.node(id), deps.nodes.status(id), (state) => broadcasts.node(socket, id, state));
    }),
  );
  socket.on("subscribe:revenue", (ack) =>
    answer(ack, async () => {
      deps.identity.require(principal, "read");
      await socket.join(rooms.revenue(accountId));
      for (const part of await deps.revenue.current(accountId)) broadcasts.revenue(socket, accountId, part);
    }),
  );
  socket.on("subscribe:network", (ack) =>
    answer(ack, async () => {
      await socket.join(rooms.network);
      broadcasts.network(socket, await deps.network.stats());
    }),
  );
}
