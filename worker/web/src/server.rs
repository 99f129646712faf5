//! The accept loop: a bounded number of connections, each with time limits, and an end that is waited for.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tower_service::Service;

use crate::guard::ArrivedAt;
use crate::metrics::Metrics;
use crate::routes;
use crate::state::{App, WebState, stopped};
use crate::stream::BoundedStream;

/// After an accept failed, for example because the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a client gets that comes when all places are taken.
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n\
    content-length: 53\r\nconnection: close\r\nretry-after: 5\r\n\r\n\
    {\"error\":\"Too many open connections; try again soon.\"}";

/// Serves until `shutdown` is done, then lets open requests finish, for a bounded time.
///
/// # Errors
/// When the listener has no address, or a metric has a bad name.
pub async fn serve<F>(listener: TcpListener, state: WebState, shutdown: F) -> io::Result<()>
where
    F: Future<Output = ()>,
{
    let port = listener.local_addr()?.port();
    let limits = state.limits.clone();
    let metrics = Metrics::new(&state.metrics).map_err(io::Error::other)?;
    let (stop, stopping) = watch::channel(false);
    let (alive, mut all_ended) = mpsc::channel::<()>(1);
    let app = App::new(state, metrics.clone(), port, stopping.clone(), alive);
    let router = routes::router(&app);
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let mut connections = JoinSet::new();

    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "A connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            refuse(stream);
            continue;
        };
        let connection = connection(stream, router.clone(), app.clone(), stopping.clone());
        metrics.connections.inc();
        let open = metrics.connections.clone();
        connections.spawn(async move {
            connection.await;
            open.dec();
            drop(place);
        });
    }

    drop(listener);
    stop.send_replace(true);
    drop((app, router));
    let ended = async {
        while connections.join_next().await.is_some() {}
        // Only WebSocket tasks hold the sending side now; no message is ever sent.
        let _ = all_ended.recv().await;
    };
    if tokio::time::timeout(limits.shutdown_timeout, ended)
        .await
        .is_err()
    {
        tracing::warn!("Open connections did not end in time and are cut");
    }
    Ok(())
}

/// One connection, until it ends by itself, by a time limit or by the server's stop.
async fn connection(
    stream: TcpStream,
    router: Router,
    app: App,
    mut stopping: watch::Receiver<bool>,
) {
    // Small answers: waiting for more bytes to send would only add delay. A failure costs nothing but that.
    let _ = stream.set_nodelay(true);
    let arrived_at = stream.local_addr().map(|address| address.ip()).ok();
    let limits = &app.web.limits;
    let io = TokioIo::new(BoundedStream::new(stream, limits.write_timeout));
    let service = service_fn(move |request| call(router.clone(), request, arrived_at));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(limits.head_bytes_max)
        .max_headers(limits.headers_max)
        .serve_connection(io, service)
        .with_upgrades();
    tokio::pin!(connection);
    let result = tokio::select! {
        result = &mut connection => result,
        () = stopped(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "A connection ended");
    }
}

async fn call(
    mut router: Router,
    mut request: hyper::Request<Incoming>,
    arrived_at: Option<IpAddr>,
) -> Result<axum::response::Response, std::convert::Infallible> {
    if let Some(ip) = arrived_at {
        request.extensions_mut().insert(ArrivedAt(ip));
    }
    router.call(request).await
}

/// Says that all places are taken, without waiting for a client that does not listen.
fn refuse(mut stream: TcpStream) {
    tokio::spawn(async move {
        let _ = tokio::time::timeout(ACCEPT_PAUSE, async {
            stream.write_all(BUSY).await?;
            stream.shutdown().await
        })
        .await;
    });
}
