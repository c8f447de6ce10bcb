/**
 * Reserve and post pairs a second, through the group commit, on embedded PostgreSQL with fsync on. One process, database beside it.
 * `node server/modules/ledger/ledger.bench.ts [seconds per point]` — results stand in the module's README.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { newId } from "#kernel";
import {
  connect,
  connectAsOwner,
  createGroupCommit,
  discardPostgres,
  findMigrations,
  migrate,
  type Sql,
  startPostgres,
  type Tx,
} from "#platform/pg";
import { createLedger, splitCharge } from "./index.ts";

const SERVER = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const WALLETS = 1_000;
const NODES = 200;
const FAR = 10n ** 18n;
const seconds = Number(process.argv[2] ?? 5);
const wallet = (n: number): string => `far:wallet:0x${n.toString(16).padStart(40, "0")}`;
const owner = (n: number): string => `far:owner:0x${n.toString(16).padStart(40, "a")}`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** CPU time of PostgreSQL's processes so far, µs; 0 where the system does not tell. Unlike throughput it is the same on a busy machine. */
function postgresCpuUs(postmaster: number): number {
  try {
    const rows = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
          .replace(/^.*\) /, "")
          .split(" ");
        return { pid: Number(pid), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
      });
    return rows
      .filter((row) => row.pid === postmaster || row.parent === postmaster)
      .reduce((sum, row) => sum + row.ticks * 10_000, 0);
  } catch {
    return 0;
  }
}

async function fund(sql: Sql, ledger: ReturnType<typeof createLedger>): Promise<void> {
  await sql.begin(async (tx) => {
    const deposits = Array.from({ length: WALLETS }, (_, n) => ({
      id: `deposit:${n}`,
      debit: "far:escrow",
      credit: wallet(n),
      amount: 1_000_000n * FAR,
      kind: "deposit",
    }));
    await ledger.transfer(tx as unknown as Tx, "bench-deposits", deposits);
  });
}

async function point(sql: Sql, concurrency: number, shared: { spent: number; pid: number }): Promise<void> {
  const ledger = createLedger({ sql });
  let batches = 0;
  const commit = createGroupCommit(sql, {
    onBatch: () => {
      batches += 1;
    },
  });
  commit.register("funds", ledger.contributor);
  const folding = setInterval(() => void ledger.fold(), 1_000);
  const latencies: number[] = [];
  const until = performance.now() + seconds * 1_000;
  let turn = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      const n = turn++;
      const id = newId("task");
      const payer = wallet(n % WALLETS);
      const from = performance.now();
      const reserved = await commit.submit({
        funds: {
          kind: "reserve",
          id,
          legs: [{ account: payer, amount: FAR / 100n }],
          expiresAtMs: Date.now() + 1_860_000,
        },
      });
      const { stakers, treasury, operators } = splitCharge(FAR / 300n, [
        { account: owner(n % NODES), outputTokens: 100, score: 85 },
      ]);
      const to = [
        ...operators,
        { account: "far:pool:stakers", amount: stakers },
        { account: "far:pool:treasury", amount: treasury },
      ];
      const posted = await commit.submit({ funds: { kind: "post", id, legs: [{ account: payer, to }] } });
      if (!reserved.ok || !posted.ok) throw new Error("a pair was refused");
      latencies.push(performance.now() - from);
    }
  };
  const started = performance.now();
  const cpuBefore = process.cpuUsage();
  const postgresBefore = postgresCpuUs(shared.pid);
  await Promise.all(Array.from({ length: concurrency }, one));
  const tookS = (performance.now() - started) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  const postgresCpu = postgresCpuUs(shared.pid) - postgresBefore;
  clearInterval(folding);
  await commit.close();
  await ledger.fold();
  latencies.sort((a, b) => a - b);
  const at = (q: number): string => (latencies[Math.floor(latencies.length * q)] ?? 0).toFixed(2);
  shared.spent += latencies.length;
  say(
    `${String(concurrency).padStart(4)} concurrent: ${Math.round(latencies.length / tookS)} pairs/s, pair p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ` +
      `${((latencies.length * 2) / batches).toFixed(0)} units a batch, CPU a pair: node ${Math.round((cpu.user + cpu.system) / latencies.length)} µs, postgres ${Math.round(postgresCpu / latencies.length)} µs`,
  );
}

const dir = mkdtempSync(join(tmpdir(), "far-ledger-bench-"));
const postgres = await startPostgres({
  dir,
  port: 0,
  settings: { shared_preload_libraries: "pg_stat_statements", "pg_stat_statements.track_planning": "on" },
});
try {
  const owners = connectAsOwner({ url: postgres.url });
  await migrate(
    owners,
    (await findMigrations(SERVER)).filter((set) => set.schema === "ledger"),
  );
  const sql = connect({ url: postgres.url });
  await owners.unsafe("create extension pg_stat_statements schema public");
  await fund(sql, createLedger({ sql }));
  const shared = { spent: 0, pid: postgres.pid };
  for (const concurrency of [1, 64, 256, 64, 256]) await point(sql, concurrency, shared);
  for (const r of await owners.unsafe(
    "select calls, rows, round(total_exec_time::numeric) ms, round(total_plan_time::numeric) plan, round(wal_bytes/1e6,1) wal_mb, left(regexp_replace(query, '[[:space:]]+', ' ', 'g'),90) q from pg_stat_statements order by total_exec_time desc limit 16",
  ))
    say(JSON.stringify(r));
  say(JSON.stringify(await owners.unsafe("select wal_records, wal_fpi, wal_bytes, wal_buffers_full from pg_stat_wal")));
  const findings = await createLedger({ sql: owners }).audit();
  say(findings.length === 0 ? `audit of ${shared.spent} pairs: clean` : findings.join("\n"));
  await Promise.all([sql.end(), owners.end()]);
} finally {
  await postgres.stop();
  await discardPostgres(dir);
  rmSync(dir, { recursive: true, force: true });
}
