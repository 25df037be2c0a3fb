-- How a tenant looks on the documents it sends. A tenant without a row looks like its name.

create table identity.branding (
    tenant_id       uuid        not null primary key default tenancy.bound_tenant() references identity.tenant,
    name            text        check (length(name) between 1 and 120),
    address_lines   text[]      not null default '{}' check (cardinality(address_lines) <= 6),
    tax_id          text        check (length(tax_id) between 1 and 60),
    email           text,
    phone           text        check (length(phone) between 1 and 40),
    primary_color   text        not null check (primary_color ~ '^#[0-9A-F]{6}$'),
    page_size       text        not null check (page_size in ('a4', 'letter')),
    payment_terms   text        check (length(payment_terms) between 1 and 2000),
    logo            bytea       check (length(logo) between 1 and 500000),
    logo_media_type text        check (logo_media_type in ('image/png', 'image/jpeg', 'image/svg+xml')),
    updated_at      timestamptz not null,
    check ((logo is null) = (logo_media_type is null))
);
call tenancy.fence('identity.branding');
