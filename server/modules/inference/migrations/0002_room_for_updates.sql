-- Attempts are read whole and never searched. A row doubles at its one update, so a page is filled to a third: the new version then finds
-- room on its page, and no index entry is written for it.
alter table inference.tasks alter column attempts drop default;
alter table inference.tasks alter column attempts type json using attempts::json;
alter table inference.tasks alter column attempts set default '[]';

do $$
declare
  part regclass;
begin
  for part in select inhrelid from pg_inherits where inhparent = 'inference.tasks'::regclass loop
    execute format('alter table %s set (fillfactor = 35)', part);
  end loop;
end $$;

create or replace function inference.ensure_partition(month date) returns void
language plpgsql security definer set search_path = inference, pg_temp as $$
declare
  first date := date_trunc('month', month)::date;
  name text := 'tasks_' || to_char(first, 'YYYYMM');
begin
  perform pg_advisory_xact_lock(hashtext('inference.ensure_partition'));
  if to_regclass('inference.' || name) is null then
    execute format('create table inference.%I partition of inference.tasks for values from (%L) to (%L) with (fillfactor = 35)',
                   name, first, (first + interval '1 month')::date);
  end if;
end $$;
