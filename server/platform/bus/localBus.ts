import type { Bus, Channels } from "./bus.ts";

export interface LocalBusOptions {
  /** Told about a listener that threw. */
  onError(error: unknown, channel: string): void;
}

/** The bus of a deployment that is one process. Messages are delivered after the current turn, uncopied. */
export function createLocalBus<C extends Channels>(options: LocalBusOptions): Bus<C> {
  const listeners = new Map<string, Set<(message: never) => void>>();

  function deliver<K extends keyof C & string>(channel: K, message: C[K]): void {
    for (const listener of listeners.get(channel) ?? []) {
      try {
        (listener as (message: C[K]) => void)(message);
      } catch (error) {
        options.onError(error, channel);
      }
    }
  }

  return {
    publish(channel, message) {
      if (listeners.has(channel)) queueMicrotask(() => deliver(channel, message));
    },
    async subscribe(channel, listener) {
      const set = listeners.get(channel) ?? new Set();
      listeners.set(channel, set);
      // A wrapper, so that the same function subscribed twice hears twice.
      const own = (message: never): void => listener(message);
      set.add(own);
      return () => {
        set.delete(own);
        if (set.size === 0 && listeners.get(channel) === set) listeners.delete(channel);
      };
    },
    async close() {
      for (const set of listeners.values()) set.clear();
      listeners.clear();
    },
  };
}
