/** The same engine as another processor computes it: with another set of instructions, numbers round otherwise. Runs in a process of its own. */
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Answer, Question, Sampling } from "./lab.ts";

/** What the program is told and where it writes; one JSON argument. */
export interface ProcessorJob {
  /** Copy of the engine's package with one processor's library only. */
  packageDir: string;
  model: string;
  asked: readonly { question: Question; sampling: Sampling }[];
  out: string;
}

const PROGRAM = "./answerProgram.ts";
const LIBRARY = /^libggml-cpu-(.+)\.so$/;

/**
 * Answers as a machine with the given processor does.
 * @param family - an oldest common denominator such as `sse42`, which every machine of today can run
 */
export async function answersOfProcessor(
  family: string,
  run: { dir: string; model: string; asked: ProcessorJob["asked"] },
): Promise<Answer[]> {
  const source = dirname(dirname(fileURLToPath(import.meta.resolve("@node-llama-cpp/linux-x64"))));
  const packageDir = join(run.dir, family);
  await mkdir(packageDir);
  await cp(source, packageDir, {
    recursive: true,
    filter: (path) => (LIBRARY.exec(path.split("/").at(-1) ?? "")?.[1] ?? family) === family,
  });
  const job: ProcessorJob = {
    packageDir,
    model: run.model,
    asked: run.asked,
    out: join(run.dir, `${family}.out.json`),
  };
  const input = join(run.dir, `${family}.in.json`);
  await writeFile(input, JSON.stringify(job));
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, PROGRAM), input]);
  await rm(packageDir, { recursive: true });
  return JSON.parse(await readFile(job.out, "utf8")) as Answer[];
}
