//! Whom the client believes: the authorities that it knows, one more when it is told so, and nobody else.
#![allow(clippy::unwrap_used, missing_docs)]

mod stub;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aicoin_ai::{AiClient, AiClientConfig};
use aicoin_domain::{DurationMs, Reason};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

/// A TLS server with a certificate for `name`, its address, and the authority that signed it.
async fn serve_as(name: &str) -> (String, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let server_key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .signed_by(&server_key, &authority)
        .unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![server.der().clone()],
            PrivatePkcs8KeyDer::from(server_key.serialize_der()).into(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answers = Arc::new(Mutex::new(VecDeque::from([stub::good()])));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, answers) = (acceptor.clone(), Arc::clone(&answers));
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    stub::serve(stream, answers, Arc::default()).await;
                }
            });
        }
    });
    (format!("https://localhost:{port}/v1"), authority.pem())
}

async fn ask(base_url: &str, extra_ca_pem: Option<String>) -> Option<Reason> {
    let config = AiClientConfig {
        base_url: base_url.to_owned(),
        extra_ca_pem,
        retry_pause: DurationMs(1),
        ..AiClientConfig::deepseek()
    };
    let client = AiClient::new(config, Some(stub::key())).unwrap();
    let (result, _) = client.decide(&stub::prompt(), Duration::from_secs(5)).await;
    result.err().map(|failure| failure.reason)
}

#[tokio::test]
async fn an_unknown_authority_is_refused_and_a_named_one_is_believed() {
    let (base_url, authority) = serve_as("localhost").await;
    assert_eq!(ask(&base_url, None).await, Some(Reason::AiUnavailable));
    assert_eq!(ask(&base_url, Some(authority)).await, None);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let (base_url, authority) = serve_as("elsewhere.example").await;
    assert_eq!(
        ask(&base_url, Some(authority)).await,
        Some(Reason::AiUnavailable)
    );
}

#[tokio::test]
async fn the_check_tells_a_trusted_server_from_an_unknown_one() {
    let (base_url, authority) = serve_as("localhost").await;
    let status = aicoin_ai::tls_check(&base_url, Some(&authority)).await;
    assert_eq!(status, Ok(200));
    let refused = aicoin_ai::tls_check(&base_url, None).await.unwrap_err();
    assert!(refused.contains("UnknownIssuer"), "{refused}");
    let (elsewhere, authority) = serve_as("elsewhere.example").await;
    let refused = aicoin_ai::tls_check(&elsewhere, Some(&authority))
        .await
        .unwrap_err();
    assert!(refused.contains("not valid for name"), "{refused}");
    for (url, words) in [
        ("http://localhost:1/", "https://"),
        ("https://localhost:1/", "refused"),
        ("https:///", "host"),
    ] {
        let refused = aicoin_ai::tls_check(url, None).await.unwrap_err();
        assert!(refused.to_lowercase().contains(words), "{url}: {refused}");
        assert!(refused.ends_with('.'), "{refused}");
    }
    assert!(
        aicoin_ai::tls_check(&base_url, Some("no pem"))
            .await
            .is_err()
    );
}
