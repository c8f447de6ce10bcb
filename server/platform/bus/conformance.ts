import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Bus } from "./bus.ts";

export type TestChannels = { numbers: { n: number }; words: { word: string } };
type Make = (onError: (error: unknown, channel: string) => void) => Promise<Bus<TestChannels>>;

/** What any bus must do; every implementation runs it. */
export function busConformance(name: string, make: Make): void {
  describe(`bus: ${name}`, () => {
    let bus: Bus<TestChannels>;
    let errors: string[];
    beforeEach(async () => {
      errors = [];
      bus = await make((_, channel) => errors.push(channel));
    });
    afterEach(() => bus.close());

    /** Waits for a message published last, behind which everything earlier has arrived. */
    async function settled(): Promise<void> {
      let isDone = false;
      const off = await bus.subscribe("numbers", ({ n }) => {
        if (n === -1) isDone = true;
      });
      bus.publish("numbers", { n: -1 });
      await vi.waitFor(() => expect(isDone).toBe(true), { interval: 1 });
      off();
    }

    it("delivers in order, to every subscriber of the channel and to no other", async () => {
      const [first, second, words]: [number[], number[], string[]] = [[], [], []];
      await bus.subscribe("numbers", ({ n }) => first.push(n));
      await bus.subscribe("numbers", ({ n }) => second.push(n));
      await bus.subscribe("words", ({ word }) => words.push(word));
      for (let n = 0; n < 100; n++) bus.publish("numbers", { n });
      await settled();
      const expected = [...Array(100).keys(), -1];
      expect(first).toEqual(expected);
      expect(second).toEqual(expected);
      expect(words).toEqual([]);
    });

    it("delivers what was published after subscribing and nothing after unsubscribing", async () => {
      const seen: number[] = [];
      bus.publish("numbers", { n: 1 });
      await settled();
      const off = await bus.subscribe("numbers", ({ n }) => seen.push(n));
      bus.publish("numbers", { n: 2 });
      await settled();
      off();
      off();
      bus.publish("numbers", { n: 3 });
      await settled();
      expect(seen).toEqual([2, -1]);
    });

    it("never delivers inside publish", async () => {
      const order: string[] = [];
      await bus.subscribe("words", ({ word }) => order.push(word));
      bus.publish("words", { word: "delivered" });
      order.push("published");
      await vi.waitFor(() => expect(order).toEqual(["published", "delivered"]), { interval: 1 });
    });

    it("keeps the others going when a listener throws, and tells", async () => {
      const seen: number[] = [];
      await bus.subscribe("numbers", ({ n }) => {
        if (n > 0) throw new Error("listener broke");
      });
      await bus.subscribe("numbers", ({ n }) => seen.push(n));
      bus.publish("numbers", { n: 7 });
      await settled();
      expect(seen).toEqual([7, -1]);
      expect(errors).toEqual(["numbers"]);
    });

    it("is silent after close", async () => {
      const seen: string[] = [];
      await bus.subscribe("words", ({ word }) => seen.push(word));
      await bus.close();
      bus.publish("words", { word: "late" });
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(seen).toEqual([]);
    });
  });
}
