//! Every operation of the program, asked for what belongs to another tenant.

use connector_kit::simulator::Fault;
use domain::{Method, Operation, Role};
use it::{Answer, Client, Intake, Program, Signing, intake, wait_until};
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

const SOON: std::time::Duration = std::time::Duration::from_secs(30);
/// Both requests carry it, so that nothing but the id tells them apart.
const REQUEST_ID: (&str, &str) = ("x-request-id", "isolation-probe");

/// How an operation is probed. An operation that is not in the table fails the test.
enum Case {
    /// Its path names a thing by an id: of another tenant, it answers as for one that does not exist.
    ById,
    /// It lists things: none of another tenant, also when they are asked for by this input.
    List(Value),
    /// It is about the caller's own tenant only, with this input; what it answers names no other.
    Own(Value),
}

#[expect(clippy::too_many_lines, reason = "a line for each operation")]
fn case(name: &str, of_another: &Ids) -> Option<Case> {
    use Case::{ById, List, Own};
    Some(match name {
        "get_lead"
        | "announce_alert"
        | "assess_lead"
        | "link_lead"
        | "save_deliverable"
        | "get_client"
        | "move_client"
        | "update_client"
        | "list_client_timeline"
        | "get_deliverable"
        | "link_deliverable"
        | "edit_deliverable"
        | "resolve_alert"
        | "revoke_token"
        | "update_member"
        | "remove_member"
        | "revoke_invitation"
        | "delete_role"
        | "get_run"
        | "cancel_run"
        | "retry_run"
        | "pause_run"
        | "resume_run"
        | "restart_run"
        | "move_run"
        | "get_human_task"
        | "decide_approval"
        | "complete_human_task"
        | "skip_step"
        | "send_event_to_run"
        | "get_webhook"
        | "replay_webhook"
        | "get_intake"
        | "get_project_status_change"
        | "get_project"
        | "link_project"
        | "change_project_status"
        | "complete_milestone"
        | "get_invoice"
        | "pay_invoice"
        | "void_invoice"
        | "show_lead"
        | "attach_deliverable"
        | "submit_project"
        | "report_project"
        | "change_lead_status"
        | "update_lead"
        | "review_deliverable"
        | "get_proposal"
        | "get_intake_form"
        | "update_intake_form"
        | "list_intake_submissions"
        | "submit_intake_form"
        | "get_webhook_subscription"
        | "update_webhook_subscription"
        | "rotate_webhook_secret"
        | "test_webhook_subscription"
        | "get_webhook_message"
        | "replay_webhook_message"
        | "delete_webhook_subscription"
        | "get_memory"
        | "forget_memory"
        | "get_deliverable_pdf"
        | "get_invoice_pdf"
        | "get_proposal_pdf" => ById,
        "search_memories" => List(json!({ "query": "techflow" })),
        "save_memory" => Own(json!({ "key": "intake_TechFlow Solutions 1", "text": "Ours" })),
        "create_intake_form" => Own(json!({ "title": "Theirs" })),
        "list_leads" | "list_memories" => List(json!({ "client_id": of_another.of("client_id") })),
        "list_deliverables" | "list_projects" => {
            List(json!({ "lead_id": of_another.of("lead_id") }))
        }
        "list_invoices" => List(json!({ "project_id": of_another.of("project_id") })),
        "list_audit" => List(json!({ "resource": of_another.of("lead_id") })),
        "list_clients" | "get_pipeline" | "search" => List(json!({ "text": "techflow" })),
        "list_intake_forms"
        | "list_tokens"
        | "list_members"
        | "list_roles"
        | "list_invitations"
        | "list_alerts"
        | "list_connections"
        | "list_webhooks"
        | "list_runs"
        | "list_human_tasks"
        | "list_today"
        | "list_webhook_subscriptions" => List(json!({})),
        "list_events" => List(json!({ "limit": 100 })),
        "list_webhook_messages" => {
            List(json!({ "subscription_id": of_another.of("subscription_id") }))
        }
        "replay_webhooks" => Own(json!({ "status": "accepted" })),
        "create_webhook_subscription" => Own(json!({
            "url": "https://hooks.example.com/other", "event_types": ["*"],
        })),
        "replay_webhook_messages" => Own(json!({
            "status": "delivered", "subscription_id": of_another.of("subscription_id"),
        })),
        "list_connectors"
        | "list_prompts"
        | "list_document_templates"
        | "list_flows"
        | "get_tenant"
        | "get_branding"
        | "whoami"
        | "verify_audit"
        | "get_logo"
        | "list_alert_rules"
        | "get_alert_settings"
        | "get_retention"
        | "get_health"
        | "get_flow_schema"
        | "list_functions"
        | "list_flow_statistics"
        | "list_ai_usage"
        | "get_webhook_statistics"
        | "export_audit"
        | "get_assistant_integration" => Own(json!({})),
        "update_alert_rule" => Own(json!({ "rule": "slow_responses", "threshold": 9000 })),
        "update_alert_settings" => Own(json!({ "recipients": ["ops@initech.example"] })),
        "set_retention" => Own(json!({ "run_days": 90 })),
        "set_second_factor_policy" => Own(json!({ "second_factor_for": "nobody" })),
        "update_tenant" => Own(json!({ "name": "Initech Renamed" })),
        // Comes before `get_logo`, which then has one to show.
        "update_branding" => Own(json!({ "logo": crate::documents::LOGO })),
        "try_flow" => Own(json!({
            "source": "{document: {dsl: 1.0.3, namespace: own, name: tried, version: 1.0.0}, do: [{rest: {wait: PT1H}}]}",
        })),
        "get_connection_statistics" => Own(json!({ "connector": "slack" })),
        "get_prompt" | "list_prompt_versions" => Own(json!({ "name": "assessment" })),
        "get_prompt_version" => Own(json!({ "name": "assessment", "version": "shipped" })),
        "check_prompt" => Own(json!({ "name": "assessment", "text": "" })),
        "publish_prompt" => Own(json!({
            "name": "website_plan",
            "text": include_str!("../../../prompts/website_plan.md").replace("You are", "You shall be"),
        })),
        "roll_back_prompt" => Own(json!({ "name": "website_plan", "version": "shipped" })),
        "preview_prompt" => {
            Own(json!({ "name": "assessment", "variables": { "company_name": "Theirs" } }))
        }
        "preview_document_template" => Own(json!({ "template": "invoice" })),
        "check_flow" => Own(json!({ "source": "{}" })),
        "get_flow" | "list_flow_versions" => Own(json!({ "flow": "client-onboarding" })),
        "save_flow" => Own(json!({
            "source": "{document: {dsl: 1.0.3, namespace: own, name: welcome, version: 1.0.0}, do: [{rest: {wait: PT1H}}]}",
        })),
        "activate_flow_version" | "get_flow_version" => {
            Own(json!({ "flow": "milestone-report", "version": "1.0.0" }))
        }
        "switch_off_flow" => Own(json!({ "flow": "alert-resolution" })),
        "start_flow" => Own(json!({
            "flow": "client-onboarding",
            "input": [{ "delivery_id": of_another.of("delivery_id") }],
        })),
        "save_role" => Own(json!({ "name": "reader", "permissions": ["read:leads"] })),
        "invite_member" => Own(json!({ "email": "new@initech.example", "role": "staff" })),
        "create_token" => Own(json!({ "name": "another", "role": "staff" })),
        // The same e-mail address as the other tenant's client, and the same external id.
        "create_lead" => Own(json!({
            "source": "invoice_system", "company_name": "Initech", "intake": {},
            "contact_email": "john.smith+1@techflow.example", "external_lead_id": "lead_1",
        })),
        // Of the same lead at the invoice system, by the same name.
        "create_project" => Own(json!({ "external_lead_id": "lead_1", "name": "Website" })),
        // The same address and the other tenant's ids: it becomes a lead of its own.
        "submit_lead" => Own(json!({
            "source": "mwd_assistant_intake", "company_name": "Initech",
            "contact_email": "john.smith+1@techflow.example",
            "lead_id": of_another.of("lead_id"), "external_ref": "lead_1",
        })),
        "set_assistant_integration" => Own(json!({ "mwd_assistant_integration": {
            "enabled": false,
            "agent_api_url": "https://assistant.example",
            "agent_api_key": "key-of-the-other",
            "webhook_secret": "secret-of-the-other-tenant",
            "auto_create_leads": true,
            "auto_attach_deliverables": true,
        } })),
        "raise_alert" => Own(json!({
            "kind": "call.outcome_unknown", "severity": "warning", "title": "Ours",
            "cause": of_another.of("cause"),
        })),
        "set_connection" => Own(json!({
            "connector": "slack", "settings": { "bot_token": "xoxb-other", "channel": "C0OTHER" },
        })),
        "test_connection" => Own(json!({ "connector": "ai" })),
        _ => return None,
    })
}

