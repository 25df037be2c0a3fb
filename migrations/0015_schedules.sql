-- When flows start by the clock, for each tenant. `next_at` is null while a run is waited for, after which it is set
-- again.
create table engine.schedule (
    tenant_id uuid        not null default tenancy.bound_tenant() references identity.tenant,
    flow      text        not null,
    digest    text        not null,
    time_zone text        not null,
    next_at   timestamptz,
    primary key (tenant_id, flow)
);
create index schedule_next_at_idx on engine.schedule (next_at) where next_at is not null;
call tenancy.fence_queue('engine.schedule');
