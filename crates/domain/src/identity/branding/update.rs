//! `PUT /v1/branding`

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use documents::{Branding, Colour, Deliverable, Document, LOGO_MAX, Logo};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{BrandingView, Page};
use crate::{
    App, Caller, Operation, Permission, Problem, operation,
    operation::audit,
    text::{EmailAddress, Line, Name},
};

/// The most lines of an address.
const LINES_MAX: usize = 6;
/// The longest base64 of a logo.
const DATA_MAX: usize = LOGO_MAX.div_ceil(3) * 4;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateBranding {
    /// The tenant's name when left out.
    #[serde(default)]
    name: Option<Name>,
    #[serde(default)]
    #[schemars(length(max = 6))]
    address_lines: Vec<Line<120>>,
    #[serde(default)]
    tax_id: Option<Line<60>>,
    #[serde(default)]
    email: Option<EmailAddress>,
    #[serde(default)]
    phone: Option<Line<40>>,
    /// Such as `#1E40AF`.
    #[serde(default)]
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    primary_color: Option<String>,
    #[serde(default)]
    page_size: Option<Page>,
    /// For invoices that state no terms of their own.
    #[serde(default)]
    payment_terms: Option<Line<2000>>,
    /// A PNG, JPEG or plain SVG picture of at most 500 kB, in base64. The present one stays when this is left out.
    #[serde(default)]
    #[schemars(length(min = 1, max = 666_668))]
    logo: Option<String>,
    /// Takes the present logo away.
    #[serde(default)]
    remove_logo: bool,
}

pub(super) fn operation() -> Operation {
    operation!(outside update_branding(UpdateBranding) -> BrandingView, Permission::WriteTenant)
        .put("/v1/branding")
        .tag("branding")
        .says(
            "Set the branding",
            "Replaces all of it but the logo, which stays until another is given or it is removed.",
        )
        .about("name")
        .example(json!({
            "name": "Northlight Studio",
            "address_lines": ["12 Ngong Road", "00100 Nairobi, Kenya"],
            "tax_id": "P051234567X",
            "email": "hello@northlight.example",
            "primary_color": "#0F766E",
            "page_size": "a4",
            "payment_terms": "By bank transfer or M-PESA within 14 days.",
        }))
}

async fn update_branding(
    app: Arc<App>,
    caller: Caller,
    input: UpdateBranding,
) -> Result<BrandingView, Problem> {
    if LINES_MAX < input.address_lines.len() {
        let detail = format!("must have at most {LINES_MAX} lines");
        return Err(Problem::field("/address_lines", detail));
    }
    let logo = input.logo.as_deref().map(decode).transpose()?;
    if let Some(logo) = &logo {
        try_out(&app, logo).await?;
    }
    let mut tx = app.db.tenant(caller.tenant).await?;
    store(&mut tx, &input, logo.as_ref()).await?;
    let tenant = tx.tenant().to_string();
    let facts = json!({ "tenant_id": tenant, "logo_changed": logo.is_some() || input.remove_logo });
    tx.append("identity", "branding.updated", Some(tenant.clone()), facts.clone()).await?;
    audit(&mut tx, &caller, "update_branding", &tenant, &facts).await?;
    let (branding, updated_at) = super::load_with_time(&mut tx).await?;
    tx.commit().await?;
    Ok(super::view(branding, updated_at))
}

fn decode(text: &str) -> Result<Logo, Problem> {
    if DATA_MAX < text.len() {
        return Err(Problem::field("/logo", format!("must have at most {LOGO_MAX} bytes")));
    }
    let bytes = BASE64_STANDARD
        .decode(text)
        .map_err(|_broken| Problem::field("/logo", "must be base64 with its padding"))?;
    Logo::new(bytes).map_err(|error| Problem::field("/logo", error.to_string()))
}

/// A picture that looks sound and is not would fail every document: it is put on one first.
async fn try_out(app: &App, logo: &Logo) -> Result<(), Problem> {
    let now = app.db.clock().now();
    let branding = Branding { logo: Some(logo.clone()), ..Branding::default() };
    let document = Document::Deliverable(Deliverable {
        title: String::new(),
        company_name: String::new(),
        markdown: String::new(),
        generated_at: now,
        ai_model: String::new(),
        is_draft: false,
    });
    app.press.print(document, branding, now).await.map(|_pdf| ()).map_err(|problem| {
        if problem.code() == "internal" {
            Problem::field("/logo", "cannot be drawn; export it again, or use PNG")
        } else {
            problem
        }
    })
}

async fn store(
    tx: &mut TenantTx,
    input: &UpdateBranding,
    logo: Option<&Logo>,
) -> Result<(), Problem> {
    let now = tx.now();
    let color: Colour = match &input.primary_color {
        Some(text) => text.parse().map_err(|_no| {
            Problem::field("/primary_color", "must be a colour such as `#1E40AF`")
        })?,
        None => Colour::default(),
    };
    let lines: Vec<String> =
        input.address_lines.iter().map(|line| line.as_str().to_owned()).collect();
    let page = documents::PageSize::from(input.page_size.unwrap_or(Page::A4));
    sqlx::query!(
        r#"
        insert into identity.branding as b
            (name, address_lines, tax_id, email, phone, primary_color, page_size, payment_terms, logo,
             logo_media_type, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (tenant_id) do update set
            name = excluded.name, address_lines = excluded.address_lines, tax_id = excluded.tax_id,
            email = excluded.email, phone = excluded.phone, primary_color = excluded.primary_color,
            page_size = excluded.page_size, payment_terms = excluded.payment_terms,
            logo = case when $12 then null else coalesce(excluded.logo, b.logo) end,
            logo_media_type =
                case when $12 then null else coalesce(excluded.logo_media_type, b.logo_media_type) end,
            updated_at = excluded.updated_at
        "#,
        input.name.as_ref().map(Name::as_str),
        &lines,
        input.tax_id.as_ref().map(Line::as_str),
        input.email.as_ref().map(EmailAddress::as_str),
        input.phone.as_ref().map(Line::as_str),
        color.to_string(),
        page.as_str(),
        input.payment_terms.as_ref().map(Line::as_str),
        logo.map(Logo::bytes),
        logo.map(|logo| logo.format().media_type()),
        now,
        input.remove_logo && logo.is_none(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