/// What a tenant has: the name of the parameter, and the id.
struct Ids(Vec<(&'static str, String)>);

impl Ids {
    /// One journey that leaves one thing of each kind.
    async fn made_by_a_journey(program: &Program) -> Self {
        subscribe_paused(&program.owner).await;
        program.arm("slack", vec![Fault::times("disconnect-after-effect", 1)]);
        let run = program.journey(&Intake::numbered(1)).await;
        let owner = &program.owner;
        let first = |path: &'static str, field: &'static str| async move {
            let list = owner.get(path).await.expect(200);
            list["items"][0][field].as_str().unwrap().to_owned()
        };
        let form = owner.post("/v1/intake-forms", &json!({ "title": "Ours" })).await.expect(201);
        let lead = first("/v1/leads", "lead_id").await;
        let project = json!({
            "lead_id": lead, "name": "Website",
            "milestones": [{ "name": "Launch", "amount": "100.00" }],
        });
        let project = owner.post("/v1/projects", &project).await.expect(201);
        let project = project["project_id"].as_str().unwrap().to_owned();
        let done = json!({ "milestone": "Launch", "trigger_invoice": true });
        let done = owner.post(&format!("/v1/projects/{project}/milestones/complete"), &done).await;
        assert!(done.expect(200)["invoice"]["invoice_id"].is_string());
        let intake = first("/v1/webhooks", "delivery_id").await;
        let body = json!({
            "event_type": "project.status.changed", "event_id": "status-1",
            "timestamp": SystemClock.now(),
            "project_data": { "lead_id": "lead_1", "new_status": "proposal_sent" },
        });
        let to = ("/api/project/status", "project.status.changed");
        let bytes = body.to_string().into_bytes();
        let at = SystemClock.now();
        let sent =
            intake::send_to(&program.stranger, to, Signing::Contract, "status-1", at, bytes).await;
        sent.expect(200);
        let status_delivery = first("/v1/webhooks", "delivery_id").await;
        let deliverable = first("/v1/deliverables", "deliverable_id").await;
        let review = format!("/v1/deliverables/{deliverable}/review");
        owner.put(&review, &json!({ "decision": "approve" })).await.expect(200);
        let asked = ask_somebody(owner).await;
        let invited = join_and_invite(program).await;
        let proposal = owner.get(&format!("/v1/leads/{lead}/proposal")).await.expect(200);
        Self(vec![
            ("delivery_id", intake),
            ("status_delivery_id", status_delivery),
            ("proposal_id", proposal["proposal_id"].as_str().unwrap().to_owned()),
            ("proposal_url", proposal["proposal_url"].as_str().unwrap().to_owned()),
            ("lead_id", lead),
            ("project_id", project),
            ("invoice_id", first("/v1/invoices", "invoice_id").await),
            ("form_id", form["form_id"].as_str().unwrap().to_owned()),
            ("client_id", first("/v1/clients", "client_id").await),
            ("deliverable_id", deliverable),
            ("alert_id", first("/v1/alerts", "alert_id").await),
            ("cause", first("/v1/alerts", "cause").await),
            ("token_id", first("/v1/tokens", "token_id").await),
            ("connection_id", first("/v1/connections", "connection_id").await),
            ("subscription_id", first("/v1/webhook-subscriptions", "subscription_id").await),
            ("message_id", first("/v1/webhook-messages", "message_id").await),
            ("memory_id", first("/v1/memories", "memory_id").await),
            ("human_task_id", asked),
            ("run_id", run["run_id"].as_str().unwrap().to_owned()),
            ("tenant_id", program.tenant.to_string()),
            ("invitation_id", invited["invitation_id"].as_str().unwrap().to_owned()),
            ("person_id", first("/v1/members", "person_id").await),
            ("role", "sales_director".to_owned()),
        ])
    }

    fn of(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, id)| id.as_str()).unwrap()
    }

    /// Ids of the same form that nothing has.
    fn of_nothing(&self) -> Self {
        let other = |id: &str| -> String {
            let keep = id.len().saturating_sub(8);
            id.chars().take(keep).chain("0000wxyz".chars()).collect()
        };
        Self(self.0.iter().map(|(name, id)| (*name, other(id))).collect())
    }

    fn found_in(&self, text: &str) -> Vec<&'static str> {
        self.0.iter().filter(|(_, id)| text.contains(id.as_str())).map(|(name, _)| *name).collect()
    }
}

