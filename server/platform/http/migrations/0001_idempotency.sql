-- A claim says that a request runs; its answer, sealed by the account's own key, what a repetition gets.
create table platform.idempotency (
  account_id text not null,
  key text not null,
  body_hash bytea not null,
  -- What runs under the claim: a task's id, or a request's. A claim whose reference is dead may be taken over.
  ref text not null,
  claim_expires_at timestamptz(3) not null,
  sealed_body bytea,
  expires_at timestamptz(3) not null,
  primary key (account_id, key)
);
create index idempotency_expiry on platform.idempotency (expires_at);
grant select, insert, update, delete on platform.idempotency to far_server;
