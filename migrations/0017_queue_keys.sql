-- The queue is found by ids that are unique for all tenants. It is empty one moment and long the next, so that the
-- planner, told it is empty, took "all rows of the tenant" for as good a way to one row as that row's key. Without
-- such an index there is only the key.
alter table engine.task drop constraint task_pkey;
alter table engine.task add primary key (task_id);
drop index engine.task_run_idx;
create index task_run_idx on engine.task (run_id);
drop index engine.task_leased_idx;
create index task_leased_idx on engine.task (lease_until) where owner is not null;
