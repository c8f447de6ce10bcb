/**
 * States what must be true if the code is right. A failure is a bug, never bad input.
 * @throws Error when `condition` is false
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** Ends an exhaustive switch. @throws Error if ever reached */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}
