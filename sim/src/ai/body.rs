//! Bodies that come in an unusual way: late, behind empty lines, or not whole.

use core::time::Duration;
use std::io;

use axum::body::{Body, Bytes};
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, sleep};

/// A provider that waits shows that it lives so often.
const LINE_EVERY: Duration = Duration::from_millis(250);

/// The same line again and again for so long, then the body.
pub(crate) fn behind(line: &'static str, wait: Duration, body: String) -> Body {
    let until = Instant::now() + wait;
    let lines = stream::unfold((), move |()| async move {
        if Instant::now() >= until {
            return None;
        }
        sleep(LINE_EVERY).await;
        Some((
            Ok::<Bytes, io::Error>(Bytes::from_static(line.as_bytes())),
            (),
        ))
    });
    let end = stream::once(async move { Ok(Bytes::from(body)) });
    Body::from_stream(lines.chain(end))
}

/// The first half of a body; then the connection ends, whatever length was announced.
pub(crate) fn cut(body: &str) -> Body {
    let half = body
        .get(..body.floor_char_boundary(body.len() / 2))
        .unwrap_or_default();
    let half = Bytes::copy_from_slice(half.as_bytes());
    let broken = || io::Error::new(io::ErrorKind::ConnectionReset, "cut by a fault");
    // The half is sent before the error closes the connection.
    let end = stream::once(async move {
        sleep(LINE_EVERY).await;
        Err(broken())
    });
    Body::from_stream(stream::once(async move { Ok::<Bytes, io::Error>(half) }).chain(end))
}
