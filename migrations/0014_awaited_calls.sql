-- Calls that somebody else completes: another run, a person. They stand in the journal and in no queue.
alter table engine.call drop constraint call_effect_check;
alter table engine.call add constraint call_effect_check
    check (effect in ('read', 'keyed', 'findable', 'at_most_once', 'operation', 'awaited'));
alter table engine.task drop constraint task_kind_check;
alter table engine.task add constraint task_kind_check
    check (kind in ('start', 'call', 'timer', 'event', 'control', 'settled'));

-- Which call waits for a run. A row goes when the run ends. Neither run's row needs to be there yet.
create table engine.child (
    tenant_id     uuid    not null default tenancy.bound_tenant(),
    run_id        uuid    not null,
    parent_run_id uuid    not null,
    number        bigint  not null,
    primary key (tenant_id, run_id)
);
create index child_parent_idx on engine.child (tenant_id, parent_run_id);
call tenancy.fence('engine.child');
