-- Durable runs of flows: one snapshot each, a journal of calls, and narrow queues.

create schema engine;
grant usage on schema engine to handoff_app, handoff_worker;

-- Flow definitions that runs were started from, immutable by digest.
create table engine.definition (
    tenant_id  uuid        not null default tenancy.bound_tenant() references identity.tenant,
    digest     text        not null,
    namespace  text        not null,
    name       text        not null,
    version    text        not null,
    source     text        not null,
    created_at timestamptz not null,
    primary key (tenant_id, digest)
);
call tenancy.fence('engine.definition');

-- A run is one row: the interpreter's snapshot. `revision` fences it: a writer that did not see the
-- latest revision changes nothing.
create table engine.run (
    tenant_id        uuid        not null default tenancy.bound_tenant(),
    run_id           uuid        not null,
    digest           text        not null,
    flow             text        not null,
    version          text        not null,
    status           text        not null
        check (status in ('pending', 'running', 'waiting', 'suspended', 'cancelled', 'faulted', 'completed')),
    revision         bigint      not null,
    state            bytea       not null,
    error            jsonb,
    trigger_event_id uuid,
    started_by       text        not null,
    started_at       timestamptz not null,
    updated_at       timestamptz not null,
    ended_at         timestamptz,
    primary key (tenant_id, run_id),
    foreign key (tenant_id, digest) references engine.definition (tenant_id, digest)
) with (fillfactor = 70);
create index run_digest_idx on engine.run (tenant_id, digest);
create index run_trigger_idx on engine.run (tenant_id, trigger_event_id);
call tenancy.fence('engine.run');

-- Values of a run's state that are too large for its row.
create table engine.payload (
    tenant_id uuid   not null default tenancy.bound_tenant(),
    run_id    uuid   not null,
    value_id  bigint not null,
    body      bytea  not null,
    primary key (tenant_id, run_id, value_id),
    foreign key (tenant_id, run_id) references engine.run (tenant_id, run_id) on delete cascade
);
call tenancy.fence('engine.payload');

-- What runs have to do next. A row is deleted when it is done. `fence` counts the claims: a worker
-- whose claim was taken over cannot finish the row.
create table engine.task (
    tenant_id   uuid        not null default tenancy.bound_tenant(),
    task_id     uuid        not null,
    run_id      uuid        not null,
    kind        text        not null check (kind in ('start', 'call', 'timer', 'event', 'control')),
    flow        text,
    reference   uuid,
    number      bigint,
    attempt     integer,
    control     text,
    run_at      timestamptz not null,
    owner       uuid,
    lease_until timestamptz,
    fence       bigint      not null default 0,
    primary key (tenant_id, task_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
create index task_ready_idx on engine.task (tenant_id, run_at) where owner is null;
create index task_leased_idx on engine.task (tenant_id, lease_until) where owner is not null;
create index task_run_idx on engine.task (tenant_id, run_id);
call tenancy.fence_queue('engine.task');

-- The journal: one row for each attempt of a call, written before the attempt and closed after it.
create table engine.call (
    tenant_id  uuid        not null default tenancy.bound_tenant(),
    run_id     uuid        not null,
    number     bigint      not null,
    attempt    integer     not null,
    task       text        not null,
    function   text        not null,
    effect     text        not null check (effect in ('read', 'keyed', 'findable', 'at_most_once', 'operation')),
    status     text        not null check (status in ('scheduled', 'started', 'succeeded', 'failed', 'unknown', 'cancelled')),
    input      bytea       not null,
    output     bytea,
    error      jsonb,
    usage      jsonb,
    sends      integer     not null default 0,
    created_at timestamptz not null,
    started_at timestamptz,
    ended_at   timestamptz,
    primary key (tenant_id, run_id, number, attempt),
    foreign key (tenant_id, run_id) references engine.run (tenant_id, run_id) on delete cascade
);
call tenancy.fence('engine.call');

-- What the interpreter did, one row for each commit of a run: tasks entered and left, in order.
create table engine.step (
    tenant_id uuid        not null default tenancy.bound_tenant(),
    run_id    uuid        not null,
    revision  bigint      not null,
    at        timestamptz not null,
    entries   jsonb       not null,
    primary key (tenant_id, run_id, revision),
    foreign key (tenant_id, run_id) references engine.run (tenant_id, run_id) on delete cascade
);
call tenancy.fence('engine.step');

-- Alarm clocks of sleeping runs, apart from the queue so that sleeping costs nothing.
create table engine.timer (
    tenant_id uuid        not null default tenancy.bound_tenant(),
    run_id    uuid        not null,
    number    bigint      not null,
    fire_at   timestamptz not null,
    primary key (tenant_id, run_id, number)
);
create index timer_fire_at_idx on engine.timer (fire_at);
call tenancy.fence_queue('engine.timer');

-- Event types that a run listens for, from its start to its end.
create table engine.subscription (
    tenant_id uuid not null default tenancy.bound_tenant(),
    type      text not null,
    run_id    uuid not null,
    primary key (tenant_id, type, run_id),
    foreign key (tenant_id, run_id) references engine.run (tenant_id, run_id) on delete cascade
);
create index subscription_run_idx on engine.subscription (tenant_id, run_id);
call tenancy.fence('engine.subscription');

-- The circuit breaker of one connection, shared by all nodes.
create table engine.breaker (
    tenant_id   uuid        not null default tenancy.bound_tenant() references identity.tenant,
    connector   text        not null,
    consecutive integer     not null default 0,
    recent_failures integer not null default 0,
    recent_calls    integer not null default 0,
    window_started  timestamptz not null,
    open_until  timestamptz,
    opens       integer     not null default 0,
    probe_until timestamptz,
    reason      text,
    updated_at  timestamptz not null,
    primary key (tenant_id, connector)
);
call tenancy.fence('engine.breaker');
