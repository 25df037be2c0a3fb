//! Proving who one is: by the password, or by a code of the second factor.

use kernel::{PersonId, Secret};

use super::limits::{self, Subjects};
use crate::{
    App, Problem,
    identity::{
        passwords::{self, Verified},
        people::{self, Wanted},
        second_factor,
    },
    operation::Visit,
};

/// What somebody shows.
pub(in crate::identity) struct Proof {
    pub(in crate::identity) password: Option<Secret>,
    pub(in crate::identity) code: Option<String>,
}

/// Believes a person who is known already.
///
/// # Errors
/// `invalid-input` at `pointer` for a wrong proof, `too-many-requests` after too many of them.
pub(in crate::identity) async fn prove(
    app: &App,
    visit: &Visit,
    person: PersonId,
    proof: Proof,
    pointer: &str,
) -> Result<(), Problem> {
    let subjects = Subjects::new(&person.to_string(), visit.address);
    limits::attempt(app, &subjects).await?;
    let mut tx = app.db.identity().await?;
    let found = people::find(tx.conn(), Wanted::Id(person)).await?;
    let known = found.ok_or_else(|| Problem::not_found("person"))?;
    let is_right = match (proof.password, proof.code) {
        (None, None) => return Err(Problem::field("", "give `password` or `code`")),
        (_, Some(code)) => {
            let is_right = second_factor::take_code(app, tx.conn(), &known, &code).await?;
            tx.commit().await?;
            is_right
        }
        (Some(password), None) => {
            tx.commit().await?;
            passwords::verify(app, password, known.password_hash).await? != Verified::No
        }
    };
    if !is_right {
        return Err(Problem::field(pointer, "is wrong; try again"));
    }
    limits::succeeded(app, &subjects).await
}
