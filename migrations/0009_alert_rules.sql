-- What was measured for each tenant, the rules that watch it, and who is told of alerts.

create schema insight;
grant usage on schema insight to handoff_app, handoff_worker;

-- Counts and times of one minute, added up over nodes. Bounds of the buckets: `store::measurements`.
create table insight.measurement (
    tenant_id       uuid        not null default tenancy.bound_tenant(),
    series          text        not null
        check (series in ('http_request', 'call', 'operation', 'webhook_received', 'webhook_delivery')),
    label           text        not null check (length(label) between 1 and 120),
    minute          timestamptz not null,
    count           bigint      not null,
    failures        bigint      not null,
    total_ms        bigint      not null,
    max_ms          bigint      not null,
    buckets         bigint[]    not null,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    primary key (tenant_id, series, label, minute)
);
create index measurement_minute_idx on insight.measurement (minute);
call tenancy.fence_queue('insight.measurement');

-- What a tenant changed about the rules; a rule without a row has its defaults.
create table messaging.alert_rule (
    tenant_id       uuid        not null default tenancy.bound_tenant() references identity.tenant,
    rule            text        not null
        check (rule in ('webhook_delivery_failures', 'slow_responses', 'signature_failures',
                        'lead_creation_failures')),
    enabled         boolean     not null,
    threshold       bigint      not null check (0 <= threshold),
    window_minutes  integer     not null check (window_minutes between 1 and 1440),
    minimum_samples integer     not null check (minimum_samples between 1 and 1000000),
    severity        text        not null check (severity in ('info', 'warning', 'critical')),
    notify          boolean     not null,
    updated_at      timestamptz not null,
    primary key (tenant_id, rule)
);
call tenancy.fence('messaging.alert_rule');

-- Who is told of alerts; a tenant without a row has the defaults.
create table messaging.alert_settings (
    tenant_id     uuid        not null default tenancy.bound_tenant() references identity.tenant,
    slack         boolean     not null,
    recipients    text[]      not null check (cardinality(recipients) <= 20),
    min_severity  text        not null check (min_severity in ('info', 'warning', 'critical')),
    quiet_minutes integer     not null check (quiet_minutes between 0 and 10080),
    tell_resolved boolean     not null,
    updated_at    timestamptz not null,
    primary key (tenant_id)
);
call tenancy.fence('messaging.alert_settings');

-- When people were last told of a cause, so that one that comes and goes does not tell them each time.
create table messaging.alert_notice (
    tenant_id uuid        not null default tenancy.bound_tenant(),
    cause     text        not null,
    alert_id  uuid        not null,
    told_at   timestamptz not null,
    primary key (tenant_id, cause),
    foreign key (tenant_id, alert_id) references messaging.alert (tenant_id, alert_id)
);
create index alert_notice_alert_idx on messaging.alert_notice (tenant_id, alert_id);
call tenancy.fence('messaging.alert_notice');

-- Alerts of one kind that are still open, for the rules that resolve them.
create index alert_open_kind_idx on messaging.alert (tenant_id, kind) where resolved_at is null;

-- Numbers over all tenants, for the operator: they name none.
create policy lookup on messaging.alert for select to handoff_lookup using (true);
create policy lookup on engine.breaker for select to handoff_lookup using (true);
grant usage, create on schema insight to handoff_lookup;
grant usage on schema messaging, engine to handoff_lookup;
grant select on messaging.alert, engine.breaker to handoff_lookup;

create function insight.open_alerts() returns table (severity text, count double precision)
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select s.severity, (select count(*) from messaging.alert a
                        where a.resolved_at is null and a.severity = s.severity)
    from unnest(array['info', 'warning', 'critical']) as s (severity)
$$;

create function insight.open_breakers(at timestamptz)
    returns table (connector text, count double precision)
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select b.connector, count(*) filter (where at < b.open_until) from engine.breaker b group by b.connector
$$;

alter function insight.open_alerts() owner to handoff_lookup;
alter function insight.open_breakers(timestamptz) owner to handoff_lookup;
revoke create on schema insight from handoff_lookup;
revoke all on function insight.open_alerts(), insight.open_breakers(timestamptz) from public;
grant execute on function insight.open_alerts(), insight.open_breakers(timestamptz) to handoff_worker;
