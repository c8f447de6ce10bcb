import { expect, it } from "vitest";
import { type RunningPart, supervise } from "./supervise.ts";

/** A part whose ends and failures the test decides. */
function scripted(failures: number) {
  const parts: { end(how: string): void; isStopped: boolean }[] = [];
  let left = failures;
  const start = async (): Promise<RunningPart> => {
    if (parts.length > 0 && left-- > 0) throw new Error("port taken");
    const part = { end: (_how: string): void => undefined, isStopped: false };
    const exited = new Promise<string>((resolve) => {
      part.end = resolve;
    });
    parts.push(part);
    const stop = async (): Promise<void> => {
      part.isStopped = true;
      part.end("stopped");
    };
    return { pid: parts.length, exited, stop };
  };
  return { parts, start };
}
const quick = { waitMs: 1, waitMsMax: 4 };
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
};

it("starts a part again when it ends unasked, and tells a lasting failure once", async () => {
  const notes: string[] = [];
  const { parts, start } = scripted(5);
  const part = await supervise({ name: "part", start, onNote: (line) => notes.push(line), ...quick });
  parts[0]?.end("SIGKILL");
  await until(() => part.current()?.pid === 2 && notes.length === 3);
  expect(notes).toEqual([
    "part ended unasked (SIGKILL); starting it again",
    "part does not start: port taken",
    "part runs again (pid 2)",
  ]);
  await part.stop();
  expect(parts[1]?.isStopped).toBe(true);
  expect(parts).toHaveLength(2);
});

it("stops while it waits to start again", async () => {
  const { parts, start } = scripted(0);
  const part = await supervise({ name: "part", start, onNote: () => undefined, waitMs: 3_600_000 });
  parts[0]?.end("SIGKILL");
  await until(() => part.current() === null);
  await part.stop();
  expect(parts).toHaveLength(1);
});

it("throws what the first start throws", async () => {
  const start = async (): Promise<RunningPart> => {
    throw new Error("no binary");
  };
  await expect(supervise({ name: "part", start, onNote: () => undefined })).rejects.toThrow("no binary");
});
