-- The fence between tenants, and the registry of tenants.

create schema tenancy;
grant usage on schema tenancy to handoff_app, handoff_worker, handoff_lookup;

-- The tenant of this transaction, or null when none was bound: reads then find nothing, and writes
-- fail. After a transaction-local setting ends PostgreSQL leaves an empty string, hence `nullif`.
create function tenancy.bound_tenant() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('app.tenant', true), '')::uuid;

-- Fences a table: from here on a transaction sees and writes only the rows of the tenant it bound.
create procedure tenancy.fence(target regclass)
    language plpgsql
    set search_path = pg_catalog
as $$
declare
    is_bound constant text := 'tenant_id = (select nullif(current_setting(''app.tenant'', true), '''')::uuid)';
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy tenant on %s for all to handoff_app, handoff_worker using (%s) with check (%s)',
                   target, is_bound, is_bound);
    execute format('grant select, insert, update, delete on %s to handoff_app, handoff_worker', target);
end
$$;

-- Fences a queue: requests see their own tenant's rows, the engine sees all. Such a table holds ids,
-- times and states, never a payload.
create procedure tenancy.fence_queue(target regclass)
    language plpgsql
    set search_path = pg_catalog
as $$
declare
    is_bound constant text := 'tenant_id = (select nullif(current_setting(''app.tenant'', true), '''')::uuid)';
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy tenant on %s for all to handoff_app using (%s) with check (%s)',
                   target, is_bound, is_bound);
    execute format('create policy queue on %s for all to handoff_worker using (true) with check (true)', target);
    execute format('grant select, insert, update, delete on %s to handoff_app, handoff_worker', target);
    execute format('comment on table %s is ''queue: no payload, readable across tenants by the engine''', target);
end
$$;

create schema identity;
grant usage on schema identity to handoff_app, handoff_worker, handoff_lookup;

create table identity.tenant (
    tenant_id     uuid        not null primary key,
    name          text        not null check (length(name) between 1 and 120),
    slug          text        not null constraint tenant_slug_key unique,
    home_currency text        not null default 'USD' check (home_currency ~ '^[A-Z]{3}$'),
    time_zone     text        not null default 'UTC',
    created_at    timestamptz not null
);
alter table identity.tenant enable row level security;
alter table identity.tenant force row level security;
create policy tenant on identity.tenant for all to handoff_app
    using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
    with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));
create policy registry on identity.tenant for all to handoff_worker using (true) with check (true);
grant select, update on identity.tenant to handoff_app;
grant select, insert, update on identity.tenant to handoff_worker;
comment on table identity.tenant is 'global: the registry of tenants';
