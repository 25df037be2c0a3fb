//! The places of events in the log, given after the commit.

use it::{Database, Rehearsal, prepare};
use serde_json::json;
use sqlx::AssertSqlSafe;
use store::events;

#[tokio::test(flavor = "multi_thread")]
async fn events_that_an_older_release_left_waiting_get_their_positions() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let now = "2026-01-02T00:00:00Z".parse().unwrap();
    let stage = Rehearsal::open(&database, &[], &[], now);
    let mut tx = stage.db.tenant(tenant).await.unwrap();
    let waiting = [
        tx.append("test", "test.first", None, json!({})).await.unwrap(),
        tx.append("test", "test.second", None, json!({})).await.unwrap(),
    ];
    tx.commit().await.unwrap();
    // As it was before the migration: a row for each event.
    let mut superuser = database.superuser().await;
    sqlx::raw_sql(
        "create table one_by_one as
             select tenant_id, unnest(event_ids) as event_id from platform.event_pending;
         delete from platform.event_pending;
         alter table platform.event_pending drop column event_ids, add column event_id uuid not null;
         alter table platform.event_pending add primary key (tenant_id, event_id);
         insert into platform.event_pending (tenant_id, event_id) select * from one_by_one;
         alter table platform.event
             add constraint event_tenant_id_fkey foreign key (tenant_id) references identity.tenant;",
    )
    .execute(&mut superuser)
    .await
    .unwrap();

    let migration = include_str!("../../../migrations/0034_events_wait_together.sql");
    let as_owner = format!("begin; set local role handoff_owner; {migration} commit");
    sqlx::raw_sql(AssertSqlSafe(as_owner)).execute(&mut superuser).await.unwrap();
    while events::sequence(&stage.db).await.unwrap() {}

    let placed: Vec<(i64, uuid::Uuid)> =
        sqlx::query_as("select position, event_id from platform.event_position order by position")
            .fetch_all(&mut superuser)
            .await
            .unwrap();
    let expected = [(1, waiting[0].uuid()), (2, waiting[1].uuid())];
    assert_eq!(placed, expected);
    stage.db.close().await;
    database.remove().await;
}
