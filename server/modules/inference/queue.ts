/**
 * Tasks that wait for a slot of one model. Accounts take turns, whatever number of tasks each has waiting, so that a greedy one only
 * delays itself; within an account the order is kept, except that a task which goes on after a lost node comes first.
 */
export interface Waiting {
  readonly accountId: string;
}

export function createFairQueue<T extends Waiting>() {
  const lines = new Map<string, T[]>();
  let turns: string[] = [];
  let size = 0;

  return {
    size: () => size,

    push(item: T, first: boolean): void {
      let line = lines.get(item.accountId);
      if (line === undefined) {
        line = [];
        lines.set(item.accountId, line);
        turns.push(item.accountId);
      }
      if (first) line.unshift(item);
      else line.push(item);
      size += 1;
    },

    remove(item: T): boolean {
      const line = lines.get(item.accountId);
      const at = line?.indexOf(item) ?? -1;
      if (line === undefined || at < 0) return false;
      line.splice(at, 1);
      size -= 1;
      if (line.length === 0) {
        lines.delete(item.accountId);
        turns = turns.filter((id) => id !== item.accountId);
      }
      return true;
    },

    /**
     * One round: offers each account's first task to `place`; placed ones leave the queue and their account goes to the end.
     * Ends when a whole round placed nothing.
     */
    dispatch(place: (item: T) => boolean): void {
      let refused = 0;
      while (refused < turns.length) {
        const account = turns.shift();
        if (account === undefined) return;
        const line = lines.get(account);
        const head = line?.[0];
        if (line === undefined || head === undefined) continue;
        turns.push(account);
        if (!place(head)) {
          refused += 1;
          continue;
        }
        refused = 0;
        line.shift();
        size -= 1;
        if (line.length === 0) {
          lines.delete(account);
          turns.pop();
        }
      }
    },

    items(): T[] {
      return [...lines.values()].flat();
    },
  };
}
export type FairQueue<T extends Waiting> = ReturnType<typeof createFairQueue<T>>;
