-- Nodes as the outside knows them. What changes every second (slots, speed, telemetry) lives in memory only.
create table nodes.gpu_nodes (
  node_id text primary key,
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
  reliability_score numeric not null default 80 check (reliability_score between 0 and 100),
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

grant select, insert, update on nodes.gpu_nodes, nodes.join_tokens to far_server;
