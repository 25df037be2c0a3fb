-- Which version of a flow a tenant has in use, where that is not the one it is given; none if it is switched off.
-- Versions stand in engine.definition, immutable by digest.
create table engine.flow_choice (
    tenant_id  uuid        not null default tenancy.bound_tenant() references identity.tenant,
    flow       text        not null,
    digest     text,
    changed_at timestamptz not null,
    changed_by text        not null,
    primary key (tenant_id, flow),
    foreign key (tenant_id, digest) references engine.definition (tenant_id, digest)
);
call tenancy.fence_queue('engine.flow_choice');
create index definition_name_idx on engine.definition (tenant_id, name);
