-- Receipts of posted tasks, epochs that net them, and what the listener has seen on the chain. Amounts are wei of FAR.

create table settlement.receipts (
  task_id text primary key,
  -- The commit that wrote it; its leaves are signed together.
  commit_id bigint not null,
  -- A wallet, 'treasury' or 'task:0x…' (checked before the insert: a counted repetition is the dearest part of writing a receipt).
  payer_wallet text not null check (payer_wallet ~ '^0x[0-9a-f]*$|^treasury$|^task:0x[0-9a-f]*$'),
  payer_account text not null,
  -- Of the payer's hash alone: no copy that a node has shows it.
  payer_salt text not null,
  purpose text not null check (purpose in ('user', 'check')),
  -- [{"nodeId","owner","attempt","tokens","tokensClaimed","score","amountWei","held","outputHash"}]; the amounts sum to operator_wei
  -- (checked before the insert).
  nodes jsonb not null,
  model text not null,
  manifest_hash text,
  input_tokens bigint not null check (input_tokens >= 0),
  output_tokens bigint not null check (output_tokens >= 0),
  input_micro numeric(78,0) not null,
  output_micro numeric(78,0) not null,
  rate8 numeric(78,0) not null check (rate8 > 0),
  asset text not null check (asset in ('FAR', 'VCU')),
  charge_wei numeric(78,0) not null check (charge_wei > 0),
  -- Units of 10⁻⁴ VCU.
  charge_vcu numeric(78,0) check (charge_vcu > 0),
  operator_wei numeric(78,0) not null check (operator_wei >= 0),
  stakers_wei numeric(78,0) not null check (stakers_wei >= 0),
  treasury_wei numeric(78,0) not null check (treasury_wei >= 0),
  request_hash text not null,
  response_hash text not null,
  salt text not null,
  created_at timestamptz not null,
  -- Null until netted; 0 when the task was settled by itself, by completeTask.
  epoch bigint check (epoch >= 0),
  check (operator_wei + stakers_wei + treasury_wei = charge_wei)
);
create index receipts_pending on settlement.receipts (payer_wallet, created_at, task_id) where epoch is null;
-- Those that completeTask settles.
create index receipts_of_tasks on settlement.receipts (payer_wallet) where epoch is null and payer_wallet like 'task:%';
create index receipts_of_account on settlement.receipts (payer_account, created_at desc, task_id desc);
create index receipts_of_epoch on settlement.receipts (epoch) where epoch is not null;
-- What a node earned: nearly every task has one; those that failed over are found by the second.
create index receipts_of_node on settlement.receipts ((nodes -> 0 ->> 'nodeId'), created_at desc, task_id desc);
create index receipts_of_more_nodes on settlement.receipts using gin (nodes jsonb_path_ops) where jsonb_array_length(nodes) > 1;

-- One signature of the network over the leaves of many commits.
create table settlement.receipt_batches (
  id bigint generated always as identity primary key,
  root text not null,
  count integer not null check (count > 0),
  -- Unix time in seconds.
  signed_at bigint not null,
  chain_id bigint not null,
  contract text not null,
  signer text not null,
  signature text not null
);

-- The leaves of one commit, 32 bytes each, in the order written. Null until signed; a batch's leaves are its commits' in order of id.
create table settlement.receipt_commits (
  id bigint generated always as identity primary key,
  leaves bytea not null check (length(leaves) > 0 and length(leaves) % 32 = 0),
  batch bigint references settlement.receipt_batches
);
create index receipt_commits_unsigned on settlement.receipt_commits (id) where batch is null;
create index receipt_commits_of_batch on settlement.receipt_commits (batch, id) where batch is not null;

-- Session keys that nodes bound, kept once they signed something.
create table settlement.node_sessions (
  node_id text not null,
  session_key text not null,
  node_key text not null,
  network text not null,
  chain_id bigint not null,
  valid_from bigint not null,
  signature text not null,
  primary key (node_id, session_key)
);

-- What nodes signed of their finished attempts, as they said it; the four arrays are of one length, in the order of the leaves.
create table settlement.node_roots (
  id bigint generated always as identity primary key,
  node_id text not null,
  session_key text not null,
  root text not null,
  -- Unix time in milliseconds, the node's clock.
  signed_at bigint not null,
  signature text not null,
  task_ids text[] not null,
  attempts int[] not null,
  output_hashes text[] not null,
  tokens bigint[] not null,
  received_at timestamptz not null,
  -- Whether it was compared with what arrived.
  compared boolean not null default false,
  foreign key (node_id, session_key) references settlement.node_sessions
);
create index node_roots_of_node on settlement.node_roots (node_id, received_at);
create index node_roots_uncompared on settlement.node_roots (received_at) where not compared;

