//! What operator and workers are not allowed to do: as the kernel sees their processes, and as TLS does.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::rig::bot::SOON;
use crate::rig::cluster::SYSTEM;
use crate::rig::manifest::busy;
use crate::rig::space::Space;
use crate::rig::{eventually, seconds, words};

/// Nobody's user.
const USER: &str = "65532";

#[test]
fn operator_and_worker_run_restricted_as_the_kernel_sees_them() {
    let Some(space) = Space::new("restricted") else {
        return;
    };
    let Some(node) = space.rig.node() else { return };
    let bot = space.trading(&busy("x"));
    let operator = space.rig.api.list(&format!(
        "/api/v1/namespaces/{SYSTEM}/pods?labelSelector=app.kubernetes.io%2Fcomponent%3Doperator"
    ));
    let operator = operator[0]["metadata"]["uid"].as_str().unwrap().to_owned();
    for (who, uid, has_token) in [
        ("the worker", bot.pod().uid, false),
        ("the operator", operator, true),
    ] {
        let pids = node.pids(&uid);
        assert_eq!(pids.len(), 1, "{who} is one process");
        let file =
            |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", pids[0])).unwrap();
        let status = file("status");
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap()
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(field("Uid:"), [USER; 4], "{who}");
        assert_eq!(field("Gid:"), [USER; 4], "{who}");
        for capabilities in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
            assert_eq!(
                field(capabilities),
                ["0000000000000000"],
                "{who} {capabilities}"
            );
        }
        assert_eq!(field("NoNewPrivs:"), ["1"], "{who}");
        assert_eq!(field("Seccomp:"), ["2"], "{who}: a filter");
        let mounts = file("mountinfo");
        let root = mounts
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .find(|fields| fields[4] == "/")
            .unwrap();
        assert!(
            root[5].split(',').any(|option| option == "ro"),
            "{who} can write its root: {root:?}"
        );
        assert_eq!(
            mounts.contains("/var/run/secrets/kubernetes.io"),
            has_token,
            "{who}: a token of the API server"
        );
    }
}

#[test]
fn a_server_of_the_given_authority_is_believed_and_one_of_an_unknown_is_not() {
    let Some(space) = Space::alone("tls") else {
        return;
    };
    let Some(node) = space.rig.node() else { return };
    let host = node.host_address();
    let known = Authority::new();
    let unknown = Authority::new();
    let (believed, refused) = (known.serve(&host), unknown.serve(&host));
    let bot = space.trading(&busy("x"));
    let process = bot.pod().process();
    let check = |url: &str| bot.exec(&["tls-check", url]);
    // Neither is, before the chart hands one on.
    for url in [&believed, &refused] {
        let output = check(url);
        assert_eq!(output.status.code(), Some(2), "{}", words(&output));
    }

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &known.pem).unwrap();
    let from_file = format!("extraCA={}", file.path().display());
    space.rig.upgrade(&["--set-file", &from_file]);
    eventually("the worker has the authority", SOON + seconds(30), || {
        check(&believed).status.success()
    });
    let output = check(&refused);
    assert_eq!(output.status.code(), Some(2), "{}", words(&output));
    assert_eq!(bot.pod().process(), process, "nobody is restarted for it");
    // What the process itself uses later is read at its start.
    space.rig.upgrade(&[]);
}

/// An authority of a test.
struct Authority {
    key: KeyPair,
    params: CertificateParams,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { key, params, pem }
    }

    /// A server with a certificate of this authority for an address, until the tests end.
    fn serve(&self, host: &str) -> String {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, &self.key);
        let certificate = CertificateParams::new(vec![host.to_owned()])
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(certificate.der().to_vec())],
                PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let url = format!("https://{host}:{}/", listener.local_addr().unwrap().port());
        let config = Arc::new(config);
        thread::spawn(move || {
            for stream in listener.incoming() {
                // Whoever does not like the certificate goes away: that is what is tested.
                let _ = answer(stream.unwrap(), &config);
            }
        });
        url
    }
}

fn answer(stream: TcpStream, config: &Arc<ServerConfig>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(seconds(5)))?;
    let session = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(session, stream);
    let mut request = [0; 1024];
    let _ = stream.read(&mut request)?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    stream.conn.send_close_notify();
    stream.flush()
}
