/**
 * The ledger against an independent model: plain lists, every balance recomputed from them each time, no code shared with the ledger.
 * Steps of a run are submitted in random groups at once, so that they meet in batches.
 */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { createGroupCommit, type Tx } from "#platform/pg";
import { testDatabase } from "#testing";
import { createLedger, type FundsPart, type ReserveLeg } from "./index.ts";

const db = await testDatabase();
const ledger = createLedger({ sql: db.sql });
const commit = createGroupCommit(db.sql);
commit.register("funds", ledger.contributor);
afterAll(() => commit.close());

const WALLETS = ["far:wallet:0xa", "far:wallet:0xb", "usd:cap:k"];
const TARGETS = ["far:owner:0x1", "far:pool:stakers", "far:pool:treasury", "far:wallet:0xb"];

interface Held {
  legs: { account: string; amount: bigint }[];
  request: string;
  end: string | null;
}

/** The naive model. */
function createModel() {
  const moves: { from: string; to: string; amount: bigint }[] = [];
  const held = new Map<string, Held>();
  const refused = new Map<string, { request: string; code: string }>();
  const frozen = new Set<string>();
  const posted = (account: string): bigint =>
    moves.reduce((sum, m) => sum + (m.to === account ? m.amount : 0n) - (m.from === account ? m.amount : 0n), 0n);
  const reserved = (account: string): bigint =>
    [...held.values()]
      .filter((h) => h.end === null)
      .flatMap((h) => h.legs)
      .filter((leg) => leg.account === account)
      .reduce((sum, leg) => sum + leg.amount, 0n);
  const free = (account: string): bigint => posted(account) - reserved(account);

  function reserve(part: Extract<FundsPart, { kind: "reserve" }>): string {
    const text = (legs: readonly ReserveLeg[] | undefined): string | undefined =>
      legs?.map((leg) => `${leg.account}=${leg.amount}/${leg.amountMin}`).join();
    const request = `${text(part.legs)} or ${text(part.otherwise)}`;
    const before = held.get(part.id);
    if (before) return before.request === request ? `replayed ${before.legs.map((leg) => leg.amount)}` : "id_reused";
    const refusal = refused.get(part.id);
    if (refusal) return refusal.request === request ? refusal.code : "id_reused";
    const refuse = (code: string): string => {
      refused.set(part.id, { request, code });
      return code;
    };
    const isShort = (leg: ReserveLeg): boolean => free(leg.account) < (leg.amountMin ?? leg.amount);
    const anyFrozen = part.legs.some((leg) => frozen.has(leg.account));
    const [first] = part.legs;
    const takesOther = part.otherwise !== undefined && !anyFrozen && first !== undefined && isShort(first);
    const chosen = takesOther ? (part.otherwise ?? []) : part.legs;
    if (chosen.some((leg) => frozen.has(leg.account))) return refuse("wallet_frozen");
    const short = chosen.find(isShort);
    if (short !== undefined)
      return refuse(short.account.startsWith("usd:") ? "spend_cap_reached" : "insufficient_funds");
    // The largest share, in steps of one unit of the widest span, that every account covers; amounts here are small enough to try.
    const fits = (num: bigint, den: bigint): boolean =>
      chosen.every((leg) => {
        const min = leg.amountMin ?? leg.amount;
        // num/den of the span must not exceed what is free above the minimum.
        return (leg.amount - min) * num <= (free(leg.account) - min) * den;
      });
    const shares = [
      [1n, 1n] as const,
      ...chosen.flatMap((leg) => {
        const min = leg.amountMin ?? leg.amount;
        return leg.amount > min ? [[free(leg.account) - min, leg.amount - min] as const] : [];
      }),
    ].filter(([num, den]) => num <= den && fits(num, den));
    const best = shares.reduce((a, b) => (b[0] * a[1] > a[0] * b[1] ? b : a), [0n, 1n] as const);
    const legs = chosen.map((leg) => {
      const min = leg.amountMin ?? leg.amount;
      return { account: leg.account, amount: min + ((leg.amount - min) * best[0]) / best[1] };
    });
    held.set(part.id, { legs, request, end: null });
    return `ok ${legs.map((leg) => leg.amount)}`;
  }

  function resolve(part: Exclude<FundsPart, { kind: "reserve" }>): string {
    const reservation = held.get(part.id);
    if (!reservation) return "reservation_not_found";
    const end =
      part.kind === "post"
        ? `post ${JSON.stringify(part.legs, (_k, v: unknown) => (typeof v === "bigint" ? `${v}` : v))}`
        : "void";
    if (reservation.end !== null) return reservation.end === end ? "replayed " : "reservation_resolved";
    const legs = part.kind === "post" ? part.legs : [];
    for (const leg of legs) {
      const total = leg.to.reduce((sum, to) => sum + to.amount, 0n);
      const limit = reservation.legs.find((other) => other.account === leg.account)?.amount ?? 0n;
      if (total > limit) return "post_exceeds_reserve";
    }
    reservation.end = end;
    for (const leg of legs)
      for (const to of leg.to) moves.push({ from: leg.account, to: to.account, amount: to.amount });
    return "ok ";
  }

  return {
    posted,
    free,
    frozen,
    move: (from: string, to: string, amount: bigint) => moves.push({ from, to, amount }),
    submit: (part: FundsPart): string => (part.kind === "reserve" ? reserve(part) : resolve(part)),
    expireAll: () => {
      for (const reservation of held.values()) reservation.end ??= "expired";
    },
  };
}

