import type { RealtimeTasks } from "./realtime.ts";
import { type RealtimeServer, type RealtimeSocket, rooms } from "./server.ts";

/** One watched task; text per choice. `sent` is kept for whoever joins later, `pending` waits for the next turn. */
interface Watch {
  /** Text came since {@link Tokens.advanced} was last asked. */
  isAdvanced: boolean;
  sent: Map<number, string>;
  pending: Map<number, string>;
  timer: NodeJS.Timeout | null;
  stop(): void;
}

export interface Tokens {
  /** Puts a socket in the task's room and shows it the text from the beginning, then as it comes. */
  join(socket: RealtimeSocket, taskId: string): void;
  /** The task is over: what waits goes out now, ahead of the final status. */
  finish(taskId: string): void;
  /** Stops watching; the room is empty. */
  leave(taskId: string): void;
  /** Watched tasks that brought text since this was last asked. */
  advanced(): string[];
}

function append(texts: Map<number, string>, index: number, text: string): void {
  texts.set(index, (texts.get(index) ?? "") + text);
}

/** Text is gathered and sent at most once per `intervalMs` and task, and only while its room has somebody in it. */
export function createTokens(io: RealtimeServer, tasks: RealtimeTasks, intervalMs: number): Tokens {
  const watches = new Map<string, Watch>();

  function send(taskId: string, watch: Watch): void {
    for (const [index, text] of watch.pending) {
      io.to(rooms.task(taskId)).emit("inference:token", { task_id: taskId, index, text });
      append(watch.sent, index, text);
    }
    watch.pending.clear();
  }

  /** Sends now and closes the gate for an interval; what comes meanwhile goes out when it opens. */
  function turn(taskId: string, watch: Watch): void {
    watch.timer = null;
    if (watch.pending.size === 0) return;
    send(taskId, watch);
    watch.timer = setTimeout(() => turn(taskId, watch), intervalMs);
  }

  function leave(taskId: string): void {
    const watch = watches.get(taskId);
    if (watch === undefined) return;
    if (watch.timer !== null) clearTimeout(watch.timer);
    watch.stop();
    watches.delete(taskId);
  }

  function open(taskId: string): void {
    const texts = { sent: new Map(), pending: new Map() };
    const watch: Watch = { isAdvanced: false, ...texts, timer: null, stop: () => {} };
    watches.set(taskId, watch);
    watch.stop = tasks.watchTokens(taskId, (index, text) => {
      append(watch.pending, index, text);
      watch.isAdvanced = true;
      if (watch.timer === null) turn(taskId, watch);
    });
  }

  return {
    join(socket, taskId) {
      // `sent` now, `pending` with everybody else: so a late watcher misses nothing and gets nothing twice.
      for (const [index, text] of watches.get(taskId)?.sent ?? []) {
        socket.emit("inference:token", { task_id: taskId, index, text });
      }
      void socket.join(rooms.task(taskId));
      if (!watches.has(taskId)) open(taskId);
    },
    finish(taskId) {
      const watch = watches.get(taskId);
      if (watch === undefined) return;
      send(taskId, watch);
      leave(taskId);
    },
    leave,
    advanced() {
      const found: string[] = [];
      for (const [taskId, watch] of watches) {
        if (watch.isAdvanced) found.push(taskId);
        watch.isAdvanced = false;
      }
      return found;
    },
  };
}
