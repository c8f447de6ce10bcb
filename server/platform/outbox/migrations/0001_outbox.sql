-- Events wait here until every consumer has applied them. `xid` orders them safely: a row is read only once no older transaction can
-- still commit, so no consumer's cursor ever passes an event that appears later. A row may hold an array: the events of one topic that a
-- batch committed in a row. Nobody looks into payloads here, so they stay text that was checked once.
create table platform.outbox (
  seq bigint generated always as identity,
  xid xid8 not null default pg_current_xact_id(),
  topic text not null,
  payload json not null,
  created_at timestamptz not null default now(),
  primary key (xid, seq)
);

create table platform.outbox_cursors (
  consumer text primary key,
  xid xid8 not null,
  seq bigint not null,
  updated_at timestamptz not null default now()
);

grant select, insert, delete on platform.outbox to far_server;
grant select, insert, update on platform.outbox_cursors to far_server;