const small = fc.bigInt({ min: 0n, max: 40n });
const id = fc.nat(9);
const leg = fc.tuple(small, small).map(([a, b]) => (a > b ? { amount: a, amountMin: b } : { amount: b, amountMin: a }));
type Step =
  | {
      do: "submit";
      parts: {
        kind: "reserve" | "post" | "void";
        id: number;
        wallet: number;
        leg: { amount: bigint; amountMin: bigint };
        cap: { amount: bigint; amountMin: bigint } | null;
        otherwise: { amount: bigint; amountMin: bigint } | null;
        to: bigint[];
      }[];
    }
  | { do: "deposit"; wallet: number; amount: bigint }
  | { do: "freeze"; wallet: number; on: boolean }
  | { do: "fold" }
  | { do: "expire" };
const part = fc.record({
  kind: fc.constantFrom("reserve" as const, "reserve" as const, "post" as const, "post" as const, "void" as const),
  id,
  wallet: fc.nat(1),
  leg,
  cap: fc.option(leg),
  otherwise: fc.option(leg),
  to: fc.array(small, { minLength: 4, maxLength: 4 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("submit" as const),
      parts: fc.array(part, { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("deposit" as const),
      wallet: fc.nat(2),
      amount: fc.bigInt({ min: 1n, max: 100n }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("freeze" as const), wallet: fc.nat(1), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: "fold" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "expire" as const }) },
);

test("every answer and every balance is the model's, whatever meets in a batch", async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
      run += 1;
      const model = createModel();
      // Accounts of this run alone, so that runs need no clean-up.
      const own = (account: string): string =>
        account.startsWith("far:pool") ? `far:pool:${account.slice(9)}${run}` : `${account}${run}`;
      const name = (n: number): string => own(WALLETS[n] ?? "");
      let moved = 0;
      const build = (p: Extract<Step, { do: "submit" }>["parts"][number]): FundsPart => {
        const key = `r${run}-${p.id}`;
        if (p.kind === "void") return { kind: "void", id: key };
        const account = name(p.wallet);
        if (p.kind === "reserve") {
          const legs = [{ account, ...p.leg }, ...(p.cap === null ? [] : [{ account: name(2), ...p.cap }])];
          const otherwise =
            p.otherwise === null ? {} : { otherwise: [{ account: name(1 - p.wallet), ...p.otherwise }] };
          return { kind: "reserve", id: key, legs, ...otherwise, expiresAtMs: Date.now() + 60_000 };
        }
        const to = TARGETS.map((target, index) => ({ account: own(target), amount: (p.to[index] ?? 0n) / 4n })).filter(
          (t) => t.account !== account,
        );
        return { kind: "post", id: key, legs: [{ account, to }] };
      };
      for (const s of steps) {
        if (s.do === "submit") {
          const parts = s.parts.map(build);
          const answers = await Promise.all(parts.map((funds) => commit.submit({ funds })));
          const said = answers.map((a) =>
            a.ok
              ? `${a.replayed ? "replayed" : "ok"} ${(a.out.funds as { reserved: bigint[] }).reserved}`
              : (a.error as { code?: string }).code,
          );
          expect(said).toEqual(parts.map((p) => model.submit(p)));
        } else if (s.do === "deposit") {
          const key = `d${run}-${moved++}`;
          const source = s.wallet === 2 ? "usd:source" : "far:escrow";
          await db.sql.begin((tx) =>
            ledger.transfer(tx as unknown as Tx, key, [
              { id: key, debit: source, credit: name(s.wallet), amount: s.amount, kind: "deposit" },
            ]),
          );
          model.move(own(source), name(s.wallet), s.amount);
        } else if (s.do === "freeze") {
          await db.sql.begin((tx) => ledger.setFrozen(tx as unknown as Tx, name(s.wallet), s.on));
          if (s.on) model.frozen.add(name(s.wallet));
          else model.frozen.delete(name(s.wallet));
        } else if (s.do === "fold") await ledger.fold();
        else {
          await ledger.expire(Date.now() + 120_000, 1_000);
          model.expireAll();
        }
      }
      const accounts = [...WALLETS, ...TARGETS].map(own);
      const found = await ledger.balances(accounts);
      expect(found.map((b) => [b.account, b.posted, b.available])).toEqual(
        accounts.map((a) => [a, model.posted(a), model.free(a)]),
      );
    }),
    { numRuns: 60 },
  );
  expect(await ledger.audit()).toEqual([]);
});
