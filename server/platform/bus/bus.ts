/**
 * Messages between processes that may be lost: presence, live updates. Never money, never tokens of an answer, never the truth.
 * Who needs every message uses the outbox.
 */

/** Channel name → message. Messages are plain JSON data, immutable once published. */
export type Channels = Readonly<Record<string, object>>;

/**
 * What every implementation promises (conformance.ts): messages of one publisher on one channel arrive in order; a subscriber gets what
 * was published after `subscribe` resolved and nothing after it unsubscribed; a listener that throws harms no other; delivery never
 * happens inside `publish`.
 */
export interface Bus<C extends Channels> {
  /** Never blocks and never throws; with nobody listening it costs nothing. */
  publish<K extends keyof C & string>(channel: K, message: C[K]): void;
  /** Resolves to the function that unsubscribes, once messages will arrive. */
  subscribe<K extends keyof C & string>(channel: K, listener: (message: C[K]) => void): Promise<() => void>;
  /** Drops all subscriptions; later publishes go nowhere. */
  close(): Promise<void>;
}
