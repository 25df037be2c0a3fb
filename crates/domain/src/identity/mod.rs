//! Tenants, their API tokens, and the trail of who did what.

mod audit;
pub(crate) mod branding;
pub mod tenants;
pub mod tokens;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    [tenants::operations(), branding::operations(), tokens::operations(), audit::operations()]
        .into_iter()
        .flatten()
        .collect()
}
