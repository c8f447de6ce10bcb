import { createHash } from "node:crypto";
import type { Capabilities } from "@farlabs/protocol";
import { keccak256, stringToBytes } from "viem";
import { coded, newId, newSecret } from "#kernel";
import { numberArray, type Sql, type Tx, textArray } from "#platform/pg";

/** Nodes of one account, and tokens that it has not revoked: beyond it lies no fleet but a mistake or an attack. */
const NODES_MAX = 5_000;
const TOKENS_MAX = 500;

export type Wanted = "online" | "drain" | "maintenance";

export interface NodeRow {
  node_id: string;
  node_hash: string;
  node_key: string | null;
  owner_account: string;
  owner_address: string;
  gpu_model: string;
  vram_gb: string;
  location_country: string | null;
  location_region: string | null;
  status: "online" | "offline" | "maintenance";
  wanted: Wanted;
  reliability_score: string;
  suspended_for: string | null;
  suspended_until: Date | null;
  tasks_completed: string;
  total_earned: string;
  created_at: Date;
  last_seen: Date | null;
}

export interface TokenRow {
  id: string;
  owner_account: string;
  owner_address: string;
  node_id: string | null;
}

const hash = (token: string): Buffer => createHash("sha256").update(token).digest();

/** A node's name on chain, beside its owner. */
const hashOfId = (nodeId: string): string => keccak256(stringToBytes(nodeId));

async function insertTokenRow(tx: Tx | Sql, accountId: string, owner: string, name: string, nodeId: string | null) {
  const token = `far_join_${newSecret(40)}`;
  const id = newId("jt");
  await tx`
    insert into nodes.join_tokens (id, token_hash, owner_account, owner_address, node_id, name)
    values (${id}, ${hash(token)}, ${accountId}, ${owner.toLowerCase()}, ${nodeId}, ${name})`;
  return { id, token };
}

/** One at a time per account, so that parallel requests cannot pass a limit together. */
const inTurn = (tx: Tx, accountId: string) =>
  tx`select pg_advisory_xact_lock(hashtextextended(${`nodes:${accountId}`}, 0))`;

/** @throws too_many_nodes */
async function checkNodes(tx: Tx, accountId: string): Promise<void> {
  await inTurn(tx, accountId);
  const [row] = await tx<
    { n: number }[]
  >`select count(*)::int as n from nodes.gpu_nodes where owner_account = ${accountId}`;
  if ((row?.n ?? 0) >= NODES_MAX) throw coded("too_many_nodes");
}

