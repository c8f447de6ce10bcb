import type { Clock } from "#kernel";
import type { LiveAttempt, LiveTask } from "./live.ts";
import type { Placement } from "./scheduler.ts";

/** The task's next attempt, on a slot that is not counted yet. */
export function newAttempt(task: LiveTask, { node, offer }: Placement, clock: Clock): LiveAttempt {
  const startedMs = clock.monotonic();
  const [choice] = task.choices;
  return {
    number: task.attempts.length + 1,
    node,
    offer,
    startedMs,
    startedAt: new Date(clock.now()),
    riskWei: task.riskWei,
    slotsInUse: offer.inFlight + 1,
    accepted: false,
    firstChunkMs: null,
    lastChunkMs: startedMs,
    nextSeq: 0,
    textFrom: choice?.text.length ?? 0,
    idsFrom: choice?.tokenIds?.length ?? null,
    logprobsFrom: choice?.logprobs.length ?? 0,
    bytes: 0,
    detachedMs: null,
    end: null,
    endedAt: null,
    claim: null,
  };
}
