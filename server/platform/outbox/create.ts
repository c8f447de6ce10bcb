import type { Logger } from "#platform/log";
import { type Sql, type Tx, textArray } from "#platform/pg";
import type { Outbox, OutboxEvent, OutboxHandler } from "./outbox.ts";

const POLL_MS = 250;
const RUN_MAX = 1_000;
/** Commits gather this long before they are looked for: under load a round per commit would cost more than the commits. */
const WAKE_MS = 200;
/** Payloads put into one row, characters: beyond about 2 kB PostgreSQL would compress the value and store it apart. */
const ROW_CHARS_MAX = 1_800;
const RETENTION_MS = 60_000;
const BACKOFF_MS_MAX = 30_000;

interface Position {
  xid: string;
  seq: string;
}
interface Row extends Position {
  topic: string;
  /** One event's, or those of several in a row; null where nobody asked for the topic. */
  payload: OutboxEvent["payload"] | OutboxEvent["payload"][] | null;
}

const eventsOf = ({ topic, payload }: Row): OutboxEvent[] => {
  if (payload === null) return [];
  return Array.isArray(payload) ? payload.map((one) => ({ topic, payload: one })) : [{ topic, payload }];
};

export interface OutboxDeps {
  sql: Sql;
  log: Logger;
  /** How often new events are looked for, ms. */
  pollMs?: number;
}

