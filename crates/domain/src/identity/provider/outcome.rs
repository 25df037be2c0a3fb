//! What comes of somebody whom the provider vouches for.

use kernel::{PersonId, Timestamp};

use super::{
    ProviderSettings,
    attempt::Attempt,
    conversation::Asserted,
    external,
    finish::{Ending, over},
};
use crate::{
    App, Problem,
    identity::{
        members::invitations::{self, Invitation},
        people::{self, PersonView, Wanted},
        sessions::{self, NewSession, Session},
    },
    operation::Visit,
    text::Name,
};

/// The page on which an invitation is accepted by who is signed in.
const INVITATION_PAGE: &str = "/accept-invitation";

/// Who came, and by what.
pub(super) struct By<'a> {
    pub(super) app: &'a App,
    pub(super) settings: &'a ProviderSettings,
    pub(super) visit: &'a Visit,
    pub(super) asserted: &'a Asserted,
}

impl By<'_> {
    /// Lets in who is connected. Who has a second factor here is asked for it next.
    pub(super) async fn sign_in(&self, return_to: &str) -> Result<Ending, Problem> {
        let now = self.now();
        let mut tx = self.app.db.identity().await?;
        let known = external::find(tx.conn(), self.settings, self.asserted).await?;
        let known = known.ok_or_else(|| external::unknown(self.settings))?;
        let (person, is_complete) = (known.person.person_id, !known.has_second_factor());
        external::used(tx.conn(), self.settings, self.asserted, now).await?;
        let active = sessions::tenant_of_last_time(tx.conn(), person).await?;
        let new = NewSession { person, active, is_complete, verified_at: self.verified_at(now) };
        let text = sessions::begin(self.app, tx.conn(), self.visit, new).await?;
        tx.commit().await?;
        let address = if is_complete {
            let detail = serde_json::json!({ "through": self.settings.name });
            sessions::note_with(self.app, active, person, "sign_in", &detail).await?;
            return_to.to_owned()
        } else {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("return", return_to);
            format!("/sign-in?{}", query.finish())
        };
        Ok(Ending { address, session: Some(text) })
    }

    /// Connects who is signed in here with who is signed in there, where both have the same address.
    pub(super) async fn connect(&self, attempt: &Attempt) -> Result<Ending, Problem> {
        let session = self.own_session(attempt)?;
        let person = session.person.person_id;
        let email = self.verified_email(&session.person.email)?;
        let mut tx = self.app.db.identity().await?;
        let known = external::find(tx.conn(), self.settings, self.asserted).await?;
        if known.is_none_or(|known| known.person.person_id != person) {
            external::connect(self.app, tx.conn(), person, self.asserted, email).await?;
            tx.commit().await?;
            let tenant = session.tenant();
            sessions::note(self.app, tenant, person, "connect_external_identity").await?;
        }
        Ok(Ending { address: attempt.return_to.clone(), session: None })
    }

    /// Believes anew who is signed in, if the provider asked them a moment ago.
    pub(super) async fn verify(&self, attempt: &Attempt) -> Result<Ending, Problem> {
        let session = self.own_session(attempt)?;
        let now = self.now();
        let mut tx = self.app.db.identity().await?;
        let known = external::find(tx.conn(), self.settings, self.asserted).await?;
        if known.is_none_or(|known| known.person.person_id != session.person.person_id) {
            return Err(external::unknown(self.settings));
        }
        let verified_at = self.verified_at(now);
        sessions::require_verified(verified_at, now)?;
        external::used(tx.conn(), self.settings, self.asserted, now).await?;
        let new = NewSession { verified_at, ..session.like() };
        let text = sessions::begin(self.app, tx.conn(), self.visit, new).await?;
        tx.commit().await?;
        Ok(Ending { address: attempt.return_to.clone(), session: Some(text) })
    }

    /// Makes somebody new a member, whose address the provider has verified. Who is connected already signs in, and
    /// accepts with that; who has an account without being connected signs in with it first.
    pub(super) async fn accept(&self, attempt: &Attempt) -> Result<Ending, Problem> {
        let hash = attempt.invitation_hash.as_deref().unwrap_or_default();
        let mut tx = self.app.db.identity().await?;
        let invitation = invitations::find(self.app, tx.conn(), hash).await?;
        let known = external::find(tx.conn(), self.settings, self.asserted).await?;
        let has_account =
            people::find(tx.conn(), Wanted::Email(&invitation.email)).await?.is_some();
        tx.commit().await?;
        if known.is_some() {
            return self.sign_in(INVITATION_PAGE).await;
        }
        let email = self.verified_email(&invitation.email)?;
        if has_account {
            return Err(external::unknown(self.settings));
        }
        let person = PersonView {
            person_id: self.app.db.new_id(),
            email: email.to_owned(),
            name: self.name(email),
        };
        self.join(hash, &invitation, &person).await
    }

    async fn join(
        &self,
        hash: &[u8],
        invitation: &Invitation,
        person: &PersonView,
    ) -> Result<Ending, Problem> {
        let (now, id): (Timestamp, PersonId) = (self.now(), person.person_id);
        let mut tx = self.app.db.identity().await?;
        invitations::use_up(tx.conn(), hash).await?;
        people::create(tx.conn(), person, None, now).await?;
        external::connect(self.app, tx.conn(), id, self.asserted, &person.email).await?;
        people::join(tx.conn(), invitation.tenant, id.uuid(), &invitation.role, now).await?;
        let new = NewSession {
            person: id,
            active: Some(invitation.tenant),
            is_complete: true,
            verified_at: self.verified_at(now),
        };
        let text = sessions::begin(self.app, tx.conn(), self.visit, new).await?;
        tx.commit().await?;
        let detail = serde_json::json!({ "through": self.settings.name });
        sessions::note_with(self.app, Some(invitation.tenant), id, "accept_invitation", &detail)
            .await?;
        Ok(Ending { address: "/".to_owned(), session: Some(text) })
    }

    /// The session of who began the attempt.
    fn own_session(&self, attempt: &Attempt) -> Result<&Session, Problem> {
        let session = self.visit.signed_in()?;
        if attempt.person == Some(session.person.person_id) { Ok(session) } else { Err(over()) }
    }

    /// The address that the provider has verified, which must be this one.
    fn verified_email(&self, wanted: &str) -> Result<&str, Problem> {
        match self.asserted.verified_email.as_deref() {
            Some(email) if email == wanted => Ok(email),
            _ => Err(Problem::new(
                "identity-unverified",
                format!(
                    "{name} does not say that the address {wanted} was verified; verify it at {name}, or use the account \
                     there that has it",
                    name = self.settings.name
                ),
            )),
        }
    }

    /// What somebody new is called: as the provider says, else what stands before the `@`.
    fn name(&self, email: &str) -> String {
        let fits = |text: &str| {
            let plain: String = text.chars().filter(|it| !it.is_control()).take(120).collect();
            plain.parse::<Name>().ok().map(|name| name.as_str().to_owned())
        };
        let before = email.split('@').next().unwrap_or_default();
        self.asserted
            .name
            .as_deref()
            .and_then(fits)
            .or_else(|| fits(before))
            .unwrap_or_else(|| email.chars().take(120).collect())
    }

    /// When the provider asked who it is. Who was signed in there for long, or nobody knows since when, has proved
    /// nothing now.
    fn verified_at(&self, now: Timestamp) -> Timestamp {
        self.asserted.authenticated_at.unwrap_or_else(|| sessions::unproved(now)).min(now)
    }

    fn now(&self) -> Timestamp {
        self.app.db.clock().now()
    }
}
