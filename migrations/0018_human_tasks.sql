-- What runs ask people for. A run waits for the outcome; the task outlives restarts, and goes only with its run.
create table engine.human_task (
    tenant_id     uuid        not null default tenancy.bound_tenant(),
    human_task_id uuid        not null,
    kind          text        not null check (kind in ('approval', 'assignment')),
    status        text        not null check (status in ('open', 'completed', 'cancelled')),
    run_id        uuid        not null,
    number        bigint      not null,
    flow          text        not null,
    title         text        not null,
    description   text,
    assignee      text,
    roles         text[]      not null default '{}',
    details       jsonb,
    form          jsonb,
    outcome       jsonb,
    due_at        timestamptz,
    created_at    timestamptz not null,
    ended_at      timestamptz,
    ended_by      text,
    primary key (tenant_id, human_task_id)
);
create index human_task_call_idx on engine.human_task (tenant_id, run_id, number);
create index human_task_open_idx on engine.human_task (tenant_id, human_task_id) where status = 'open';
call tenancy.fence('engine.human_task');
