-- Calls that wait for a node with room keep nothing else waiting, and are taken as many as there is room for.
drop index engine.task_ready_idx;
create index task_ready_idx on engine.task (tenant_id, (kind = 'call'), run_at) where owner is null;
