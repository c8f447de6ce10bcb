/**
 * Runs the jobs of one key one after the other, those of others beside them. Jobs that would wait for the same lock in the database wait
 * here instead, where that holds no connection.
 */
export function createTurns(): <T>(key: string, job: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, job) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(job, job);
    last.set(key, mine);
    const forget = () => {
      if (last.get(key) === mine) last.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  };
}
