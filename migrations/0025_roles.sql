-- Roles of a tenant's own, beside the built-in ones. Members, invitations and tokens name either kind, so that what
-- they may do is looked up when they ask.

create table identity.role (
    tenant_id   uuid        not null default tenancy.bound_tenant() references identity.tenant,
    name        text        not null check (name ~ '^[a-z][a-z0-9_]{1,39}$'),
    description text        not null check (length(description) <= 500),
    -- As `verb:resource`. One that this release does not know permits nothing.
    permissions text[]      not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    primary key (tenant_id, name)
);
call tenancy.fence('identity.role');
create policy identity on identity.role for select to handoff_identity using (true);
grant select on identity.role to handoff_identity;
create policy lookup on identity.role for select to handoff_lookup using (true);
grant select on identity.role to handoff_lookup;

drop function identity.find_api_token(text);
create function identity.find_api_token(wanted text)
    returns table (tenant_id uuid, name text, role text, permissions text[], mcp text, secret_hash bytea,
                   rate_per_minute integer, expires_at timestamptz, revoked_at timestamptz)
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select t.tenant_id, t.name, t.role, r.permissions, t.mcp, t.secret_hash, t.rate_per_minute, t.expires_at, t.revoked_at
    from identity.api_token t
    left join identity.role r on r.tenant_id = t.tenant_id and r.name = t.role
    where t.token_id = wanted
$$;
grant create on schema identity to handoff_lookup;
alter function identity.find_api_token(text) owner to handoff_lookup;
revoke create on schema identity from handoff_lookup;
revoke all on function identity.find_api_token(text) from public;
grant execute on function identity.find_api_token(text) to handoff_app, handoff_worker;
