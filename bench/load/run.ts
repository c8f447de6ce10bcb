import { connect, type Socket } from "node:net";
import { percentiles } from "../stats.ts";
import type { LoadJob, LoadReport } from "./job.ts";
import { createReader } from "./response.ts";

/** Grows by doubling; a plain array of a million numbers costs the generator more than the requests do. */
function createSamples() {
  let values = new Float64Array(65_536);
  let count = 0;
  return {
    add(value: number): void {
      if (count === values.length) {
        const larger = new Float64Array(count * 2);
        larger.set(values);
        values = larger;
      }
      values[count++] = value;
    },
    sorted: () => values.slice(0, count).sort(),
  };
}

const requestBytes = (job: LoadJob): Buffer =>
  Buffer.from(
    [
      `POST ${job.path} HTTP/1.1`,
      `host: ${job.host}:${job.port}`,
      ...Object.entries(job.headers).map(([name, value]) => `${name}: ${value}`),
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(job.body)}`,
      "",
      job.body,
    ].join("\r\n"),
  );

/**
 * Closed-loop load: each connection sends its next request when the last answer is complete. Answers that began in the warm-up or ended
 * after the measured time are counted in all, but not measured.
 */
export async function runLoad(job: LoadJob): Promise<LoadReport> {
  const request = requestBytes(job);
  const [latency, firstText] = [createSamples(), createSamples()];
  const wrong: Record<string, number> = {};
  const startMs = performance.now() + job.warmupMs;
  const endMs = startMs + job.measureMs;
  let [answers, answersInAll] = [0, 0];
  const fail = (reason: string): void => {
    wrong[reason] = (wrong[reason] ?? 0) + 1;
  };

  function oneConnection(): Promise<void> {
    return new Promise((resolve) => {
      const socket: Socket = connect({ host: job.host, port: job.port, noDelay: true });
      let sentMs = 0;
      let firstMs = 0;
      const next = (): void => {
        if (performance.now() >= endMs) {
          socket.end();
          return;
        }
        sentMs = performance.now();
        firstMs = 0;
        socket.write(request);
      };
      const read = createReader({
        onBody(text) {
          if (firstMs === 0 && text.includes('"content":')) firstMs = performance.now();
        },
        onAnswer({ status, body }) {
          const nowMs = performance.now();
          if (status !== 200) fail(`status ${status}: ${body.slice(0, 120)}`);
          else if (!body.includes(job.expect)) fail(`wrong answer: ${body.slice(-120)}`);
          else {
            answersInAll++;
            if (sentMs >= startMs && nowMs <= endMs) {
              answers++;
              latency.add(nowMs - sentMs);
              firstText.add(firstMs - sentMs);
            }
          }
          next();
        },
        onError(reason) {
          fail(reason);
          socket.destroy();
        },
      });
      socket.on("connect", next);
      socket.on("data", read);
      socket.on("error", (error) => fail(error.message));
      socket.on("close", () => {
        if (performance.now() < endMs) fail("connection closed early");
        resolve();
      });
    });
  }

  await Promise.all(Array.from({ length: job.connections }, oneConnection));
  return {
    answers,
    answersInAll,
    wrong,
    durationMs: job.measureMs,
    perSecond: answers / (job.measureMs / 1_000),
    latencyMs: percentiles(latency.sorted()),
    firstTextMs: percentiles(firstText.sorted()),
  };
}
