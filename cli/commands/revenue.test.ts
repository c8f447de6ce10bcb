import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfig } from "../config.ts";
import { run } from "../run.ts";
import { testTerminal } from "../terminal/testTerminal.ts";

let api: Server;
let url = "";
const asked: string[] = [];
const amount = (far: string, usd: string) => ({ amount_far: far, amount_usd: usd });
const FAR = "000000000000000000";
const summary = {
  ...{ from: "2026-03-04T00:00:00.000Z", to: "2026-03-10T12:00:00.000Z" },
  network: {
    total: amount(`10${FAR}`, "1.000000"),
    paid_by_treasury: amount("0", "0.000000"),
    by_role: {
      operators: amount(`6${FAR}`, "0.600000"),
      stakers: amount(`2${FAR}`, "0.200000"),
      treasury: amount(`2${FAR}`, "0.200000"),
    },
    by_stream: { gpu: amount(`6${FAR}`, "0.600000"), inference: amount(`4${FAR}`, "0.400000") },
    by_day: [],
  },
  own: { operator: amount(`6${FAR}`, "0.600000"), staker: amount("0", "0.000000"), by_day: [] },
};

beforeAll(async () => {
  api = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("content-type", "application/json").end(JSON.stringify(summary));
  });
  await new Promise<void>((resolve) => void api.listen(0, "127.0.0.1", resolve));
  const address = api.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
});
afterAll(() => void api.close());

async function far(...args: string[]) {
  const terminal = testTerminal();
  const config = readConfig({
    HOME: "/nonexistent",
    FAR_STATE: "/nonexistent",
    FAR_API_URL: url,
    FAR_API_KEY: "far_test_x",
  });
  const code = await run({ args, terminal, config, signal: new AbortController().signal });
  return { code, out: terminal.stdout(), err: terminal.stderr() };
}

it("shows what users paid, who got it, and what is yours", async () => {
  const { code, out } = await far("revenue", "--days", "7");
  expect(code).toBe(0);
  expect(asked.at(-1)).toBe("/api/v1/revenue/summary?days=7");
  expect(out).toMatch(/The network, last 7 days/);
  expect(out).toMatch(/users paid +10 FAR +\$1\.000000/);
  expect(out).toMatch(/gpu +6 FAR/);
  expect(out).toMatch(/claimed as staker +0 FAR/);
});

it("prints the whole answer as JSON, and refuses a range out of bounds", async () => {
  expect(JSON.parse((await far("revenue", "--json")).out)).toEqual(summary);
  for (const days of ["0", "367", "x"]) expect((await far("revenue", "--days", days)).code).toBe(2);
});
