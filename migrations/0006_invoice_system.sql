-- The invoice system's side: projects with milestones, invoices, proposals, and what an assistant adds
-- to leads and deliverables.

-- What sales know of a lead, and what an assistant said of it. The assistant's word is kept as it came;
-- the assessment that people and flows go by is in the columns that were there before.
alter table crm.lead
    add column agent_generated     boolean not null default false,
    add column intake_source       text check (length(intake_source) between 1 and 50),
    add column ai_assessment_score integer,
    add column agent_summary       text,
    add column agent_ref           text,
    add column sales_status        text check (length(sales_status) between 1 and 50),
    add column contract_status     text check (length(contract_status) between 1 and 50),
    add column payment_status      text check (length(payment_status) between 1 and 50),
    add column amount_paid_minor   bigint check (0 <= amount_paid_minor),
    add column amount_paid_currency text check (amount_paid_currency ~ '^[A-Z]{3}$'),
    add column next_milestone      text,
    add column assigned_team       text[] not null default '{}',
    add column custom_fields       jsonb not null default '{}';
-- The id by which an assistant knows the lead.
create unique index lead_agent_ref_key on crm.lead (tenant_id, agent_ref);

-- Work that was agreed on. Its lead is ours; `external_…` are the ids of the other system.
create table delivery.project (
    tenant_id             uuid        not null default tenancy.bound_tenant() references identity.tenant,
    project_id            uuid        not null,
    client_id             uuid,
    lead_id               uuid,
    external_lead_id      text,
    external_project_id   text,
    name                  text        not null,
    company_name          text,
    services              text[]      not null,
    status                text        not null check (length(status) between 1 and 50),
    payment_status        text        check (length(payment_status) between 1 and 50),
    amount_paid_minor     bigint      check (0 <= amount_paid_minor),
    amount_paid_currency  text        check (amount_paid_currency ~ '^[A-Z]{3}$'),
    completion_percentage integer     not null default 0 check (completion_percentage between 0 and 100),
    next_steps            text,
    next_milestone        text,
    estimated_completion  date,
    notion_url            text,
    slack_channel         text,
    slack_thread          text,
    last_status_at        timestamptz,
    created_at            timestamptz not null,
    updated_at            timestamptz not null,
    primary key (tenant_id, project_id),
    foreign key (tenant_id, client_id) references crm.client (tenant_id, client_id),
    foreign key (tenant_id, lead_id) references crm.lead (tenant_id, lead_id)
);
create unique index project_lead_name_key on delivery.project (tenant_id, lead_id, name);
create unique index project_external_lead_name_key on delivery.project (tenant_id, external_lead_id, name);
create unique index project_external_key on delivery.project (tenant_id, external_project_id);
create index project_client_idx on delivery.project (tenant_id, client_id);
call tenancy.fence('delivery.project');

create table delivery.milestone (
    tenant_id           uuid        not null default tenancy.bound_tenant(),
    milestone_id        uuid        not null,
    project_id          uuid        not null,
    name                text        not null,
    target_date         date,
    deliverables        text[]      not null,
    amount_minor        bigint      check (0 < amount_minor),
    amount_currency     text        check (amount_currency ~ '^[A-Z]{3}$'),
    completed_at        timestamptz,
    triggers_invoice    boolean     not null default false,
    invoice_description text,
    deliverables_ready  jsonb       not null default '[]',
    created_at          timestamptz not null,
    primary key (tenant_id, milestone_id),
    constraint milestone_name_key unique (tenant_id, project_id, name),
    check ((amount_minor is null) = (amount_currency is null)),
    foreign key (tenant_id, project_id) references delivery.project (tenant_id, project_id)
);
call tenancy.fence('delivery.milestone');

-- Deliverables that an assistant wrote come without our prompts, and may await a look before they count.
alter table delivery.deliverable
    alter column prompt drop not null,
    alter column prompt_version drop not null,
    alter column input_tokens drop not null,
    alter column output_tokens drop not null,
    add column project_id       uuid,
    add column formatted_output jsonb,
    add column is_attached      boolean not null default true,
    add column review_note      text,
    add column reviewed_by      text,
    add column reviewed_at      timestamptz,
    add foreign key (tenant_id, project_id) references delivery.project (tenant_id, project_id);
