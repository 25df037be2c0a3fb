-- Events that are appended together wait for their positions together, in one row: a row and an entry of an index less
-- to write, to remove and to tidy up for each event.
alter table platform.event_pending no force row level security;
alter table platform.event_pending add column event_ids uuid[];
update platform.event_pending set event_ids = array[event_id];
-- The key goes with it. The table is read as a whole: it holds what was appended in the last moments.
alter table platform.event_pending drop column event_id;
alter table platform.event_pending alter column event_ids set not null;
alter table platform.event_pending force row level security;

-- The reference to the tenant asked for the tenant's row with each event, which costs as much as an index, and made
-- transactions of one tenant meet at that row. Row security asks once for each statement. Tenants stay.
alter table platform.event drop constraint event_tenant_id_fkey;
alter policy tenant on platform.event with check (tenant_id = (
    select t.tenant_id from identity.tenant t where t.tenant_id = nullif(current_setting('app.tenant', true), '')::uuid));
