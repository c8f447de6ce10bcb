-- An account. Columns that later doors fill (e-mail, names, KYC) are nullable now.
create table identity.users (
  id text primary key,
  -- Its primary wallet; identity.wallets has them all.
  wallet_address text unique check (wallet_address = lower(wallet_address)),
  email text unique,
  username text unique,
  first_name text,
  last_name text,
  profile_image text,
  email_verified boolean not null default false,
  status text not null default 'active' check (status in ('active', 'suspended', 'deleted')),
  preferences jsonb not null default '{}',
  kyc_status text,
  tier text not null default 'free',
  -- Null: the deployment's default.
  rate_per_min integer check (rate_per_min > 0),
  concurrency_max integer check (concurrency_max > 0),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  last_login_at timestamptz(3)
);

-- A wallet belongs to one account; its owner proved it by a signed message.
create table identity.wallets (
  address text primary key check (address ~ '^0x[0-9a-f]{40}$'),
  account_id text not null references identity.users,
  created_at timestamptz(3) not null default now()
);
create index wallets_account on identity.wallets (account_id, created_at);

-- One AES key per account, wrapped; without its row what it sealed is gone. No reference to users: the local admin has one as well.
create table identity.data_keys (
  account_id text primary key,
  wrapped bytea not null,
  created_at timestamptz(3) not null default now()
);

grant select, insert, update on identity.users to far_server;
grant select, insert, delete on identity.wallets, identity.data_keys to far_server;