/// A subscription whose messages wait, so that nothing changes by itself.
async fn subscribe_paused(owner: &Client) {
    let subscription =
        json!({ "url": "https://hooks.example.invalid/ours", "event_types": ["alert.*"] });
    let made = owner.post("/v1/webhook-subscriptions", &subscription).await.expect(201);
    let path = format!("/v1/webhook-subscriptions/{}", made["subscription_id"].as_str().unwrap());
    owner.patch(&path, &json!({ "status": "paused" })).await.expect(200);
}

/// Somebody is a member, and somebody else invited: the invitation.
async fn join_and_invite(program: &Program) -> Value {
    program.browser("ada", Role::Staff).await;
    // Of the name that the example of `delete_role` has.
    let role = json!({ "permissions": ["read:leads"] });
    program.owner.put("/v1/roles/sales_director", &role).await.expect(200);
    let invite = json!({ "email": "new@agency.example", "role": "sales_director" });
    program.owner.post("/v1/invitations", &invite).await.expect(201)
}

/// A run asks for an approval: the task's id.
async fn ask_somebody(owner: &Client) -> String {
    let asks = "{document: {dsl: 1.0.3, namespace: own, name: asks, version: 1.0.0},
        do: [{ask: {call: approval.request, with: {title: Ours}}}]}";
    owner.post("/v1/flows", &json!({ "source": asks })).await.expect(201);
    wait_until("somebody is asked", SOON, || async {
        owner.post("/v1/flows/asks/runs", &json!({})).await.expect(201);
        let list = owner.get("/v1/human-tasks").await.expect(200);
        list["items"].get(0).map(|task| task["human_task_id"].as_str().unwrap().to_owned())
    })
    .await
}

