/** Why an attempt earned nothing: a sentence for its operator, and what to do about it. One table, so that no cent is missing without one. */

export interface Reason {
  /** What happened. */
  explanation: string;
  /** What the operator can do; null where there is nothing to mend. */
  remedy: string | null;
  /** Whose doing it was. */
  actor: "node" | "caller" | "network";
}

const node = (explanation: string, remedy: string): Reason => ({ explanation, remedy, actor: "node" });
const caller = (explanation: string): Reason => ({ explanation, remedy: null, actor: "caller" });
const network = (explanation: string): Reason => ({ explanation, remedy: null, actor: "network" });

const REASONS: Readonly<Record<string, Reason>> = {
  refused: node(
    "The node refused the task: it was draining, in maintenance, or had no free slot after all.",
    "If that was not meant, compare its --slots with what the engine runs at once.",
  ),
  node_lost: node(
    "The connection was lost and the answer did not end. What a node delivers is paid where the task ends well; this one went on elsewhere or ended with an error.",
    "Look at the machine's line and the agent's log around that time: far node doctor.",
  ),
  first_token_timeout: node(
    "No output came in the time allowed, so another node was asked. A late answer is dropped.",
    "The engine was overloaded or loading a model: fewer --slots, or keep the model loaded.",
  ),
  idle_timeout: node(
    "Output stopped in the middle of the answer for longer than allowed.",
    "Look at the engine's log: it hung, or the GPU ran out of memory.",
  ),
  protocol_violation: node(
    "What the node sent broke the protocol (out of order, malformed, or more than was asked for); nothing of such an attempt is paid.",
    "Update the agent; if it is the newest, report it with the agent's log.",
  ),
  engine_error: node("The engine failed.", "Look at the engine's log."),
  engine_unavailable: node("The engine did not answer.", "Is it running? far node doctor asks it."),
  engine_truncated: node(
    "The engine's answer ended without saying why; a cut answer is never passed off as a whole one.",
    "A proxy or a time limit between agent and engine may cut streams.",
  ),
  overloaded: node(
    "The engine said that it had too much to do.",
    "Offer fewer --slots than the engine can run at once.",
  ),
  aborted: node(
    "The agent stopped the work.",
    "It was stopped or restarted without draining; far node pause drains first.",
  ),
  unsupported: node(
    "The engine cannot do what was asked, though the node offered it.",
    "Update the agent, so that it probes again.",
  ),
  context_length_exceeded: caller("The prompt did not fit the model's context; the caller paid nothing either."),
  invalid_request: caller("The engine refused the request as wrong; the caller paid nothing either."),
  task_cancelled: caller("The caller left before any output had arrived; the caller paid nothing either."),
  overall_limit: network("The task reached the longest time it may take before any output had arrived."),
  empty_answer: node(
    "The answer was empty; nobody is charged for one.",
    "If it happens often, ask the engine itself: a wrong template makes models end at once.",
  ),
  no_charge: network(
    "The task ended without a charge after this node's part, so its caller paid nothing. Every payout of a task comes out of that task's charge.",
  ),
  server_restarted: network("The network's server stopped while the task ran; its caller paid nothing."),
  rounded_to_zero: network("The node's share of this task is less than the smallest unit."),
  embedding_elsewhere: network("Embeddings are paid to the node that delivered the result; another one did."),
};

/** @returns the row of a code; a code without one is shown as it is rather than hidden */
export const reasonOf = (code: string): Reason =>
  REASONS[code] ?? { explanation: `The attempt ended as "${code}".`, remedy: null, actor: "network" };

export const reasonCodes: readonly string[] = Object.keys(REASONS);
