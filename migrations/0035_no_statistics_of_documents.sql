-- Documents are never searched for their whole text. Counting and sorting samples of them took most of the time that
-- the server spends on its statistics of tables that grow.
alter table platform.event alter column data set statistics 0, alter column attributes set statistics 0;

do $$
declare
    part regclass;
begin
    for part in select inhrelid from pg_inherits where inhparent = 'engine.run'::regclass loop
        execute format('alter table %s alter column state set statistics 0', part);
    end loop;
    for part in select inhrelid from pg_inherits where inhparent = 'engine.call'::regclass loop
        execute format('alter table %s alter column input set statistics 0, alter column output set statistics 0', part);
    end loop;
    for part in select inhrelid from pg_inherits where inhparent = 'engine.step'::regclass loop
        execute format('alter table %s alter column entries set statistics 0', part);
    end loop;
    for part in select inhrelid from pg_inherits where inhparent = 'engine.payload'::regclass loop
        execute format('alter table %s alter column body set statistics 0', part);
    end loop;
end
$$;

-- As before, without these statistics.
create or replace function engine.prepare_months(at timestamptz) returns void
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
            execute format('alter table engine.%I set (fillfactor = 45)', to_char(month, '"run_"YYYY_MM'));
            execute format('alter table engine.%I set (fillfactor = 50)', to_char(month, '"call_"YYYY_MM'));
            execute format('alter table engine.%I alter column state set statistics 0', to_char(month, '"run_"YYYY_MM'));
            execute format('alter table engine.%I alter column input set statistics 0, alter column output set statistics 0',
                           to_char(month, '"call_"YYYY_MM'));
            execute format('alter table engine.%I alter column entries set statistics 0',
                           to_char(month, '"step_"YYYY_MM'));
            execute format('alter table engine.%I alter column body set statistics 0',
                           to_char(month, '"payload_"YYYY_MM'));
            insert into engine.history_month values (month, since, until);
        exception when check_violation then
            -- Nobody made it in time, and there are runs of that month among the others. They stay there.
            raise log 'the partition of % cannot be made: runs of that month are in engine.run_other', month;
        end;
    end loop;
end
$$;
