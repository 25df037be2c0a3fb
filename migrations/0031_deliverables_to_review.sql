-- What awaits review, without going through all that was ever delivered.
create index deliverable_pending_idx on delivery.deliverable (tenant_id, deliverable_id)
    where status = 'pending_review';
