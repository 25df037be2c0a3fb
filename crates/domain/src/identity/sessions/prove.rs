//! Proving who one is: by the password, or by a second factor.

use kernel::{PersonId, Secret};

use super::limits::{self, Subjects};
use crate::{
    App, Problem,
    identity::{
        passwords::{self, Verified},
        people::{self, Wanted},
        second_factor::Shown,
    },
    operation::Visit,
};

/// What somebody shows.
pub(in crate::identity) enum Proof {
    Password {
        password: Secret,
        /// Where it stands in the input.
        pointer: &'static str,
    },
    SecondFactor(Shown),
}

/// Believes a person who is known already.
///
/// # Errors
/// `invalid-input` at the proof's field for a wrong one, `too-many-requests` after too many of them.
pub(in crate::identity) async fn prove(
    app: &App,
    visit: &Visit,
    person: PersonId,
    proof: Proof,
) -> Result<(), Problem> {
    let subjects = Subjects::new(&person.to_string(), visit.address);
    limits::attempt(app, &subjects).await?;
    let mut tx = app.db.identity().await?;
    let found = people::find(tx.conn(), Wanted::Id(person)).await?;
    let known = found.ok_or_else(|| Problem::not_found("person"))?;
    let (is_right, refusal) = match proof {
        Proof::Password { password, pointer } => {
            tx.commit().await?;
            let verified = passwords::verify(app, password, known.password_hash).await?;
            (verified != Verified::No, Problem::field(pointer, "is wrong; try again"))
        }
        Proof::SecondFactor(shown) => {
            let refusal = shown.refusal();
            let is_right = shown.take(app, tx.conn(), &known).await?;
            tx.commit().await?;
            (is_right, refusal)
        }
    };
    if !is_right {
        return Err(refusal);
    }
    limits::succeeded(app, &subjects).await
}
