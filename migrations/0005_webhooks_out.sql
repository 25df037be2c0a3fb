-- Webhooks that we send: who wants which events, what was written for them, and how sending went.

create table webhook.subscription (
    tenant_id              uuid        not null default tenancy.bound_tenant() references identity.tenant,
    subscription_id        uuid        not null,
    url                    text        not null check (length(url) between 1 and 2000),
    event_types            text[]      not null check (0 < cardinality(event_types)),
    description            text,
    format                 text        not null check (format in ('standard', 'mwd')),
    status                 text        not null check (status in ('active', 'paused', 'disabled')),
    status_reason          text,
    secret_sealed          bytea       not null,
    previous_secret_sealed bytea,
    previous_secret_until  timestamptz,
    bearer_sealed          bytea,
    -- The connection that owns it; people change that connection and not this row.
    connector              text,
    -- The first failure after a success, and since when the clock of lasting failure runs.
    first_failure_at       timestamptz,
    failing_since          timestamptz,
    last_success_at        timestamptz,
    created_at             timestamptz not null,
    updated_at             timestamptz not null,
    primary key (tenant_id, subscription_id),
    constraint subscription_connector_key unique (tenant_id, connector, event_types)
);
call tenancy.fence('webhook.subscription');

-- One event for one subscription: the bytes are written with the event and never change.
create table webhook.message (
    tenant_id         uuid        not null default tenancy.bound_tenant(),
    message_id        uuid        not null,
    subscription_id   uuid        not null,
    event_id          uuid,
    type              text        not null,
    subject           text,
    body              bytea       not null,
    status            text        not null check (status in ('pending', 'delivered', 'failed', 'cancelled')),
    attempts          integer     not null default 0,
    -- How many of the attempts were made before the last replay: the schedule counts from there.
    attempts_replayed integer     not null default 0,
    replays           integer     not null default 0,
    response_status   smallint,
    error             text,
    next_attempt_at   timestamptz,
    created_at        timestamptz not null,
    ended_at          timestamptz,
    primary key (tenant_id, message_id),
    constraint message_event_key unique (tenant_id, subscription_id, event_id),
    foreign key (tenant_id, subscription_id)
        references webhook.subscription (tenant_id, subscription_id) on delete cascade
);
create index message_subscription_idx on webhook.message (tenant_id, subscription_id, message_id desc);
create index message_status_idx on webhook.message (tenant_id, status, message_id desc);
call tenancy.fence('webhook.message');

-- The log of sending: one row for each attempt, with the beginning of the answer.
create table webhook.attempt (
    tenant_id       uuid        not null default tenancy.bound_tenant(),
    message_id      uuid        not null,
    number          integer     not null,
    started_at      timestamptz not null,
    duration_ms     integer     not null,
    response_status smallint,
    response_body   text,
    error           text,
    primary key (tenant_id, message_id, number),
    foreign key (tenant_id, message_id) references webhook.message (tenant_id, message_id) on delete cascade
);
call tenancy.fence('webhook.attempt');

-- Messages that wait or are being sent. A row is deleted when its message ended. Messages of one lane
-- (a subscription and a subject) go one after the other. `fence` counts the claims: a node whose claim
-- was taken over cannot finish the row.
create table webhook.outbox (
    tenant_id       uuid        not null default tenancy.bound_tenant(),
    message_id      uuid        not null,
    subscription_id uuid        not null,
    lane            bigint,
    run_at          timestamptz not null,
    owner           uuid,
    lease_until     timestamptz,
    fence           bigint      not null default 0,
    primary key (tenant_id, message_id),
    foreign key (tenant_id, message_id) references webhook.message (tenant_id, message_id) on delete cascade
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
create index outbox_ready_idx on webhook.outbox (tenant_id, subscription_id, run_at) where owner is null;
create index outbox_leased_idx on webhook.outbox (tenant_id, subscription_id, lease_until) where owner is not null;
create index outbox_lane_idx on webhook.outbox (tenant_id, subscription_id, lane, message_id);
call tenancy.fence_queue('webhook.outbox');
