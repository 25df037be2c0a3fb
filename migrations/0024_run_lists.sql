-- Runs are listed by flow and by what goes on. Neither column changes from step to step of a run, so that its updates
-- stay within their page until its end.
create index run_flow_idx on engine.run (tenant_id, flow, run_id);
create index run_open_idx on engine.run (tenant_id, run_id) where ended_at is null;

-- What AI answers used up is added up by time.
create index call_usage_idx on engine.call (tenant_id, created_at) where usage is not null;
