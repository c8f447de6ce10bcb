-- A mirror of the staking contract's confirmed events. Amounts and weights are wei of FAR, times are those of the blocks.

create table staking.staking_records (
  position_id numeric(78,0) primary key,
  wallet text not null check (wallet ~ '^0x[0-9a-f]{40}$'),
  -- The account that the wallet belonged to when it staked.
  user_id text,
  amount numeric(78,0) not null check (amount > 0),
  -- What it counts for now; 0 once it earns nothing any more.
  weight numeric(78,0) not null check (weight >= 0),
  lock_period_days integer not null check (lock_period_days in (0, 30, 90, 180, 365)),
  -- Parts per million a year, as realised by then; null while there was too little history.
  apy_at_stake numeric(78,0),
  status text not null default 'active' check (status in ('active', 'unbonding', 'withdrawn')),
  staked_at timestamptz not null,
  unlock_at timestamptz,
  withdrawn_at timestamptz,
  rewards_earned numeric(78,0) not null default 0,
  staked_tx_hash text not null,
  withdrawn_tx_hash text,
  check ((status = 'withdrawn') = (withdrawn_at is not null)),
  check (status = 'active' or weight = 0)
);
create index staking_records_of_wallet on staking.staking_records (wallet, position_id desc);

-- From when to when a position counted for how much: what means over time are made of.
create table staking.weight_spans (
  position_id numeric(78,0) not null references staking.staking_records,
  wallet text not null,
  amount numeric(78,0) not null,
  weight numeric(78,0) not null,
  from_at timestamptz not null,
  until_at timestamptz,
  check (until_at >= from_at)
);
create unique index weight_spans_one_open on staking.weight_spans (position_id) where until_at is null;
create index weight_spans_of_wallet on staking.weight_spans (wallet, from_at);
create index weight_spans_by_end on staking.weight_spans (until_at);

create table staking.claims (
  seq bigint generated always as identity primary key,
  tx_hash text not null,
  log_index integer not null,
  wallet text not null,
  revenue numeric(78,0) not null,
  base numeric(78,0) not null,
  claimed_at timestamptz not null,
  unique (tx_hash, log_index)
);
create index claims_of_wallet on staking.claims (wallet, seq desc);

create table staking.revenue_epochs (
  epoch bigint generated always as identity primary key,
  tx_hash text not null,
  log_index integer not null,
  block_number bigint not null,
  amount numeric(78,0) not null check (amount > 0),
  stream_ends_at timestamptz not null,
  received_at timestamptz not null,
  unique (tx_hash, log_index)
);

-- Locks that were over and whose extra weight was taken; bounds how many are on one day.
create table staking.expiries (
  position_id numeric(78,0) not null,
  sent_at timestamptz(3) not null
);
create index expiries_sent on staking.expiries (sent_at);

grant select, insert, update on staking.staking_records, staking.weight_spans to far_server;
grant select, insert on staking.claims, staking.revenue_epochs, staking.expiries to far_server;
