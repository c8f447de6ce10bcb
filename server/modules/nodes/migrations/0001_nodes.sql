-- Nodes as the outside knows them. What changes every second (slots, speed, telemetry) lives in memory only.
create table nodes.gpu_nodes (
  node_id text primary key,
  -- Keccak-256 of node_id: the node's name on chain, beside its owner.
  node_hash text not null unique check (node_hash ~ '^0x[0-9a-f]{64}$'),
  -- Address of the key that signs the challenge; null until a registered node first joins.
  node_key text unique,
  owner_account text not null,
  owner_address text not null check (owner_address ~ '^0x[0-9a-f]{40}$'),
  gpu_model text not null,
  vram_gb numeric not null default 0,
  cuda_cores integer,
  bandwidth_mbps numeric,
  location_country text,
  location_region text,
  status text not null default 'offline' check (status in ('online', 'offline', 'maintenance')),
  -- The owner's switch; it outlives connections and restarts.
  wanted text not null default 'online' check (wanted in ('online', 'drain', 'maintenance')),
  reliability_score numeric not null default 80 check (reliability_score between 0 and 100),
  -- The audits' switch: why it gets no user tasks, and until when (null: until it is lifted).
  suspended_for text,
  suspended_until timestamptz(3),
  tasks_completed bigint not null default 0,
  total_earned numeric(78,0) not null default 0,
  uptime_percentage numeric not null default 100,
  created_at timestamptz(3) not null default now(),
  last_seen timestamptz
);
create index gpu_nodes_owner on nodes.gpu_nodes (owner_account, created_at desc, node_id);

-- A join token lets node keys join for one owner. Only its hash is kept. A token made by registration belongs to that one node.
create table nodes.join_tokens (
  id text primary key,
  token_hash bytea not null unique,
  owner_account text not null,
  owner_address text not null,
  node_id text references nodes.gpu_nodes,
  name text not null default '',
  created_at timestamptz(3) not null default now(),
  revoked_at timestamptz
);
create index join_tokens_owner on nodes.join_tokens (owner_account, created_at desc);

-- The node registry's state, mirrored from its events. A stake may be there before its node ever joined.
create table nodes.stakes (
  owner_address text not null,
  node_hash text not null,
  stake numeric(78,0) not null default 0 check (stake >= 0),
  unbonding numeric(78,0) not null default 0 check (unbonding >= 0),
  withdrawable_at timestamptz(3),
  primary key (owner_address, node_hash)
);

-- Slashes that are proposed and neither cancelled, refused on appeal nor executed: what they lock is not free.
create table nodes.slash_locks (
  slash_id numeric(78,0) primary key,
  owner_address text not null,
  node_hash text not null,
  amount numeric(78,0) not null
);
create index slash_locks_node on nodes.slash_locks (owner_address, node_hash);

grant select, insert, update on nodes.gpu_nodes, nodes.join_tokens, nodes.stakes to far_server;
grant select, insert, delete on nodes.slash_locks to far_server;
