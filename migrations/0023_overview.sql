-- What overviews are read from: which things runs are about, since when clients are where they are, the events of one
-- thing, and what is due.

-- What a run is about: the clients, leads, projects and invoices that its event and its operations name, and the run in
-- whose place it was started.
create table engine.run_about (
    tenant_id uuid not null default tenancy.bound_tenant(),
    thing_id  uuid not null,
    run_id    uuid not null,
    primary key (tenant_id, thing_id, run_id)
);
create index run_about_run_idx on engine.run_about (run_id);
call tenancy.fence('engine.run_about');

-- Runs with an error: those that faulted, and few others. Rows of all others change without touching the index.
create index run_error_idx on engine.run (tenant_id, run_id) where error is not null;

-- What happened to one thing, in order, and the place of an event in the log.
create index event_subject_idx on platform.event (tenant_id, subject, event_id) where subject is not null;
create index event_position_event_idx on platform.event_position (tenant_id, event_id);
create index message_subject_idx on webhook.message (tenant_id, subject, message_id) where subject is not null;

-- What is due and not done.
create index invoice_due_idx on billing.invoice (tenant_id, due_at) where status = 'issued';
create index milestone_due_idx on delivery.milestone (tenant_id, target_date) where completed_at is null;

-- Since when a client is in its stage; its name in the order of lists; and what it is found by. These are columns
-- because row security asks for the tenant before it asks a function, so an index on the function would not be used.
alter table crm.client
    add column stage_since timestamptz,
    add column name_key    text not null generated always as (left(lower(company_name), 200)) stored,
    add column search_text text not null generated always as (
        lower(company_name || ' ' || coalesce(contact_name, '') || ' ' || email)) stored;

-- What there is already. Whoever owns the tables is bound by their row security too; not for this moment.
create function pg_temp.uuid_of(id text) returns uuid
    language sql immutable
as $$
    select string_agg(to_hex(substring(d.bits from 4 * n + 3 for 4)::bit(4)::int), '' order by n)::uuid
    from (select string_agg((strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(id, length(id) - 26 + i, 1)) - 1)
                            ::bit(5)::text, '' order by i) as bits
          from generate_series(1, 26) as i) d
    cross join generate_series(0, 31) as n
$$;
alter table crm.client no force row level security;
alter table platform.event no force row level security;
alter table identity.audit_entry no force row level security;
alter table engine.run no force row level security;
alter table engine.run_about no force row level security;

update crm.client set stage_since = created_at;
update crm.client c set stage_since = moved.at
from (select tenant_id, data ->> 'client_id' as client_id, max(time) as at from platform.event
      where type = 'client.stage.changed' and data ->> 'client_id' ~ '^client_[0-9a-z]{26}$'
      group by 1, 2) moved
where c.tenant_id = moved.tenant_id and c.client_id = pg_temp.uuid_of(moved.client_id);
insert into engine.run_about (tenant_id, thing_id, run_id)
select tenant_id, pg_temp.uuid_of(resource), pg_temp.uuid_of(actor) from identity.audit_entry
where actor ~ '^flow:run_[0-9a-z]{26}$' and resource ~ '^(client|lead|proj|inv)_[0-9a-z]{26}$'
union
select r.tenant_id, pg_temp.uuid_of(thing), r.run_id
from engine.run r
join platform.event e on e.tenant_id = r.tenant_id and e.event_id = r.trigger_event_id
cross join lateral unnest(array[e.data ->> 'client_id', e.data ->> 'lead_id', e.data ->> 'project_id',
                                e.data ->> 'invoice_id']) as thing
where thing ~ '^(client|lead|proj|inv)_[0-9a-z]{26}$';

alter table engine.run_about force row level security;
alter table engine.run force row level security;
alter table identity.audit_entry force row level security;
alter table platform.event force row level security;
alter table crm.client force row level security;
drop function pg_temp.uuid_of(text);

alter table crm.client alter column stage_since set not null;
create index client_stage_idx on crm.client (tenant_id, stage, stage_since, client_id);
create index client_updated_idx on crm.client (tenant_id, updated_at, client_id);
create index client_name_idx on crm.client (tenant_id, name_key, client_id);
