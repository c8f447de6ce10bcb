-- A session is one family of refresh tokens. `generation` counts rotations; a token of an earlier one is a reuse, but for the grace
-- that its immediate successor's `rotated_at` gives.
create table identity.sessions (
  id text primary key,
  account_id text not null references identity.users,
  wallet text,
  client text not null default '',
  generation integer not null default 0,
  created_at timestamptz(3) not null,
  rotated_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  revoked_at timestamptz(3),
  revoked_for text
);
create index sessions_account on identity.sessions (account_id, id desc);
create index sessions_expiry on identity.sessions (expires_at);

-- Old tokens stay as long as their session, so that a reuse is told from a guess.
create table identity.refresh_tokens (
  hash bytea primary key,
  session_id text not null references identity.sessions on delete cascade,
  generation integer not null
);
create index refresh_tokens_session on identity.refresh_tokens (session_id);

create table identity.siwe_nonces (
  nonce text primary key,
  address text not null,
  expires_at timestamptz(3) not null
);
create index siwe_nonces_expiry on identity.siwe_nonces (expires_at);

-- Access tokens made from an API key and revoked before their 15 minutes were over.
create table identity.revoked_tokens (
  jti text primary key,
  expires_at timestamptz(3) not null
);

grant select, insert, update, delete on identity.sessions to far_server;
grant select, insert, delete on identity.refresh_tokens, identity.siwe_nonces, identity.revoked_tokens to far_server;
