-- Events wait here until every consumer has applied them. `xid` orders them safely: a row is read only once no older transaction can
-- still commit, so no consumer's cursor ever passes an event that appears later.
create table platform.outbox (
  seq bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  topic text not null,
  payload jsonb not null,
  created_at timestamptz not null default now()
);
create index outbox_order on platform.outbox (xid, seq);

create table platform.outbox_cursors (
  consumer text primary key,
  xid xid8 not null,
  seq bigint not null,
  updated_at timestamptz not null default now()
);

grant select, insert, delete on platform.outbox to far_server;
grant select, insert, update on platform.outbox_cursors to far_server;
