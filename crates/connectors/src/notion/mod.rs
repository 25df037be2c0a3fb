//! Notion: pages in a data source, written from Markdown.
//!
//! Auth: an integration's token. Limit: about three requests a second. Notion honours no keys, so
//! every page carries a reference of ours, by which it is found again.
//! Docs: <https://developers.notion.com/reference/post-page>

mod blocks;
mod client;
mod functions;
mod markdown;
pub mod simulator;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use connector_kit::{Connector, Effect, Function};
use kernel::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// A tenant's settings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The integration's token, `ntn_…`.
    #[schemars(length(min = 1))]
    pub(crate) token: Secret,
    /// Id of the data source that pages are made in; share it with the integration.
    #[schemars(regex(pattern = r"^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$"))]
    pub(crate) data_source_id: String,
    /// The data source's title property.
    #[serde(default = "default_title_property")]
    #[schemars(length(min = 1))]
    pub(crate) title_property: String,
    /// A text property of the data source, which keeps the reference that a page is found by.
    #[serde(default = "default_reference_property")]
    #[schemars(length(min = 1))]
    pub(crate) reference_property: String,
    /// Where the API is; only a simulator has another place.
    #[serde(default = "default_base_url")]
    pub(crate) base_url: String,
}

fn default_title_property() -> String {
    "Name".to_owned()
}

fn default_reference_property() -> String {
    "Handoff ID".to_owned()
}

fn default_base_url() -> String {
    "https://api.notion.com".to_owned()
}

/// The connector.
pub fn connector() -> Connector {
    let create_page = Function {
        find: Some(Arc::new(|call, input| Box::pin(functions::look(call, input)))),
        ..Function::new(
            "create_page",
            "Makes the page of a reference from Markdown, or finds the one there is.",
            Effect::Findable,
            functions::create_page,
        )
    };
    Connector {
        id: "notion",
        title: "Notion",
        settings: schemars::schema_for!(Settings).to_value(),
        functions: vec![
            create_page,
            Function::new(
                "find_page",
                "Finds the page of a reference.",
                Effect::Read,
                functions::find_page,
            ),
            // Nothing tells our blocks from those that people wrote.
            Function::new(
                "append_to_page",
                "Adds Markdown at the end of a page.",
                Effect::AtMostOnce,
                functions::append_to_page,
            ),
            // It sets values, so a repeat changes nothing.
            Function::new(
                "update_page",
                "Sets a page's title and properties.",
                Effect::Keyed,
                functions::update_page,
            ),
        ],
        check: Arc::new(|call| Box::pin(functions::check(call))),
    }
}
