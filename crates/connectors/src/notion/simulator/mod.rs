//! Notion without an account: one data source and its pages, as strict as Notion about tokens,
//! versions, properties and the limits of one request.

mod contract;
mod space;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, Request, State},
    http::{Method, StatusCode, Uri},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use connector_kit::simulator::{Mark, SimulatorKit};
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::VERSION;
use space::Space;

/// The name under which it is found in ledgers and fault boards.
pub const PROVIDER: &str = "notion";
const TOKEN: &str = "ntn_sandbox_0000";
const DATA_SOURCE: &str = "5a4db0c5-0000-4000-8000-00000000d5d5";
const DATABASE: &str = "5a4db0c5-0000-4000-8000-00000000dbdb";
const USER: &str = "5a4db0c5-0000-4000-8000-0000000000b0";
/// The most results of one answer, and how many are given unless it is said.
const PAGE_SIZE: usize = 100;

/// Settings of a connection to the simulator at `url`.
pub fn settings(url: &str) -> Value {
    json!({ "token": TOKEN, "data_source_id": DATA_SOURCE, "base_url": url })
}

#[derive(Clone)]
struct Simulated {
    kit: SimulatorKit,
    space: Arc<Mutex<Space>>,
}

/// The router. What its ledger file tells of earlier days is known again.
pub fn simulator(kit: SimulatorKit) -> Router {
    let space = Arc::new(Mutex::new(Space::remember(kit.ledger.entries())));
    let routes = Router::new()
        .route("/v1/users/me", get(me))
        .route("/v1/data_sources/{id}", get(get_data_source))
        .route("/v1/data_sources/{id}/query", post(query))
        .route("/v1/pages", post(create_page))
        .route("/v1/pages/{id}", get(get_page).patch(update_page))
        .route("/v1/blocks/{id}/children", get(list_children).patch(append_children))
        .fallback(async || {
            refuse(StatusCode::BAD_REQUEST, "invalid_request_url", "Invalid request URL.")
        })
        .with_state(Simulated { kit: kit.clone(), space })
        .layer(middleware::from_fn(admit));
    kit.wrap(routes)
}

/// An id as Notion writes it; it is taken without its hyphens too.
fn canonical(id: &str) -> String {
    let digits: String = id.chars().filter(|digit| *digit != '-').collect();
    let part = |range| digits.get(range).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    let body =
        json!({ "object": "error", "status": status.as_u16(), "code": code, "message": message });
    (status, Json(body)).into_response()
}

fn invalid(message: &str) -> Response {
    refuse(StatusCode::BAD_REQUEST, "validation_error", message)
}

fn missing(kind: &str, id: &str) -> Response {
    let message = format!(
        "Could not find {kind} with ID: {id}. Make sure the relevant pages and databases are shared with your integration."
    );
    refuse(StatusCode::NOT_FOUND, "object_not_found", &message)
}

async fn admit(request: Request, next: Next) -> Response {
    match refusal(&request) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    }
}

fn refusal(request: &Request) -> Option<Response> {
    let header = |name: &str| request.headers().get(name).and_then(|it| it.to_str().ok());
    let bearer = header("authorization").and_then(|it| it.strip_prefix("Bearer "));
    if bearer != Some(TOKEN) {
        return Some(refuse(StatusCode::UNAUTHORIZED, "unauthorized", "API token is invalid."));
    }
    match header("notion-version") {
        None => {
            let message = "Notion-Version header failed validation: Notion-Version header should be defined, instead was `undefined`.";
            return Some(refuse(StatusCode::BAD_REQUEST, "missing_version", message));
        }
        Some(VERSION) => {}
        Some(other) => {
            let message = format!("this simulator speaks {VERSION} and not {other}");
            return Some(invalid(&message));
        }
    }
    let is_json = header("content-type").is_some_and(|it| it.starts_with("application/json"));
    (request.method() != Method::GET && !is_json)
        .then(|| refuse(StatusCode::BAD_REQUEST, "invalid_json", "Error parsing JSON body."))
}

/// The body of a request that Notion would read.
fn read(body: &[u8]) -> Result<Value, Response> {
    if contract::BODY_BYTES_MAX < body.len() {
        return Err(invalid("body failed validation: the body is larger than 500 kB."));
    }
    serde_json::from_slice(body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| refuse(StatusCode::BAD_REQUEST, "invalid_json", "Error parsing JSON body."))
}

impl Simulated {
    fn space(&self) -> MutexGuard<'_, Space> {
        self.space.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_id(&self) -> String {
        canonical(&self.kit.hex(32))
    }
}

async fn me() -> Response {
    let body = json!({
        "object": "user", "id": USER, "type": "bot", "name": "Handoff", "avatar_url": null,
        "bot": { "owner": { "type": "workspace", "workspace": true }, "workspace_name": "Sandbox" },
    });
    Json(body).into_response()
}

fn no_such_source(id: &str) -> Option<Response> {
    (canonical(id) != DATA_SOURCE).then(|| missing("data source", id))
}

async fn get_data_source(Path(id): Path<String>) -> Response {
    if let Some(refusal) = no_such_source(&id) {
        return refusal;
    }
    let properties = contract::PROPERTIES.iter().map(|(name, kind)| {
        let property = json!({ "id": name, "name": name, "type": kind, *kind: {} });
        ((*name).to_owned(), property)
    });
    let properties: serde_json::Map<String, Value> = properties.collect();
    let body = json!({
        "object": "data_source", "id": DATA_SOURCE,
        "title": contract::shown(&json!([{ "type": "text", "text": { "content": "Sandbox" } }])),
        "parent": { "type": "database_id", "database_id": DATABASE },
        "properties": properties, "archived": false, "in_trash": false,
    });
    Json(body).into_response()
}

