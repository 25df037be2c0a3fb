-- What agents remember about clients, and which side of the wall an agent's token is on.

create schema memory;
grant usage on schema memory to handoff_app, handoff_worker;

-- One for each key of a client. `versions` counts what was ever saved under it, and is the row that
-- writers of one key take turns at.
create table memory.memory (
    tenant_id  uuid        not null default tenancy.bound_tenant() references identity.tenant,
    memory_id  uuid        not null,
    client_id  uuid,
    key        text        not null check (length(key) between 1 and 600),
    versions   integer     not null,
    created_at timestamptz not null,
    primary key (tenant_id, memory_id),
    constraint memory_key_key unique nulls not distinct (tenant_id, client_id, key),
    constraint memory_client_fkey foreign key (tenant_id, client_id)
        references crm.client (tenant_id, client_id) on delete cascade
);
call tenancy.fence('memory.memory');

-- What was saved. The newest that has not expired is what is remembered. `words` is what is searched: the
-- beginning of the text and of every string of the value. Row security asks for the tenant before it asks a
-- text search, so an index on `search` would not be used.
create table memory.version (
    tenant_id   uuid        not null default tenancy.bound_tenant(),
    memory_id   uuid        not null,
    version     integer     not null,
    lead_id     uuid,
    kind        text        not null
        check (kind in ('note', 'fact', 'preference', 'decision', 'summary', 'intake', 'assessment')),
    text        text,
    value       jsonb,
    tags        text[]      not null,
    words       text        not null check (length(words) <= 50000),
    search      tsvector    not null generated always as (to_tsvector('simple', words)) stored,
    saved_by    text        not null,
    flow        text,
    run_id      uuid,
    token_name  text,
    delivery_id uuid,
    saved_at    timestamptz not null,
    expires_at  timestamptz,
    primary key (tenant_id, memory_id, version),
    constraint version_has_content check (text is not null or value is not null),
    foreign key (tenant_id, memory_id) references memory.memory (tenant_id, memory_id) on delete cascade,
    constraint version_lead_fkey foreign key (tenant_id, lead_id)
        references crm.lead (tenant_id, lead_id) on delete set null (lead_id),
    constraint version_delivery_fkey foreign key (tenant_id, delivery_id)
        references webhook.received (tenant_id, delivery_id) on delete set null (delivery_id)
);
create index version_lead_idx on memory.version (tenant_id, lead_id);
create index version_delivery_idx on memory.version (tenant_id, delivery_id);
call tenancy.fence('memory.version');

-- Which versions expire, and when.
create table memory.expiry (
    tenant_id  uuid        not null default tenancy.bound_tenant(),
    memory_id  uuid        not null,
    version    integer     not null,
    expires_at timestamptz not null,
    primary key (tenant_id, memory_id, version),
    foreign key (tenant_id, memory_id, version)
        references memory.version (tenant_id, memory_id, version) on delete cascade
);
create index expiry_due_idx on memory.expiry (tenant_id, expires_at);
call tenancy.fence_queue('memory.expiry');

-- A token of an AI agent either reads what clients wrote or acts, never both. A token without it is a
-- program's: over MCP it reads.
alter table identity.api_token add column mcp text constraint api_token_mcp_check check (mcp in ('reader', 'actor'));

drop function identity.find_api_token(text);
create function identity.find_api_token(wanted text)
    returns table (tenant_id uuid, name text, role text, mcp text, secret_hash bytea, rate_per_minute integer,
                   expires_at timestamptz, revoked_at timestamptz)
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select t.tenant_id, t.name, t.role, t.mcp, t.secret_hash, t.rate_per_minute, t.expires_at, t.revoked_at
    from identity.api_token t where t.token_id = wanted
$$;
grant create on schema identity to handoff_lookup;
alter function identity.find_api_token(text) owner to handoff_lookup;
revoke create on schema identity from handoff_lookup;
revoke all on function identity.find_api_token(text) from public;
grant execute on function identity.find_api_token(text) to handoff_app, handoff_worker;
