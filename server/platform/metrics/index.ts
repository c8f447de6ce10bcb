export { createMetrics, createProcessMetrics, type Metrics, type MetricsOptions } from "./metrics.ts";
