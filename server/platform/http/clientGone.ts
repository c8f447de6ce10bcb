import type { FastifyReply } from "fastify";

/**
 * Aborts when the client leaves before its answer is complete. Made on first use only: most requests never ask.
 * Asked after the client has gone, it is aborted already.
 */
export function clientGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const { raw } = reply;
  if (raw.closed && !raw.writableFinished) controller.abort();
  else
    raw.once("close", () => {
      if (!raw.writableFinished) controller.abort();
    });
  return controller.signal;
}

/** The same as a call, once, for where no signal is passed on: it costs a listener instead of an event target. */
export function onClientGone(reply: FastifyReply, leave: () => void): void {
  const { raw } = reply;
  if (raw.closed && !raw.writableFinished) leave();
  else
    raw.once("close", () => {
      if (!raw.writableFinished) leave();
    });
}