/// Sends an operation with this input: what the path names goes there, the rest where it belongs.
async fn call(client: &Client, operation: &Operation, input: &Value) -> Answer {
    let mut rest = input.as_object().unwrap().clone();
    let mut path = operation.path.to_owned();
    for name in operation.path_parameters() {
        let value = rest.remove(name).unwrap_or_default();
        path = path.replace(&format!("{{{name}}}"), value.as_str().unwrap());
    }
    let method = operation.method.as_str();
    if operation.method.has_body() {
        return client.send(method, &path, &[REQUEST_ID], Some(&Value::Object(rest))).await;
    }
    let query: Vec<String> = rest
        .iter()
        .map(|(name, value)| {
            format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        })
        .collect();
    client.send(method, &format!("{path}?{}", query.join("&")), &[REQUEST_ID], None).await
}

/// The operation's example, about another thing.
fn about(operation: &Operation, ids: &Ids) -> Value {
    let mut input = operation.example.clone();
    for name in operation.path_parameters().filter(|name| name.ends_with("_id")) {
        let is_status = operation.name == "get_project_status_change";
        input[name] = json!(ids.of(if is_status { "status_delivery_id" } else { name }));
    }
    if operation.name == "submit_project" {
        input["lead_id"] = json!(ids.of("lead_id"));
    }
    input
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_shows_or_touches_what_belongs_to_another_tenant() {
    let program = Program::start().await;
    let ids = Ids::made_by_a_journey(&program).await;
    let nothing = ids.of_nothing();
    let (other_tenant, other) = program.another_tenant("Initech").await;
    // The same owner with a token and with a browser: neither gets further than the other.
    let browser = program.browser_in(other_tenant, "bob", Role::Owner).await;
    let operations = about_tenants(&program);
    let before = content(&program).await;
    let (mut by_id, mut own) = (Vec::new(), Vec::new());
    for operation in operations {
        let name = operation.name;
        let case = case(name, &ids).unwrap_or_else(|| panic!("`{name}` has no case in the table"));
        // A form is for everybody; with a token of somebody else, it is as if there were none.
        if !operation.is_public {
            let stranger = call(&program.stranger, operation, &about(operation, &ids)).await;
            // Who asks for so much without a token is told to wait before the last operation is reached.
            assert!(
                [401, 429].contains(&stranger.status),
                "{name} without a token: {}",
                stranger.text()
            );
        }
        match case {
            Case::ById => {
                for asks in [&other, &browser] {
                    let theirs = call(asks, operation, &about(operation, &ids)).await;
                    let absent = call(asks, operation, &about(operation, &nothing)).await;
                    assert_eq!(theirs.status, 404, "{name}: {}", theirs.text());
                    assert_eq!(theirs.text(), absent.text(), "{name} tells the two apart");
                }
                by_id.push(operation);
            }
            Case::List(input) => {
                for asks in [&other, &browser] {
                    let theirs = call(asks, operation, &input).await;
                    assert_eq!(theirs.status, 200, "{name}: {}", theirs.text());
                    assert_eq!(ids.found_in(&theirs.text()), Vec::<&str>::new(), "{name}");
                }
                let ours = call(&program.owner, operation, &input).await;
                assert!(!ids.found_in(&ours.text()).is_empty(), "{name} shows not even its own");
            }
            Case::Own(input) => own.push((operation, input)),
        }
    }
    // Last: what these leave behind may hold what they were given.
    for (operation, input) in own {
        let answer = call(&other, operation, &input).await;
        assert!(answer.status < 300, "{}: {}", operation.name, answer.text());
        let sent = ids.found_in(&input.to_string());
        let found = ids.found_in(&answer.text());
        assert!(found.iter().all(|id| sent.contains(id)), "{} shows {found:?}", operation.name);
    }
    assert_eq!(content(&program).await, before, "another tenant changed something");
    assert_ne!(other_tenant, program.tenant);
    // The owner is not refused: the ids are right. What takes other things with it comes last.
    by_id.sort_by_key(|operation| operation.method == Method::Delete);
    for operation in by_id {
        let ours = call(&program.owner, operation, &about(operation, &ids)).await;
        assert_ne!(ours.status, 404, "{}: {}", operation.name, ours.text());
    }
    program.stop().await;
}

/// What is about the person who asks is tried where signing in is.
fn about_tenants(program: &Program) -> Vec<&Operation> {
    let entries = program.node.app.registry.entries().iter();
    entries.map(|entry| &entry.operation).filter(|operation| !operation.is_account()).collect()
}

/// Everything the probed tenant has, but for what only reading it leaves behind.
async fn content(program: &Program) -> Vec<Value> {
    let mut all = Vec::new();
    for path in [
        "/v1/tenant",
        "/v1/branding",
        "/v1/leads",
        "/v1/clients",
        "/v1/intake-forms",
        "/v1/deliverables",
        "/v1/projects",
        "/v1/invoices",
        "/v1/alerts",
        "/v1/alert-rules",
        "/v1/alert-settings",
        "/v1/tokens",
        "/v1/members",
        "/v1/roles",
        "/v1/invitations",
        "/v1/connections",
        "/v1/webhooks",
        "/v1/webhook-subscriptions",
        "/v1/human-tasks",
        "/v1/memories",
    ] {
        all.push(program.owner.get(path).await.expect(200));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_started_with_another_tenants_delivery_finds_nothing() {
    let program = Program::start().await;
    program.journey(&Intake::numbered(1)).await;
    let webhooks = program.owner.get("/v1/webhooks").await.expect(200);
    let delivery = &webhooks["items"][0]["delivery_id"];
    let (_, other) = program.another_tenant("Initech").await;
    let started = other
        .post(
            "/v1/flows/client-onboarding/runs",
            &json!({ "input": [{ "delivery_id": delivery }] }),
        )
        .await
        .expect(201);
    let run = wait_until("the run ended", std::time::Duration::from_secs(30), || async {
        let path = format!("/v1/runs/{}", started["run_id"].as_str().unwrap());
        let answer = other.get(&path).await;
        (answer.status == 200 && answer.json()["ended_at"].is_string()).then(|| answer.json())
    })
    .await;
    assert_eq!(
        (&run["status"], &run["error"]["status"]),
        (&json!("faulted"), &json!(404)),
        "{run:#}"
    );
    // Its owner can still send it, and nobody else's run is in the way.
    assert_eq!(Intake::numbered(1).send(&program.stranger, Signing::Contract).await.status, 200);
    program.stop().await;
}
