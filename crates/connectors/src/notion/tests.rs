use std::{sync::Arc, time::Duration};

use connector_kit::{
    Call, CallError, Connection, Effect, Found, UsageLog,
    http::{EgressPolicy, Http, plain_client},
    simulator::{Fault, LedgerEffect, Served, SimulatorKit, serve},
};
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{connector, markdown, simulator};

struct Stage {
    kit: SimulatorKit,
    served: Served,
}

impl Stage {
    async fn set() -> Self {
        Self::on(SimulatorKit::in_memory(simulator::PROVIDER, &[])).await
    }

    async fn on(kit: SimulatorKit) -> Self {
        let served = serve(simulator::simulator(kit.clone())).await.unwrap();
        Self { kit, served }
    }

    fn call(&self, settings: Value) -> Call {
        Call {
            http: Http::new(EgressPolicy { allowed_private_hosts: vec![self.served.host()] }),
            connection: Connection::new("notion", settings),
            clock: Arc::new(SystemClock),
            key: "run_1-7".to_owned(),
            attempt: 1,
            timeout: Duration::from_secs(2),
            usage: UsageLog::default(),
        }
    }

    fn settings(&self) -> Value {
        simulator::settings(&self.served.url())
    }

    async fn ask(&self, function: &str, input: Value) -> Result<Value, CallError> {
        let functions = connector().functions;
        let function = functions.iter().find(|it| it.name == function).unwrap();
        (function.run)(self.call(self.settings()), input).await
    }

    async fn look(&self, input: Value) -> Result<Found, CallError> {
        let functions = connector().functions;
        let find = functions.iter().find_map(|it| it.find.clone()).unwrap();
        find(self.call(self.settings()), input).await
    }

    fn applied(&self) -> usize {
        let entries = self.kit.ledger.entries();
        entries.iter().filter(|entry| entry.effect == LedgerEffect::Applied).count()
    }

    fn arm(&self, fault: Fault) {
        self.kit.faults.set(vec![fault], SystemClock.now()).unwrap();
    }

    /// Speaks to the simulator as the connector itself would not.
    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.served.url());
        let client = plain_client(Duration::from_secs(2)).unwrap();
        let mut request = client
            .request(method.parse().unwrap(), url)
            .header("authorization", "Bearer ntn_sandbox_0000")
            .header("notion-version", "2025-09-03");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn children(&self, page: &Value) -> Vec<Value> {
        let (mut blocks, mut query) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/blocks/{}/children{query}", page["page_id"].as_str().unwrap());
            let (_, answer) = self.send("GET", &path, None).await;
            blocks.extend(answer["results"].as_array().unwrap().clone());
            let Some(next) = answer["next_cursor"].as_str() else { return blocks };
            query = format!("?start_cursor={next}");
        }
    }
}

fn page(markdown: &str) -> Value {
    json!({ "reference": "dlv_1", "title": "Brand strategy", "markdown": markdown })
}

fn paragraphs(count: usize) -> String {
    (1..=count).map(|number| format!("Paragraph {number}\n\n")).collect()
}

