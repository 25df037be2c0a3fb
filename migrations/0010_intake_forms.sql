-- Forms in which clients tell what they need, and what they told.

create table crm.intake_form (
    tenant_id       uuid        not null default tenancy.bound_tenant() references identity.tenant,
    form_id         uuid        not null,
    title           text        not null check (length(title) between 1 and 120),
    introduction    text        not null,
    thank_you       text        not null,
    source          text        not null,
    assigned_to     text,
    fields          jsonb       not null,
    allowed_origins text[]      not null,
    is_active       boolean     not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    primary key (tenant_id, form_id),
    constraint intake_form_form_id_key unique (form_id)
);
call tenancy.fence('crm.intake_form');
create policy lookup on crm.intake_form for select to handoff_lookup using (true);
grant usage on schema crm to handoff_lookup;
grant select on crm.intake_form to handoff_lookup;

-- Whose form it is: asked before the tenant is known, because whoever fills in a form has no token.
create function crm.find_intake_form(wanted uuid) returns uuid
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select f.tenant_id from crm.intake_form f where f.form_id = wanted
$$;
grant create on schema crm to handoff_lookup;
alter function crm.find_intake_form(uuid) owner to handoff_lookup;
revoke create on schema crm from handoff_lookup;
revoke all on function crm.find_intake_form(uuid) from public;
grant execute on function crm.find_intake_form(uuid) to handoff_app, handoff_worker;

-- `submission_key` is the page's own: the same answers from the same page are one submission, however late.
create table crm.intake_submission (
    tenant_id      uuid        not null default tenancy.bound_tenant(),
    submission_id  uuid        not null,
    form_id        uuid        not null,
    lead_id        uuid        not null,
    client_id      uuid        not null,
    submission_key text,
    intake         jsonb       not null,
    submitted_at   timestamptz not null,
    primary key (tenant_id, submission_id),
    foreign key (tenant_id, form_id) references crm.intake_form (tenant_id, form_id),
    foreign key (tenant_id, lead_id) references crm.lead (tenant_id, lead_id),
    foreign key (tenant_id, client_id) references crm.client (tenant_id, client_id)
);
create index intake_submission_form_idx on crm.intake_submission (tenant_id, form_id, submission_id desc);
create index intake_submission_client_idx on crm.intake_submission (tenant_id, client_id, submitted_at desc);
call tenancy.fence('crm.intake_submission');
