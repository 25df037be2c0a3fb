//! Notion's REST interface.

use connector_kit::{
    Call, CallError,
    http::{Request, join},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::Settings;

/// Looked at again before 2027-05: the version after it renames `archived` and `after`.
pub(super) const VERSION: &str = "2025-09-03";
/// The most children that one answer lists.
const PAGE_SIZE: usize = 100;

pub(super) struct Client<'a> {
    call: &'a Call,
    pub(super) settings: Settings,
}

impl<'a> Client<'a> {
    pub(super) fn new(call: &'a Call) -> Result<Self, CallError> {
        Ok(Self { call, settings: call.connection.settings()? })
    }

    pub(super) async fn data_source(&self) -> Result<Value, CallError> {
        let id = &self.settings.data_source_id;
        self.send(Request::get(&self.url(&["data_sources", id])?)).await
    }

    /// The page with a reference.
    pub(super) async fn find(&self, reference: &str) -> Result<Option<Value>, CallError> {
        let url = self.url(&["data_sources", &self.settings.data_source_id, "query"])?;
        let filter = json!({
            "property": self.settings.reference_property, "rich_text": { "equals": reference },
        });
        let query = json!({ "filter": filter, "page_size": 1 });
        let answer = self.send(Request::post(&url).json(&query)).await?;
        let results = answer.get("results").and_then(Value::as_array).ok_or_else(|| {
            CallError::Unreadable { detail: "Notion's answer to a query has no results".to_owned() }
        })?;
        Ok(results.first().cloned())
    }

    pub(super) async fn create(&self, page: &Value) -> Result<Value, CallError> {
        self.send(Request::post(&self.url(&["pages"])?).json(page)).await
    }

    pub(super) async fn update(&self, page: &str, change: &Value) -> Result<Value, CallError> {
        self.send(Request::patch(&self.url(&["pages", page])?).json(change)).await
    }

    /// How many blocks stand directly on a page.
    pub(super) async fn count_children(&self, page: &str) -> Result<usize, CallError> {
        let url = self.url(&["blocks", page, "children"])?;
        let (mut count, mut cursor) = (0, None::<String>);
        loop {
            let from = cursor.map(|cursor| format!("&start_cursor={cursor}")).unwrap_or_default();
            let answer =
                self.send(Request::get(&format!("{url}?page_size={PAGE_SIZE}{from}"))).await?;
            count += answer.get("results").and_then(Value::as_array).map_or(0, Vec::len);
            cursor = answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
            if cursor.is_none() {
                return Ok(count);
            }
        }
    }

    pub(super) async fn append(
        &self,
        page: &str,
        children: &impl Serialize,
    ) -> Result<Value, CallError> {
        let url = self.url(&["blocks", page, "children"])?;
        self.send(Request::patch(&url).json(&json!({ "children": children }))).await
    }

    fn url(&self, segments: &[&str]) -> Result<String, CallError> {
        let path: Vec<&str> = std::iter::once("v1").chain(segments.iter().copied()).collect();
        join(&self.settings.base_url, &path)
    }

    async fn send(&self, request: Request) -> Result<Value, CallError> {
        let request = request.bearer(&self.settings.token).header("notion-version", VERSION);
        let response = self.call.http.send(request, self.call.timeout).await?;
        let (status, now) = (response.status, self.call.clock.now());
        let retry_after = response.retry_after(now);
        match response.ok_or_error(now) {
            Ok(response) => response.json(),
            // Both say that nothing was done: two edits met, or there is no room for this one.
            Err(CallError::Rejected { status: 409, detail, .. }) => {
                Err(CallError::Unavailable { status: Some(409), retry_after, detail })
            }
            Err(CallError::Ambiguous { detail, .. }) if status == 529 => {
                Err(CallError::Unavailable { status: Some(529), retry_after, detail })
            }
            Err(CallError::Rejected { status: 404, code, detail }) => Err(CallError::Rejected {
                status: 404,
                code,
                detail: format!(
                    "{detail} (Notion also says so of what is not shared with the integration)"
                ),
            }),
            Err(error) => Err(error),
        }
    }
}
