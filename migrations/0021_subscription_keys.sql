-- A run may hear only those events of a type that hold a certain value somewhere: `key` is a hash over the place and the
-- value. 0 hears them all, as everybody did before.
alter table engine.subscription add column key bigint not null default 0;
alter table engine.subscription drop constraint subscription_pkey;
alter table engine.subscription add primary key (tenant_id, type, key, run_id);
-- Without another index that begins with the tenant there is only the key, whatever the planner believes of the table.
drop index engine.subscription_run_idx;
create index subscription_run_idx on engine.subscription (run_id);
