import { afterEach, expect, it, vi } from "vitest";
import type { NodeState } from "../link/work.ts";
import { keepHours } from "./keepHours.ts";
import { parseWorkingHours } from "./workingHours.ts";

afterEach(() => vi.useRealTimers());

it("opens and closes the node with its hours and leaves a drain alone", () => {
  vi.useFakeTimers({ now: Date.parse("2026-01-05T08:59:30Z") });
  let state: NodeState = "online";
  const link = {
    setState(next: NodeState) {
      state = next;
    },
    status: () => ({ state }),
  };
  const stop = keepHours({ hours: parseWorkingHours(["09:00-10:00"], "UTC"), link, log: () => undefined });
  expect(state).toBe("maintenance");
  vi.advanceTimersByTime(60_000);
  expect(state).toBe("online");
  state = "drain";
  vi.advanceTimersByTime(3_600_000);
  expect(state).toBe("drain");
  state = "online";
  vi.advanceTimersByTime(60_000);
  expect(state).toBe("maintenance");
  stop();
});
