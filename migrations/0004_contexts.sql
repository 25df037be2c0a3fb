-- What the product keeps: connections, received webhooks, clients, leads, deliverables, alerts.

create schema connections;
grant usage on schema connections to handoff_app, handoff_worker;

create table connections.connection (
    tenant_id       uuid        not null default tenancy.bound_tenant() references identity.tenant,
    connection_id   uuid        not null,
    connector       text        not null,
    settings_sealed bytea       not null,
    status          text        not null default 'unchecked' check (status in ('unchecked', 'working', 'failing')),
    status_detail   text,
    checked_at      timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    primary key (tenant_id, connection_id),
    constraint connection_connector_key unique (tenant_id, connector)
);
call tenancy.fence('connections.connection');

create schema webhook;
grant usage on schema webhook to handoff_app, handoff_worker;

-- Received webhooks, raw, stored before they are acknowledged.
create table webhook.received (
    tenant_id       uuid        not null default tenancy.bound_tenant() references identity.tenant,
    delivery_id     uuid        not null,
    source          text        not null,
    type            text        not null,
    dedupe_key      text,
    headers         jsonb       not null,
    body            bytea       not null,
    verified_by     text        not null,
    status          text        not null check (status in ('accepted', 'invalid', 'ignored')),
    event_id        uuid,
    response_status smallint    not null,
    response_body   bytea       not null,
    duplicates      integer     not null default 0,
    replays         integer     not null default 0,
    received_at     timestamptz not null,
    primary key (tenant_id, delivery_id),
    constraint received_dedupe_key unique (tenant_id, source, dedupe_key)
);
call tenancy.fence('webhook.received');

create schema crm;
grant usage on schema crm to handoff_app, handoff_worker;

-- A person or company we work for, from the first message on.
create table crm.client (
    tenant_id    uuid        not null default tenancy.bound_tenant() references identity.tenant,
    client_id    uuid        not null,
    company_name text        not null,
    contact_name text,
    email        text        not null,
    email_norm   text        not null,
    phone        text,
    industry     text,
    stage        text        not null
        check (stage in ('intake', 'assessed', 'proposal', 'contract', 'paid', 'delivered', 'lost')),
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    primary key (tenant_id, client_id),
    constraint client_email_key unique (tenant_id, email_norm)
);
call tenancy.fence('crm.client');

create table crm.lead (
    tenant_id           uuid        not null default tenancy.bound_tenant(),
    lead_id             uuid        not null,
    client_id           uuid        not null,
    source              text        not null,
    external_lead_id    text,
    external_lead_url   text,
    status              text        not null check (status in ('open', 'merged', 'won', 'lost')),
    submissions         integer     not null default 1,
    intake              jsonb       not null,
    complexity_score    integer     check (complexity_score between 1 and 10),
    estimated_hours     integer     check (0 < estimated_hours),
    recommended_package text,
    summary             text,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    primary key (tenant_id, lead_id),
    foreign key (tenant_id, client_id) references crm.client (tenant_id, client_id)
);
create index lead_client_idx on crm.lead (tenant_id, client_id, created_at desc);
create unique index lead_external_key on crm.lead (tenant_id, external_lead_id);
call tenancy.fence('crm.lead');

create schema delivery;
grant usage on schema delivery to handoff_app, handoff_worker;

create table delivery.deliverable (
    tenant_id      uuid        not null default tenancy.bound_tenant(),
    deliverable_id uuid        not null,
    lead_id        uuid        not null,
    type           text        not null
        check (type in ('branding_strategy', 'website_plan', 'social_strategy', 'copywriting')),
    status         text        not null default 'pending_review'
        check (status in ('pending_review', 'approved', 'rejected')),
    content        jsonb       not null,
    markdown       text        not null,
    ai_model       text        not null,
    prompt         text        not null,
    prompt_version integer     not null,
    input_tokens   bigint      not null,
    output_tokens  bigint      not null,
    cost_micros    bigint,
    external_id    text,
    generated_at   timestamptz not null,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    primary key (tenant_id, deliverable_id),
    constraint deliverable_type_key unique (tenant_id, lead_id, type),
    foreign key (tenant_id, lead_id) references crm.lead (tenant_id, lead_id)
);
call tenancy.fence('delivery.deliverable');

create schema messaging;
grant usage on schema messaging to handoff_app, handoff_worker;

-- Things a person should know now. One open alert for each cause; repeats are counted.
create table messaging.alert (
    tenant_id   uuid        not null default tenancy.bound_tenant() references identity.tenant,
    alert_id    uuid        not null,
    kind        text        not null,
    severity    text        not null check (severity in ('info', 'warning', 'critical')),
    cause       text        not null,
    title       text        not null,
    detail      jsonb       not null,
    occurrences bigint      not null default 1,
    first_at    timestamptz not null,
    last_at     timestamptz not null,
    resolved_at timestamptz,
    primary key (tenant_id, alert_id)
);
create unique index alert_cause_key on messaging.alert (tenant_id, cause) where resolved_at is null;
call tenancy.fence('messaging.alert');
