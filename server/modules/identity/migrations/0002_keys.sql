create table identity.api_keys (
  id text primary key,
  account_id text not null references identity.users,
  name text not null,
  -- What a list shows; the key itself is nowhere.
  prefix text not null,
  hash bytea not null unique,
  scopes text[] not null,
  cap_micro_usd numeric(78,0) check (cap_micro_usd > 0),
  expires_at timestamptz(3),
  ip_allow text[],
  -- Null: only the account's limit.
  rate_per_min integer check (rate_per_min > 0),
  created_at timestamptz(3) not null default now(),
  last_used_at timestamptz(3),
  revoked_at timestamptz(3)
);
create index api_keys_account on identity.api_keys (account_id, id desc);

-- Ed25519 keys that sign access tokens. The private part is sealed by a key derived from JWT_SECRET.
create table identity.signing_keys (
  kid text primary key,
  public_jwk jsonb not null,
  private_sealed bytea not null,
  created_at timestamptz(3) not null
);

grant select, insert, update on identity.api_keys to far_server;
grant select, insert, delete on identity.signing_keys to far_server;
