//! The fence between tenants in the database itself.

use std::sync::Arc;

use it::{Database, Intake, Program};
use kernel::{SystemClock, SystemRandom, TenantId};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use store::{BatchTx, Db, PoolSizes, migrate};
use uuid::Uuid;

/// One connection each, so that each transaction gets the one that the transaction before it used.
const ONE_EACH: PoolSizes =
    PoolSizes { requests: 1, ingress: 1, engine: 1, background: 1, identity: 1 };

/// Schema-qualified tables with a tenant's rows, and their comments.
async fn tenant_tables(superuser: &mut PgConnection) -> Vec<(String, String)> {
    let rows = sqlx::query(
        "select c.oid::regclass::text as name, coalesce(obj_description(c.oid, 'pg_class'), '') as comment
         from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
         where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text not like 'pg_%'
         order by 1",
    )
    .fetch_all(superuser)
    .await
    .unwrap();
    rows.iter().map(|row| (row.get("name"), row.get("comment"))).collect()
}

fn is_shared(comment: &str) -> bool {
    comment.starts_with("queue: ") || comment.starts_with("global: ")
}

async fn count(conn: &mut PgConnection, table: &str) -> i64 {
    let query = format!("select count(*) from {table}");
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(conn).await.unwrap()
}

fn open(program: &Program) -> Db {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    Db::open(program.database.options.clone(), ONE_EACH, clock, random, Vec::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_connection_remembers_no_tenant() {
    let program = Program::start().await;
    assert_eq!(program.journey(&Intake::numbered(1)).await["status"], "completed");
    let tables = tenant_tables(&mut program.superuser().await).await;
    let fenced: Vec<&str> =
        tables.iter().filter(|(_, it)| !is_shared(it)).map(|(name, _)| name.as_str()).collect();
    assert!(fenced.contains(&"crm.client") && fenced.contains(&"webhook.received"));
    let db = open(&program);

    // The connections of webhooks.
    let mut batch = db.ingress(program.tenant).await.unwrap();
    assert_eq!(count(batch.conn(), "crm.client").await, 1);
    batch.commit().await.unwrap();
    let mut unbound = unbound(&db).await;
    for table in &fenced {
        assert_eq!(count(unbound.conn(), table).await, 0, "{table} after a webhook");
    }
    drop(unbound);

    // The connections of the engine, also when the transaction before was undone.
    let mut batch = db.batch().await.unwrap();
    let tx = batch.bind(program.tenant).await.unwrap();
    assert_eq!(count(tx.conn(), "engine.run").await, 1);
    drop(batch);
    let mut batch = db.batch().await.unwrap();
    assert_eq!(count(batch.conn(), "engine.run").await, 0);
    batch.bind(program.tenant).await.unwrap();
    batch.commit().await.unwrap();
    let mut unbound = db.system().await.unwrap();
    for table in &fenced {
        assert_eq!(count(unbound.conn(), table).await, 0, "{table} after a batch");
    }
    drop(unbound);
    db.close().await;
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_tenant_is_refused_and_anothers_rows_are_out_of_reach() {
    let program = Program::start().await;
    assert_eq!(program.journey(&Intake::numbered(1)).await["status"], "completed");
    let (other, _) = program.another_tenant("Initech").await;
    let db = open(&program);
    let mut tx = db.tenant(other).await.unwrap();
    for table in ["crm.client", "crm.lead", "delivery.deliverable", "engine.task", "engine.run"] {
        assert_eq!(count(tx.conn(), table).await, 0, "{table}");
    }
    let updated = sqlx::query("update crm.client set company_name = 'Taken'");
    assert_eq!(updated.execute(tx.conn()).await.unwrap().rows_affected(), 0);
    let deleted = sqlx::query("delete from platform.event where tenant_id = $1");
    let deleted = deleted.bind(program.tenant.uuid()).execute(tx.conn()).await.unwrap();
    assert_eq!(deleted.rows_affected(), 0);

    let forged = sqlx::query(
        "insert into crm.client (tenant_id, client_id, company_name, email, email_norm, stage, stage_since, created_at, updated_at)
         values ($1, gen_random_uuid(), 'F', 'f@x.example', 'f@x.example', 'intake', now(), now(), now())",
    );
    let refused = forged.bind(program.tenant.uuid()).execute(tx.conn()).await.unwrap_err();
    assert_eq!(code(&refused), "42501", "{refused}");
    drop(tx);

    // A row of ours cannot hang on a row of theirs.
    let mut tx = db.tenant(other).await.unwrap();
    let client: Uuid = sqlx::query_scalar("select client_id from crm.client")
        .fetch_one(&mut program.superuser().await)
        .await
        .unwrap();
    let crossed = sqlx::query(
        "insert into crm.lead (lead_id, client_id, source, status, intake, created_at, updated_at)
         values (gen_random_uuid(), $1, 's', 'open', '{}', now(), now())",
    );
    let refused = crossed.bind(client).execute(tx.conn()).await.unwrap_err();
    assert_eq!(code(&refused), "23503", "{refused}");
    drop(tx);

    // Without a tenant nothing can be written at all.
    let mut batch = unbound(&db).await;
    let event = sqlx::query(
        "insert into platform.event (event_id, source, type, time, data)
         values (gen_random_uuid(), 's', 't', now(), '{}')",
    );
    event.execute(batch.conn()).await.unwrap_err();
    drop(batch);
    db.close().await;
    program.stop().await;
}

fn code(error: &sqlx::Error) -> String {
    let refusal = error.as_database_error().unwrap();
    refusal.code().unwrap_or_default().into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_the_schema_is_fenced() {
    let database = Database::create().await;
    migrate::migrate(&database.options, false).await.unwrap();
    let mut superuser = database.superuser().await;

    let open: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c
         where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
           and not (c.relrowsecurity and c.relforcerowsecurity)
           and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    assert_eq!(open, Vec::<String>::new(), "without forced row security");

    // A table without a tenant is no business of requests or the engine.
    let reachable: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c
         where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
           and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
           and (has_table_privilege('handoff_app', c.oid, 'insert, update, delete')
                or has_table_privilege('handoff_worker', c.oid, 'insert, update, delete'))",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    assert_eq!(reachable, Vec::<String>::new(), "writable without a tenant");

    let policies = sqlx::query(
        "select format('%I.%I', schemaname, tablename) as name, policyname, roles::text as roles, qual, with_check, cmd
         from pg_policies",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    for (table, comment) in tenant_tables(&mut superuser).await {
        let own: Vec<_> =
            policies.iter().filter(|policy| policy.get::<String, _>("name") == table).collect();
        let bound = own.iter().find(|policy| policy.get::<String, _>("policyname") == "tenant");
        let bound = bound.unwrap_or_else(|| panic!("{table} has no policy `tenant`"));
        for side in ["qual", "with_check"] {
            let rule: String = bound.get(side);
            assert!(rule.contains("app.tenant"), "{table} {side}: {rule}");
        }
        for policy in own {
            let (roles, rule): (String, String) = (policy.get("roles"), policy.get("qual"));
            let is_open = !rule.contains("app.tenant");
            assert!(
                !is_open || !roles.contains("handoff_app") && !roles.contains("public"),
                "{table} is open to requests"
            );
            assert!(
                !is_open
                    || is_shared(&comment)
                    || ["{handoff_lookup}", "{handoff_identity}"].contains(&roles.as_str()),
                "{table} is open to {roles}, and its comment does not say that it is a queue"
            );
        }
    }
    check_references(&mut superuser).await;
    drop(superuser);
    database.remove().await;
}

/// A reference from tenant to tenant carries the tenant on both sides.
async fn check_references(superuser: &mut PgConnection) {
    let crossing: Vec<String> = sqlx::query_scalar(
        "select k.conrelid::regclass::text || ' ' || k.conname from pg_constraint k
         join pg_attribute from_it on from_it.attrelid = k.conrelid and from_it.attname = 'tenant_id'
         join pg_attribute to_it on to_it.attrelid = k.confrelid and to_it.attname = 'tenant_id'
         where k.contype = 'f' and not exists (
             select from unnest(k.conkey, k.confkey) pair (from_column, to_column)
             where from_column = from_it.attnum and to_column = to_it.attnum)",
    )
    .fetch_all(&mut *superuser)
    .await
    .unwrap();
    assert_eq!(crossing, Vec::<String>::new(), "references that leave out the tenant");

    let bypassing: Vec<String> = sqlx::query_scalar(
        "select rolname::text from pg_roles where rolname like 'handoff%' and rolname <> current_user
           and (rolsuper or rolbypassrls)",
    )
    .fetch_all(superuser)
    .await
    .unwrap();
    assert_eq!(bypassing, Vec::<String>::new(), "roles that row security does not bind");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_tenant_sees_nothing() {
    let program = Program::start().await;
    assert_eq!(program.journey(&Intake::numbered(1)).await["status"], "completed");
    let nobody = TenantId::from(Uuid::nil());
    let mut tx = program.node.app.db.tenant(nobody).await.unwrap();
    for (table, _) in tenant_tables(&mut program.superuser().await).await {
        assert_eq!(count(tx.conn(), &table).await, 0, "{table}");
    }
    // It is no tenant, so nothing can be its.
    tx.append("test", "test.happened", None, json!({})).await.unwrap_err();
    drop(tx);
    program.stop().await;
}

/// A transaction of the requests' role as a connection without a tenant would have it.
async fn unbound(db: &Db) -> BatchTx {
    let mut batch = db.ingress(TenantId::from(Uuid::nil())).await.unwrap();
    sqlx::query("select set_config('app.tenant', '', true)").execute(batch.conn()).await.unwrap();
    batch
}
