import type { NodeState } from "../link/work.ts";
import type { Log } from "../log.ts";
import type { WorkingHours } from "./workingHours.ts";

/** Working hours are given by the minute. */
const LOOK_MS = 15_000;

export interface KeepHoursOptions {
  hours: WorkingHours;
  link: { setState(state: NodeState): void; status(): { state: NodeState } };
  log: Log;
  /** Ms since 1970. */
  now?: () => number;
  lookMs?: number;
}

/**
 * Closes and opens a node by its working hours: outside them it is in maintenance, which is no downtime; what runs ends first. A drain is the
 * operator's or the network's and is left alone. Returns the way to stop.
 */
export function keepHours({ hours, link, log, now = Date.now, lookMs = LOOK_MS }: KeepHoursOptions): () => void {
  let wasOpen: boolean | undefined;
  function look(): void {
    const isOpen = hours.isOpen(now());
    // Also where it did not just change: the end of a drain opens a node, whatever the hour.
    if (link.status().state !== "drain") link.setState(isOpen ? "online" : "maintenance");
    if (isOpen === wasOpen) return;
    wasOpen = isOpen;
    log("info", isOpen ? "working hours begin" : "outside working hours: running work ends, new work is refused", {
      hours: hours.text,
    });
  }
  look();
  const timer = setInterval(look, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}
