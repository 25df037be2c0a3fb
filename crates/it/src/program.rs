//! The program under test, and what a test wants to know of it.

use std::{sync::Arc, time::Duration};

use connector_kit::simulator::{Fault, LedgerEffect, LedgerEntry};
use domain::{
    Caller, Role,
    identity::{
        people::{NewMember, ensure_member},
        tenants,
    },
};
use handoff::{
    config::Config,
    environment::TenantEnvironment,
    node::{Node, NodeOptions},
};
use kernel::{Clock as _, Secret, SystemClock, TenantId};
use sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::{Client, Database, Intake, Signing, wait_until};

/// How long a journey may take, on a busy machine.
const JOURNEY: Duration = Duration::from_secs(60);

/// What members sign in with.
pub const PASSWORD: &str = "correct horse battery";

/// A node with its sandbox and database.
pub struct Program {
    pub node: Node,
    pub tenant: TenantId,
    /// An owner of the tenant that intakes without a token are for.
    pub owner: Client,
    /// Whoever has no token.
    pub stranger: Client,
    pub database: Database,
}

impl Program {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With other options than the usual ones.
    pub async fn start_with(change: impl FnOnce(&mut NodeOptions)) -> Self {
        Self::start_on(Database::create().await, change).await
    }

    pub async fn start_on(database: Database, change: impl FnOnce(&mut NodeOptions)) -> Self {
        let mut options = Self::options(&database);
        change(&mut options);
        let node = Node::start(options).await.unwrap();
        let tenant = node.default_tenant.unwrap();
        let stranger = Client::new(format!("http://{}", node.address), None);
        let owner = stranger.with_token(Some(&token(&node, tenant, "owner").await));
        Self { node, tenant, owner, stranger, database }
    }

    /// What a node on this database runs on.
    pub fn options(database: &Database) -> NodeOptions {
        let mut config = Config::from_environment(Some(database.data())).unwrap();
        // What the machine's environment says is not for tests.
        config.public_url = None;
        (config.database_url, config.keys) = (None, None);
        (config.prompts, config.templates) = (None, None);
        config.identity_provider = None;
        config.tenant = TenantEnvironment::default();
        config.listen = ([127, 0, 0, 1], 0).into();
        config.sandbox = true;
        let mut options = NodeOptions::new(database.options.clone(), config).unwrap();
        options.sandbox = Some(SandboxOptions::default());
        options
    }

    /// Stops the node and removes the database.
    pub async fn stop(self) {
        self.node.stop().await;
        self.database.remove().await;
    }

    pub fn sandbox(&self) -> &Arc<Sandbox> {
        self.node.sandbox.as_ref().unwrap()
    }

    /// A client with a token of a role, of the default tenant.
    pub async fn client(&self, role: &str) -> Client {
        self.stranger.with_token(Some(&token(&self.node, self.tenant, role).await))
    }

    /// A browser in which a member of the default tenant is signed in.
    pub async fn browser(&self, name: &str, role: Role) -> Client {
        self.browser_in(self.tenant, name, role).await
    }

    /// The same, of any tenant.
    pub async fn browser_in(&self, tenant: TenantId, name: &str, role: Role) -> Client {
        let email = format!("{name}@agency.example");
        let member = NewMember {
            email: email.parse().unwrap(),
            name,
            password: Secret::new(PASSWORD),
            role,
        };
        ensure_member(&self.node.app, tenant, member).await.unwrap();
        self.sign_in(&email, PASSWORD).await
    }