fn text(block: &Value) -> String {
    let pieces = block[block["type"].as_str().unwrap()]["rich_text"].as_array().unwrap();
    pieces.iter().map(|piece| piece["text"]["content"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_reference_has_one_page_whatever_is_asked_how_often() {
    let stage = Stage::set().await;
    assert_eq!(stage.look(page("x")).await.unwrap(), Found::Absent);
    let none = stage.ask("find_page", json!({ "reference": "dlv_1" })).await.unwrap();
    assert_eq!(none, json!({}));
    let first = stage.ask("create_page", page("# Hello")).await.unwrap();
    assert!(first["url"].as_str().unwrap().starts_with("https://www.notion.so/"));
    assert_eq!(stage.ask("create_page", page("# Hello")).await.unwrap(), first);
    assert_eq!(stage.look(page("# Hello")).await.unwrap(), Found::Done(first.clone()));
    let found = stage.ask("find_page", json!({ "reference": "dlv_1" })).await.unwrap();
    assert_eq!(found["page"], first);
    let mut other = page("# Hello");
    other["reference"] = json!("dlv_2");
    assert_ne!(stage.ask("create_page", other).await.unwrap(), first);
    assert_eq!(stage.applied(), 2);

    // A restarted simulator still has its pages.
    let restarted = Stage::on(stage.kit.clone()).await;
    assert_eq!(restarted.ask("create_page", page("# Hello")).await.unwrap(), first);
}

#[tokio::test]
async fn a_page_whose_answer_was_lost_is_found_and_not_made_again() {
    for fault in ["disconnect-after-effect", "timeout-after-effect", "malformed-json"] {
        let stage = Stage::set().await;
        // The first request looks for the page; the second makes it.
        stage.arm(Fault { path: Some("/v1/pages".to_owned()), ..Fault::times(fault, 1) });
        stage.ask("create_page", page("# Hello")).await.unwrap_err();
        assert_eq!(stage.applied(), 1, "{fault}");
        assert!(matches!(stage.look(page("# Hello")).await, Ok(Found::Done(_))), "{fault}");
        stage.ask("create_page", page("# Hello")).await.unwrap();
        assert_eq!(stage.applied(), 1, "{fault}");
    }
}

#[tokio::test]
async fn a_long_page_is_sent_in_portions_and_completed_after_an_interruption() {
    let stage = Stage::set().await;
    let long = page(&paragraphs(250));
    let whole = stage.ask("create_page", long.clone()).await.unwrap();
    assert_eq!(stage.applied(), 3);
    let blocks = stage.children(&whole).await;
    assert_eq!(blocks.len(), 250);

    for fault in ["disconnect-before", "disconnect-after-effect"] {
        let stage = Stage::set().await;
        stage.arm(Fault { path: Some("/v1/blocks".to_owned()), ..Fault::times(fault, 1) });
        stage.ask("create_page", long.clone()).await.unwrap_err();
        let Found::Done(found) = stage.look(long.clone()).await.unwrap() else { panic!("{fault}") };
        let there: Vec<String> = stage.children(&found).await.iter().map(text).collect();
        let expected: Vec<String> = (1..=250).map(|number| format!("Paragraph {number}")).collect();
        assert_eq!(there, expected, "{fault}");
    }
}

#[tokio::test]
async fn text_is_appended_and_properties_are_set() {
    let stage = Stage::set().await;
    let made = stage.ask("create_page", page("One")).await.unwrap();
    let id = &made["page_id"];
    stage.ask("append_to_page", json!({ "page_id": id, "markdown": "Two" })).await.unwrap();
    let texts: Vec<String> = stage.children(&made).await.iter().map(text).collect();
    assert_eq!(texts, ["One", "Two"]);
    let change = json!({
        "page_id": id, "title": "Done", "properties": { "Status": { "select": { "name": "Done" } } },
    });
    assert_eq!(stage.ask("update_page", change).await.unwrap(), made);
    let (_, read) = stage.send("GET", &format!("/v1/pages/{}", id.as_str().unwrap()), None).await;
    assert_eq!(read["properties"]["Name"]["title"][0]["plain_text"], "Done");
    assert_eq!(read["properties"]["Status"]["select"]["name"], "Done");
    assert_eq!(read["properties"]["Handoff ID"]["rich_text"][0]["plain_text"], "dlv_1");

    for markdown in [paragraphs(101), String::new()] {
        let refused =
            stage.ask("append_to_page", json!({ "page_id": id, "markdown": markdown })).await;
        assert!(matches!(refused, Err(CallError::Rejected { status: 400, .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn each_way_to_fail_is_told_as_the_engine_must_know_it() {
    type Expected = fn(&CallError) -> bool;
    let cases: &[(&str, Expected)] = &[
        ("throttle", |error| matches!(error, CallError::Throttled { .. })),
        ("status-500", |error| matches!(error, CallError::Ambiguous { .. })),
        ("malformed-json", |error| matches!(error, CallError::Unreadable { .. })),
        ("redirect", |error| matches!(error, CallError::Rejected { .. })),
    ];
    for (fault, expected) in cases {
        let stage = Stage::set().await;
        stage.arm(Fault::times(fault, 1));
        let error = stage.ask("create_page", page("x")).await.unwrap_err();
        assert!(expected(&error), "{fault}: {error:?}");
        assert_eq!(stage.applied(), 0, "{fault}");
    }
    let stage = Stage::set().await;
    let absent = json!({ "page_id": "00000000-0000-4000-8000-000000000000", "title": "x" });
    let error = stage.ask("update_page", absent).await.unwrap_err();
    assert!(
        matches!(&error, CallError::Rejected { status: 404, detail, .. } if detail.contains("not shared")),
        "{error:?}"
    );
    let wrong =
        json!({ "reference": "r", "title": "t", "properties": { "Colour": { "select": {} } } });
    let error = stage.ask("create_page", wrong).await.unwrap_err();
    assert!(error.to_string().contains("Colour is not a property"), "{error}");
}

#[tokio::test]
async fn the_check_names_the_data_source_or_what_it_lacks() {
    let stage = Stage::set().await;
    let check = async |change: Value| {
        let mut settings = stage.settings();
        settings.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        (connector().check)(stage.call(settings)).await
    };
    assert_eq!(check(json!({})).await.unwrap(), "makes pages in the data source Sandbox");
    let lacking = check(json!({ "reference_property": "Our id" })).await.unwrap_err();
    assert!(lacking.to_string().contains("no property `Our id`"), "{lacking}");
    let token = check(json!({ "token": "ntn_wrong_secret" })).await.unwrap_err();
    assert!(matches!(token, CallError::Credentials(_)), "{token:?}");
    assert!(!token.to_string().contains("ntn_wrong_secret"));
    let elsewhere = json!({ "data_source_id": "00000000-0000-4000-8000-000000000000" });
    assert!(matches!(check(elsewhere).await, Err(CallError::Rejected { status: 404, .. })));
    assert_eq!(stage.applied(), 0);
}

#[tokio::test]
async fn what_notion_would_refuse_the_simulator_refuses() {
    let stage = Stage::set().await;
    let source = stage.settings()["data_source_id"].clone();
    let paragraph =
        |text: Value| json!({ "type": "paragraph", "paragraph": { "rich_text": text } });
    let said = |text: &str| json!([{ "text": { "content": text } }]);
    let item = |children: Value| json!({ "type": "quote", "quote": { "rich_text": [], "children": children } });
    let cases = [
        json!([paragraph(said(&"x".repeat(2_001)))]),
        json!([paragraph(json!("x"))]),
        json!([paragraph(
            json!([{ "text": { "content": "x", "link": { "url": "javascript:" } } }])
        )]),
        json!(vec![paragraph(said("x")); 101]),
        json!([item(json!([item(json!([paragraph(said("x"))]))]))]),
        json!([{ "type": "marquee", "marquee": {} }]),
        json!([{ "type": "code", "code": { "rich_text": [], "language": "klingon" } }]),
        json!([{ "type": "table", "table": { "table_width": 2, "children": [
            { "type": "table_row", "table_row": { "cells": [[]] } }] } }]),
        json!("x"),
    ];
    for children in cases {
        let body = json!({
            "parent": { "data_source_id": source }, "properties": {}, "children": children,
        });
        let (status, answer) = stage.send("POST", "/v1/pages", Some(body)).await;
        assert_eq!((status, &answer["code"]), (400, &json!("validation_error")), "{answer}");
    }
    let client = plain_client(Duration::from_secs(2)).unwrap();
    let url = format!("{}/v1/users/me", stage.served.url());
    let bare = client.get(&url).header("authorization", "Bearer ntn_sandbox_0000");
    let answer: Value = bare.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["code"], "missing_version");
    assert_eq!(client.get(&url).send().await.unwrap().status().as_u16(), 401);
    assert_eq!(stage.send("GET", "/v1/nothing", None).await.1["code"], "invalid_request_url");
    assert_eq!(stage.applied(), 0);
}

const DOCUMENT: &str = "# Title

Plain, **bold**, *italic*, ~~gone~~, `code` and [a link](https://example.com) \
[not one](javascript:x).

#### Deep

- one
  - two
    - three
- four

1. first

> said
>
> again

```rs
fn main() {}
```

---

| a | b |
|---|---|
| 1 | **2** |
";

#[test]
fn markdown_becomes_blocks_of_the_same_meaning() {
    let blocks = markdown::blocks(DOCUMENT);
    let kinds: Vec<&str> = blocks.iter().map(|block| block["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "heading_1",
            "paragraph",
            "heading_3",
            "bulleted_list_item",
            "bulleted_list_item",
            "numbered_list_item",
            "quote",
            "code",
            "divider",
            "table"
        ]
    );
    let pieces = blocks[1]["paragraph"]["rich_text"].as_array().unwrap();
    let styled = |style: &str| {
        let found = pieces.iter().find(|piece| piece["annotations"][style] == true).unwrap();
        found["text"]["content"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        ["bold", "italic", "strikethrough", "code"].map(styled),
        ["bold", "italic", "gone", "code"]
    );
    let links: Vec<&str> =
        pieces.iter().filter_map(|piece| piece["text"]["link"]["url"].as_str()).collect();
    assert_eq!(links, ["https://example.com"]);
    assert!(text(&blocks[1]).ends_with("a link not one."));
    // What is too deep follows on the deepest level there is.
    let nested = blocks[3]["bulleted_list_item"]["children"].as_array().unwrap();
    assert_eq!(nested.iter().map(text).collect::<Vec<_>>(), ["two", "three"]);
    assert_eq!(text(&blocks[6]), "said");
    assert_eq!(text(&blocks[6]["quote"]["children"][0]), "again");
    assert_eq!(
        (text(&blocks[7]).as_str(), &blocks[7]["code"]["language"]),
        ("fn main() {}", &json!("rust"))
    );
    let rows = blocks[9]["table"]["children"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["table_row"]["cells"][1][0]["annotations"]["bold"], true);
}

#[tokio::test]
async fn nothing_that_is_too_long_or_too_deep_is_lost_or_refused() {
    let stage = Stage::set().await;
    let rows: String = (0..150).map(|number| format!("| r{number} |\n")).collect();
    let deep: String =
        (0..6).map(|depth| format!("{}- level{depth}\n", "  ".repeat(depth))).collect();
    let wide: String = (0..150).map(|number| format!("  - w{number}\n")).collect();
    let styled: String = (0..150).map(|number| format!("**b{number}** x ")).collect();
    let long = format!(
        "{}\n\n| head |\n|---|\n{rows}\n{deep}\n# A\n\n- top\n{wide}\n{styled}\n\n- x\n\n  | t |\n  |---|\n  | inner |\n",
        "é".repeat(5_000)
    );
    let made = stage.ask("create_page", page(&long)).await.unwrap();
    let all = Value::Array(stage.children(&made).await).to_string();
    for word in ["r0\"", "r149\"", "level5", "w149", "b149", "inner"] {
        assert!(all.contains(word), "{word} is lost");
    }
    assert_eq!(all.matches('é').count(), 5_000);
}

#[test]
fn the_effects_say_what_notion_can_promise() {
    let effects: Vec<(&str, Effect)> =
        connector().functions.iter().map(|it| (it.name, it.effect)).collect();
    let expected = [
        ("create_page", Effect::Findable),
        ("find_page", Effect::Read),
        ("append_to_page", Effect::AtMostOnce),
        ("update_page", Effect::Keyed),
    ];
    assert_eq!(effects, expected);
}
