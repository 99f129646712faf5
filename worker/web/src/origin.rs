//! Is a request meant for this server, and does it come from its own page?
//!
//! The `Host` check stops DNS rebinding: a foreign page whose name is pointed at us still says its own name there. The
//! `Origin` check stops foreign pages from using a cookie of ours. Names are never looked up.

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, header};

/// Whether the request names a loopback host or the address that it arrived at.
pub(crate) fn host_is_ours(headers: &HeaderMap, uri: &Uri, arrived_at: Option<IpAddr>) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let Ok(host) = host.to_str() else {
        return false;
    };
    // A request line with a whole URL carries a second name; a proxy would send one.
    let line_is_ours = uri
        .authority()
        .is_none_or(|it| authority_is_ours(it.as_str(), arrived_at));
    line_is_ours && authority_is_ours(host, arrived_at)
}

/// Whether the request says that it comes from a page of this very server.
pub(crate) fn origin_of(headers: &HeaderMap) -> Origin {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return Origin::Absent;
    };
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok());
    let authority = origin.to_str().ok().and_then(|it| {
        it.strip_prefix("http://")
            .or_else(|| it.strip_prefix("https://"))
    });
    match (authority, host, origins.next()) {
        (Some(authority), Some(host), None) if authority.eq_ignore_ascii_case(host) => Origin::Same,
        _ => Origin::Foreign,
    }
}

/// Where a request says it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Not from a page, as far as it says.
    Absent,
    /// From a page of this server.
    Same,
    /// From another page.
    Foreign,
}

fn authority_is_ours(authority: &str, arrived_at: Option<IpAddr>) -> bool {
    let Some(host) = host_of(authority) else {
        return false;
    };
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    host.parse::<IpAddr>()
        .is_ok_and(|ip| ip.is_loopback() || Some(ip.to_canonical()) == arrived_at)
}

/// The host of `host`, `host:port` or `[v6]:port`.
fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            (
                host,
                if after.is_empty() {
                    None
                } else {
                    Some(after.strip_prefix(':')?)
                },
            )
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok());
    port_fits.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let arrived = Some("10.0.0.7".parse().unwrap());
        let table = [
            ("localhost", true),
            ("LOCALHOST:8000", true),
            ("127.0.0.1:8000", true),
            ("127.9.9.9", true),
            ("[::1]:8000", true),
            ("10.0.0.7:8000", true),
            ("10.0.0.8:8000", false),
            ("evil.example", false),
            ("evil.example:8000", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("127.0.0.1@evil.example", false),
            ("localhost:evil", false),
            ("[::1]evil", false),
            ("", false),
        ];
        for (host, ours) in table {
            assert_eq!(authority_is_ours(host, arrived), ours, "{host}");
        }
    }

    #[test]
    fn origins() {
        let table = [
            (None, Origin::Absent),
            (Some("http://127.0.0.1:8000"), Origin::Same),
            (Some("https://127.0.0.1:8000"), Origin::Same),
            (Some("http://127.0.0.1:3000"), Origin::Foreign),
            (Some("http://localhost:8000"), Origin::Foreign),
            (Some("https://evil.example"), Origin::Foreign),
            (Some("null"), Origin::Foreign),
            (Some(""), Origin::Foreign),
        ];
        for (origin, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "127.0.0.1:8000".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(origin_of(&headers), expected, "{origin:?}");
        }
    }
}
