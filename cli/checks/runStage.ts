import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Counts, Stage } from "./stage.ts";

/** What is kept of the output, to count and, after a failure, to show. */
const KEPT_CHARS_MAX = 2_000_000;

export interface StageResult extends Counts {
  name: string;
  durationMs: number;
  output: string;
}

/** Runs one stage; its output goes on to `onOutput` as it comes. */
export async function runStage(
  stage: Stage,
  options: {
    root: string;
    env: Readonly<Record<string, string | undefined>>;
    signal: AbortSignal;
    onOutput(text: string): void;
  },
): Promise<StageResult> {
  const startMs = performance.now();
  const [script = "", ...args] = stage.args;
  const child = spawn(process.execPath, [join(options.root, script), ...args], {
    cwd: options.root,
    env: { ...options.env, ...stage.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = (): void => void child.kill("SIGTERM");
  options.signal.addEventListener("abort", stop, { once: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-KEPT_CHARS_MAX);
      options.onOutput(text);
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  options.signal.removeEventListener("abort", stop);
  return { name: stage.name, durationMs: performance.now() - startMs, output, ...stage.count(output, code ?? 1) };
}
