-- Receipts of posted tasks, epochs that net them, and what the listener has seen on the chain. Amounts are wei of FAR.

create table settlement.receipts (
  task_id text primary key,
  -- Length and letters apart: a counted repetition is the dearest part of writing a receipt, and it is checked again at each update.
  payer_wallet text not null check (length(payer_wallet) = 42 and payer_wallet ~ '^0x[0-9a-f]*$'),
  payer_account text not null,
  -- [{"nodeId","owner","tokens","amountWei"}]; the amounts sum to operator_wei (checked before the insert).
  nodes jsonb not null,
  model text not null,
  manifest_hash text,
  input_tokens bigint not null check (input_tokens >= 0),
  output_tokens bigint not null check (output_tokens >= 0),
  input_micro numeric(78,0) not null,
  output_micro numeric(78,0) not null,
  rate8 numeric(78,0) not null check (rate8 > 0),
  score numeric(5,2) not null check (score between 0 and 100),
  charge_wei numeric(78,0) not null check (charge_wei > 0),
  operator_wei numeric(78,0) not null check (operator_wei >= 0),
  stakers_wei numeric(78,0) not null check (stakers_wei >= 0),
  treasury_wei numeric(78,0) not null check (treasury_wei >= 0),
  request_hash text not null,
  response_hash text not null,
  salt text not null,
  created_at timestamptz not null,
  -- Null until netted.
  epoch bigint,
  check (operator_wei + stakers_wei + treasury_wei = charge_wei)
);
create index receipts_pending on settlement.receipts (payer_wallet, created_at, task_id) where epoch is null;
create index receipts_of_account on settlement.receipts (payer_account, created_at desc, task_id desc);
create index receipts_of_epoch on settlement.receipts (epoch) where epoch is not null;

-- prepared: stored, nothing signed yet. sent: at least one attempt was signed. settled: its event is confirmed.
create table settlement.epochs (
  epoch bigint primary key check (epoch > 0),
  status text not null default 'prepared' check (status in ('prepared', 'sent', 'settled')),
  receipts_root text not null,
  task_count integer not null check (task_count > 0),
  declared_wei numeric(78,0) not null,
  stakers_wei numeric(78,0) not null,
  treasury_wei numeric(78,0) not null,
  calldata text not null,
  -- Chosen before the first attempt and kept, so that a repeat replaces instead of following.
  nonce bigint,
  prepared_at timestamptz not null,
  funded_wei numeric(78,0),
  tx_hash text,
  block_number bigint,
  settled_at timestamptz
);
create unique index epochs_one_in_flight on settlement.epochs ((true)) where status <> 'settled';

create table settlement.epoch_debits (
  epoch bigint not null references settlement.epochs on delete cascade,
  wallet text not null,
  amount_wei numeric(78,0) not null check (amount_wei > 0),
  shortfall_wei numeric(78,0) not null default 0,
  primary key (epoch, wallet)
);
create index epoch_debits_of_wallet on settlement.epoch_debits (wallet, epoch);

create table settlement.epoch_credits (
  epoch bigint not null references settlement.epochs on delete cascade,
  payee text not null,
  amount_wei numeric(78,0) not null check (amount_wei > 0),
  primary key (epoch, payee)
);
create index epoch_credits_of_payee on settlement.epoch_credits (payee, epoch);

-- Every transaction ever signed for an epoch, written down before it is sent.
create table settlement.attempts (
  hash text primary key,
  epoch bigint not null references settlement.epochs on delete cascade,
  nonce bigint not null,
  max_fee_wei numeric(78,0) not null,
  max_priority_fee_wei numeric(78,0) not null,
  signed_at timestamptz not null
);
create index attempts_of_epoch on settlement.attempts (epoch, signed_at);

-- How far the chain was read; one row. `block_hash` is how a reorganisation below the confirmations is noticed.
create table settlement.chain_cursor (
  one boolean primary key default true check (one),
  chain_id bigint not null,
  contract text not null,
  block_number bigint not null,
  block_hash text not null,
  block_at timestamptz not null
);

-- Every confirmed event of the escrow that was applied, each in the transaction of its effect.
create table settlement.chain_events (
  seq bigint generated always as identity primary key,
  tx_hash text not null,
  log_index integer not null,
  block_number bigint not null,
  name text not null,
  wallet text,
  -- What the escrow's FAR balance gained (deposit) or lost (exit, claim).
  escrow_delta_wei numeric(78,0) not null,
  applied_at timestamptz not null default now(),
  unique (tx_hash, log_index)
);
create index chain_events_by_block on settlement.chain_events (block_number, log_index);
create index chain_events_of_wallet on settlement.chain_events (wallet, name);

create table settlement.exits (
  wallet text not null,
  counter bigint not null,
  state text not null default 'open' check (state in ('open', 'finished', 'cancelled', 'lapsed')),
  matures_at timestamptz not null,
  lapses_at timestamptz not null,
  primary key (wallet, counter)
);
create unique index exits_one_open on settlement.exits (wallet) where state = 'open';

-- What the caps can settle in 12 h and whether the treasury owes pending credits, as the leader last read it; one row.
create table settlement.capacity (
  one boolean primary key default true check (one),
  settleable_12h_wei numeric(78,0) not null,
  pending_credits_wei numeric(78,0) not null,
  read_at timestamptz not null
);

-- What settlement itself found wrong. While one with `halts` is open, nothing is applied or settled.
create table settlement.findings (
  key text primary key,
  code text not null,
  detail text not null,
  wallet text,
  halts boolean not null default false,
  found_at timestamptz not null default now(),
  resolved_at timestamptz
);

grant select, insert on settlement.receipts, settlement.chain_events to far_server;
grant update (epoch) on settlement.receipts to far_server;
grant select, insert, update on settlement.exits, settlement.chain_cursor, settlement.capacity, settlement.findings to far_server;
-- A prepared epoch that no transaction can settle any more is taken back and netted anew.
grant select, insert, update, delete on settlement.epochs, settlement.epoch_debits, settlement.epoch_credits, settlement.attempts to far_server;