/** Builds the outbox of this process. */
export function createOutbox({ sql, log, pollMs = POLL_MS }: OutboxDeps): Outbox {
  const consumers: {
    name: string;
    topics: ReadonlySet<string>;
    handler: OutboxHandler;
    failures: number;
    notBefore: number;
  }[] = [];
  const listeners = new Set<{ topics: ReadonlySet<string>; listener: (event: OutboxEvent) => void }>();
  let heard: Position | null = null;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();
  let stopped = true;

  /** Rows after a position that no transaction still open can precede; of other topics only where they stand. */
  const after = (tx: Sql | Tx, at: Position, topics: readonly string[], limit = RUN_MAX): Promise<Row[]> => tx<Row[]>`
    select xid::text, seq::text, topic, case when topic = any(${textArray(topics)}::text[]) then payload end as payload
    from platform.outbox
    where (xid, seq) > (${at.xid}::xid8, ${at.seq}::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by xid, seq limit ${limit}`;

  /** One run of one consumer. @returns whether there may be more */
  async function consumeRun(consumer: (typeof consumers)[number]): Promise<boolean> {
    // After an error one row at a time, so that what comes before the bad one gets through.
    const limit = consumer.failures === 0 ? RUN_MAX : 1;
    return sql.begin(async (tx) => {
      // Another process is at it: it will do.
      const [at] = await tx<Position[]>`
        select xid::text, seq::text from platform.outbox_cursors where consumer = ${consumer.name} for update skip locked`;
      if (at === undefined) return false;
      const rows = await after(tx as unknown as Tx, at, [...consumer.topics], limit);
      const last = rows.at(-1);
      if (last === undefined) return false;
      const wanted = rows.flatMap(eventsOf);
      if (wanted.length > 0) await consumer.handler(tx as unknown as Tx, wanted);
      await tx`update platform.outbox_cursors set xid = ${last.xid}::xid8, seq = ${last.seq}::bigint, updated_at = now() where consumer = ${consumer.name}`;
      return rows.length === limit;
    });
  }

  async function runConsumer(consumer: (typeof consumers)[number]): Promise<void> {
    if (Date.now() < consumer.notBefore) return;
    try {
      while (await consumeRun(consumer));
      if (consumer.failures > 0) log.info("outbox consumer works again", { consumer: consumer.name });
      consumer.failures = 0;
    } catch (err) {
      // Once per outage: a database that is away would otherwise fill the log.
      if (consumer.failures === 0)
        log.error("outbox consumer failed; it is tried again", { consumer: consumer.name, err });
      consumer.failures += 1;
      consumer.notBefore = Date.now() + Math.min(BACKOFF_MS_MAX, pollMs * 2 ** consumer.failures);
    }
  }

  async function tellListeners(): Promise<void> {
    if (heard === null) return;
    for (;;) {
      const topics = [...listeners].flatMap((l) => [...l.topics]);
      const rows: Row[] = await after(sql, heard, topics);
      for (const event of rows.flatMap(eventsOf))
        for (const l of listeners) if (l.topics.has(event.topic)) l.listener(event);
      heard = rows.at(-1) ?? heard;
      if (rows.length < RUN_MAX) return;
    }
  }

  /** Whether something committed before that transaction was not told to listeners: others that still run may hold it back for a moment. */
  async function isUnheard(before: string): Promise<boolean> {
    if (heard === null || listeners.size === 0) return false;
    const topics = [...listeners].flatMap((l) => [...l.topics]);
    const [row] = await sql`
      select 1 from platform.outbox where topic = any(${textArray(topics)}::text[])
        and (xid, seq) > (${heard.xid}::xid8, ${heard.seq}::bigint) and xid < ${before}::xid8 limit 1`;
    return row !== undefined;
  }

  function turn(): Promise<void> {
    round = round.then(async () => {
      for (const consumer of consumers) await runConsumer(consumer);
      await tellListeners().catch(() => undefined);
    });
    return round;
  }

  async function dropSeen(): Promise<void> {
    await sql`
      delete from platform.outbox where created_at < now() - interval '1 hour'
        and (xid, seq) <= (select xid, seq from platform.outbox_cursors order by xid, seq limit 1)`;
  }

  let woken: NodeJS.Timeout | undefined;
  function wake(): void {
    if (stopped || woken !== undefined) return;
    woken = setTimeout(() => {
      woken = undefined;
      if (!stopped) void turn();
    }, WAKE_MS);
    woken.unref();
  }

  function schedule(): void {
    if (stopped) return;
    timer = setTimeout(() => void turn().finally(schedule), pollMs);
    timer.unref();
  }
  let retention: NodeJS.Timeout | undefined;

  return {
    contributor: {
      write: (tx, entries) => {
        const events = entries.flatMap((entry) => entry.part);
        return events.length === 0 ? [] : [insert(tx, events)];
      },
      onCommitted: wake,
    },
    async publish(tx, events) {
      if (events.length > 0) await insert(tx, events);
    },
    consume(name, topics, handler) {
      consumers.push({ name, topics: new Set(topics), handler, failures: 0, notBefore: 0 });
    },
    listen(topics, listener) {
      const entry = { topics: new Set(topics), listener };
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
    async start() {
      const [last] = await sql<
        Position[]
      >`select xid::text, seq::text from platform.outbox order by xid desc, seq desc limit 1`;
      heard = last ?? { xid: "0", seq: "0" };
      for (const { name } of consumers) {
        await sql`insert into platform.outbox_cursors (consumer, xid, seq) values (${name}, '0', 0) on conflict do nothing`;
      }
      stopped = false;
      schedule();
      retention = setInterval(
        () => dropSeen().catch((err: unknown) => log.warn("old events not dropped", { err })),
        RETENTION_MS,
      );
      retention.unref();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(woken);
      clearInterval(retention);
      await round;
    },
    async settled() {
      const [now] = await sql<{ xid: string }[]>`select pg_current_xact_id()::text as xid`;
      for (;;) {
        await turn();
        const [behind] = await sql<{ n: number }[]>`
          select count(*)::int as n from platform.outbox_cursors c
          where c.consumer = any(${consumers.map((x) => x.name)})
            and exists (select 1 from platform.outbox o where (o.xid, o.seq) > (c.xid, c.seq) and o.xid < ${now?.xid ?? "0"}::xid8)`;
        if ((behind?.n ?? 0) === 0 && !(await isUnheard(now?.xid ?? "0"))) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

/** Events of one topic that follow each other share a row, as an array: one row of the table and its index for many of a batch. */
function rowsOf(events: readonly OutboxEvent[]): { topics: string[]; payloads: string[] } {
  const topics: string[] = [];
  const payloads: string[] = [];
  let texts: string[] = [];
  let chars = 0;
  const close = (topic: string): void => {
    topics.push(topic);
    payloads.push(texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(",")}]`);
    texts = [];
    chars = 0;
  };
  events.forEach(({ topic, payload }, index) => {
    const text = JSON.stringify(payload);
    const before = events[index - 1]?.topic ?? topic;
    if (texts.length > 0 && (before !== topic || chars + text.length > ROW_CHARS_MAX)) close(before);
    texts.push(text);
    chars += text.length;
  });
  const last = events.at(-1);
  if (last !== undefined) close(last.topic);
  return { topics, payloads };
}

function insert(tx: Tx, events: readonly OutboxEvent[]) {
  const { topics, payloads } = rowsOf(events);
  return tx`
    insert into platform.outbox (topic, payload)
    select topic, payload::json from unnest(${textArray(topics)}::text[], ${textArray(payloads)}::text[]) as e(topic, payload)`;
}
