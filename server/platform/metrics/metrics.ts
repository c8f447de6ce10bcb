import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Names are `far_<area>_<what>_<unit>`; label values must come from a small closed set, never from users. */
export interface Metrics {
  counter<L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends string = never>(name: string, help: string, labels?: readonly L[]): Gauge<L>;
  /** A gauge read when it is scraped. */
  observed(name: string, help: string, read: () => number): void;
  /** Seconds; buckets from 1 ms to 60 s unless given. */
  histogram<L extends string = never>(
    name: string,
    help: string,
    options?: { labels?: readonly L[]; buckets?: readonly number[] },
  ): Histogram<L>;
  /** For the host that serves `/metrics`. */
  readonly registry: Registry;
  /** The exposition text for a scrape. */
  text(): Promise<string>;
  readonly contentType: string;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export interface MetricsOptions {
  service: string;
}

/** With the process's own metrics: CPU, memory, event-loop delay, garbage collection. For `main` alone. */
export function createProcessMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "far_" });
  return over(registry, options);
}

/** A registry of its own; asking for a name again gives the same metric, so that a module may be built twice in a process. */
export const createMetrics = (options: MetricsOptions): Metrics => over(new Registry(), options);

function over(registry: Registry, options: MetricsOptions): Metrics {
  registry.setDefaultLabels({ service: options.service });
  const known = <T>(name: string): T | undefined => registry.getSingleMetric(name) as T | undefined;
  return {
    counter: <L extends string>(name: string, help: string, labels: readonly L[] = []) =>
      known<Counter<L>>(name) ?? new Counter({ name, help, labelNames: [...labels], registers: [registry] }),
    gauge: <L extends string>(name: string, help: string, labels: readonly L[] = []) =>
      known<Gauge<L>>(name) ?? new Gauge({ name, help, labelNames: [...labels], registers: [registry] }),
    observed(name, help, read) {
      if (known(name) !== undefined) registry.removeSingleMetric(name);
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    },
    histogram: <L extends string>(
      name: string,
      help: string,
      given: { labels?: readonly L[]; buckets?: readonly number[] } = {},
    ) =>
      known<Histogram<L>>(name) ??
      new Histogram({
        name,
        help,
        labelNames: [...(given.labels ?? [])],
        buckets: [...(given.buckets ?? SECONDS)],
        registers: [registry],
      }),
    registry,
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
