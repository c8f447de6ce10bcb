import { copyFileSync, mkdirSync, openSync, renameSync, statSync, truncateSync } from "node:fs";
import { dirname } from "node:path";

const DEFAULTS = { bytesMax: 16 * 1024 * 1024, lookMs: 5_000 };
const KEPT = 3;

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

function rotate(path: string): void {
  for (let i = KEPT - 1; i >= 1; i--) {
    if (sizeOf(`${path}.${i}`) > 0) renameSync(`${path}.${i}`, `${path}.${i + 1}`);
  }
  copyFileSync(path, `${path}.1`);
  // Its writer has it open in append mode and goes on at the new end.
  truncateSync(path);
}

/**
 * A log that child processes write by themselves, so that it goes on without us; turned over at 16 MiB, three old ones are kept.
 * @returns the descriptor to hand to a child, and how to stop looking
 */
export function openLog(path: string, limits: typeof DEFAULTS = DEFAULTS): { fd: number; close(): void } {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, "a", 0o600);
  const timer = setInterval(() => {
    try {
      if (sizeOf(path) > limits.bytesMax) rotate(path);
    } catch {
      // A full disk must not end the network over its log; the next look tries again.
    }
  }, limits.lookMs);
  timer.unref();
  return { fd, close: () => clearInterval(timer) };
}
