//! Where the venue is, and how its certificates are checked.

use std::sync::Arc;

use aicoin_net::{TrustError, client_config};
use reqwest::Url;
use rustls::ClientConfig;

/// Why an address is none. A sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// It is no URL, or one that cannot be used.
    #[error(
        "the venue's base URL {0:?} {1}; write one such as https://api.hyperliquid-testnet.xyz"
    )]
    BaseUrl(String, &'static str),
    /// The extra certificate authority.
    #[error(
        "the extra certificate authority of the venue is not PEM text with at least one certificate: {0}"
    )]
    ExtraCa(String),
    /// The library.
    #[error("the venue's HTTP client could not be built: {0}")]
    Client(String),
}

/// Where the venue is.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    info: String,
    exchange: String,
    socket: String,
    host: String,
    port: u16,
    is_tls: bool,
    tls: Arc<ClientConfig>,
}

impl Endpoint {
    pub(crate) fn new(base_url: &str, extra_ca_pem: Option<&str>) -> Result<Self, AddressFault> {
        let refuse = |why| AddressFault::BaseUrl(base_url.to_owned(), why);
        let url = Url::parse(base_url).map_err(|_| refuse("is no URL"))?;
        let is_tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(refuse("does not begin with https:// or http://")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("holds a user name or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("has a query or a fragment"));
        }
        let host = url.host_str().ok_or_else(|| refuse("has no host"))?;
        let port = url
            .port_or_known_default()
            .ok_or_else(|| refuse("has no port"))?;
        let tls = client_config(extra_ca_pem).map_err(|error| match error {
            TrustError::ExtraCa(why) => AddressFault::ExtraCa(why),
            TrustError::Library(why) => AddressFault::Client(why),
        })?;
        let base = url.as_str().trim_end_matches('/');
        Ok(Self {
            info: format!("{base}/info"),
            exchange: format!("{base}/exchange"),
            // http becomes ws, https becomes wss.
            socket: format!("{}/ws", base.replacen("http", "ws", 1)),
            // An IPv6 address is in brackets in a URL, and nowhere else.
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            is_tls,
            tls: Arc::new(tls),
        })
    }

    pub(crate) fn info(&self) -> &str {
        &self.info
    }

    pub(crate) fn exchange(&self) -> &str {
        &self.exchange
    }

    pub(crate) fn socket(&self) -> &str {
        &self.socket
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) const fn is_tls(&self) -> bool {
        self.is_tls
    }

    pub(crate) const fn tls(&self) -> &Arc<ClientConfig> {
        &self.tls
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(base_url: &str) -> (String, String, String, u16) {
        let endpoint = Endpoint::new(base_url, None).unwrap();
        (
            endpoint.exchange().to_owned(),
            endpoint.socket().to_owned(),
            endpoint.host().to_owned(),
            endpoint.port(),
        )
    }

    #[test]
    fn the_socket_is_beside_the_rest_of_the_venue() {
        let owned = |exchange: &str, socket: &str, host: &str, port| {
            (
                exchange.to_owned(),
                socket.to_owned(),
                host.to_owned(),
                port,
            )
        };
        assert_eq!(
            parts("https://api.hyperliquid.xyz"),
            owned(
                "https://api.hyperliquid.xyz/exchange",
                "wss://api.hyperliquid.xyz/ws",
                "api.hyperliquid.xyz",
                443
            )
        );
        assert_eq!(
            parts("http://[::1]:8080/hl/"),
            owned(
                "http://[::1]:8080/hl/exchange",
                "ws://[::1]:8080/hl/ws",
                "::1",
                8080
            )
        );
    }

    #[test]
    fn an_address_that_is_none_is_named() {
        for (url, why) in [
            ("api.hyperliquid.xyz", "is no URL"),
            ("ftp://host", "does not begin"),
            ("https://user:pass@host", "holds a user name"),
            ("https://host/?a=b", "has a query"),
        ] {
            let error = Endpoint::new(url, None).unwrap_err().to_string();
            assert!(
                error.contains(why) && error.contains("https://api."),
                "{error}"
            );
        }
    }
}
