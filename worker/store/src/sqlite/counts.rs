//! Rows of a bot, counted.

use aicoin_api::http::Counts;
use sqlx::SqliteConnection;

use super::value::number;

pub(super) async fn count(
    connection: &mut SqliteConnection,
    bot: &str,
) -> Result<Counts, sqlx::Error> {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM decisions WHERE bot = ?1) AS decisions,
                (SELECT count(*) FROM orders WHERE bot = ?1) AS orders,
                (SELECT count(*) FROM fills WHERE bot = ?1) AS fills,
                (SELECT count(*) FROM risk_events WHERE bot = ?1) AS risk_events",
    )
    .bind(bot)
    .fetch_one(connection)
    .await?;
    Ok(Counts {
        decisions: number(&row, "decisions")?,
        orders: number(&row, "orders")?,
        fills: number(&row, "fills")?,
        risk_events: number(&row, "risk_events")?,
    })
}
