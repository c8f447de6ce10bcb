import { expect, it } from "vitest";
import { capPower, type NvidiaSmi } from "./powerCap.ts";

/** Two cards of 100 to 300 W, as the driver's tool shows and changes them. */
function cards(refuses = false): { limits: number[]; run: NvidiaSmi } {
  const limits = [300, 280];
  return {
    limits,
    async run(args) {
      if (args[0] !== "-i") return limits.map((w, i) => `${i}, ${w}.00, 100.00, 300.00`).join("\n");
      if (refuses) throw new Error("Command failed\nInsufficient Permissions\n");
      limits[Number(args[1])] = Number(args[3]);
      return "";
    },
  };
}
const log = (): void => undefined;

it("caps every card and gives the old limits back", async () => {
  const { limits, run } = cards();
  const restore = await capPower(150, log, run);
  expect(limits).toEqual([150, 150]);
  await restore();
  expect(limits).toEqual([300, 280]);
});

it("refuses what a card does not allow and changes nothing", async () => {
  const { limits, run } = cards();
  await expect(capPower(50, log, run)).rejects.toThrow("allows 100 to 300 W");
  expect(limits).toEqual([300, 280]);
});

it("says what to do where the driver refuses", async () => {
  await expect(capPower(150, log, cards(true).run)).rejects.toThrow(/Insufficient Permissions.*as root/);
});

it("says so where no card can be capped", async () => {
  await expect(capPower(150, log, async () => "0, [N/A], [N/A], [N/A]")).rejects.toThrow("no GPU");
  await expect(capPower(150, log, () => Promise.reject(new Error("ENOENT")))).rejects.toThrow("no GPU");
});
