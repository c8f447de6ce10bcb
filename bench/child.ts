import { type ChildProcess, fork } from "node:child_process";

export interface Child<Ready> {
  process: ChildProcess;
  /** Its first message. */
  ready: Ready;
  stop(): Promise<void>;
}

export interface ChildOptions {
  args?: readonly string[];
  env?: Record<string, string>;
  cwd?: string;
}

/**
 * Starts a program of ours in a process of its own and waits for its first message. It leaves when we do, since its channel closes.
 * @throws Error when it ends before it is ready
 */
export async function startChild<Ready>(file: string, options: ChildOptions = {}): Promise<Child<Ready>> {
  const child = fork(file, [...(options.args ?? [])], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once("message", (message) => resolve(message as Ready));
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code} before it was ready`)));
    child.once("error", reject);
  });
  return {
    process: child,
    ready,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await gone;
    },
  };
}
