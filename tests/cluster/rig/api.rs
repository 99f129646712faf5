//! The API server by path and JSON, as `kubectl get --raw` shows it.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use futures_util::{AsyncBufReadExt as _, StreamExt as _};
use http::{Method, Request};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;
use tokio::runtime::Runtime;

/// One question. The API server of a busy machine may take its time.
const LIMIT: Duration = Duration::from_secs(20);

/// A connection as the administrator.
pub(crate) struct Api {
    runtime: Runtime,
    client: Client,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Api(…)")
    }
}

/// What a watch saw, and when it arrived here.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) object: Value,
}

impl Api {
    pub(crate) fn of(kubeconfig: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let client = runtime.block_on(async {
            let file = Kubeconfig::read_from(kubeconfig).unwrap();
            let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
                .await
                .unwrap();
            Client::try_from(config).unwrap()
        });
        Self { runtime, client }
    }

    fn ask(&self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> kube::Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", kind)
            .body(body)
            .unwrap();
        self.runtime.block_on(async {
            tokio::time::timeout(LIMIT, self.client.request(request))
                .await
                .unwrap_or_else(|_| panic!("the API server did not answer {path} in {LIMIT:?}"))
        })
    }

    /// `None` when it is not there.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Option<Value> {
        match self.ask(Method::GET, path, "application/json", Vec::new()) {
            Ok(found) => Some(found),
            Err(kube::Error::Api(status)) if status.code == 404 => None,
            Err(error) => panic!("{path}: {error}"),
        }
    }

    /// The items of a list.
    #[track_caller]
    pub(crate) fn list(&self, path: &str) -> Vec<Value> {
        self.get(path)
            .and_then(|list| list["items"].as_array().cloned())
            .unwrap_or_default()
    }

    /// A merge patch; the object after it.
    #[track_caller]
    pub(crate) fn patch(&self, path: &str, patch: &Value) -> Value {
        let body = serde_json::to_vec(patch).unwrap();
        self.ask(Method::PATCH, path, "application/merge-patch+json", body)
            .unwrap_or_else(|error| panic!("{path}: {patch}: {error}"))
    }

    /// Watches a list from now on, until the receiver is dropped.
    pub(crate) fn watch(&self, path: &str) -> Receiver<Seen> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let request = Request::get(format!("{path}{separator}watch=true"))
            .body(Vec::new())
            .unwrap();
        let (sender, receiver) = channel();
        let client = self.client.clone();
        self.runtime.spawn(follow(client, request, sender));
        receiver
    }
}

async fn follow(client: Client, request: Request<Vec<u8>>, sender: Sender<Seen>) {
    let Ok(body) = client.request_stream(request).await else {
        return;
    };
    let mut lines = body.lines();
    while let Some(Ok(line)) = lines.next().await {
        let at = Instant::now();
        let event: Value = serde_json::from_str(&line).unwrap_or_default();
        let seen = Seen {
            at,
            object: event["object"].clone(),
        };
        if sender.send(seen).is_err() {
            return;
        }
    }
}
