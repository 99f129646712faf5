//! Free TCP ports.

use std::net::{Ipv4Addr, TcpListener};

use crate::{Error, Result};

/// So many different ports of the loopback address that were free a moment ago. Another process may take one before it
/// is used: who starts something there tries again.
pub(crate) fn free<const N: usize>() -> Result<[u16; N]> {
    let failed = |error: std::io::Error| Error::new(format!("There is no free port: {error}."));
    let mut listeners = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        // All stay open until the last is found, so that none is found twice.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        *port = listener.local_addr().map_err(failed)?.port();
        listeners.push(listener);
    }
    Ok(ports)
}
