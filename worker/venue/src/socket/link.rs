//! One connection: TCP, TLS where the address says so, and the WebSocket on top.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::address::Endpoint;

/// The largest message: a first message of all fills of an account is about 1 MB.
const MESSAGE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Messages are small; the default would be 128 KiB for each bot.
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// What the socket runs on.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// A connection.
pub(super) type Stream = WebSocketStream<Box<dyn Wire>>;

/// Connects. `Err` says why not.
pub(super) async fn open(endpoint: &Endpoint, limit: Duration) -> Result<Stream, String> {
    timeout(limit, connect(endpoint))
        .await
        .map_err(|_| format!("it was not connected within {} ms", limit.as_millis()))?
}

async fn connect(endpoint: &Endpoint) -> Result<Stream, String> {
    let tcp = TcpStream::connect((endpoint.host(), endpoint.port()))
        .await
        .map_err(|error| error.to_string())?;
    tcp.set_nodelay(true).map_err(|error| error.to_string())?;
    let wire: Box<dyn Wire> = if endpoint.is_tls() {
        let name =
            ServerName::try_from(endpoint.host().to_owned()).map_err(|error| error.to_string())?;
        let tls = TlsConnector::from(Arc::clone(endpoint.tls()))
            .connect(name, tcp)
            .await
            .map_err(|error| error.to_string())?;
        Box::new(tls)
    } else {
        Box::new(tcp)
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let (stream, _) = client_async_with_config(endpoint.socket(), wire, Some(config))
        .await
        .map_err(|error| error.to_string())?;
    Ok(stream)
}
