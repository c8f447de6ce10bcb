import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#kernel";
import { testDatabase } from "#testing";
import { type Capacity, capacityConfig, createCapacity } from "./index.ts";

const db = await testDatabase();
const stops: (() => unknown)[] = [];
beforeEach(() => db.owner`delete from capacity.demand`);
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

interface Supply {
  gpuModel: string;
  speed: number;
  slots: number;
  inFlight?: number;
}

function capacityOf(supply: Supply[], p: { pending?: number; env?: Record<string, string> } = {}): Capacity {
  const nodes = supply.map((s, i) => {
    const offer = { offer: { id: "m", slots: s.slots }, inFlight: s.inFlight ?? 0, tokensPerSecond: s.speed };
    const machine = { gpuModel: s.gpuModel };
    return {
      nodeId: String(i),
      link: {},
      draining: false,
      status: "online",
      offers: new Map([["m", offer]]),
      capabilities: { machine },
    };
  });
  const capacity = createCapacity({
    sql: db.sql,
    inference: { running: () => ({ pending: p.pending ?? 0, running: 0, finishedPerSecond: 0 }) },
    models: {
      get: () => ({ id: "m", vramGbMin: 24, tokensPerSecond: 50 }) as never,
      rate: () => ({ rate8: 10_000_000n, atMs: 0 }),
    },
    nodes: { live: () => new Map(nodes.map((n) => [n.nodeId, n])) as never, serving: () => nodes as never },
    config: capacityConfig.parse({ AUTOSCALE_HOLD_S: "0", ...p.env }),
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined } as never,
    tells: true,
  });
  stops.push(() => capacity.stop());
  return capacity;
}

const finished = (charge: string, extra: Record<string, unknown> = {}) => ({
  topic: "inference.task_finished",
  payload: { model: "m", prompt_tokens: 100, completion_tokens: 500, charge, ...extra },
});

describe("the estimate", () => {
  it("rests on charged demand alone and shares it by speed", async () => {
    const capacity = capacityOf([{ gpuModel: "H200", speed: 100, slots: 4 }]);
    await db.sql.begin((tx) =>
      capacity.taskFinished(tx, [
        finished("1000000"),
        finished("1000000"),
        finished("0"),
        finished("5", { purpose: "check" }),
      ]),
    );
    await db.sql.begin((tx) => capacity.taskFinished(tx, [finished("2000000")]));
    const view = await capacity.estimate({ gpuModel: "H200", vramGb: 140, model: "m", slots: 4 });
    expect(view).toMatchObject({
      fits: true,
      tokens_per_second: 100,
      speed_from: "same_gpu_now",
      demand: { hours: 1, tasks: 3, input_tokens: 300, output_tokens: 1500, charge: "4000000" },
      share: 0.5,
      earnings: { per_hour: "1200000", per_day: "28800000" },
      estimate: true,
    });
    expect(view.assumptions.length).toBeGreaterThan(2);
  });

  it("says why a GPU is too small, and promises it nothing", async () => {
    const capacity = capacityOf([]);
    await db.sql.begin((tx) => capacity.taskFinished(tx, [finished("1000000")]));
    const view = await capacity.estimate({ gpuModel: "T4", vramGb: 16, model: "m", slots: 1 });
    expect(view).toMatchObject({ fits: false, speed_from: "catalogue", earnings: { per_hour: "0" } });
    expect(view.reason).toBe("m takes 24 GB of video memory; this GPU has 16.");
  });

  it("is nothing where nothing is asked for", async () => {
    const view = await capacityOf([]).estimate({
      gpuModel: "H200",
      vramGb: 140,
      model: "m",
      slots: 4,
      tokensPerSecond: 9,
    });
    expect(view).toMatchObject({ speed_from: "given", share: 0, earnings: { per_30_days: "0" } });
  });
});

describe("the signal", () => {
  it("is told to the webhook, signed, and tried again where it failed", async () => {
    const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
    const got: { body: string; headers: Record<string, unknown> }[] = [];
    let told: () => void = () => undefined;
    const delivered = new Promise<void>((resolve) => {
      told = resolve;
    });
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += String(part);
      got.push({ body, headers: request.headers });
      response.writeHead(got.length === 1 ? 500 : 204).end();
      if (got.length === 2) told();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    stops.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const env = { AUTOSCALE_WEBHOOK_URL: url, AUTOSCALE_WEBHOOK_SECRET: secret };
    const capacity = capacityOf([{ gpuModel: "H200", speed: 1, slots: 10, inFlight: 8 }], { env });
    capacity.start();
    await delivered;
    const [first, second] = got;
    expect(JSON.parse(second?.body ?? "")).toMatchObject({
      type: "network.autoscale",
      data: { change: 4, utilisation: 0.8 },
    });
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = second?.headers ?? {};
    expect(id).toBe(first?.headers["webhook-id"]);
    const mac = createHmac("sha256", Buffer.alloc(24, 7)).update(`${id}.${at}.${second?.body}`).digest("base64");
    expect(signature).toBe(`v1,${mac}`);
  });

  it("refuses a webhook that leaves this machine in the clear", () => {
    expect(capacityConfig.safeParse({ AUTOSCALE_WEBHOOK_URL: "http://example.org/x" }).success).toBe(false);
  });

  it("counts waiting tasks", () => {
    expect(capacityOf([{ gpuModel: "H200", speed: 1, slots: 10 }], { pending: 10 }).signal()).toEqual({
      utilisation: 1,
      change: 8,
    });
  });
});
