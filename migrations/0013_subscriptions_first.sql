-- A run is subscribed before its first step, so that it hears what that step says; its row follows in the same
-- transaction. (A deferred constraint would be checked at the end, when another tenant may be bound.)
alter table engine.subscription drop constraint subscription_tenant_id_run_id_fkey;
