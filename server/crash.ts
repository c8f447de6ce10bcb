/** Ends the process at once, as kill -9 does, where `CRASH_AT` says; for tests of recovery, and refused in production (config.ts). */
export function crashPointOf(at: string | undefined): (point: string) => void {
  return (point) => {
    if (point === at) process.kill(process.pid, "SIGKILL");
  };
}
