-- One row per acknowledged task: written at admission, updated once at its end. What lies between is memory.
create table inference.tasks (
  task_id text not null,
  user_id text not null,
  node_id text,
  model_name text not null,
  kind text not null,
  status text not null check (status in ('pending', 'completed', 'failed', 'cancelled')),
  max_tokens integer not null,
  temperature real,
  prompt_tokens integer not null,
  tokens_generated integer not null default 0,
  -- Who pays the FAR: a wallet, `treasury`, or `task:0x…`; and what the caller pays in.
  wallet text not null,
  asset text not null default 'FAR' check (asset in ('FAR', 'VCU')),
  key_id text,
  -- USD per FAR, 8 decimals, fixed at the reserve.
  rate8 numeric(78,0) not null,
  quote_far numeric(78,0) not null,
  cost_far numeric(78,0) not null default 0,
  cost_usd numeric(78,0) not null default 0,
  -- Units of 10⁻⁴ VCU; null where the caller pays in FAR.
  cost_vcu numeric(78,0),
  finish_reason text,
  error_code text,
  error_message text,
  -- Read whole, never searched.
  attempts json not null default '[]',
  -- The process that admitted it; a process holds an advisory lock of this name while it lives.
  process_id text not null,
  created_at timestamptz(3) not null,
  started_at timestamptz(3),
  completed_at timestamptz(3),
  queued_ms integer,
  first_token_ms integer,
  response_time_ms integer,
  primary key (task_id, created_at)
) partition by range (created_at);

create index tasks_user on inference.tasks (user_id, created_at desc, task_id desc);

-- The serving role may not create tables; this is the one that it needs.
create function inference.ensure_partition(month date) returns void
language plpgsql security definer set search_path = inference, pg_temp as $$
declare
  first date := date_trunc('month', month)::date;
  name text := 'tasks_' || to_char(first, 'YYYYMM');
begin
  perform pg_advisory_xact_lock(hashtext('inference.ensure_partition'));
  if to_regclass('inference.' || name) is null then
    -- A row doubles at its one update: filled to a third, a page has room for the new version, and no index entry is written for it.
    execute format('create table inference.%I partition of inference.tasks for values from (%L) to (%L) with (fillfactor = 35)',
                   name, first, (first + interval '1 month')::date);
  end if;
end $$;

-- Answers a caller asked us to keep: `tasks/submit` for 24 h, sealed with the account's key.
create table inference.answers (
  task_id text primary key,
  user_id text not null,
  sealed bytea not null,
  expires_at timestamptz not null
);
create index answers_expiry on inference.answers (expires_at);

-- Attempts that earned nothing, for the owners of their nodes. Those that earned stand on receipts. Kept 90 days.
create table inference.unpaid_attempts (
  task_id text not null,
  attempt integer not null,
  node_id text not null,
  model_name text not null,
  reason text not null,
  -- Output that had arrived.
  bytes bigint not null,
  started_at timestamptz(3) not null,
  ended_at timestamptz(3) not null,
  primary key (task_id, attempt)
);
create index unpaid_attempts_node on inference.unpaid_attempts (node_id, ended_at desc, task_id desc, attempt desc);
create index unpaid_attempts_age on inference.unpaid_attempts (ended_at);

grant select, insert, update on inference.tasks to far_server;
grant select, insert, delete on inference.answers, inference.unpaid_attempts to far_server;
grant execute on function inference.ensure_partition(date) to far_server;
