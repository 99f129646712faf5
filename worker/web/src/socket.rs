//! The second road of control: one JSON line in, one JSON line out, over a unix socket.
//!
//! For: `aicoin-worker ctl pause|resume|close-all|resolve|status`, in a pod or beside a local bot, with no token: whoever may open
//! the file is the worker's own user. It sets the *local hold* only; the operator's level is not its business.
//!
//! Never: reachable over a network, or for another user (mode 0600 before the first connection can be made, and the
//! peer's user is checked too).

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aicoin_api::http::{ControlReply, ControlRequest, Status, StatusReport};
use aicoin_domain::Hold;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixSocket, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::control::{self, Command};
use crate::limits::Limits;
use crate::state::WebState;

/// The longest path that the kernel takes for a unix socket.
const PATH_BYTES_MAX: usize = 107;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 16;
/// Decisions that the status is shown with.
const DECISIONS_SHOWN: u32 = 10;
/// After an accept failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What `ctl` asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Everything about the bot.
    Status,
    /// Hold it: open nothing.
    Pause,
    /// Lift the local hold.
    Resume,
    /// Hold it flat.
    CloseAll,
    /// A risk event is settled: what waited for it goes on.
    Resolve {
        /// Its number.
        risk_event: u64,
    },
}

/// The line that carries it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    verb: Verb,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    risk_event: Option<u64>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verb {
    Status,
    Pause,
    Resume,
    CloseAll,
    Resolve,
}

impl Line {
    const fn of(request: Request) -> Self {
        let (verb, risk_event) = match request {
            Request::Status => (Verb::Status, None),
            Request::Pause => (Verb::Pause, None),
            Request::Resume => (Verb::Resume, None),
            Request::CloseAll => (Verb::CloseAll, None),
            Request::Resolve { risk_event } => (Verb::Resolve, Some(risk_event)),
        };
        Self { verb, risk_event }
    }

    /// `None` when the number is missing, or is there for nothing.
    const fn request(&self) -> Option<Request> {
        match (self.verb, self.risk_event) {
            (Verb::Status, None) => Some(Request::Status),
            (Verb::Pause, None) => Some(Request::Pause),
            (Verb::Resume, None) => Some(Request::Resume),
            (Verb::CloseAll, None) => Some(Request::CloseAll),
            (Verb::Resolve, Some(risk_event)) => Some(Request::Resolve { risk_event }),
            (Verb::Resolve, None)
            | (Verb::Status | Verb::Pause | Verb::Resume | Verb::CloseAll, Some(_)) => None,
        }
    }
}

/// What the worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// To `status`.
    Status(Box<StatusReport>),
    /// To the others: durable when `accepted`.
    Control(Box<ControlReply>),
    /// A sentence.
    Error(String),
}

/// Why there is no socket, or no answer. Each is a sentence for a person.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The kernel takes no longer path.
    #[error(
        "The socket path {} has {} bytes and may have {PATH_BYTES_MAX}: choose a shorter one with AICOIN_SOCKET or \
         --socket.", .0.display(), .0.as_os_str().len()
    )]
    PathTooLong(PathBuf),
    /// A worker answers there already.
    #[error("Another worker listens on {}: stop it, or choose another socket or data directory.", .0.display())]
    InUse(PathBuf),
    /// Something else has that name.
    #[error("{} is there and is not a socket: remove it, or choose another path.", .0.display())]
    NotASocket(PathBuf),
    /// Nobody listens.
    #[error("No worker listens on {}: is the bot running, and is this its socket?", .0.display())]
    NobodyThere(PathBuf),
    /// The file system or the kernel refused.
    #[error("The socket {} does not work: {source}.", .path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No answer in time.
    #[error("The worker did not answer within {} s; a request may still be carried out: ask for the status.", .0.as_secs_f32())]
    Timeout(Duration),
    /// The answer is not one.
    #[error("The worker's answer cannot be read: are both of the same version?")]
    Malformed,
}

/// A listener on `path`, mode 0600. A file that a dead worker left is replaced; one where somebody answers is not.
///
/// # Errors
/// A sentence that says what is in the way.
pub async fn bind(path: &Path) -> Result<UnixListener, SocketError> {
    check_length(path)?;
    remove_stale(path).await?;
    let failed = |source| SocketError::Io {
        path: path.to_owned(),
        source,
    };
    let socket = UnixSocket::new_stream().map_err(failed)?;
    socket.bind(path).map_err(failed)?;
    // Before `listen`: until then the kernel refuses every connection, so no other user can slip in.
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
    socket.listen(BACKLOG).map_err(failed)
}

fn check_length(path: &Path) -> Result<(), SocketError> {
    if path.as_os_str().len() > PATH_BYTES_MAX {
        return Err(SocketError::PathTooLong(path.to_owned()));
    }
    Ok(())
}

async fn remove_stale(path: &Path) -> Result<(), SocketError> {
    let failed = |source| SocketError::Io {
        path: path.to_owned(),
        source,
    };
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            return Err(SocketError::NotASocket(path.to_owned()));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(failed)
        }
        Err(error) => Err(failed(error)),
        Ok(_) => Err(SocketError::InUse(path.to_owned())),
    }
}

