-- The event log, idempotency keys and the audit trail.

create schema platform;
grant usage on schema platform to handoff_app, handoff_worker;

-- CloudEvents, appended in the transaction that made the change.
create table platform.event (
    tenant_id uuid        not null default tenancy.bound_tenant() references identity.tenant,
    event_id  uuid        not null,
    source    text        not null,
    type      text        not null,
    subject   text,
    time      timestamptz not null,
    data      jsonb       not null,
    primary key (tenant_id, event_id)
);
call tenancy.fence('platform.event');

-- Events that have no position yet. Emptied after commit by whoever holds the sequencer's lock.
create table platform.event_pending (
    tenant_id uuid not null default tenancy.bound_tenant(),
    event_id  uuid not null,
    primary key (tenant_id, event_id)
);
call tenancy.fence_queue('platform.event_pending');

-- One order for all readers, without gaps that could fill later: given after commit, by one hand.
create table platform.event_position (
    tenant_id uuid   not null default tenancy.bound_tenant(),
    position  bigint not null,
    event_id  uuid   not null,
    primary key (tenant_id, position),
    constraint event_position_key unique (position)
);
call tenancy.fence_queue('platform.event_position');

-- Answers to writes that carried an `Idempotency-Key`, stored by the transaction that did the work.
create table platform.idempotency_key (
    tenant_id       uuid        not null default tenancy.bound_tenant(),
    principal       text        not null,
    key             text        not null check (length(key) between 1 and 255),
    request_hash    bytea       not null,
    response_status smallint    not null,
    response_body   bytea       not null,
    created_at      timestamptz not null,
    primary key (tenant_id, principal, key),
    foreign key (tenant_id) references identity.tenant
);
call tenancy.fence('platform.idempotency_key');

-- Who did what. `sequence` and `hash` chain the entries of a tenant; they are given after commit, in
-- one order, so that writers do not wait for each other.
create table identity.audit_entry (
    tenant_id uuid        not null default tenancy.bound_tenant() references identity.tenant,
    entry_id  uuid        not null,
    at        timestamptz not null,
    actor     text        not null,
    action    text        not null,
    resource  text        not null,
    detail    jsonb       not null,
    sequence  bigint,
    hash      bytea,
    primary key (tenant_id, entry_id),
    constraint audit_entry_sequence_key unique (tenant_id, sequence)
);
call tenancy.fence('identity.audit_entry');

create table identity.audit_pending (
    tenant_id uuid not null default tenancy.bound_tenant(),
    entry_id  uuid not null,
    primary key (tenant_id, entry_id)
);
call tenancy.fence_queue('identity.audit_pending');

-- API tokens: found by their public id, proved by the hash of their secret part.
create table identity.api_token (
    tenant_id       uuid        not null default tenancy.bound_tenant() references identity.tenant,
    token_id        text        not null check (token_id ~ '^[0-9A-Za-z]{12}$'),
    name            text        not null check (length(name) between 1 and 120),
    role            text        not null,
    secret_hash     bytea       not null,
    rate_per_minute integer     not null check (rate_per_minute between 1 and 1000000),
    created_at      timestamptz not null,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    primary key (tenant_id, token_id),
    constraint api_token_token_id_key unique (token_id)
);
call tenancy.fence('identity.api_token');
create policy lookup on identity.api_token for select to handoff_lookup using (true);
grant select on identity.api_token to handoff_lookup;

-- Finds a token before its tenant is known. The caller proves the secret against the hash.
create function identity.find_api_token(wanted text)
    returns table (tenant_id uuid, name text, role text, secret_hash bytea, rate_per_minute integer,
                   expires_at timestamptz, revoked_at timestamptz)
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select t.tenant_id, t.name, t.role, t.secret_hash, t.rate_per_minute, t.expires_at, t.revoked_at
    from identity.api_token t where t.token_id = wanted
$$;
grant create on schema identity to handoff_lookup;
alter function identity.find_api_token(text) owner to handoff_lookup;
revoke create on schema identity from handoff_lookup;
revoke all on function identity.find_api_token(text) from public;
grant execute on function identity.find_api_token(text) to handoff_app, handoff_worker;
