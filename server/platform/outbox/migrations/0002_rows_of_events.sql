-- A row may hold an array: the events of one topic that a batch committed in a row. Nobody looks into payloads here, so they stay text
-- that was checked once, and a row needs one index: the order in which it is read.
alter table platform.outbox alter column payload type json using payload::json;
alter table platform.outbox drop constraint outbox_pkey;
drop index platform.outbox_order;
alter table platform.outbox add primary key (xid, seq);
