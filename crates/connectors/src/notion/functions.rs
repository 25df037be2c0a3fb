//! What flows can do at Notion.

use connector_kit::{Call, CallError, Found};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    blocks::{self, CHILDREN_MAX},
    client::Client,
    markdown,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreatePage {
    /// Our id of what the page is about. A reference has one page.
    #[schemars(length(min = 1, max = 200))]
    reference: String,
    #[schemars(length(min = 1, max = 2_000))]
    title: String,
    #[serde(default)]
    markdown: String,
    /// Further properties, in Notion's own form.
    #[serde(default)]
    properties: Map<String, Value>,
}

#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub(super) struct Page {
    page_id: String,
    url: String,
}

/// Looks first: an earlier try may have made the page, or a part of it.
pub(super) async fn create_page(call: Call, input: CreatePage) -> Result<Page, CallError> {
    let client = Client::new(&call)?;
    let blocks = markdown::blocks(&input.markdown);
    if let Some(page) = client.find(&input.reference).await? {
        return complete(&client, &page, &blocks).await;
    }
    let mut properties = input.properties;
    properties.insert(client.settings.title_property.clone(), title(&input.title));
    properties.insert(
        client.settings.reference_property.clone(),
        json!({ "rich_text": blocks::plain(&input.reference) }),
    );
    let first = blocks::portion(&blocks);
    let request = json!({
        "parent": { "type": "data_source_id", "data_source_id": client.settings.data_source_id },
        "properties": properties,
        "children": first,
    });
    let page = client.create(&request).await?;
    append_all(&client, &page, blocks.get(first.len()..).unwrap_or_default()).await
}

fn title(text: &str) -> Value {
    json!({ "title": blocks::plain(text) })
}

/// See [`connector_kit::Function::find`]. A page that lacks its end is given it.
pub(super) async fn look(call: Call, input: Value) -> Result<Found, CallError> {
    let input: CreatePage = serde_json::from_value(input).map_err(|error| {
        let detail = error.to_string();
        CallError::Rejected { status: 400, code: "invalid-input".to_owned(), detail }
    })?;
    let client = Client::new(&call)?;
    let Some(page) = client.find(&input.reference).await? else { return Ok(Found::Absent) };
    let page = complete(&client, &page, &markdown::blocks(&input.markdown)).await?;
    Ok(Found::Done(json!(page)))
}

/// Adds what an interrupted try did not come to. Portions are taken in order and each wholly or not at
/// all, so as many blocks as there are have been sent.
async fn complete(client: &Client<'_>, page: &Value, blocks: &[Value]) -> Result<Page, CallError> {
    // What one request carries was made with the page.
    if blocks::portion(blocks).len() == blocks.len() {
        return read(page);
    }
    let there = client.count_children(&read(page)?.page_id).await?;
    append_all(client, page, blocks.get(there..).unwrap_or_default()).await
}

async fn append_all(
    client: &Client<'_>,
    page: &Value,
    mut blocks: &[Value],
) -> Result<Page, CallError> {
    let page = read(page)?;
    while !blocks.is_empty() {
        let portion = blocks::portion(blocks);
        client.append(&page.page_id, &portion).await?;
        blocks = blocks.get(portion.len()..).unwrap_or_default();
    }
    Ok(page)
}

fn read(page: &Value) -> Result<Page, CallError> {
    let text = |name: &str| page.get(name).and_then(Value::as_str).map(str::to_owned);
    match (text("id"), text("url")) {
        (Some(page_id), Some(url)) => Ok(Page { page_id, url }),
        _ => Err(CallError::Unreadable {
            detail: "Notion's answer names no id or no url of the page".to_owned(),
        }),
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FindPage {
    #[schemars(length(min = 1, max = 200))]
    reference: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FoundPage {
    /// Absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<Page>,
}

pub(super) async fn find_page(call: Call, input: FindPage) -> Result<FoundPage, CallError> {
    let found = Client::new(&call)?.find(&input.reference).await?;
    Ok(FoundPage { page: found.as_ref().map(read).transpose()? })
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AppendToPage {
    #[schemars(length(min = 1))]
    page_id: String,
    /// At most what one request carries: a hundred paragraphs, headings and the like.
    #[schemars(length(min = 1))]
    markdown: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Appended {
    blocks: usize,
}

pub(super) async fn append_to_page(call: Call, input: AppendToPage) -> Result<Appended, CallError> {
    let blocks = markdown::blocks(&input.markdown);
    // In one request, because nobody could tell how many of several were carried out.
    if blocks.is_empty() || blocks::portion(&blocks).len() < blocks.len() {
        return Err(CallError::Rejected {
            status: 400,
            code: "invalid-input".to_owned(),
            detail: format!(
                "the text makes {} blocks; append between 1 and {CHILDREN_MAX}, and less than 400 kB, at a time",
                blocks.len()
            ),
        });
    }
    Client::new(&call)?.append(&input.page_id, &blocks).await?;
    Ok(Appended { blocks: blocks.len() })
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdatePage {
    #[schemars(length(min = 1))]
    page_id: String,
    #[serde(default)]
    #[schemars(length(min = 1, max = 2_000))]
    title: Option<String>,
    /// Further properties, in Notion's own form.
    #[serde(default)]
    properties: Map<String, Value>,
}

pub(super) async fn update_page(call: Call, input: UpdatePage) -> Result<Page, CallError> {
    let client = Client::new(&call)?;
    let mut properties = input.properties;
    if let Some(text) = &input.title {
        properties.insert(client.settings.title_property.clone(), title(text));
    }
    read(&client.update(&input.page_id, &json!({ "properties": properties })).await?)
}

/// Reads the data source, which must have the two properties that pages are made with.
pub(super) async fn check(call: Call) -> Result<String, CallError> {
    let client = Client::new(&call)?;
    let source = client.data_source().await?;
    let settings = &client.settings;
    for (name, kind) in
        [(&settings.title_property, "title"), (&settings.reference_property, "rich_text")]
    {
        let found = source.get("properties").and_then(|it| it.get(name)?.get("type")?.as_str());
        if found != Some(kind) {
            return Err(CallError::Rejected {
                status: 400,
                code: "property-missing".to_owned(),
                detail: format!(
                    "the data source has no property `{name}` of the type {kind}; add it in Notion, or name another in the settings"
                ),
            });
        }
    }
    let name = source.pointer("/title/0/plain_text").and_then(Value::as_str).unwrap_or("?");
    Ok(format!("makes pages in the data source {name}"))
}