/// Answers until `shutdown` is done. Takes the socket's file away at the end.
///
/// # Errors
/// When the listener has no path, or its file is gone.
pub async fn serve<F>(listener: UnixListener, state: WebState, shutdown: F) -> io::Result<()>
where
    F: Future<Output = ()>,
{
    let address = listener.local_addr()?;
    let path = address
        .as_pathname()
        .ok_or(io::ErrorKind::AddrNotAvailable)?
        .to_owned();
    // The file's owner is this process' user: the only one who may talk, besides root.
    let own_user = std::fs::symlink_metadata(&path)?.uid();
    let places = Arc::new(Semaphore::new(state.limits.socket_connections_max));
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
                tracing::warn!(%error, "A connection to the control socket could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        if !stream
            .peer_cred()
            .is_ok_and(|peer| peer.uid() == own_user || peer.uid() == 0)
        {
            tracing::warn!("Another user tried the control socket");
            continue;
        }
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            continue;
        };
        let state = state.clone();
        connections.spawn(async move {
            let timeout = state.limits.socket_timeout;
            match tokio::time::timeout(timeout, exchange(stream, &state)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "A control socket connection broke"),
                Err(_) => tracing::debug!("A control socket connection took too long"),
            }
            drop(place);
        });
    }
    let limit = state.limits.shutdown_timeout;
    let _ = tokio::time::timeout(limit, async {
        while connections.join_next().await.is_some() {}
    })
    .await;
    // It may be gone already, with its directory.
    let _ = std::fs::remove_file(&path);
    Ok(())
}

/// One line in, one line out.
async fn exchange(stream: UnixStream, state: &WebState) -> io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let response = match read_line(reading, state.limits.socket_request_bytes_max).await? {
        Some(line) => {
            let line: Option<Line> = serde_json::from_slice(&line).ok();
            match line.and_then(|line| line.request()) {
                Some(request) => answer(request, state).await,
                None => Response::Error(
                    "A request is one line: {\"verb\": \"status\" | \"pause\" | \"resume\" | \"close-all\"}, or \
                     {\"verb\": \"resolve\", \"risk_event\": number}."
                        .to_owned(),
                ),
            }
        }
        None => Response::Error("A request is one line, and not a long one.".to_owned()),
    };
    let mut line = serde_json::to_vec(&response)?;
    line.push(b'\n');
    writing.write_all(&line).await?;
    writing.shutdown().await
}

async fn answer(request: Request, state: &WebState) -> Response {
    let hold = |hold| Command::Level(ControlRequest::Local { hold });
    let command = match request {
        Request::Status => return Response::Status(Box::new(report(state).await)),
        Request::Pause => hold(Hold::Paused),
        Request::Resume => hold(Hold::None),
        Request::CloseAll => hold(Hold::CloseAll),
        Request::Resolve { risk_event } => Command::Resolve { risk_event },
    };
    tracing::info!(?command, "A control request came over the socket");
    match control::ask(&state.control, command, state.limits.control_timeout).await {
        Ok(reply) => Response::Control(Box::new(reply)),
        Err(error) => Response::Error(error.to_string()),
    }
}

/// The status as it was published last, and what was decided last where the store says it.
async fn report(state: &WebState) -> StatusReport {
    let status = Status::clone(&state.status.borrow());
    let reading = state.reader.decisions(DECISIONS_SHOWN);
    let decisions = match tokio::time::timeout(state.limits.read_timeout, reading).await {
        Ok(Ok(mut decisions)) => {
            for decision in &mut decisions {
                // Long, and nothing for a terminal: `/api/v1/decisions` and the table have it.
                decision.raw_reply = None;
            }
            Some(decisions)
        }
        Ok(Err(_)) | Err(_) => None,
    };
    StatusReport { status, decisions }
}

/// Asks the worker that listens on `path`.
///
/// # Errors
/// A sentence that says why there is no answer.
pub async fn request(path: &Path, request: Request) -> Result<Response, SocketError> {
    let limits = Limits::default();
    check_length(path)?;
    let asking = async {
        let failed = |source: io::Error| {
            use io::ErrorKind::{ConnectionRefused, NotFound};
            if matches!(source.kind(), NotFound | ConnectionRefused) {
                SocketError::NobodyThere(path.to_owned())
            } else {
                SocketError::Io {
                    path: path.to_owned(),
                    source,
                }
            }
        };
        let (reading, mut writing) = UnixStream::connect(path)
            .await
            .map_err(failed)?
            .into_split();
        let mut line =
            serde_json::to_vec(&Line::of(request)).map_err(|_| SocketError::Malformed)?;
        line.push(b'\n');
        writing.write_all(&line).await.map_err(failed)?;
        let line = read_line(reading, limits.socket_response_bytes_max)
            .await
            .map_err(failed)?;
        serde_json::from_slice(&line.unwrap_or_default()).map_err(|_| SocketError::Malformed)
    };
    let timeout = limits.socket_timeout;
    tokio::time::timeout(timeout, asking)
        .await
        .unwrap_or(Err(SocketError::Timeout(timeout)))
}

/// A line without its end; `None` when it has none within the limit.
async fn read_line(
    reading: impl tokio::io::AsyncRead + Unpin,
    bytes_max: usize,
) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let bounded = reading.take(u64::try_from(bytes_max).unwrap_or(u64::MAX));
    BufReader::new(bounded).read_until(b'\n', &mut line).await?;
    Ok((line.pop() == Some(b'\n')).then_some(line))
}
