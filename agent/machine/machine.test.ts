import { capabilities, telemetry } from "@farlabs/protocol";
import { describe, expect, it } from "vitest";
import { type Gpu, parseNvidiaSmi } from "./nvidiaSmi.ts";
import { readMachine } from "./readMachine.ts";
import { createTelemetry, telemetryOf } from "./telemetry.ts";

const csv =
  "NVIDIA H200, 143771, 1024, 37, 41, 120.55\nTesla T4, 15360, [N/A], [N/A], 60, [Not Supported]\n\nFailed to initialize NVML\n";

describe("nvidia-smi", () => {
  it("is read line by line; what a card does not tell is absent", () => {
    expect(parseNvidiaSmi(csv)).toEqual([
      { name: "NVIDIA H200", memoryGb: 140.4, memoryUsedGb: 1, utilisation: 0.37, temperatureC: 41, powerW: 120.55 },
      { name: "Tesla T4", memoryGb: 15, temperatureC: 60 },
    ]);
  });
});

describe("readMachine", () => {
  it("names the GPUs and sums their memory", async () => {
    const machine = await readMachine({ gpus: async () => parseNvidiaSmi(csv), country: "NO" });
    expect(machine).toMatchObject({ gpuModel: "2× NVIDIA H200", vramGb: 155.4, country: "NO" });
    expect(machine.cudaCores).toBeUndefined();
    expect(capabilities.safeParse({ machine, engines: [] }).success).toBe(true);
  });

  it("says that it is a CPU where there is no GPU", async () => {
    const machine = await readMachine({ gpus: async () => [] });
    expect(machine.gpuModel).toMatch(/^CPU: /);
    expect(machine.vramGb).toBeGreaterThan(0);
    expect(machine.vramGb).toBeLessThan(machine.memoryGb);
    expect(capabilities.safeParse({ machine, engines: [] }).success).toBe(true);
  });
});

describe("telemetry", () => {
  it("reports what was measured and nothing else", () => {
    expect(telemetryOf(parseNvidiaSmi(csv), 1.5)).toEqual({
      load: 1.5,
      utilisation: 0.37,
      vramUsedGb: 1,
      temperatureC: 60,
      powerW: 120.55,
    });
    expect(Object.keys(telemetryOf([], 0)).toSorted()).toEqual(["load", "utilisation"]);
  });

  it("does not ask nvidia-smi at every heartbeat", async () => {
    let asked = 0;
    const read = createTelemetry(async (): Promise<Gpu[]> => {
      asked += 1;
      return [];
    });
    for (let i = 0; i < 5; i += 1) expect(telemetry.safeParse(await read()).success).toBe(true);
    expect(asked).toBe(1);
  });
});
