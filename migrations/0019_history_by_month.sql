-- The history of runs lies in partitions, one for each month of their start: ids begin with their time (RFC 9562,
-- version 7), so every key finds its month. A month whose runs have all been kept for long enough goes at once.

-- The smallest id of a moment.
create function engine.first_id(at timestamptz) returns uuid
    language sql stable parallel safe
    return (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

-- The months there are: ids from `first_id` to before `end_id`.
create table engine.history_month (
    month    date not null primary key,
    first_id uuid not null,
    end_id   uuid not null
);
grant select on engine.history_month to handoff_worker;

-- How long the runs of a tenant are kept after their end. Null is for ever; a tenant without a row has the default.
create table engine.retention (
    tenant_id  uuid        not null default tenancy.bound_tenant() references identity.tenant,
    run_days   integer     check (run_days between 1 and 36500),
    changed_at timestamptz not null,
    primary key (tenant_id)
);
call tenancy.fence_queue('engine.retention');

-- Rows are written together with their run's and removed together with it, so they need no constraints that say so.
alter table engine.call drop constraint call_tenant_id_run_id_fkey;
alter table engine.step drop constraint step_tenant_id_run_id_fkey;
alter table engine.payload drop constraint payload_tenant_id_run_id_fkey;
alter table engine.run drop constraint run_tenant_id_digest_fkey;

-- What there is becomes the present month's partition, together with all that came before.
do $$
declare
    month constant date := date_trunc('month', now() at time zone 'UTC');
    end_id constant uuid := engine.first_id((month + interval '1 month') at time zone 'UTC');
    suffix constant text := to_char(month, '"_"YYYY_MM');
    target text;
    index_name text;
begin
    foreach target in array array['run', 'call', 'step', 'payload'] loop
        execute format('alter table engine.%I rename to %I', target, target || suffix);
        for index_name in
            select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
            where i.indrelid = format('engine.%I', target || suffix)::regclass
        loop
            execute format('alter index engine.%I rename to %I', index_name,
                           replace(index_name, target || '_', target || suffix || '_'));
        end loop;
        execute format('create table engine.%I (like engine.%I including defaults including constraints)
                        partition by range (run_id)', target, target || suffix);
    end loop;
    alter table engine.run add primary key (tenant_id, run_id);
    create index run_digest_idx on engine.run (tenant_id, digest);
    create index run_trigger_idx on engine.run (tenant_id, trigger_event_id);
    alter table engine.call add primary key (tenant_id, run_id, number, attempt);
    alter table engine.step add primary key (tenant_id, run_id, revision);
    alter table engine.payload add primary key (tenant_id, run_id, value_id);
    foreach target in array array['run', 'call', 'step', 'payload'] loop
        call tenancy.fence(format('engine.%I', target)::regclass);
        execute format('alter table engine.%I attach partition engine.%I for values from (minvalue) to (%L)',
                       target, target || suffix, end_id);
        -- Ids that belong to no month.
        execute format('create table engine.%I partition of engine.%I default', target || '_other', target);
        call tenancy.fence(format('engine.%I', target || '_other')::regclass);
    end loop;
    insert into engine.history_month values (month, '00000000-0000-0000-0000-000000000000', end_id);
end
$$;

-- Makes the partitions of a moment's month and of the two that follow, where they are missing.
create function engine.prepare_months(at timestamptz) returns void
    language plpgsql security definer
    set search_path = pg_catalog
    set lock_timeout = '1s'
as $$
declare
    first_month constant date := date_trunc('month', at at time zone 'UTC');
    month date;
    since uuid;
    until uuid;
    target text;
    part text;
begin
    -- One hand at a time ("hist" in ASCII).
    perform pg_advisory_xact_lock(x'68697374'::bigint);
    for ahead in 0..2 loop
        month := first_month + make_interval(months => ahead);
        since := engine.first_id(month::timestamp at time zone 'UTC');
        until := engine.first_id((month + interval '1 month') at time zone 'UTC');
        -- A month in which a partition lies already has one, also if that holds more than the month.
        continue when exists (select from engine.history_month m where m.first_id < until and since < m.end_id);
        begin
            foreach target in array array['run', 'call', 'step', 'payload'] loop
                part := target || to_char(month, '"_"YYYY_MM');
                execute format('create table engine.%I (like engine.%I including all)', part, target);
                call tenancy.fence(format('engine.%I', part)::regclass);
                -- Attached, not created as a partition: that would keep everybody out for the moment.
                execute format('alter table engine.%I attach partition engine.%I for values from (%L) to (%L)',
                               target, part, since, until);
            end loop;
            execute format('alter table engine.%I set (fillfactor = 70)', to_char(month, '"run_"YYYY_MM'));
            insert into engine.history_month values (month, since, until);
        exception when check_violation then
            -- Nobody made it in time, and there are runs of that month among the others. They stay there.
            raise log 'the partition of % cannot be made: runs of that month are in engine.run_other', month;
        end;
    end loop;
end
$$;

-- Whether a range of ids holds a run that is still to be kept: one that goes on, or ended at its tenant's moment or
-- later. Runs of tenants that are not given are kept.
create function engine.keeps(first_id uuid, end_id uuid, tenants uuid[], moments timestamptz[]) returns boolean
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select exists (
        select from engine.run r
        left join unnest(tenants, moments) as kept (tenant_id, since) on kept.tenant_id = r.tenant_id
        where first_id <= r.run_id and r.run_id < end_id
          and (r.ended_at is null or kept.since is null or kept.since <= r.ended_at))
$$;
create policy lookup on engine.run for select to handoff_lookup using (true);
grant select (tenant_id, run_id, ended_at) on engine.run to handoff_lookup;
grant create on schema engine to handoff_lookup;
alter function engine.keeps(uuid, uuid, uuid[], timestamptz[]) owner to handoff_lookup;
revoke create on schema engine from handoff_lookup;
revoke all on function engine.keeps(uuid, uuid, uuid[], timestamptz[]) from public;
grant execute on function engine.keeps(uuid, uuid, uuid[], timestamptz[]) to handoff_owner, handoff_worker;

-- Drops a month, unless a run of it is still to be kept. Reading goes on while it looks; only the drop itself waits for
-- everybody, for a second at the most, and fails otherwise.
create function engine.drop_month(which date, tenants uuid[], moments timestamptz[]) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog
    set lock_timeout = '1s'
as $$
declare
    past engine.history_month;
    target text;
begin
    select * into past from engine.history_month m where m.month = which for update;
    if not found then
        return false;
    end if;
    -- A run that failed may be taken up again: not from here on.
    execute format('lock table engine.%I in exclusive mode', to_char(which, '"run_"YYYY_MM'));
    if engine.keeps(past.first_id, past.end_id, tenants, moments) then
        return false;
    end if;
    foreach target in array array['run', 'call', 'step', 'payload'] loop
        execute format('drop table engine.%I', target || to_char(which, '"_"YYYY_MM'));
    end loop;
    delete from engine.history_month m where m.month = which;
    return true;
end
$$;
revoke all on function engine.prepare_months(timestamptz), engine.drop_month(date, uuid[], timestamptz[]) from public;
grant execute on function engine.prepare_months(timestamptz), engine.drop_month(date, uuid[], timestamptz[])
    to handoff_worker;

select engine.prepare_months(now());
