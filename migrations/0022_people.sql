-- People: who signs in, what each may do in which tenant, and the sessions of browsers.
--
-- A person is not a tenant's: one person may be a member of several. Requests therefore reach people only through
-- `handoff_identity`, a role of its own; the others see the names of their colleagues and nothing else.

grant usage on schema identity, tenancy to handoff_identity;
grant select on identity.tenant to handoff_identity;
create policy identity on identity.tenant for select to handoff_identity using (true);

create table identity.person (
    person_id         uuid        not null primary key,
    -- As the person typed it, in lower case: it is what they sign in with.
    email             text        not null check (length(email) between 3 and 254) constraint person_email_key unique,
    name              text        not null check (length(name) between 1 and 120),
    -- Argon2id in PHC form; none for who was invited and has not chosen one, or signs in otherwise.
    password_hash     text,
    -- The TOTP secret, sealed; in use once confirmed. `totp_step` is the last time step whose code was taken.
    totp_sealed       bytea,
    totp_confirmed_at timestamptz,
    totp_step         bigint      not null default 0,
    created_at        timestamptz not null,
    disabled_at       timestamptz
);
comment on table identity.person is 'global: people, who may be members of several tenants';

-- What a person may do in a tenant.
create table identity.member (
    tenant_id uuid        not null default tenancy.bound_tenant() references identity.tenant,
    person_id uuid        not null references identity.person,
    role      text        not null,
    joined_at timestamptz not null,
    primary key (tenant_id, person_id)
);
call tenancy.fence('identity.member');
create policy identity on identity.member for all to handoff_identity using (true) with check (true);
grant select, insert, update, delete on identity.member to handoff_identity;
create index member_of_person on identity.member (person_id, tenant_id);

alter table identity.person enable row level security;
alter table identity.person force row level security;
create policy identity on identity.person for all to handoff_identity using (true) with check (true);
-- The members of a tenant, whose rows its own policy limits to the bound one.
create policy colleague on identity.person for select to handoff_app, handoff_worker
    using (exists (select from identity.member m where m.person_id = person.person_id));
grant select, insert, update, delete on identity.person to handoff_identity;
grant select (person_id, email, name, totp_confirmed_at, disabled_at) on identity.person to handoff_app, handoff_worker;

-- Ways in when the second factor is lost: each once.
create table identity.recovery_code (
    person_id uuid        not null references identity.person on delete cascade,
    code_hash bytea       not null,
    used_at   timestamptz,
    primary key (person_id, code_hash)
);

-- Browsers that are signed in, found by the hash of what their cookie says.
create table identity.session (
    session_id       uuid        not null primary key,
    secret_hash      bytea       not null constraint session_secret_hash_key unique,
    person_id        uuid        not null references identity.person on delete cascade,
    -- The tenant that its requests are about; none until one was chosen.
    active_tenant_id uuid,
    -- Whether everything that proves the person was asked for; until then it opens nothing.
    is_complete      boolean     not null,
    user_agent       text,
    address          text,
    created_at       timestamptz not null,
    last_seen_at     timestamptz not null,
    -- When the person last proved who they are.
    verified_at      timestamptz not null
);
create index session_of_person on identity.session (person_id, created_at);

-- What was sent by e-mail to choose a password with.
create table identity.password_reset (
    secret_hash bytea       not null primary key,
    person_id   uuid        not null references identity.person on delete cascade,
    created_at  timestamptz not null,
    expires_at  timestamptz not null
);
create index password_reset_of_person on identity.password_reset (person_id);

-- Failures to sign in, by account and by network: each makes the next try wait longer.
create table identity.sign_in_failure (
    subject      text        not null primary key,
    failures     integer     not null,
    last_at      timestamptz not null,
    blocked_until timestamptz not null
);

do $$
declare
    target regclass;
begin
    foreach target in array array['identity.recovery_code', 'identity.session', 'identity.password_reset',
                                  'identity.sign_in_failure']::regclass[] loop
        execute format('alter table %s enable row level security', target);
        execute format('alter table %s force row level security', target);
        execute format('create policy identity on %s for all to handoff_identity using (true) with check (true)', target);
        execute format('grant select, insert, update, delete on %s to handoff_identity', target);
    end loop;
end
$$;

-- Who was asked to join a tenant, as what.
create table identity.invitation (
    tenant_id     uuid        not null default tenancy.bound_tenant() references identity.tenant,
    invitation_id uuid        not null,
    email         text        not null,
    role          text        not null,
    secret_hash   bytea       not null constraint invitation_secret_hash_key unique,
    invited_by    text        not null,
    created_at    timestamptz not null,
    expires_at    timestamptz not null,
    primary key (tenant_id, invitation_id),
    constraint invitation_email_key unique (tenant_id, email)
);
call tenancy.fence('identity.invitation');
create policy identity on identity.invitation for all to handoff_identity using (true) with check (true);
grant select, delete on identity.invitation to handoff_identity;