create index deliverable_project_idx on delivery.deliverable (tenant_id, project_id);

create schema billing;
grant usage on schema billing to handoff_app, handoff_worker;

-- The next number of each tenant's invoices. Taken in the transaction that issues the invoice, so that
-- no number is ever missing.
create table billing.invoice_counter (
    tenant_id   uuid   not null default tenancy.bound_tenant() references identity.tenant,
    last_number bigint not null check (0 <= last_number),
    primary key (tenant_id)
);
call tenancy.fence('billing.invoice_counter');

create table billing.invoice (
    tenant_id         uuid        not null default tenancy.bound_tenant(),
    invoice_id        uuid        not null,
    number            bigint      not null check (0 < number),
    client_id         uuid        not null,
    project_id        uuid        not null,
    milestone_id      uuid        not null,
    description       text        not null,
    amount_minor      bigint      not null check (0 < amount_minor),
    currency          text        not null check (currency ~ '^[A-Z]{3}$'),
    status            text        not null check (status in ('draft', 'issued', 'paid', 'void')),
    issued_at         timestamptz,
    due_at            timestamptz,
    paid_at           timestamptz,
    payment_reference text,
    void_reason       text,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    primary key (tenant_id, invoice_id),
    constraint invoice_number_key unique (tenant_id, number),
    -- A milestone is invoiced once, however often it is asked for.
    constraint invoice_milestone_key unique (tenant_id, project_id, milestone_id),
    foreign key (tenant_id, client_id) references crm.client (tenant_id, client_id),
    foreign key (tenant_id, project_id) references delivery.project (tenant_id, project_id),
    foreign key (tenant_id, milestone_id) references delivery.milestone (tenant_id, milestone_id)
);
create index invoice_client_idx on billing.invoice (tenant_id, client_id);
call tenancy.fence('billing.invoice');

create schema agreements;
grant usage on schema agreements to handoff_app, handoff_worker, handoff_lookup;

-- What we offer to a lead. Whoever has the key may read its page.
create table agreements.proposal (
    tenant_id   uuid        not null default tenancy.bound_tenant(),
    proposal_id uuid        not null,
    lead_id     uuid        not null,
    key         text        not null check (key ~ '^[A-Za-z0-9_-]{43}$'),
    created_at  timestamptz not null,
    primary key (tenant_id, proposal_id),
    constraint proposal_lead_key unique (tenant_id, lead_id),
    constraint proposal_key_key unique (key),
    foreign key (tenant_id, lead_id) references crm.lead (tenant_id, lead_id)
);
call tenancy.fence('agreements.proposal');
create policy lookup on agreements.proposal for select to handoff_lookup using (true);
grant select on agreements.proposal to handoff_lookup;

-- Finds the proposal of a key before its tenant is known.
create function agreements.find_proposal(wanted text)
    returns table (tenant_id uuid, lead_id uuid)
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select p.tenant_id, p.lead_id from agreements.proposal p where p.key = wanted
$$;
grant create on schema agreements to handoff_lookup;
alter function agreements.find_proposal(text) owner to handoff_lookup;
revoke create on schema agreements from handoff_lookup;
revoke all on function agreements.find_proposal(text) from public;
grant execute on function agreements.find_proposal(text) to handoff_app, handoff_worker;

create schema partners;
grant usage on schema partners to handoff_app, handoff_worker;

-- What a tenant lets an assistant do. The rest of its settings is sealed in `connections.connection`.
create table partners.assistant_policy (
    tenant_id                uuid        not null default tenancy.bound_tenant() references identity.tenant,
    is_enabled               boolean     not null,
    auto_create_leads        boolean     not null,
    auto_attach_deliverables boolean     not null,
    updated_at               timestamptz not null,
    primary key (tenant_id)
);
call tenancy.fence('partners.assistant_policy');
