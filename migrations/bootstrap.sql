-- Roles belong to the cluster, not to a database: this runs before the migrations, as a login that may
-- create roles, and again at each `migrate`; it changes nothing that is already right.
do $$
begin
    -- Owns every object; migrations run as it. Bound by row security like everyone (forced).
    if not exists (select from pg_roles where rolname = 'handoff_owner') then
        create role handoff_owner nologin nosuperuser nobypassrls;
    end if;
    -- What requests run as: sees one tenant at a time, owns nothing.
    if not exists (select from pg_roles where rolname = 'handoff_app') then
        create role handoff_app nologin nosuperuser nobypassrls;
    end if;
    -- What the engine runs as: as `handoff_app`, and it may see the queues of all tenants.
    if not exists (select from pg_roles where rolname = 'handoff_worker') then
        create role handoff_worker nologin nosuperuser nobypassrls;
    end if;
    -- What signing in runs as: sees people and their sessions, and no tenant's other rows.
    if not exists (select from pg_roles where rolname = 'handoff_identity') then
        create role handoff_identity nologin nosuperuser nobypassrls;
    end if;
    -- Owns the few look-ups that find a tenant before one is known.
    if not exists (select from pg_roles where rolname = 'handoff_lookup') then
        create role handoff_lookup nologin nosuperuser nobypassrls;
    end if;
    execute format('grant handoff_owner, handoff_app, handoff_worker, handoff_identity to %I', current_user);
    grant handoff_lookup to handoff_owner;
    execute format('grant connect, create, temporary on database %I to handoff_owner', current_database());
end
$$;
