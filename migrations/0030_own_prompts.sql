-- Texts of prompts that a tenant wrote itself, in the place of the installation's. A version never changes.
create schema automation;
grant usage on schema automation to handoff_app, handoff_worker;

create table automation.prompt_version (
    tenant_id    uuid        not null default tenancy.bound_tenant() references identity.tenant,
    prompt       text        not null check (length(prompt) between 1 and 100),
    number       integer     not null check (0 < number),
    -- The version of the installation's text that it was made from.
    base_version integer     not null check (0 < base_version),
    text         text        not null check (length(text) between 1 and 65536),
    note         text        check (length(note) between 1 and 500),
    created_at   timestamptz not null,
    created_by   text        not null,
    primary key (tenant_id, prompt, number)
);
call tenancy.fence('automation.prompt_version');

-- Which of them is in use; without a row the installation's is.
create table automation.prompt_choice (
    tenant_id  uuid        not null default tenancy.bound_tenant() references identity.tenant,
    prompt     text        not null,
    number     integer     not null,
    changed_at timestamptz not null,
    changed_by text        not null,
    primary key (tenant_id, prompt),
    foreign key (tenant_id, prompt, number) references automation.prompt_version (tenant_id, prompt, number)
);
call tenancy.fence('automation.prompt_choice');

-- The number of the tenant's own text that a deliverable was written with.
alter table delivery.deliverable add column prompt_own integer check (0 < prompt_own);