-- prepared: stored, nothing signed yet. sent: at least one attempt was signed. settled: its event is confirmed.
create table settlement.epochs (
  epoch bigint primary key check (epoch > 0),
  status text not null default 'prepared' check (status in ('prepared', 'sent', 'settled')),
  receipts_root text not null,
  task_count integer not null check (task_count > 0),
  declared_wei numeric(78,0) not null,
  stakers_wei numeric(78,0) not null,
  treasury_wei numeric(78,0) not null,
  treasury_debit_wei numeric(78,0) not null,
  rooted_wei numeric(78,0) not null,
  -- Of the cumulative tree of rooted payees; null where the epoch publishes none.
  payees_root text,
  claimable_at timestamptz,
  disputed boolean not null default false,
  calldata text not null,
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

-- Leaves as they lie in the trees, 32 bytes each: receipts by task id, payees ascending.
create table settlement.epoch_leaves (
  epoch bigint primary key references settlement.epochs on delete cascade,
  receipts bytea not null check (length(receipts) % 32 = 0),
  payees bytea not null check (length(payees) % 32 = 0)
);

-- What each node earned, held or to be claimed.
create table settlement.epoch_nodes (
  epoch bigint not null references settlement.epochs on delete cascade,
  node_id text not null,
  owner text not null,
  held boolean not null,
  amount_wei numeric(78,0) not null check (amount_wei > 0),
  primary key (epoch, node_id, owner, held)
);
create index epoch_nodes_of_owner on settlement.epoch_nodes (owner, node_id);

-- Earnings that go to a node's held stake. paid: the registry took them; refused: the owner may claim them instead.
create table settlement.epoch_holds (
  epoch bigint not null references settlement.epochs on delete cascade,
  node_key text not null,
  owner text not null,
  node_id text not null,
  amount_wei numeric(78,0) not null check (amount_wei > 0),
  paid_wei numeric(78,0) not null default 0,
  refused_wei numeric(78,0) not null default 0,
  primary key (epoch, node_key, owner),
  check (paid_wei + refused_wei <= amount_wei)
);

-- Payees beyond those that a batch lists, with all that they were ever rooted, this epoch included.
create table settlement.epoch_rooted (
  epoch bigint not null references settlement.epochs on delete cascade,
  payee text not null,
  amount_wei numeric(78,0) not null check (amount_wei > 0),
  cumulative_wei numeric(78,0) not null check (cumulative_wei >= amount_wei),
  primary key (payee, epoch)
);
create index epoch_rooted_of_epoch on settlement.epoch_rooted (epoch);

-- Every transaction ever signed for an epoch (`epoch:7`) or a single task (`task:0x…`), written down before it is sent.
create table settlement.attempts (
  hash text primary key,
  job text not null,
  nonce bigint not null,
  max_fee_wei numeric(78,0) not null,
  max_priority_fee_wei numeric(78,0) not null,
  signed_at timestamptz not null
);
create index attempts_of_job on settlement.attempts (job, signed_at);

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
  -- Of a claim by root: whose root.
  epoch bigint,
  applied_at timestamptz not null default now(),
  unique (tx_hash, log_index)
);
create index chain_events_by_block on settlement.chain_events (block_number, log_index);
create index chain_events_of_wallet on settlement.chain_events (wallet, name);

-- What our own epochs left unpaid on chain: credits that wait for the treasury, and debits that were clamped.
create table settlement.carried (
  what text not null check (what in ('pending', 'receivable')),
  address text not null,
  wei numeric(78,0) not null check (wei >= 0),
  primary key (what, address)
);

create table settlement.exits (
  wallet text not null,
  counter bigint not null,
  state text not null default 'open' check (state in ('open', 'finished', 'cancelled', 'lapsed')),
  matures_at timestamptz not null,
  lapses_at timestamptz not null,
  primary key (wallet, counter)
);
create unique index exits_one_open on settlement.exits (wallet) where state = 'open';

