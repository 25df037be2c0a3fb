//! `GET /v1/branding/logo`

use documents::LogoFormat;
use schemars::JsonSchema;
use serde::Deserialize;
use store::TenantTx;

use crate::{Caller, Operation, Permission, Problem, operation, operation::File};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetLogo {}

pub(super) fn operation() -> Operation {
    operation!(get_logo(GetLogo) -> File, Permission::ReadTenant)
        .get("/v1/branding/logo")
        .answers_file("image/*")
        .tag("branding")
        .says("Get the logo", "The picture as it was given.")
}

async fn get_logo(tx: &mut TenantTx, _: &Caller, _: GetLogo) -> Result<File, Problem> {
    let branding = super::load(tx).await?;
    let logo = branding.logo.ok_or_else(|| {
        Problem::new("not-found", "there is no logo; give one with `PUT /v1/branding`")
    })?;
    let extension = match logo.format() {
        LogoFormat::Png => "png",
        LogoFormat::Jpeg => "jpg",
        LogoFormat::Svg => "svg",
    };
    Ok(File::new(&["logo"], extension, logo.format().media_type(), logo.bytes()))
}
