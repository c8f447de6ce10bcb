import { setTimeout as sleep } from "node:timers/promises";

const TRIES_MAX = 30;
const AUDITS_MAX = 4;

/** What the books said after a scenario. */
export interface Finding {
  isRight: boolean;
  text: string;
  answers: number;
  /** Wei. */
  spent: string;
  chargeEach: string;
  findings: unknown[];
  answersPerFsync: number;
}

export interface Books {
  /** Notes where the account stands, and asks for one answer to learn what each costs. */
  begin(body: string): Promise<void>;
  /** Compares what was spent since `begin` with `answers` of that price, and runs the auditor. */
  end(answers: number): Promise<Finding>;
}

export interface BooksDeps {
  api: string;
  apiKey: string;
  adminToken: string;
  walFsyncs(): Promise<number>;
}

interface Balance {
  available: string;
  reserved: string;
}

/** The books of the account that the load is charged to, asked through the public API. */
export function openBooks(deps: BooksDeps): Books {
  let before = 0n;
  let chargeEach = 0n;
  let fsyncsBefore = 0;

  async function get<T>(path: string, token: string): Promise<T> {
    const response = await fetch(`${deps.api}${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
  /** Spendable plus reserved: what has not been charged. */
  async function balance(): Promise<{ left: bigint; reserved: bigint }> {
    const { data } = await get<{ data: Balance[] }>("/api/v1/user/balance", deps.apiKey);
    const reserved = data.reduce((sum, b) => sum + BigInt(b.reserved), 0n);
    return { left: data.reduce((sum, b) => sum + BigInt(b.available), reserved), reserved };
  }

  /** An epoch on its way to the chain can look wrong for a moment; what stays wrong is a finding, what passes is told. */
  async function audit(): Promise<{ findings: unknown[]; passing: number }> {
    let passing = 0;
    for (let tries = 1; ; tries++) {
      const { findings } = await get<{ findings: unknown[] }>("/api/v1/admin/audit", deps.adminToken);
      if (findings.length === 0 || tries === AUDITS_MAX) return { findings, passing };
      passing += findings.length;
      await sleep(3_000);
    }
  }
  /** A network that has just begun may say 503 for a moment, while the deposit is on its way to every part. */
  async function oneAnswer(body: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      const response = await fetch(`${deps.api}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${deps.apiKey}`, "content-type": "application/json" },
        body,
      });
      const text = await response.text();
      if (response.ok) return;
      if (response.status !== 503 || tries === TRIES_MAX)
        throw new Error(`the first request: ${response.status} ${text}`);
      await sleep(1_000);
    }
  }

  return {
    async begin(body) {
      const first = await balance();
      await oneAnswer(body);
      before = (await balance()).left;
      chargeEach = first.left - before;
      fsyncsBefore = await deps.walFsyncs();
    },
    async end(answers) {
      const { left, reserved } = await balance();
      const spent = before - left;
      const fsyncs = (await deps.walFsyncs()) - fsyncsBefore;
      const { findings, passing } = await audit();
      const isExact = spent === chargeEach * BigInt(answers) && reserved === 0n;
      const answersPerFsync = Math.round((answers / fsyncs) * 10) / 10;
      return {
        isRight: isExact && findings.length === 0,
        text:
          `Books: ${answers} right answers × ${chargeEach} wei = ${chargeEach * BigInt(answers)}; spent ${spent}, reserved ${reserved}: ` +
          `${isExact ? "exact" : "NOT EXACT"}. Auditor: ${findings.length} findings${findings.length > 0 ? ` ${JSON.stringify(findings.slice(0, 3))}` : ""}` +
          `${passing > 0 ? ` (${passing} that passed by themselves)` : ""}. ` +
          `${fsyncs} WAL fsyncs, ${answersPerFsync} answers each.`,
        answers,
        spent: String(spent),
        chargeEach: String(chargeEach),
        findings: findings.slice(0, 20),
        answersPerFsync,
      };
    },
  };
}