-- Withdrawals: open until the confirmed chain paid them, passed their expiry with the nonce unused, or raised the wallet's exit counter.
create table settlement.vouchers (
  id text primary key,
  account_id text not null,
  wallet text not null,
  amount_wei numeric(78,0) not null check (amount_wei > 0),
  nonce numeric(78,0) not null check (nonce >= 0),
  exit_counter bigint not null,
  expires_at timestamptz not null,
  signature text not null,
  state text not null default 'open' check (state in ('open', 'paid', 'expired', 'void')),
  created_at timestamptz not null,
  closed_at timestamptz,
  tx_hash text,
  unique (wallet, nonce)
);
create index vouchers_open on settlement.vouchers (wallet) where state = 'open';
create index vouchers_of_account on settlement.vouchers (account_id, created_at desc, id desc);

-- Tasks that users put on chain; their money is `far:task:<id>`.
create table settlement.chain_tasks (
  id text primary key,
  wallet text not null,
  escrowed_wei numeric(78,0) not null,
  state text not null default 'open' check (state in ('open', 'completed', 'reclaimed')),
  -- No task is begun on it any more: what began before can still be completed in time.
  usable_until timestamptz not null,
  reclaimable_at timestamptz not null,
  -- Its account is frozen since then.
  retired boolean not null default false,
  -- Closed while a task still ran on it: what that gives back goes to the wallet.
  leftover boolean not null default false,
  -- Completed by somebody else with our key: what is still to be paid for it here is paid by the treasury, to whom leftovers go.
  stood_in boolean not null default false
);
create index chain_tasks_open on settlement.chain_tasks (usable_until) where state = 'open' and not retired;
create index chain_tasks_leftover on settlement.chain_tasks (wallet) where leftover;

-- Receipts that completeTask settled, outside epochs.
create table settlement.task_completions (
  task_id text primary key,
  chain_task text not null,
  node_id text not null,
  owner text not null,
  amount_wei numeric(78,0) not null,
  tx_hash text not null,
  block_number bigint not null
);
create index task_completions_of_owner on settlement.task_completions (owner);

-- What the caps can settle in 12 h and whether the treasury owes pending credits, as the leader last read it; one row.
create table settlement.capacity (
  one boolean primary key default true check (one),
  settleable_12h_wei numeric(78,0) not null,
  pending_credits_wei numeric(78,0) not null,
  read_at timestamptz not null
);

-- Receipts that wait for an epoch, and who pays them there. What `completeTask` settles waits for that; once its task is closed without
-- it (it was reclaimed, or completed for another), its user's escrow balance pays; the treasury if it was not us who completed it.
create view settlement.nettable as
  select r.task_id, r.created_at, r.charge_wei, r.operator_wei, r.stakers_wei, r.treasury_wei, r.nodes,
    case when t.stood_in then 'treasury' else coalesce(t.wallet, r.payer_wallet) end as payer
  from settlement.receipts r left join settlement.chain_tasks t on t.id = substr(r.payer_wallet, 6)
  where r.epoch is null and (r.payer_wallet not like 'task:%' or t.state <> 'open');

-- What settlement itself found. halt: nothing is applied or settled while it is open; alert: somebody should act, nothing is wrong.
create table settlement.findings (
  key text primary key,
  code text not null,
  detail text not null,
  wallet text,
  severity text not null default 'finding' check (severity in ('halt', 'finding', 'alert')),
  found_at timestamptz not null default now(),
  -- When it was last looked at whether its wallet has paid.
  checked_at timestamptz,
  resolved_at timestamptz
);
create index findings_open on settlement.findings (severity) where resolved_at is null;

-- Who resolved what, and why; never changed.
create table settlement.finding_resolutions (
  seq bigint generated always as identity primary key,
  key text not null,
  found_at timestamptz not null,
  detail text not null,
  actor text not null,
  reason text not null,
  at timestamptz not null
);

grant select on settlement.nettable to far_server;
grant select, insert on settlement.receipts, settlement.chain_events, settlement.finding_resolutions,
  settlement.task_completions to far_server;
grant update (epoch) on settlement.receipts to far_server;
grant select, insert on settlement.receipt_batches, settlement.receipt_commits, settlement.node_sessions, settlement.node_roots to far_server;
grant update (batch) on settlement.receipt_commits to far_server;
grant update (compared) on settlement.node_roots to far_server;
grant select, insert, update on settlement.exits, settlement.chain_cursor, settlement.capacity, settlement.findings,
  settlement.vouchers, settlement.chain_tasks, settlement.carried to far_server;
-- A prepared epoch that no transaction can settle any more is taken back and netted anew.
grant select, insert, update, delete on settlement.epochs, settlement.epoch_debits, settlement.epoch_credits, settlement.epoch_leaves,
  settlement.epoch_nodes, settlement.epoch_holds, settlement.epoch_rooted, settlement.attempts to far_server;
