-- Passkeys: a way in without a password, and a second factor beside one.

create table identity.passkey (
    passkey_id    uuid        not null primary key,
    person_id     uuid        not null references identity.person on delete cascade,
    -- What the authenticator calls it: somebody who signs in without a password is found by it.
    credential_id bytea       not null constraint passkey_credential_id_key unique,
    -- The public key, how often it signed, and what the authenticator says of itself; no secret.
    credential    jsonb       not null,
    name          text        not null check (length(name) between 1 and 120),
    created_at    timestamptz not null,
    last_used_at  timestamptz
);
create index passkey_of_person on identity.passkey (person_id, created_at);

-- What browsers were asked to sign: each once, within minutes, found by the hash of what the browser sends back.
create table identity.passkey_challenge (
    secret_hash bytea       not null primary key,
    purpose     text        not null check (purpose in ('add', 'prove', 'sign_in')),
    -- The session that asked; none of who signs in.
    session_id  uuid        references identity.session on delete cascade,
    state       jsonb       not null,
    expires_at  timestamptz not null,
    check ((purpose = 'sign_in') = (session_id is null))
);
create index passkey_challenge_of_session on identity.passkey_challenge (session_id);
create index passkey_challenge_by_expiry on identity.passkey_challenge (expires_at);

do $$
declare
    target regclass;
begin
    foreach target in array array['identity.passkey', 'identity.passkey_challenge']::regclass[] loop
        execute format('alter table %s enable row level security', target);
        execute format('alter table %s force row level security', target);
        execute format('create policy identity on %s for all to handoff_identity using (true) with check (true)', target);
        execute format('grant select, insert, update, delete on %s to handoff_identity', target);
    end loop;
end
$$;

-- Whether a colleague has one, and nothing else of it.
create policy colleague on identity.passkey for select to handoff_app, handoff_worker
    using (exists (select from identity.member m where m.person_id = passkey.person_id));
grant select (person_id) on identity.passkey to handoff_app, handoff_worker;
