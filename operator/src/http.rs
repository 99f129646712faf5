//! The operator's own HTTP: `/metrics`, `/healthz`, `/readyz`. Nothing else, and nothing secret.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::reconcile::Context;
use crate::watches::Ready;

/// The loop that proves that tasks are run ticks this often, and is dead after so many missed ticks.
const TICK: Duration = Duration::from_secs(1);
const DEAD_AFTER: Duration = Duration::from_secs(20);

/// What the routes need.
#[derive(Clone, Debug)]
pub struct App {
    /// The operator.
    pub context: Arc<Context>,
    /// How many watches have listed.
    pub ready: Ready,
    /// Of how many.
    pub watches: usize,
    /// When the runtime was last seen to run tasks.
    pub tick: watch::Receiver<Instant>,
}

/// Ticks for ever: a runtime whose threads are all blocked does not.
pub async fn tick(beat: watch::Sender<Instant>) {
    loop {
        beat.send_replace(Instant::now());
        tokio::time::sleep(TICK).await;
    }
}

/// Serves until `stop`.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(app);
    axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .await
}

async fn healthz(State(app): State<App>) -> Response {
    let since = app.tick.borrow().elapsed();
    if since < DEAD_AFTER {
        (StatusCode::OK, "ok\n").into_response()
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("The operator runs no tasks for {} s.\n", since.as_secs()),
        )
            .into_response()
    }
}

/// Ready once every watch has listed. A replica that does not lead is ready too: it can take over at once.
async fn readyz(State(app): State<App>) -> Response {
    let listed = *app.ready.borrow();
    if listed < app.watches {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "{listed} of {} watches have listed what there is.\n",
                app.watches
            ),
        )
            .into_response();
    }
    let leads = if app.context.gate.check().is_ok() {
        "this replica leads"
    } else {
        "another replica leads"
    };
    (StatusCode::OK, format!("ok: {leads}\n")).into_response()
}

async fn metrics(State(app): State<App>) -> Response {
    let context = &app.context;
    let (waiting, busy) = context.queue.depth();
    context.metrics.sizes(
        waiting,
        busy,
        context.world.bots_len(),
        context.memos.reconciled(),
    );
    match context.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("The metrics cannot be written: {error}.\n"),
        )
            .into_response(),
    }
}
