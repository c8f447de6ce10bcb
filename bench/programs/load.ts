/** The load generator, in a process of its own so that it shares no event loop with what it measures. One job at a time. */
import type { LoadJob } from "../load/job.ts";
import { runLoad } from "../load/run.ts";

process.on("message", (job: LoadJob) => {
  runLoad(job).then(
    (report) => process.send?.({ report }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on("disconnect", () => process.exit());
process.send?.({ ready: true });
