//! Alerts that are open.

use store::TenantTx;

use super::{COUNT_MAX, ITEMS_MAX, Section};
use crate::{
    Problem,
    messaging::alerts::{AlertRow, AlertView},
};

pub(super) async fn open(tx: &mut TenantTx) -> Result<Section<AlertView>, Problem> {
    let count = sqlx::query_scalar!(
        r#"
        select count(*) as "count!" from (
            select from messaging.alert where resolved_at is null limit $1
        ) open
        "#,
        COUNT_MAX,
    )
    .fetch_one(tx.conn())
    .await?;
    let rows = sqlx::query_as!(
        AlertRow,
        r#"
        select alert_id, kind, severity, cause, title, detail, occurrences, first_at, last_at,
               resolved_at
        from messaging.alert where resolved_at is null
        order by array_position(array['critical', 'warning', 'info'], severity), last_at desc, alert_id desc
        limit $1
        "#,
        ITEMS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let items = rows.into_iter().map(AlertView::try_from).collect::<Result<_, _>>()?;
    Ok(Section { count, items })
}