#[derive(Debug, Default, Deserialize)]
struct Paging {
    #[serde(default)]
    page_size: Option<usize>,
    #[serde(default)]
    start_cursor: Option<String>,
}

/// One page of results, in Notion's form.
fn list(results: Vec<Value>, kind: &str, paging: &Paging) -> Response {
    let size = paging.page_size.unwrap_or(PAGE_SIZE);
    if size == 0 || PAGE_SIZE < size {
        return invalid("page_size should be between 1 and 100.");
    }
    let at = |cursor: &String| results.iter().position(|it| it["id"] == cursor.as_str());
    let start = match &paging.start_cursor {
        None => 0,
        Some(cursor) => match at(cursor) {
            Some(start) => start,
            None => return invalid("start_cursor provided is invalid."),
        },
    };
    let next = results.get(start + size).map(|it| it["id"].clone());
    let page: Vec<Value> = results.into_iter().skip(start).take(size).collect();
    let body = json!({
        "object": "list", "results": page, "has_more": next.is_some(), "next_cursor": next,
        "type": kind, kind: {},
    });
    Json(body).into_response()
}

async fn query(
    State(simulated): State<Simulated>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    if let Some(refusal) = no_such_source(&id) {
        return refusal;
    }
    let body = match read(&body) {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let paging = Paging::deserialize(&body);
    let (Ok(paging), Ok(filter)) = (paging, contract::filter(body.get("filter"))) else {
        return invalid("body failed validation: the filter or the paging is not as documented.");
    };
    let found = simulated.space().pages().filter(|page| filter.takes(page)).cloned().collect();
    list(found, "page_or_data_source", &paging)
}

async fn create_page(State(simulated): State<Simulated>, uri: Uri, body: Bytes) -> Response {
    let request = match read(&body) {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    let Some(parent) = request.pointer("/parent/data_source_id").and_then(Value::as_str) else {
        return invalid("body failed validation: body.parent.data_source_id should be defined.");
    };
    if let Some(refusal) = no_such_source(parent) {
        return refusal;
    }
    let properties = request.get("properties").unwrap_or(&Value::Null);
    let children = request.get("children").filter(|it| !it.is_null());
    if let Err(message) =
        contract::properties(properties).and_then(|()| children.map_or(Ok(()), contract::children))
    {
        return invalid(&message);
    }
    let (id, now) = (simulated.new_id(), simulated.kit.clock.now());
    let user = json!({ "object": "user", "id": USER });
    let page = json!({
        "object": "page", "id": id, "created_time": now, "last_edited_time": now,
        "created_by": user, "last_edited_by": user, "cover": null, "icon": null,
        "parent": { "type": "data_source_id", "data_source_id": DATA_SOURCE, "database_id": DATABASE },
        "archived": false, "in_trash": false, "is_locked": false,
        "properties": contract::shown_properties(properties),
        "url": format!("https://www.notion.so/{}", id.replace('-', "")), "public_url": null,
    });
    simulated.space().keep(uri.path(), &request, &page);
    Mark::applied().on(Json(page))
}

async fn get_page(State(simulated): State<Simulated>, Path(id): Path<String>) -> Response {
    match simulated.space().page(&canonical(&id)) {
        Some(page) => Json(page).into_response(),
        None => missing("page", &id),
    }
}

async fn update_page(
    State(simulated): State<Simulated>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let request = match read(&body) {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    let mut space = simulated.space();
    let Some(mut page) = space.page(&canonical(&id)).cloned() else { return missing("page", &id) };
    let nothing = json!({});
    let properties = request.get("properties").unwrap_or(&nothing);
    if let Err(message) = contract::properties(properties) {
        return invalid(&message);
    }
    if let (Some(kept), Value::Object(set)) =
        (page["properties"].as_object_mut(), contract::shown_properties(properties))
    {
        kept.extend(set);
    }
    if let Some(in_trash) = request.get("in_trash").or_else(|| request.get("archived")) {
        (page["in_trash"], page["archived"]) = (in_trash.clone(), in_trash.clone());
    }
    page["last_edited_time"] = json!(simulated.kit.clock.now());
    space.keep("/v1/pages", &Value::Null, &page);
    Mark::applied().on(Json(page))
}

async fn list_children(
    State(simulated): State<Simulated>,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Response {
    match simulated.space().children(&canonical(&id)) {
        Some(blocks) => list(blocks, "block", &paging),
        None => missing("block", &id),
    }
}

async fn append_children(
    State(simulated): State<Simulated>,
    Path(id): Path<String>,
    uri: Uri,
    body: Bytes,
) -> Response {
    let request = match read(&body) {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    let mut space = simulated.space();
    if space.page(&canonical(&id)).is_none() {
        return missing("block", &id);
    }
    let children = request.get("children").unwrap_or(&Value::Null);
    if let Err(message) = contract::children(children) {
        return invalid(&message);
    }
    space.keep(uri.path(), &request, &Value::Null);
    let all = space.children(&canonical(&id)).unwrap_or_default();
    let added = children.as_array().map_or(0, Vec::len);
    let results: Vec<Value> = all.into_iter().rev().take(added).rev().collect();
    let body = json!({
        "object": "list", "results": results, "has_more": false, "next_cursor": null,
        "type": "block", "block": {},
    });
    Mark::applied().on(Json(body))
}
