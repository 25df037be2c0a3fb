-- Whom a tenant lets in with a second factor only.
alter table identity.tenant add column second_factor_for text not null default 'administrators'
    check (second_factor_for in ('nobody', 'administrators', 'everybody'));
