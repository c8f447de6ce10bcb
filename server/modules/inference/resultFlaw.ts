import { isPaidByInput, type LiveAttempt, type LiveChoice, type LiveTask } from "./live.ts";

/** What is wrong with a node's result, in words, or null. */
export function resultFlaw(
  task: LiveTask,
  attempt: LiveAttempt,
  result: { chunks: number; finishReasons: readonly unknown[] },
): string | null {
  if (result.chunks !== attempt.nextSeq) return "result does not count its chunks";
  if (isPaidByInput(task.kind)) {
    const isMissing = ({ scores, embedding }: LiveChoice): boolean =>
      task.kind === "score" ? scores.length === 0 : embedding === null;
    return task.choices.some(isMissing) ? "an input has no result" : null;
  }
  return result.finishReasons.length === task.choices.length ? null : "finish reasons do not match the choices";
}
