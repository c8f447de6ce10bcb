import { resolve } from "node:path";
import { startChild } from "../child.ts";
import type { LoadJob, LoadReport } from "./job.ts";

export interface Generator {
  run(job: LoadJob): Promise<LoadReport>;
  stop(): Promise<void>;
}

/** The load program, ready for jobs. */
export async function startGenerator(): Promise<Generator> {
  const child = await startChild(resolve(import.meta.dirname, "../programs/load.ts"));
  return {
    run: (job) =>
      new Promise((done, fail) => {
        child.process.once("message", (message) => {
          const { report, error } = message as { report?: LoadReport; error?: string };
          if (report === undefined) fail(new Error(error));
          else done(report);
        });
        child.process.send(job);
      }),
    stop: child.stop,
  };
}
