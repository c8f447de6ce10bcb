-- What is known of each node's honesty. `state` is the pure core's NodeTrust, read and written whole under the row's lock.
create table trust.nodes (
  node_id text primary key,
  owner_account text not null,
  owner_wallet text not null,
  score numeric(5,2) not null default 80 check (score between 0 and 100),
  standing text not null default 'good' check (standing in ('good', 'watched', 'suspended', 'proposed', 'appealed')),
  state json not null,
  -- Whether the nodes module has been told that it gets no tasks; what it should know follows from standing.
  told_suspended boolean not null default false,
  -- Earned from users' work, and charged for its canaries, the worst case of those under way included: these never pay it more than users did.
  earned_user numeric(78,0) not null default 0,
  canaries_cost numeric(78,0) not null default 0,
  first_seen timestamptz(3) not null,
  last_seen timestamptz(3) not null,
  -- It said that it would leave (drain, maintenance) before it did.
  away boolean not null default false
);
create index nodes_standing on trust.nodes (standing) where standing <> 'good';

-- What was measured of a node in a UTC hour, added up as it happens.
create table trust.measures (
  node_id text not null,
  hour timestamptz(0) not null,
  online_ms bigint not null default 0,
  excused_ms bigint not null default 0,
  absent_ms bigint not null default 0,
  expected_ms double precision not null default 0,
  actual_ms double precision not null default 0,
  tasks integer not null default 0,
  checks integer not null default 0,
  against integer not null default 0,
  primary key (node_id, hour)
);
create index measures_hour on trust.measures (hour);

-- The hourly scores with everything that went into them. A row is written once and never changed.
create table trust.scores (
  node_id text not null,
  hour timestamptz(0) not null,
  score_before numeric(5,2) not null,
  score_after numeric(5,2) not null,
  uptime numeric(5,4),
  speed numeric(5,4),
  accuracy numeric(5,4),
  online_ms bigint not null,
  excused_ms bigint not null,
  absent_ms bigint not null,
  expected_ms double precision not null,
  actual_ms double precision not null,
  checks integer not null,
  against integer not null,
  primary key (node_id, hour)
);

-- The secret of each UTC day that says which tasks are checked; its hash is public from the start, itself after the day.
create table trust.seeds (
  period date primary key,
  seed bytea not null,
  commitment text not null
);

-- One check of one node. `pending` waits for a checker, `running` is at one, `done` has a result, `void` could not be made.
create table trust.checks (
  id text primary key,
  kind text not null check (kind in ('score', 'canary', 'conduct', 'reaudit')),
  status text not null check (status in ('pending', 'running', 'done', 'void')),
  node_id text not null,
  owner_wallet text not null,
  -- The task that was checked; what its sampling can be recomputed from.
  task_id text,
  period date,
  rate double precision,
  model text not null,
  manifest text not null,
  hardware text not null,
  checker_node text,
  checker_owner text,
  -- The check whose evidence a re-audit reads.
  of_check text,
  -- The checker's own task.
  check_task text,
  statistics json,
  -- Share of honest checks at least as strange; null where nothing could be decided.
  share double precision,
  factor double precision,
  against boolean,
  reason text,
  tries integer not null default 0,
  not_before timestamptz(3) not null,
  created_at timestamptz(3) not null,
  finished_at timestamptz(3)
);
create index checks_pending on trust.checks (not_before) where status in ('pending', 'running');
create index checks_node on trust.checks (node_id, created_at desc, id);
create index checks_manifest on trust.checks (manifest, finished_at) where status = 'done';
create unique index checks_task on trust.checks (node_id, task_id) where task_id is not null and kind = 'score';
create unique index checks_statement on trust.checks (node_id, task_id) where reason = 'statement_differs';

-- Prompt and answer of a check, sealed by the key of the account that they came from; gone after 7 days, or with the account.
create table trust.evidence (
  check_id text primary key,
  account_id text not null,
  sealed bytea not null,
  expires_at timestamptz(3) not null
);
create index evidence_expiry on trust.evidence (expires_at);

