//! Flows that start by the clock, on PostgreSQL.

use chrono::TimeDelta;
use it::{Database, Rehearsal, prepare};
use kernel::{TenantId, Timestamp};
use serde_json::Value;
use sqlx::PgConnection;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn flow(name: &str, metadata: &str, schedule: &str) -> String {
    format!(
        "{{document: {{dsl: 1.0.3, namespace: test, name: {name}, version: 1.0.0, metadata: {metadata}}}, \
         schedule: {schedule}, do: [{{note: {{set: '${{ .scheduled_at }}'}}}}]}}"
    )
}

/// What one tenant's flows were started for.
async fn starts(superuser: &mut PgConnection, tenant: TenantId) -> Vec<(String, String)> {
    let rows: Vec<Value> = sqlx::query_scalar(
        "select data from platform.event where type = 'flow.start.requested' and tenant_id = $1 order by event_id",
    )
    .bind(tenant.uuid())
    .fetch_all(superuser)
    .await
    .unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter().map(|data| (text(&data["flow"]), text(&data["input"]["scheduled_at"]))).collect()
}

/// Lets time pass, and lets the node do what is due.
async fn pass(stage: &Rehearsal, node: &engine::ByHand, length: TimeDelta) {
    stage.clock.advance(length);
    while node.turn().await.unwrap().worked {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_starts_at_its_hour_in_the_tenants_time_zone() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let mut superuser = database.superuser().await;
    sqlx::raw_sql("update identity.tenant set time_zone = 'Africa/Nairobi'")
        .execute(&mut superuser)
        .await
        .unwrap();
    let flows = [
        flow("morning", "{}", "{cron: '0 9 * * 1-5'}"),
        flow("berlin", "{schedule: {timeZone: Europe/Berlin}}", "{cron: '0 9 * * *'}"),
    ];
    // A Friday.
    let stage = Rehearsal::open(&database, &flows, &[], at("2026-01-02T00:00:00Z"));
    let node = stage.node();
    node.keep_schedules().await.unwrap();
    for _ in 0..4 * 24 {
        pass(&stage, &node, TimeDelta::hours(1)).await;
    }
    let found = starts(&mut superuser, tenant).await;
    let of = |name: &str| -> Vec<&str> {
        found.iter().filter(|(flow, _)| flow == name).map(|(_, start)| start.as_str()).collect()
    };
    assert_eq!(of("morning"), ["2026-01-02T06:00:00Z", "2026-01-05T06:00:00Z"]);
    assert_eq!(of("berlin").len(), 4);
    assert!(of("berlin").iter().all(|start| start.ends_with("T08:00:00Z")));
    let ended: i64 = sqlx::query_scalar(
        "select count(*) from engine.run where status = 'completed' and started_by = 'schedule'",
    )
    .fetch_one(&mut superuser)
    .await
    .unwrap();
    assert_eq!(ended, 6);
    // The tenant moves: from now on its own clock counts.
    sqlx::raw_sql("update identity.tenant set time_zone = 'UTC'")
        .execute(&mut superuser)
        .await
        .unwrap();
    node.keep_schedules().await.unwrap();
    for _ in 0..24 {
        pass(&stage, &node, TimeDelta::hours(1)).await;
    }
    let found = starts(&mut superuser, tenant).await;
    assert!(
        found.contains(&("morning".to_owned(), "2026-01-06T09:00:00Z".to_owned())),
        "{found:?}"
    );
    stage.db.close().await;
    drop(superuser);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_left_out_made_up_for_once_or_each_and_never_twice() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let mut superuser = database.superuser().await;
    let hourly = "{cron: '0 * * * *'}";
    let flows = [
        flow("skipped", "{schedule: {missed: skip}}", hourly),
        flow("once", "{}", hourly),
        flow("each", "{schedule: {missed: all}}", hourly),
    ];
    let stage = Rehearsal::open(&database, &flows, &[], at("2026-01-02T00:30:00Z"));
    stage.node().keep_schedules().await.unwrap();
    // Nobody was there for three hours; then two nodes are, at once.
    stage.clock.advance(TimeDelta::hours(3));
    let (one, other) = (stage.node(), stage.node());
    let work = async |node: &engine::ByHand| while node.turn().await.unwrap().worked {};
    tokio::join!(work(&one), work(&other));
    let found = starts(&mut superuser, tenant).await;
    let of = |name: &str| -> Vec<&str> {
        found.iter().filter(|(flow, _)| flow == name).map(|(_, start)| start.as_str()).collect()
    };
    assert_eq!(of("skipped"), [""; 0]);
    assert_eq!(of("once"), ["2026-01-02T03:00:00Z"]);
    assert_eq!(
        of("each"),
        ["2026-01-02T01:00:00Z", "2026-01-02T02:00:00Z", "2026-01-02T03:00:00Z"]
    );
    stage.db.close().await;
    drop(superuser);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_starts_after_its_end_waits_for_it() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let mut superuser = database.superuser().await;
    let again = "{document: {dsl: 1.0.3, namespace: test, name: again, version: 1.0.0}, schedule: {after: PT10M}, \
                 do: [{work: {wait: PT5M}}]}";
    let stage = Rehearsal::open(&database, &[again.to_owned()], &[], at("2026-01-02T00:00:00Z"));
    let node = stage.node();
    node.keep_schedules().await.unwrap();
    for _ in 0..40 {
        pass(&stage, &node, TimeDelta::minutes(1)).await;
    }
    let found: Vec<String> =
        starts(&mut superuser, tenant).await.into_iter().map(|(_, start)| start).collect();
    // The first at once, then five minutes of work and ten of rest each.
    assert_eq!(found, ["2026-01-02T00:00:00Z", "2026-01-02T00:16:00Z", "2026-01-02T00:31:00Z"]);
    stage.db.close().await;
    drop(superuser);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_a_node_cannot_serve_do_not_hide_the_others() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let mut superuser = database.superuser().await;
    let flows = [flow("hourly", "{}", "{cron: '0 * * * *'}")];
    let stage = Rehearsal::open(&database, &flows, &[], at("2026-01-02T00:30:00Z"));
    let node = stage.node();
    node.keep_schedules().await.unwrap();
    // Another release's flows, whose nodes are gone.
    sqlx::query(
        "insert into engine.schedule (tenant_id, flow, digest, time_zone, next_at)
         select $1, 'gone-' || n, 'unknown', 'UTC', '2026-01-01T00:00:00Z' from generate_series(1, 100) as n",
    )
    .bind(tenant.uuid())
    .execute(&mut superuser)
    .await
    .unwrap();
    pass(&stage, &node, TimeDelta::hours(1)).await;
    let found = starts(&mut superuser, tenant).await;
    assert_eq!(found, [("hourly".to_owned(), "2026-01-02T01:00:00Z".to_owned())]);
    stage.db.close().await;
    drop(superuser);
    database.remove().await;
}
