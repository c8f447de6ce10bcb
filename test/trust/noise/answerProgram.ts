/** Child of `otherProcessor.ts`: answers questions with the engine's package taken from another folder. */
import { readFile, writeFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Answer } from "./lab.ts";
import type { ProcessorJob } from "./otherProcessor.ts";

const job = JSON.parse(await readFile(process.argv[2] ?? "", "utf8")) as ProcessorJob;
const { main = "dist/index.js" } = JSON.parse(await readFile(join(job.packageDir, "package.json"), "utf8")) as {
  main?: string;
};
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "@node-llama-cpp/linux-x64"
      ? { url: pathToFileURL(join(job.packageDir, main)).href, format: "module", shortCircuit: true }
      : next(specifier, context),
});
// Only now: the engine looks for its package while it is loaded.
const { loadLlama } = await import("@farlabs/agent/lab");
const { answer, openEngine } = await import("./lab.ts");

const llama = await loadLlama({ log: () => undefined, threads: 1 });
const engine = await openEngine(llama, job.model, 1);
const answers: Answer[] = [];
for (const { question, sampling } of job.asked) answers.push(await answer(engine, question, sampling));
await engine.close();
await llama.dispose();
await writeFile(job.out, JSON.stringify(answers));