    /// A browser after the password was given.
    pub async fn sign_in(&self, email: &str, password: &str) -> Client {
        let body = json!({ "email": email, "password": password });
        let answer = self.stranger.post("/v1/session", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.stranger.after(&answer).await
    }

    /// Another tenant with its own connections to the simulators, and its owner.
    pub async fn another_tenant(&self, name: &str) -> (TenantId, Client) {
        let second_factor_for = tenants::SecondFactorFor::Nobody;
        let new = tenants::NewTenant { second_factor_for, ..tenants::NewTenant::named(name) };
        let (tenant, token) = tenants::create_tenant(&self.node.app.db, new).await.unwrap();
        let owner = self.stranger.with_token(Some(&token.token));
        let base = format!("http://{}", self.node.address);
        for (connector, settings) in self.sandbox().connections(&base) {
            let body = json!({ "settings": settings });
            let path = format!("/v1/connections/{connector}");
            assert_eq!(owner.put(&path, &body).await.status, 200);
        }
        (tenant.tenant_id, owner)
    }

    /// Sends an intake that must be accepted, and waits until its run ended.
    pub async fn journey(&self, intake: &Intake) -> Value {
        assert_eq!(intake.send(&self.stranger, Signing::Contract).await.status, 200);
        self.ended(&self.owner, &intake.event_id).await
    }

    /// The run that an intake started, with its journal, once it ended.
    pub async fn ended(&self, owner: &Client, event_id: &str) -> Value {
        wait_until("the run ended", JOURNEY, || async {
            let run = run_of(owner, event_id).await?;
            run["ended_at"].is_string().then_some(run)
        })
        .await
    }

    /// Saves a flow of a tenant's own, and starts a run of it; the run's id. `tasks` is the list below `do`.
    pub async fn start_own(owner: &Client, flow: &str, tasks: &str, input: &Value) -> String {
        let head = "document: { dsl: 1.0.3, namespace: own, version: 1.0.0, name";
        let source = format!("{head}: {flow} }}\ndo:\n{tasks}");
        owner.post("/v1/flows", &json!({ "source": source })).await.expect(201);
        let started = wait_until("the flow can be started", JOURNEY, || async {
            let body = json!({ "input": input });
            let started = owner.post(&format!("/v1/flows/{flow}/runs"), &body).await;
            (started.status == 201).then(|| started.json())
        })
        .await;
        started["run_id"].as_str().unwrap().to_owned()
    }

    /// A run, once it is in this state.
    pub async fn in_state(owner: &Client, run: &str, status: &str) -> Value {
        wait_until(status, JOURNEY, || async {
            let found = owner.get(&format!("/v1/runs/{run}")).await;
            (found.status == 200 && found.json()["status"] == status).then(|| found.json())
        })
        .await
    }

    /// The run that an intake started, whether it ended or not.
    pub async fn run(&self, event_id: &str) -> Option<Value> {
        run_of(&self.owner, event_id).await
    }

    pub fn arm(&self, provider: &str, faults: Vec<Fault>) {
        self.sandbox().faults(provider).unwrap().set(faults, SystemClock.now()).unwrap();
    }

    /// How many requests met the faults of a provider.
    pub fn hits(&self, provider: &str) -> u32 {
        let faults = self.sandbox().faults(provider).unwrap();
        faults.list(SystemClock.now()).iter().map(|armed| armed.hits).sum()
    }

    /// What a provider did, and did for the first time, on paths that end so.
    pub fn applied(&self, provider: &str, path_end: &str) -> Vec<LedgerEntry> {
        let entries = self.sandbox().ledger(provider).into_iter();
        entries
            .filter(|entry| entry.effect == LedgerEffect::Applied && entry.path.ends_with(path_end))
            .collect()
    }

    /// What the team was told on Slack of new clients, which leaves alerts out.
    pub fn clients_told(&self) -> usize {
        let told = self.applied("slack", "/chat.postMessage");
        told.iter().filter(|post| post.request.to_string().contains("New client: ")).count()
    }

    pub async fn superuser(&self) -> PgConnection {
        self.database.superuser().await
    }
}

async fn run_of(owner: &Client, event_id: &str) -> Option<Value> {
    let webhooks = available(owner, "/v1/webhooks?limit=100").await?;
    let items = webhooks["items"].as_array().unwrap();
    let webhook = items.iter().find(|webhook| webhook["event_key"] == event_id)?;
    let run = webhook["run_id"].as_str()?;
    available(owner, &format!("/v1/runs/{run}")).await
}

/// What is there; none while the database is away.
async fn available(client: &Client, path: &str) -> Option<Value> {
    let answer = client.get(path).await;
    (answer.status != 503).then(|| answer.expect(200))
}

async fn token(node: &Node, tenant: TenantId, role: &str) -> String {
    let caller = Caller::system(tenant, "test");
    let input = json!({ "name": "test", "role": role, "rate_per_minute": 1_000_000 });
    let created = node.app.invoke(&caller, "create_token", input).await.unwrap();
    created["token"].as_str().unwrap().to_owned()
}
