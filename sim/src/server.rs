//! The accept loop: a bounded number of connections, each with time limits, and answers that may be left out.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower_service::Service;

use crate::app::stopped;

/// After an accept failed, for example because the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Open connections: hundreds of bots.
const CONNECTIONS_MAX: usize = 2_048;
/// For a client to send its request head; also how long an idle connection stays open. Longer than clients keep theirs.
const HEAD_TIMEOUT: Duration = Duration::from_secs(120);
/// For open connections to end after the shutdown began.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// Where a request came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Marks a response that is not sent: the connection is closed in its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoReply;

/// Why a connection is closed without an answer.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a fault closed the connection")
    }
}

impl std::error::Error for Dropped {}

/// Serves until `stopping` says so, then lets open requests finish, for a bounded time.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stopped(&mut stopping) => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &places) => accepted,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                let connection = connection(stream, peer, router.clone(), stopping.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "A connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, ended).await;
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, IpAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await;
    let place = place.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer.ip(), place))
}

async fn connection(
    stream: TcpStream,
    peer: IpAddr,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) {
    // Small answers: waiting for more bytes to send would only add delay. A failure costs nothing but that.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| call(router.clone(), request, peer));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
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
    peer: IpAddr,
) -> Result<Response, Dropped> {
    request.extensions_mut().insert(Peer(peer));
    let response = match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if response.extensions().get::<NoReply>().is_some() {
        return Err(Dropped);
    }
    Ok(response)
}
