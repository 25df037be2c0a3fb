//! Tenants, the people who sign in and their sessions, API tokens, and the trail of who did what.

mod audit;
pub(crate) mod branding;
mod members;
mod passkeys;
pub(crate) mod passwords;
pub mod people;
pub mod provider;
mod roles;
pub mod second_factor;
pub mod sessions;
pub mod tenants;
pub mod tokens;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    [
        sessions::operations(),
        people::operations(),
        passwords::operations(),
        second_factor::operations(),
        passkeys::operations(),
        provider::operations(),
        members::operations(),
        roles::operations(),
        tenants::operations(),
        branding::operations(),
        tokens::operations(),
        audit::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
