//! Signing secrets and bearer tokens at rest: sealed for their tenant and subscription.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::Problem;
use kernel::{Random, Secret, TenantId};
use store::{
    TenantTx,
    seal::{Context, Keyring, Opening, SealError},
};
use uuid::Uuid;

/// One purpose for both secrets: the current one becomes the previous one as it is.
const SECRET: &str = "webhook.subscription.secret_sealed";
const BEARER: &str = "webhook.subscription.bearer_sealed";

/// What begins a secret of the Standard Webhooks form, and how many bytes follow, encoded.
const PREFIX: &str = "whsec_";
const BYTES: usize = 32;
const BYTES_RANGE: std::ops::RangeInclusive<usize> = 24..=64;
/// The shortest secret that an operator may give as text.
const TEXT_MIN: usize = 16;

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Signing,
    Bearer,
}

fn context(tenant: TenantId, kind: Kind, row: &Uuid) -> Context<'_> {
    let purpose = match kind {
        Kind::Signing => SECRET,
        Kind::Bearer => BEARER,
    };
    Context { tenant, purpose, row: row.as_bytes() }
}

/// A new secret of the Standard Webhooks form.
pub(super) fn generate(random: &dyn Random) -> Secret {
    let mut bytes = [0_u8; BYTES];
    random.fill(&mut bytes);
    Secret::new(format!("{PREFIX}{}", STANDARD.encode(bytes)))
}

/// Whether a secret that somebody gives can sign: of the standard form, or, where the partner's contract
/// wants text, long enough.
pub(super) fn require_usable(
    secret: &Secret,
    allows_text: bool,
    pointer: &str,
) -> Result<(), Problem> {
    let text = secret.expose();
    match text.strip_prefix(PREFIX) {
        Some(encoded) => {
            let length = STANDARD.decode(encoded).map_or(0, |bytes| bytes.len());
            if BYTES_RANGE.contains(&length) { Ok(()) } else { Err(of_form(pointer)) }
        }
        None if !allows_text => Err(of_form(pointer)),
        None if text.len() < TEXT_MIN => {
            Err(Problem::field(pointer, format!("must have at least {TEXT_MIN} characters")))
        }
        None => Ok(()),
    }
}

fn of_form(pointer: &str) -> Problem {
    let detail =
        "must be `whsec_` and the base64 of 24 to 64 random bytes; leave it out to get one made";
    Problem::field(pointer, detail)
}

pub(super) fn seal(
    tx: &TenantTx,
    keyring: &Keyring,
    kind: Kind,
    subscription: Uuid,
    secret: &Secret,
) -> Result<Vec<u8>, Problem> {
    let context = context(tx.tenant(), kind, &subscription);
    keyring
        .seal(&context, secret.expose().as_bytes(), tx.db().random())
        .map_err(|error| Problem::field("/secret", error.to_string()))
}

pub(super) fn open(
    tenant: TenantId,
    keyring: &Keyring,
    kind: Kind,
    subscription: Uuid,
    sealed: &[u8],
) -> Result<Secret, SealError> {
    let opened = keyring.open(&context(tenant, kind, &subscription), sealed)?;
    let text = std::str::from_utf8(opened.expose()).map_err(|_binary| SealError::Unreadable)?;
    Ok(Secret::new(text))
}

/// Tries the keys on the secret of each of the bound tenant's subscriptions.
pub async fn try_keys(
    tx: &mut TenantTx,
    keyring: &Keyring,
    opening: &mut Opening,
) -> Result<(), Problem> {
    let rows = sqlx::query!(
        "select subscription_id, url, secret_sealed from webhook.subscription order by subscription_id"
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let context = context(tx.tenant(), Kind::Signing, &row.subscription_id);
        let tried = keyring.open(&context, &row.secret_sealed);
        opening.count(format!("the webhook subscription to {}", row.url), tried);
    }
    Ok(())
}

/// Seals the bound tenant's secrets anew where an older key sealed them. Says of how many subscriptions.
pub async fn rewrap(tx: &mut TenantTx, keyring: &Keyring) -> Result<usize, Problem> {
    let rows = sqlx::query!(
        r#"
        select subscription_id, secret_sealed, previous_secret_sealed, bearer_sealed
        from webhook.subscription order by subscription_id for no key update
        "#
    )
    .fetch_all(tx.conn())
    .await?;
    let mut rewrapped = 0;
    for row in rows {
        let (tenant, id) = (tx.tenant(), row.subscription_id);
        let anew = |kind, sealed: Option<&[u8]>| match sealed {
            None => Ok(None),
            Some(sealed) => keyring.rewrap(&context(tenant, kind, &id), sealed, tx.db().random()),
        };
        let secret = anew(Kind::Signing, Some(&row.secret_sealed)).map_err(Problem::internal)?;
        let previous = anew(Kind::Signing, row.previous_secret_sealed.as_deref())
            .map_err(Problem::internal)?;
        let bearer = anew(Kind::Bearer, row.bearer_sealed.as_deref()).map_err(Problem::internal)?;
        if secret.is_none() && previous.is_none() && bearer.is_none() {
            continue;
        }
        sqlx::query!(
            r#"
            update webhook.subscription set
                secret_sealed = coalesce($2, secret_sealed),
                previous_secret_sealed = coalesce($3, previous_secret_sealed),
                bearer_sealed = coalesce($4, bearer_sealed)
            where subscription_id = $1
            "#,
            id,
            secret,
            previous,
            bearer,
        )
        .execute(tx.conn())
        .await?;
        rewrapped += 1;
    }
    Ok(rewrapped)
}

#[cfg(test)]
mod tests {
    use kernel::SeededRandom;

    use super::*;

    #[test]
    fn a_made_secret_is_of_the_standard_form_and_each_is_another() {
        let random = SeededRandom::new(1);
        let (one, two) = (generate(&random), generate(&random));
        assert_ne!(one, two);
        assert!(require_usable(&one, false, "/secret").is_ok());
        assert_eq!(one.expose().len(), PREFIX.len() + 44);
    }

    #[test]
    fn a_secret_that_cannot_sign_or_can_be_guessed_is_refused() {
        for (text, allows_text, usable) in [
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false, true),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true, true),
            ("whsec_not base64", true, false),
            ("whsec_c2hvcnQ=", false, false),
            ("a text of the operator's own", true, true),
            ("a text of the operator's own", false, false),
            ("too short", true, false),
            ("", true, false),
        ] {
            let judged = require_usable(&Secret::new(text), allows_text, "/secret");
            assert_eq!(judged.is_ok(), usable, "{text}");
        }
    }
}
