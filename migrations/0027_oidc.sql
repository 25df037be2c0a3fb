-- Signing in through an OpenID Connect provider: who is who there, and which browsers are on their way.

-- A person as the provider knows them. The subject is never given to somebody else, unlike an e-mail address.
create table identity.external_identity (
    external_identity_id uuid        not null primary key,
    person_id            uuid        not null references identity.person on delete cascade,
    issuer               text        not null check (length(issuer) between 1 and 500),
    subject              text        not null check (length(subject) between 1 and 255),
    -- As the provider had verified it when it was connected; for people to read.
    email                text        not null check (length(email) between 3 and 254),
    connected_at         timestamptz not null,
    used_at              timestamptz,
    constraint external_identity_subject_key unique (issuer, subject),
    constraint external_identity_person_key unique (person_id, issuer)
);
comment on table identity.external_identity is 'global: people, as a provider outside knows them';

-- A browser that was sent to the provider, found by the hash of what its cookie says. It comes back once.
create table identity.provider_attempt (
    secret_hash     bytea       not null primary key,
    purpose         text        not null check (purpose in ('sign_in', 'connect', 'verify', 'invitation')),
    -- Whose session it was that connects or verifies.
    person_id       uuid        references identity.person on delete cascade,
    -- The hash of the invitation's secret.
    invitation_hash bytea,
    -- Where in the app it goes on.
    return_to       text        not null check (return_to like '/%' and length(return_to) <= 2000),
    created_at      timestamptz not null,
    expires_at      timestamptz not null,
    constraint provider_attempt_person check ((purpose in ('connect', 'verify')) = (person_id is not null)),
    constraint provider_attempt_invitation check ((purpose = 'invitation') = (invitation_hash is not null))
);
create index provider_attempt_by_end on identity.provider_attempt (expires_at);

do $$
declare
    target regclass;
begin
    foreach target in array array['identity.external_identity', 'identity.provider_attempt']::regclass[] loop
        execute format('alter table %s enable row level security', target);
        execute format('alter table %s force row level security', target);
        execute format('create policy identity on %s for all to handoff_identity using (true) with check (true)', target);
        execute format('grant select, insert, update, delete on %s to handoff_identity', target);
    end loop;
end
$$;