-- Canaries that are still asked, and what nodes answered. No user's text is in them.
create table trust.canaries (
  id text primary key,
  model text not null,
  manifest text not null,
  request json not null,
  created_at timestamptz(3) not null
);
create index canaries_open on trust.canaries (manifest, created_at desc);
create table trust.canary_answers (
  canary_id text not null references trust.canaries on delete cascade,
  node_id text not null,
  owner_wallet text not null,
  text text not null,
  ended boolean not null,
  at timestamptz(3) not null,
  primary key (canary_id, node_id, at)
);
create index canary_answers_node on trust.canary_answers (node_id, at desc);

-- What the treasury paid for checks of an owner's nodes in an hour, and set aside for those under way; `network` is all owners together.
create table trust.budgets (
  owner_wallet text not null,
  hour timestamptz(0) not null,
  spent numeric(78,0) not null default 0,
  set_aside numeric(78,0) not null default 0,
  primary key (owner_wallet, hour)
);

create table trust.calibrations (
  key text primary key,
  manifest text not null,
  quantiles json not null,
  samples integer not null,
  margin double precision not null,
  -- A freeze found it wrong; it decides nothing until it is taken anew.
  stale boolean not null default false,
  updated_at timestamptz(3) not null
);
create index calibrations_manifest on trust.calibrations (manifest);

create table trust.freezes (
  id text primary key,
  manifest text not null,
  began_at timestamptz(3) not null,
  ends_at timestamptz(3) not null,
  ended_at timestamptz(3),
  verdict text check (verdict in ('reference', 'nodes'))
);
create unique index freezes_open on trust.freezes (manifest) where ended_at is null;

-- Bytes of answer per claimed output token, as canaries measured.
create table trust.bytes_per_token (
  model text not null,
  owner_wallet text not null,
  ratio double precision not null,
  at timestamptz(3) not null
);
create index bytes_per_token_model on trust.bytes_per_token (model, at desc);

create table trust.checkers (
  node_id text primary key,
  recent json not null,
  updated_at timestamptz(3) not null
);

-- From suspension to its end. `wants` is what is still to be done on chain.
create table trust.cases (
  id text primary key,
  node_id text not null,
  owner_account text not null,
  owner_wallet text not null,
  opened_at timestamptz(3) not null,
  reason text not null,
  -- Owners that repeat the audit, chosen once.
  reauditors json,
  wants text check (wants in ('propose', 'withdraw')),
  wants_since timestamptz(3),
  -- Proposals decided so far; makes the evidence of each its own.
  proposals integer not null default 0,
  tried_at timestamptz(3),
  -- The proposal: its amount, and the hash of `evidence` that stands on chain.
  amount numeric(78,0),
  evidence text,
  evidence_hash text unique,
  slash_id numeric(78,0) unique,
  executable_at timestamptz(3),
  slashed numeric(78,0),
  appeal text,
  appeal_on_chain boolean not null default false,
  appealed_at timestamptz(3),
  resolution text check (resolution in ('upheld', 'rejected')),
  resolution_note text,
  resolved_at timestamptz(3),
  closed_at timestamptz(3),
  outcome text
);
create unique index cases_open on trust.cases (node_id) where closed_at is null;
create index cases_opened on trust.cases (opened_at desc, id desc);
create index cases_node on trust.cases (node_id, opened_at desc);

-- Proposals of ours that arrived on chain twice.
create table trust.strays (
  slash_id numeric(78,0) primary key,
  cancelled_at timestamptz(3)
);

grant select, insert, update on trust.strays to far_server;
grant select, insert, update on trust.nodes, trust.checks, trust.budgets, trust.calibrations, trust.freezes, trust.checkers, trust.cases to far_server;
grant select, insert, update, delete on trust.measures to far_server;
grant select, insert on trust.scores, trust.seeds to far_server;
grant select, insert, delete on trust.evidence, trust.canaries, trust.canary_answers, trust.bytes_per_token to far_server;
