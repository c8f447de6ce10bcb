import { expect, test } from "vitest";
import { createMetrics, createProcessMetrics } from "./metrics.ts";

test("a metric asked for twice is one metric, and carries the service", async () => {
  const metrics = createMetrics({ service: "gateway" });
  metrics.counter("far_requests_total", "Requests", ["status"]).inc({ status: "200" });
  metrics.counter("far_requests_total", "Requests", ["status"]).inc({ status: "200" });
  metrics.histogram("far_request_seconds", "Duration").observe(0.02);
  const text = await metrics.text();
  expect(text).toContain('far_requests_total{status="200",service="gateway"} 2');
  expect(text).toContain('far_request_seconds_bucket{le="0.025",service="gateway"} 1');
});

test("an observed gauge is read at each scrape, and the newest reader counts", async () => {
  const metrics = createMetrics({ service: "s" });
  let depth = 1;
  metrics.observed("far_depth", "Depth", () => -1);
  metrics.observed("far_depth", "Depth", () => depth);
  expect(await metrics.text()).toContain('far_depth{service="s"} 1');
  depth = 7;
  expect(await metrics.text()).toContain('far_depth{service="s"} 7');
});

test("the process's own metrics come only when asked for", async () => {
  expect(await createMetrics({ service: "s" }).text()).toBe("\n");
  expect(await createProcessMetrics({ service: "s" }).text()).toContain("nodejs_eventloop_lag_seconds");
});
