import { PROTOCOL_VERSION } from "@farlabs/protocol";
import { WebSocket } from "ws";
import { parseMessage } from "../link/parseMessage.ts";
import { nodelinkUrl } from "../urls.ts";
import { type Finding, fail, ok, reasonOf, warn } from "./finding.ts";

const TIMEOUT_MS = 10_000;
const PINGS = 5;
const FAR_MS = 300;
/** Receipts and sessions are signed with times; far-off clocks are refused. */
const CLOCK_WARN_MS = 2_000;
const CLOCK_FAIL_MS = 30_000;
/** Time spent on the line's rate. */
const RATE_MS = 2_000;
const RATE_BYTES_MAX = 64 * 1024 * 1024;
/** A stream of text takes little; pictures and long prompts more. */
const SLOW_MBPS = 1;

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

interface Ping {
  rttMs: number;
  /** Network's clock less ours, in the middle of the round trip; the header tells whole seconds. */
  aheadMs: number | null;
}

async function ping(base: string): Promise<Ping> {
  const startedMs = performance.now();
  const sentAt = Date.now();
  const response = await fetch(`${base}/health`, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
  await response.arrayBuffer();
  const rttMs = performance.now() - startedMs;
  if (!response.ok) throw new Error(`GET /health answers ${response.status}`);
  const date = Date.parse(response.headers.get("date") ?? "");
  return { rttMs, aheadMs: Number.isNaN(date) ? null : date + 500 - (sentAt + rttMs / 2) };
}

function clockFinding(aheads: number[]): Finding {
  if (aheads.length === 0)
    return warn("clock", "the network did not tell its time", "Keep this machine's clock by NTP.");
  const offMs = Math.abs(median(aheads));
  const detail =
    offMs < 1_000
      ? "agrees with the network's to a second"
      : `differs from the network's by ${Math.round(offMs / 1000)} s`;
  if (offMs < CLOCK_WARN_MS) return ok("clock", detail);
  const remedy = "Set it by NTP: timedatectl set-ntp true.";
  return offMs < CLOCK_FAIL_MS ? warn("clock", detail, remedy) : fail("clock", detail, remedy);
}

/** What the line brought down in a short while, Mbit/s; a lower bound, since the documents asked for are small. */
async function measureRate(base: string): Promise<Finding> {
  const startedMs = performance.now();
  let bytes = 0;
  while (performance.now() - startedMs < RATE_MS && bytes < RATE_BYTES_MAX) {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        fetch(`${base}/openapi.json`, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) }),
      ),
    );
    for (const answer of answers) bytes += (await answer.arrayBuffer()).byteLength;
    if (answers.some((answer) => !answer.ok)) break;
  }
  const mbps = (bytes * 8) / 1e6 / ((performance.now() - startedMs) / 1000);
  const detail = `at least ${mbps >= 10 ? Math.round(mbps) : Math.round(mbps * 10) / 10} Mbit/s from the network to here`;
  return mbps < SLOW_MBPS
    ? warn("bandwidth", detail, "Long prompts will arrive slowly. Is something else using the line?")
    : ok("bandwidth", detail);
}

/** Opens the agents' WebSocket as an agent does and waits for the challenge; the node does not join. */
function reachNodelink(network: string): Promise<Finding> {
  const url = nodelinkUrl(network);
  const remedy =
    "A proxy or firewall on the way must let WebSockets pass; the agent only dials out, no port is opened.";
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { handshakeTimeout: TIMEOUT_MS, maxPayload: 65_536, followRedirects: false });
    const end = (finding: Finding): void => {
      clearTimeout(timer);
      socket.terminate();
      resolve(finding);
    };
    const timer = setTimeout(() => end(fail("nodelink", `${url} opened, but no challenge came`, remedy)), TIMEOUT_MS);
    socket.on("error", (error) => end(fail("nodelink", `${url}: ${reasonOf(error)}`, remedy)));
    socket.on("message", (data) => {
      try {
        const [frame] = parseMessage(data.toString());
        if (frame?.type !== "challenge") throw new Error("something else than a challenge");
        if (frame.protocol === PROTOCOL_VERSION) end(ok("nodelink", `${url} answers, protocol ${frame.protocol}`));
        else
          end(
            fail(
              "nodelink",
              `the network speaks protocol ${frame.protocol}, this agent ${PROTOCOL_VERSION}`,
              "Install the agent of the network's version.",
            ),
          );
      } catch (error) {
        end(fail("nodelink", `${url}: ${reasonOf(error)}`, "Is this the address of a network?"));
      }
    });
  });
}

/** `https://…` of a network given in any of its forms. */
const httpBase = (network: string): string =>
  nodelinkUrl(network)
    .replace(/^ws/, "http")
    .replace(/\/nodelink$/, "");

/** Reachability, distance, clock and rate. @throws AgentError for an address that may not be used */
export async function examineNetwork(network: string): Promise<Finding[]> {
  const base = httpBase(network);
  const pings: Ping[] = [];
  try {
    for (let i = 0; i < PINGS; i += 1) pings.push(await ping(base));
  } catch (error) {
    return [fail("network", `${base}: ${reasonOf(error)}`, "Check the address, and that this machine may reach it.")];
  }
  // The first one opens the connection.
  const rttMs = Math.round(median(pings.slice(1).map((p) => p.rttMs)));
  const detail = `${base} answers in ${rttMs} ms`;
  const near =
    rttMs < FAR_MS ? ok("network", detail) : warn("network", detail, "Far away: every answer starts that much later.");
  const aheads = pings.flatMap((p) => (p.aheadMs === null ? [] : [p.aheadMs]));
  return [near, clockFinding(aheads), await reachNodelink(network), await measureRate(base)];
}
