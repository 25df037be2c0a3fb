-- The attributes of an event that its emitter chose, beside those that have a column of their own: its id, its
-- time's text, extensions of CloudEvents. Null for the product's own events.
alter table platform.event add column attributes jsonb;
