//! `aicoin-operator run`: puts the parts together, and takes them apart in order.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kube::{Client, Config, CustomResourceExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::cli::RunArgs;
use crate::http::{self, App};
use crate::keys::{self, KeyRing};
use crate::lead::{Election, Timings};
use crate::operator::{Operator, Options, keys_changed};
use crate::patience::Patience;
use crate::reconcile::Context;
use crate::schema;
use crate::settings::Settings;

/// The key file and the certificate authorities are looked at this often.
const FILES_EVERY: Duration = Duration::from_secs(5);
/// More certificate authorities than this are none.
const CA_BYTES_MAX: u64 = 512 * 1024;
/// To let open requests end.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// Runs until SIGTERM or Ctrl-C.
///
/// # Errors
/// A sentence, when it cannot start.
pub async fn run(args: RunArgs) -> Result<(), String> {
    // Destructured whole: a flag that nothing uses does not compile.
    let RunArgs {
        listen,
        log_level,
        worker_image,
        control_key_file,
        control_key_overlap,
        namespaces,
        operator_namespace,
        lease_name,
        lease_duration,
        lease_renew_deadline,
        lease_retry_period,
        no_leader_election,
        no_network_policy,
        allow_live,
        extra_ca_file,
        extra_egress,
        worker_url,
        concurrency,
        kubeconfig,
        identity,
    } = args;
    log(&log_level);
    // One TLS library, named first thing: nothing else chooses.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let timings = Timings {
        duration: lease_duration,
        renew_deadline: lease_renew_deadline,
        retry_period: lease_retry_period,
    };
    timings.check()?;
    let identity = identity.unwrap_or_else(|| format!("aicoin-operator-{}", std::process::id()));
    let signing = keys::read(&control_key_file).map_err(|error| error.to_string())?;
    let settings = Settings {
        default_image: worker_image,
        network_policy: !no_network_policy,
        allow_live,
        extra_egress: egress(extra_egress.as_deref())?,
        extra_ca_file,
        worker_url,
    };
    let extra_ca = read_ca(&settings)?;
    let client = client(kubeconfig.as_deref()).await?;
    schema::check(&client).await?;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        format!("Nothing can listen on {listen}: {error}; choose another address with --listen.")
    })?;
    let election = (!no_leader_election).then(|| Election {
        namespace: operator_namespace,
        name: lease_name,
        identity: identity.clone(),
        timings,
    });
    let options = Options {
        settings,
        extra_ca,
        keys: KeyRing::new(signing, control_key_overlap),
        namespaces,
        election,
        concurrency,
        identity,
        patience: Patience::default(),
    };
    let operator = Operator::start(client, options)?;
    let (stop_in, stop) = watch::channel(false);
    let (beat_in, beat) = watch::channel(Instant::now());
    let app = App {
        context: Arc::clone(&operator.context),
        ready: operator.ready.clone(),
        watches: operator.watches,
        tick: beat,
    };
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(http::tick(beat_in));
    tasks.spawn(files(Arc::clone(&operator.context), control_key_file));
    let served = tokio::spawn(http::serve(listener, app, stopped(stop)));

    tracing::info!("The operator is up");
    wait_for_a_signal().await?;
    tracing::info!("Stopping: passes that are under way end first");
    operator.stop().await;
    tasks.shutdown().await;
    stop_in.send_replace(true);
    let _ = tokio::time::timeout(STOP_TIMEOUT, served).await;
    Ok(())
}

/// Prints the CRD.
///
/// # Errors
/// When standard output is closed.
pub fn print_crd() -> Result<(), String> {
    let crd = aicoin_api::crd::TradingBot::crd();
    let text = serde_yaml::to_string(&crd)
        .map_err(|error| format!("The CRD cannot be written: {error}."))?;
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| format!("Standard output cannot be written: {error}."))
}

/// Looks at the key file and the certificate authorities now and then.
async fn files(context: Arc<Context>, key_file: std::path::PathBuf) {
    loop {
        tokio::time::sleep(FILES_EVERY).await;
        let now = Instant::now();
        let mut changed = context.keys.on_time(now);
        match keys::read(&key_file) {
            Ok(key) => changed |= context.keys.on_file(key, now),
            // The one in memory goes on signing.
            Err(error) => tracing::warn!("{error}"),
        }
        match read_ca(&context.settings) {
            Ok(pem) => {
                let mut known = context
                    .extra_ca
                    .write()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                if *known != pem {
                    *known = pem;
                    changed = true;
                }
            }
            Err(sentence) => tracing::warn!("{sentence}"),
        }
        if changed {
            keys_changed(&context);
        }
    }
}

fn read_ca(settings: &Settings) -> Result<Option<String>, String> {
    let Some(path) = &settings.extra_ca_file else {
        return Ok(None);
    };
    let sentence = |why: String| {
        format!(
            "The certificate authorities in {} cannot be used: {why}.",
            path.display()
        )
    };
    let metadata = std::fs::metadata(path).map_err(|error| sentence(error.to_string()))?;
    if metadata.len() > CA_BYTES_MAX {
        return Err(sentence(format!(
            "the file is larger than {CA_BYTES_MAX} bytes"
        )));
    }
    let text = std::fs::read_to_string(path).map_err(|error| sentence(error.to_string()))?;
    if !text.contains("-----BEGIN CERTIFICATE-----") {
        return Err(sentence("there is no PEM certificate in it".to_owned()));
    }
    Ok(Some(text))
}

fn egress(text: Option<&str>) -> Result<Vec<serde_json::Value>, String> {
    match text {
        None => Ok(Vec::new()),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| format!("--extra-egress is no JSON array of egress rules: {error}.")),
    }
}

async fn client(kubeconfig: Option<&std::path::Path>) -> Result<Client, String> {
    let config = match kubeconfig {
        Some(path) => {
            let sentence = |error: kube::config::KubeconfigError| {
                format!("The kubeconfig {} cannot be used: {error}.", path.display())
            };
            let kubeconfig = kube::config::Kubeconfig::read_from(path).map_err(sentence)?;
            Config::from_custom_kubeconfig(kubeconfig, &kube::config::KubeConfigOptions::default())
                .await
                .map_err(sentence)?
        }
        None => Config::infer().await.map_err(|error| {
            format!("No cluster is found ({error}): give --kubeconfig, or run in a pod.")
        })?,
    };
    connect(config)
}

/// A client without retries of its own: they hide time, and a retried write would pass the gate once and be sent later.
///
/// # Errors
/// A sentence, when the configuration cannot be used.
pub fn connect(mut config: Config) -> Result<Client, String> {
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(5));
    Client::try_from(config)
        .map_err(|error| format!("The Kubernetes client cannot start: {error}."))
}

fn log(level: &str) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("RUST_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_target(false)
        .with_writer(std::io::stderr)
        .init();
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that the sender is gone: that is a stop too.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn wait_for_a_signal() -> Result<(), String> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|error| format!("SIGTERM cannot be watched: {error}."))?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.map_err(|error| format!("Ctrl-C cannot be watched: {error}.")),
        _ = terminate.recv() => Ok(()),
    }
}
