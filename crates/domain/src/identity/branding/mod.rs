//! Branding: how a tenant looks on the documents it sends.

mod get;
mod get_logo;
mod update;

use documents::{Branding, Logo, LogoFormat, PageSize};
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::TenantTx;

use crate::{Operation, Problem};

/// What a tenant looks like, without the picture.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BrandingView {
    /// The tenant's name where no other was given.
    pub name: String,
    pub address_lines: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Such as `#1E40AF`.
    pub primary_color: String,
    pub page_size: Page,
    /// For invoices that state no terms of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_terms: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<LogoView>,
    /// Absent while nothing was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LogoView {
    /// `image/png`, `image/jpeg` or `image/svg+xml`.
    pub media_type: String,
    pub bytes: usize,
}

/// The paper that documents are laid out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PageSize")]
pub enum Page {
    A4,
    Letter,
}

impl From<PageSize> for Page {
    fn from(size: PageSize) -> Self {
        match size {
            PageSize::A4 => Self::A4,
            PageSize::Letter => Self::Letter,
        }
    }
}

impl From<Page> for PageSize {
    fn from(page: Page) -> Self {
        match page {
            Page::A4 => Self::A4,
            Page::Letter => Self::Letter,
        }
    }
}

fn view(branding: Branding, updated_at: Option<Timestamp>) -> BrandingView {
    BrandingView {
        name: branding.name,
        address_lines: branding.address_lines,
        tax_id: branding.tax_id,
        email: branding.email,
        phone: branding.phone,
        primary_color: branding.primary_color.to_string(),
        page_size: branding.page_size.into(),
        payment_terms: branding.payment_terms,
        logo: branding.logo.map(|logo| LogoView {
            media_type: logo.format().media_type().to_owned(),
            bytes: logo.bytes().len(),
        }),
        updated_at,
    }
}

/// The branding of the bound tenant.
pub(crate) async fn load(tx: &mut TenantTx) -> Result<Branding, Problem> {
    load_with_time(tx).await.map(|(branding, _)| branding)
}

async fn load_with_time(tx: &mut TenantTx) -> Result<(Branding, Option<Timestamp>), Problem> {
    let tenant = tx.tenant();
    let row = sqlx::query!(
        r#"
        select t.name as tenant_name, b.name as "name?", b.address_lines as "address_lines?", b.tax_id,
               b.email, b.phone, b.primary_color as "primary_color?", b.page_size as "page_size?",
               b.payment_terms, b.logo, b.logo_media_type, b.updated_at as "updated_at?"
        from identity.tenant t
        left join identity.branding b on b.tenant_id = t.tenant_id
        where t.tenant_id = $1
        "#,
        tenant.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    let parsed = |text: Option<String>| text.map(|text| text.parse()).transpose();
    let format = row.logo_media_type.as_deref().and_then(LogoFormat::of_media_type);
    let branding = Branding {
        name: row.name.unwrap_or(row.tenant_name),
        address_lines: row.address_lines.unwrap_or_default(),
        tax_id: row.tax_id,
        email: row.email,
        phone: row.phone,
        primary_color: parsed(row.primary_color).map_err(Problem::internal)?.unwrap_or_default(),
        page_size: row
            .page_size
            .map(|text| text.parse())
            .transpose()
            .map_err(Problem::internal)?
            .unwrap_or_default(),
        payment_terms: row.payment_terms,
        logo: format.zip(row.logo).map(|(format, bytes)| Logo::stored(format, bytes)),
    };
    Ok((branding, row.updated_at))
}

pub(super) fn operations() -> Vec<Operation> {
    vec![get::operation(), update::operation(), get_logo::operation()]
}
