//! The keys that seal credentials are rotated while runs go on.

use std::sync::Arc;

use handoff::node::Node;
use it::{Client, Intake, Program, Signing};
use kernel::Secret;
use serde_json::{Value, json};
use store::seal::Keyring;

pub(crate) const OLD: &str = "old:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
pub(crate) const NEW: &str = "new:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

pub(crate) fn keyring(keys: &[&str]) -> Arc<Keyring> {
    Arc::new(Keyring::parse(&Secret::new(keys.join(","))).unwrap())
}

/// Another node on the same database, which calls the first one's simulators, and whoever else is on this
/// machine.
pub(crate) async fn node(program: &Program, keyring: Arc<Keyring>) -> (Node, Client) {
    let mut options = Program::options(&program.database);
    (options.sandbox, options.config.sandbox) = (None, false);
    options.config.allowed_private_hosts = vec!["127.0.0.1".to_owned()];
    options.keyring = keyring;
    let node = Node::start(options).await.unwrap();
    let client = Client::new(format!("http://{}", node.address), None);
    (node, client)
}

/// The ids of the keys that sealed the credentials.
async fn sealed_by(program: &Program) -> Vec<String> {
    sqlx::query_scalar(
        "select distinct convert_from(substr(settings_sealed, 3, get_byte(settings_sealed, 1)), 'UTF8')
         from connections.connection",
    )
    .fetch_all(&mut program.superuser().await)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_another_installation_are_refused_at_the_start() {
    let program = Program::start().await;
    let with = async |keys: &[&str]| {
        let mut options = Program::options(&program.database);
        (options.sandbox, options.config.sandbox) = (None, false);
        options.keyring = keyring(keys);
        Node::start(options).await.err().map(|error| error.to_string())
    };
    // Made anew, and called as the one that is missing.
    let same_name = OLD.replace("old:", "k1:");
    for keys in [&[same_name.as_str()][..], &[OLD, NEW]] {
        let refused = with(keys).await.unwrap();
        assert!(refused.contains("open none of the 5 stored credentials"), "{refused}");
        assert!(refused.contains("put the key file that belongs to this database to"), "{refused}");
    }
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_while_runs_go_on() {
    // The old key seals, and the new one can open already.
    let program = Program::start_with(|options| options.keyring = keyring(&[OLD, NEW])).await;
    let (_, other) = program.another_tenant("Initech").await;
    assert_eq!(sealed_by(&program).await, ["old"]);
    let intakes: Vec<Intake> = (1..=8).map(Intake::numbered).collect();
    for intake in &intakes {
        // With a token: there are two tenants.
        intake.send(&program.owner, Signing::Contract).await.expect(200);
    }
    let (second, there) = node(&program, keyring(&[NEW, OLD])).await;
    assert_eq!(sealed_by(&program).await, ["new"]);
    for intake in &intakes {
        let run = program.ended(&program.owner, &intake.event_id).await;
        assert_eq!(run["status"], "completed", "{run:#}");
        assert!(run["calls"].as_array().unwrap().iter().all(|call| call["attempt"] == 1));
    }
    second.stop().await;

    // The old key is gone: intakes are verified, and connections tested, with the new one alone.
    let (third, here) = node(&program, keyring(&[NEW])).await;
    Intake::numbered(20)
        .send(&here.with_token(Some(&token(&program).await)), Signing::Contract)
        .await
        .expect(200);
    let run = program.ended(&program.owner, &Intake::numbered(20).event_id).await;
    assert_eq!(run["status"], "completed");
    third.stop().await;
    drop((there, other));
    program.stop().await;
}

async fn token(program: &Program) -> String {
    let body = json!({ "name": "rotation", "role": "partner" });
    let created: Value = program.owner.post("/v1/tokens", &body).await.expect(201);
    created["token"].as_str().unwrap().to_owned()
}
