//! A new tenant with its first owner's token. For the command line: no tenant exists to ask over REST.

use serde_json::json;
use store::Db;
use uuid::Uuid;

use super::{SecondFactorFor, TenantView};
use crate::{
    Caller, OnConstraint as _, Problem, Role,
    identity::tokens::{CreateToken, CreatedToken, create_token},
    operation::audit,
    text::Name,
};

/// The owner's first token lives as long as a token can.
const FIRST_TOKEN_DAYS: u16 = 365;
const SLUG_MAX: usize = 60;

#[derive(Debug, Clone)]
pub struct NewTenant {
    pub name: String,
    /// ISO 4217.
    pub home_currency: String,
    /// A name of the IANA time zone database.
    pub time_zone: String,
    pub second_factor_for: SecondFactorFor,
}

impl NewTenant {
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            home_currency: "USD".to_owned(),
            time_zone: "UTC".to_owned(),
            second_factor_for: SecondFactorFor::Administrators,
        }
    }
}

/// Creates a tenant, its event, its audit entry and its owner's token in one commit.
pub async fn create_tenant(db: &Db, new: NewTenant) -> Result<(TenantView, CreatedToken), Problem> {
    let name: Name = new.name.parse().map_err(|detail: String| Problem::field("/name", detail))?;
    let slug = slug(name.as_str());
    if slug.is_empty() {
        return Err(Problem::field("/name", "must hold at least one letter or digit of a-z, 0-9"));
    }
    let view = TenantView {
        tenant_id: db.new_id(),
        name: name.as_str().to_owned(),
        slug,
        home_currency: new.home_currency,
        time_zone: new.time_zone,
        second_factor_for: new.second_factor_for,
        created_at: db.clock().now(),
    };
    let mut batch = db.batch().await?;
    insert(batch.conn(), &view).await?;
    let caller = Caller::system(view.tenant_id, "command-line");
    let tx = batch.bind(view.tenant_id).await?;
    let id = view.tenant_id.to_string();
    tx.append("identity", "tenant.created", Some(id.clone()), json!({ "tenant_id": id })).await?;
    audit(tx, &caller, "create_tenant", &id, &json!({})).await?;
    let token = CreateToken {
        name: "owner".parse().map_err(|detail: String| Problem::field("/name", detail))?,
        role: (&Role::Owner).into(),
        expires_in_days: Some(FIRST_TOKEN_DAYS),
        mcp: None,
        rate_per_minute: None,
    };
    let token = create_token(tx, &caller, token).await?;
    audit(tx, &caller, "create_token", &token.view.token_id, &json!({})).await?;
    batch.commit().await?;
    Ok((view, token))
}

async fn insert(conn: &mut store::PgConnection, tenant: &TenantView) -> Result<(), Problem> {
    super::update::require_time_zone(conn, &tenant.time_zone).await?;
    let id: Uuid = tenant.tenant_id.uuid();
    sqlx::query!(
        r#"
        insert into identity.tenant (tenant_id, name, slug, home_currency, time_zone, created_at, second_factor_for)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
        id,
        &tenant.name,
        &tenant.slug,
        &tenant.home_currency,
        &tenant.time_zone,
        tenant.created_at,
        tenant.second_factor_for.as_str(),
    )
    .execute(conn)
    .await
    .on_constraint("tenant_slug_key", || {
        let slug = &tenant.slug;
        Problem::new("tenant-slug-taken", format!("a tenant `{slug}` exists; choose another name"))
    })?;
    Ok(())
}

/// Lower-case letters and digits, everything else one dash.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if SLUG_MAX <= slug.len() {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_plain_and_short() {
        assert_eq!(slug("  Initech & Sons, Ltd. "), "initech-sons-ltd");
        assert_eq!(slug("MWD"), "mwd");
        assert_eq!(slug("日本"), "");
        assert!(slug(&"x y ".repeat(100)).len() <= SLUG_MAX);
    }
}