/** The durable half of the module: tokens, ownership, last known state. */
export function createRegistry(sql: Sql) {
  const nodeId = (owner: string, unique: string): string =>
    `node_${owner.toLowerCase()}_${createHash("sha256").update(unique).digest("hex").slice(0, 8)}`;

  async function upsert(tx: Tx | Sql, { id, nodeKey, token, caps }: Joining): Promise<NodeRow[]> {
    const m = caps.machine;
    return tx<NodeRow[]>`
      insert into nodes.gpu_nodes (node_id, node_hash, node_key, owner_account, owner_address, gpu_model, vram_gb, cuda_cores,
                                   bandwidth_mbps, location_country, location_region, status, last_seen)
      values (${id}, ${hashOfId(id)}, ${nodeKey}, ${token.owner_account}, ${token.owner_address}, ${m.gpuModel}, ${m.vramGb},
              ${m.cudaCores ?? null}, ${m.bandwidthMbps ?? null}, ${m.country ?? null}, ${m.region ?? null}, 'online', now())
      on conflict (node_id) do update set
        node_key = excluded.node_key, gpu_model = excluded.gpu_model, vram_gb = excluded.vram_gb, cuda_cores = excluded.cuda_cores,
        bandwidth_mbps = coalesce(excluded.bandwidth_mbps, gpu_nodes.bandwidth_mbps),
        location_country = excluded.location_country, location_region = excluded.location_region, status = 'online', last_seen = now()
      where gpu_nodes.owner_account = ${token.owner_account} and coalesce(gpu_nodes.node_key, ${nodeKey}) = ${nodeKey}
      returning *`.catch((error: { code?: string }) => {
      // The key already joined under another node id, so under another owner.
      if (error.code === "23505") throw coded("node_key_taken", { cause: error });
      throw error;
    });
  }

  return {
    /** @throws too_many_join_tokens */
    insertToken(accountId: string, owner: string, name: string): Promise<{ id: string; token: string }> {
      return sql.begin(async (begun) => {
        const tx = begun as unknown as Tx;
        await inTurn(tx, accountId);
        const [row] = await tx<{ n: number }[]>`
          select count(*)::int as n from nodes.join_tokens where owner_account = ${accountId} and revoked_at is null and node_id is null`;
        if ((row?.n ?? 0) >= TOKENS_MAX) throw coded("too_many_join_tokens");
        return insertTokenRow(tx, accountId, owner, name, null);
      }) as Promise<{ id: string; token: string }>;
    },

    async revokeToken(accountId: string, id: string): Promise<void> {
      const done = await sql`
        update nodes.join_tokens set revoked_at = now()
        where id = ${id} and owner_account = ${accountId} and revoked_at is null`;
      if (done.count === 0) throw coded("not_found", { message: "No such join token belongs to this account." });
    },

    /** Of these, the tokens that were revoked. */
    async revokedOf(ids: readonly string[]): Promise<string[]> {
      const rows = await sql<{ id: string }[]>`
        select id from nodes.join_tokens where id = any (${textArray(ids)}::text[]) and revoked_at is not null`;
      return rows.map((row) => row.id);
    },

    async token(token: string): Promise<TokenRow> {
      const [row] = await sql<TokenRow[]>`
        select id, owner_account, owner_address, node_id from nodes.join_tokens
        where token_hash = ${hash(token)} and revoked_at is null`;
      if (row === undefined) throw coded("invalid_join_token");
      return row;
    },

    async register(
      accountId: string,
      input: { wallet: string; gpuModel: string; vramGb: number; bandwidthMbps: number },
    ) {
      const owner = input.wallet.toLowerCase();
      const id = nodeId(owner, newSecret(22));
      return (await sql.begin(async (begun) => {
        const tx = begun as unknown as Tx;
        await checkNodes(tx, accountId);
        await tx`
          insert into nodes.gpu_nodes (node_id, node_hash, owner_account, owner_address, gpu_model, vram_gb, bandwidth_mbps)
          values (${id}, ${hashOfId(id)}, ${accountId}, ${owner}, ${input.gpuModel}, ${input.vramGb}, ${input.bandwidthMbps})`;
        const { token } = await insertTokenRow(tx, accountId, owner, input.gpuModel, id);
        return { nodeId: id, joinToken: token };
      })) as { nodeId: string; joinToken: string };
    },

    /**
     * Finds or makes the row of a node key. A token that belongs to one registered node binds the first key that presents it.
     * @throws node_key_taken, too_many_nodes
     */
    async join(token: TokenRow, nodeKey: string, caps: Capabilities): Promise<NodeRow> {
      const id = token.node_id ?? nodeId(token.owner_address, nodeKey);
      const joining = { id, nodeKey, token, caps };
      const [known] = await sql`select 1 from nodes.gpu_nodes where node_id = ${id}`;
      const rows =
        known !== undefined
          ? await upsert(sql, joining)
          : ((await sql.begin(async (begun) => {
              const tx = begun as unknown as Tx;
              await checkNodes(tx, token.owner_account);
              return upsert(tx, joining);
            })) as NodeRow[]);
      if (rows[0] === undefined) throw coded("node_key_taken");
      return rows[0];
    },

    async touch(seen: readonly { nodeId: string; status: string }[]): Promise<void> {
      if (seen.length === 0) return;
      await sql`
        update nodes.gpu_nodes n set status = s.status, last_seen = now()
        from unnest(${textArray(seen.map((s) => s.nodeId))}::text[], ${textArray(seen.map((s) => s.status))}::text[]) as s(node_id, status)
        where n.node_id = s.node_id`;
    },

    async allOffline(): Promise<void> {
      await sql`update nodes.gpu_nodes set status = 'offline' where status <> 'offline'`;
    },

    async one(id: string): Promise<NodeRow | null> {
      const [row] = await sql<NodeRow[]>`select * from nodes.gpu_nodes where node_id = ${id}`;
      return row ?? null;
    },

    many: (ids: readonly string[]) =>
      sql<NodeRow[]>`select * from nodes.gpu_nodes where node_id = any (${textArray(ids)}::text[])`,

    page(accountId: string, after: { at: Date; id: string } | null, limit: number) {
      return sql<NodeRow[]>`
        select * from nodes.gpu_nodes
        where owner_account = ${accountId}
          and ${after === null ? sql`true` : sql`(created_at, node_id) < (${after.at}, ${after.id})`}
        order by created_at desc, node_id desc limit ${limit}`;
    },

    async ownerWallets(accountId: string): Promise<string[]> {
      const rows = await sql<
        { owner_address: string }[]
      >`select distinct owner_address from nodes.gpu_nodes where owner_account = ${accountId}`;
      return rows.map((r) => r.owner_address);
    },

    /** One update per run of events, whatever their number. */
    async addEarnings(
      tx: Tx,
      tasks: readonly { nodes: readonly { node_id: string; amount: string }[] }[],
    ): Promise<void> {
      const earned = new Map<string, { tasks: number; amount: bigint }>();
      for (const { node_id, amount } of tasks.flatMap((t) => t.nodes)) {
        const sum = earned.get(node_id) ?? { tasks: 0, amount: 0n };
        earned.set(node_id, { tasks: sum.tasks + 1, amount: sum.amount + BigInt(amount) });
      }
      if (earned.size === 0) return;
      const rows = [...earned].sort(([a], [b]) => (a < b ? -1 : 1));
      await tx`
        update nodes.gpu_nodes n set tasks_completed = n.tasks_completed + e.tasks, total_earned = n.total_earned + e.amount
        from unnest(${textArray(rows.map(([id]) => id))}::text[], ${numberArray(rows.map(([, e]) => e.tasks))}::bigint[],
                    ${numberArray(rows.map(([, e]) => e.amount))}::numeric[]) as e(node_id, tasks, amount)
        where n.node_id = e.node_id`;
    },

    async totals() {
      const [row] = await sql<{ nodes: number; vram: number; score: number }[]>`
        select count(*)::int as nodes, coalesce(sum(vram_gb), 0)::float8 as vram, coalesce(avg(reliability_score), 0)::float8 as score
        from nodes.gpu_nodes where status <> 'offline'`;
      return row ?? { nodes: 0, vram: 0, score: 0 };
    },
  };
}

interface Joining {
  id: string;
  nodeKey: string;
  token: TokenRow;
  caps: Capabilities;
}

export type Registry = ReturnType<typeof createRegistry>;
