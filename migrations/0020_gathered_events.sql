-- What has come so far for flows that start when one event for each of several filters has come. Sets of another
-- version of a flow are apart from each other. The row of a flow is locked while events are matched, so that two
-- transactions cannot both begin a set, or both complete one.
create table engine.gathering (
    tenant_id  uuid        not null default tenancy.bound_tenant() references identity.tenant,
    flow       text        not null,
    digest     text        not null,
    matched_at timestamptz not null,
    primary key (tenant_id, flow, digest)
);
call tenancy.fence('engine.gathering');

-- One event of a set: the filter it met, and what its correlations gave. `place` is its place in the set, from 0.
create table engine.gathered (
    tenant_id  uuid     not null default tenancy.bound_tenant(),
    flow       text     not null,
    digest     text     not null,
    set_id     uuid     not null,
    place      smallint not null,
    filter     smallint not null,
    event_id   uuid     not null,
    correlated jsonb    not null,
    primary key (tenant_id, flow, digest, set_id, place),
    foreign key (tenant_id, flow, digest) references engine.gathering on delete cascade
);
call tenancy.fence('engine.gathered');
