//! The addresses that a worker answers at.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use aicoin_web::socket;
use tokio::net::{TcpListener, UnixListener};

use crate::fault::Fault;

/// The socket's name in the data directory.
const SOCKET_NAME: &str = "aicoin.sock";

/// Where a bot's control socket is.
pub(crate) fn socket_path(data_dir: &Path, socket: Option<&Path>) -> PathBuf {
    socket.map_or_else(|| data_dir.join(SOCKET_NAME), Path::to_owned)
}

/// Listens for HTTP.
pub(crate) async fn http(address: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|error| {
        let fix = if error.kind() == std::io::ErrorKind::AddrInUse {
            "another program has that port: stop it, or choose another one with --listen 127.0.0.1:PORT".to_owned()
        } else {
            format!("{error}; choose another address with --listen")
        };
        Fault::usage(format!("Nothing can listen on {address}: {fix}."))
    })
}

/// Listens for `ctl`.
pub(crate) async fn control(path: &Path) -> Result<UnixListener, Fault> {
    socket::bind(path)
        .await
        .map_err(|error| Fault::usage(error.to_string()))
}
