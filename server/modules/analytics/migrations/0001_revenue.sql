-- Who earned what by which product. A row is what one earner got from one stream in one hour; what came in a transaction of its own stands alone.

create table analytics.revenue_streams (
  seq bigint generated always as identity primary key,
  stream_type text not null check (stream_type in ('inference', 'gpu', 'gaming', 'desci', 'gamed', 'fartwin')),
  -- operator: a node's owner. stakers, treasury: the two pools. staker: a holder who claimed out of the stakers' pool.
  role text not null check (role in ('operator', 'stakers', 'treasury', 'staker')),
  -- Empty for the pools.
  wallet text not null default '',
  -- The account that the wallet belonged to then.
  user_id text,
  amount_far numeric(78,0) not null check (amount_far >= 0),
  -- Dollars, exact: wei times the task's own rate has 26 decimals. Null where no rate was known.
  amount_usd numeric,
  -- What the treasury itself paid of it, for checks: no money from outside.
  amount_far_internal numeric(78,0) not null default 0 check (amount_far_internal between 0 and amount_far),
  transaction_hash text,
  -- Start of the hour, or the time of the transaction.
  created_at timestamptz not null,
  check ((wallet = '') = (role in ('stakers', 'treasury')))
);
create unique index revenue_streams_hour on analytics.revenue_streams (created_at, stream_type, role, wallet) where transaction_hash is null;
create unique index revenue_streams_transaction on analytics.revenue_streams (transaction_hash, wallet, role, created_at) where transaction_hash is not null;
create index revenue_streams_of_wallet on analytics.revenue_streams (wallet, seq desc) where wallet <> '';

grant select, insert, update on analytics.revenue_streams to far_server;
