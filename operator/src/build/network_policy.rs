//! What a worker may reach, and who may reach it: everything else is denied, both ways.
//!
//! A NetworkPolicy knows addresses and no names: a `baseUrl` with a name opens its port, one with an address that address.

use std::net::IpAddr;

use aicoin_api::names::{label, pod};
use serde_json::{Value, json};

use super::labels;
use super::{Intent, Worker};
use crate::settings::Settings;
use crate::world::ChildKind;

/// Networks that no public service is in: private, shared, link-local (with the cloud's metadata), loopback.
const NOT_PUBLIC: [&str; 6] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
];
const NOT_PUBLIC_V6: [&str; 3] = ["fc00::/7", "fe80::/10", "::1/128"];
/// PostgreSQL, pgbouncer, Redis.
const STORES: [u16; 3] = [5432, 6432, 6379];

pub(super) fn network_policy(worker: &Worker, settings: &Settings) -> Intent {
    let name = worker.child_name();
    let tcp = |port: u16| json!({"protocol": "TCP", "port": port});
    let mut egress = vec![
        json!({"ports": [{"protocol": "UDP", "port": 53}, tcp(53)]}),
        json!({
            "ports": [tcp(443)],
            "to": [
                {"ipBlock": {"cidr": "0.0.0.0/0", "except": NOT_PUBLIC}},
                {"ipBlock": {"cidr": "::/0", "except": NOT_PUBLIC_V6}},
            ],
        }),
        json!({"ports": STORES.map(tcp)}),
    ];
    egress.extend(base_urls(worker).iter().filter_map(|url| to_base_url(url)));
    egress.extend(settings.extra_egress.iter().cloned());
    let body = json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": labels::metadata(worker, &name, labels::of_bot(worker)),
        "spec": {
            "podSelector": {"matchLabels": labels::selector(worker)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{
                "ports": [tcp(pod::PORT)],
                "from": [
                    {"namespaceSelector": {}, "podSelector": {"matchLabels": {label::NAME: "aicoin-operator"}}},
                    {"namespaceSelector": {}, "podSelector": {"matchLabels": {label::NAME: "prometheus"}}},
                ],
            }],
            "egress": egress,
        },
    });
    Intent::new(ChildKind::NetworkPolicy, name, body)
}

fn base_urls(worker: &Worker) -> Vec<String> {
    let spec = &worker.spec;
    let mut urls: Vec<String> = Vec::new();
    urls.extend(
        spec.exchange
            .hyperliquid
            .as_ref()
            .and_then(|it| it.base_url.clone()),
    );
    urls.extend(spec.decision.ai.as_ref().map(|it| it.base_url.clone()));
    urls
}

/// The rule for one address; `None` when the public rule has it already, or it is no address.
fn to_base_url(url: &str) -> Option<Value> {
    let (host, port) = host_and_port(url)?;
    let ports = json!([{"protocol": "TCP", "port": port}]);
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            Some(json!({"ports": ports, "to": [{"ipBlock": {"cidr": format!("{ip}/32")}}]}))
        }
        Ok(IpAddr::V6(ip)) => {
            Some(json!({"ports": ports, "to": [{"ipBlock": {"cidr": format!("{ip}/128")}}]}))
        }
        Err(_) if port == 443 && host.contains('.') && !is_in_cluster(host) => None,
        Err(_) => Some(json!({"ports": ports})),
    }
}

fn is_in_cluster(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host.ends_with(".svc") || host.contains(".svc.") || host.ends_with(".local")
}

fn host_and_port(url: &str) -> Option<(&str, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    let default = match scheme {
        "https" | "wss" => 443,
        _ => 80,
    };
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        let port = rest.strip_prefix(':').map_or(Ok(default), str::parse);
        return Some((host, port.ok()?));
    }
    match authority.rsplit_once(':') {
        Some((host, port)) => Some((host, port.parse().ok()?)),
        None => Some((authority, default)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_and_port_of_a_base_url_are_found() {
        for (url, expected) in [
            (
                "https://api.deepseek.com/v1",
                Some(("api.deepseek.com", 443)),
            ),
            ("http://sim:8080", Some(("sim", 8080))),
            ("http://10.0.0.7:99/x", Some(("10.0.0.7", 99))),
            ("https://[fd00::1]:8443/", Some(("fd00::1", 8443))),
            ("http://[fd00::1]/", Some(("fd00::1", 80))),
            ("https://user@host/", Some(("host", 443))),
            ("nothing", None),
            ("http://host:port", None),
        ] {
            assert_eq!(host_and_port(url), expected, "{url}");
        }
    }

    #[test]
    fn a_base_url_opens_its_own_address_and_no_more() {
        let port = |port: u16| json!([{"protocol": "TCP", "port": port}]);
        assert_eq!(to_base_url("https://api.deepseek.com"), None);
        assert_eq!(
            to_base_url("http://10.0.0.7:99"),
            Some(json!({"ports": port(99), "to": [{"ipBlock": {"cidr": "10.0.0.7/32"}}]}))
        );
        for (url, open) in [
            ("https://ai.models.svc.cluster.local", 443),
            ("https://ai", 443),
            ("https://api.example.com:8443", 8443),
        ] {
            assert_eq!(
                to_base_url(url),
                Some(json!({"ports": port(open)})),
                "{url}"
            );
        }
    }
}
