//! The connection to the cluster: reading and patching bots.
//!
//! For: every call of the API server, each with a time limit and a sentence when it fails.
//!
//! Never: retries a write, or waits for an effect (`waiting` does).

use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{ApiResource, DynamicObject, ListParams, ObjectList, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};

use crate::bot::BotId;
use crate::cli::Connection;
use crate::fault::Fault;
use crate::patch::Change;
use crate::refusal;

/// How long the client may take to start: it may run a program that gets credentials, and that may ask a person.
const START_MAX: Duration = Duration::from_secs(120);
/// Bots in one page of a list.
const PAGE: u32 = 500;
/// The most pages: 50,000 bots.
const PAGES_MAX: usize = 100;
/// Who sends the patches, in `managedFields`.
const FIELD_MANAGER: &str = "kubectl-tradingbot";

/// A cluster.
#[derive(Clone)]
pub(crate) struct Cluster {
    client: Client,
    server: String,
    namespace: String,
    request_timeout: Duration,
}

/// Which bots a list is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Of one namespace.
    Namespace(String),
    /// Of all.
    Everywhere,
}

/// Why a call did not do what it should.
#[derive(Clone, Debug)]
pub(crate) struct CallFault {
    /// The sentence.
    pub(crate) fault: Fault,
    /// What it means for what is done next.
    pub(crate) kind: refusal::Kind,
}

impl From<CallFault> for Fault {
    fn from(call: CallFault) -> Self {
        call.fault
    }
}

/// The resource, as a path in the API. The typed one would refuse whole lists for one object of another version.
pub(crate) fn resource() -> ApiResource {
    ApiResource {
        group: "aicoin.dev".to_owned(),
        version: "v1alpha1".to_owned(),
        api_version: "aicoin.dev/v1alpha1".to_owned(),
        kind: "TradingBot".to_owned(),
        plural: "tradingbots".to_owned(),
    }
}

/// The namespace that is meant when none is given. Sends nothing.
pub(crate) async fn namespace(connection: &Connection) -> Result<String, Fault> {
    match &connection.namespace {
        Some(namespace) => Ok(namespace.clone()),
        None => Ok(config(connection).await?.default_namespace),
    }
}

async fn config(connection: &Connection) -> Result<Config, Fault> {
    let options = KubeConfigOptions {
        context: connection.context.clone(),
        ..KubeConfigOptions::default()
    };
    let read = match &connection.kubeconfig {
        Some(path) => match Kubeconfig::read_from(path) {
            Ok(kubeconfig) => Config::from_custom_kubeconfig(kubeconfig, &options).await,
            Err(error) => Err(error),
        },
        None => Config::from_kubeconfig(&options).await,
    };
    match read {
        Ok(config) => Ok(config),
        // As kubectl does it: in a pod and without a kubeconfig, the pod's own account.
        Err(error) => {
            if connection.kubeconfig.is_none()
                && connection.context.is_none()
                && let Ok(config) = Config::incluster()
            {
                return Ok(config);
            }
            Err(Fault::usage(format!(
                "The kubeconfig cannot be used: {}. Give another with --kubeconfig or KUBECONFIG, or --context.",
                crate::text::line(error.to_string().trim_end_matches('.'))
            )))
        }
    }
}

impl Cluster {
    /// Makes ready to talk. Sends nothing yet.
    ///
    /// # Errors
    /// The kubeconfig cannot be used.
    pub(crate) async fn connect(connection: &Connection) -> Result<Self, Fault> {
        let mut config = config(connection).await?;
        config.connect_timeout = Some(connection.request_timeout);
        let server = config
            .cluster_url
            .to_string()
            .trim_end_matches('/')
            .to_owned();
        let namespace = connection
            .namespace
            .clone()
            .unwrap_or_else(|| config.default_namespace.clone());
        let starting = async { Client::try_from(config) };
        let client = tokio::time::timeout(START_MAX, starting)
            .await
            .map_err(|_| Fault::failed("The credentials of the kubeconfig were not got in time."))?
            .map_err(|error| refusal::fault("start the client", &server, &error))?;
        Ok(Self {
            client,
            server,
            namespace,
            request_timeout: connection.request_timeout,
        })
    }

    /// The namespace that is meant.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// How long one answer may take.
    pub(crate) const fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// The pods of a namespace.
    pub(crate) fn pods(&self, namespace: &str) -> Api<Pod> {
        Api::namespaced(self.client.clone(), namespace)
    }

    fn bots(&self, scope: &Scope) -> Api<DynamicObject> {
        match scope {
            Scope::Namespace(namespace) => {
                Api::namespaced_with(self.client.clone(), namespace, &resource())
            }
            Scope::Everywhere => Api::all_with(self.client.clone(), &resource()),
        }
    }

    /// A call with a time limit, and its failure as a sentence.
    pub(crate) async fn call<T>(
        &self,
        tried: &str,
        call: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, CallFault> {
        match tokio::time::timeout(self.request_timeout, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(CallFault {
                kind: refusal::kind(&error),
                fault: refusal::fault(tried, &self.server, &error),
            }),
            Err(_) => Err(CallFault {
                kind: refusal::Kind::Passing,
                fault: Fault::failed(format!(
                    "The API server at {} did not answer within {} s. Tried: {tried}.",
                    self.server,
                    self.request_timeout.as_secs_f32()
                )),
            }),
        }
    }

    /// One bot.
    pub(crate) async fn get(&self, id: &BotId) -> Result<DynamicObject, CallFault> {
        let api = self.bots(&Scope::Namespace(id.namespace.clone()));
        self.call(&format!("read TradingBot {id}"), api.get(&id.name))
            .await
    }

    /// All bots of a scope, in the order of namespace and name.
    pub(crate) async fn list(&self, scope: &Scope) -> Result<Vec<DynamicObject>, CallFault> {
        let api = self.bots(scope);
        let tried = match scope {
            Scope::Namespace(namespace) => format!("list TradingBots in namespace {namespace}"),
            Scope::Everywhere => "list TradingBots in all namespaces".to_owned(),
        };
        let mut bots = Vec::new();
        let mut params = ListParams::default().limit(PAGE);
        for _ in 0..PAGES_MAX {
            let page: ObjectList<DynamicObject> = self.call(&tried, api.list(&params)).await?;
            bots.extend(page.items);
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token),
                None => return Ok(bots),
            }
        }
        Err(CallFault {
            kind: refusal::Kind::Lasting,
            fault: Fault::failed(format!(
                "There are more than {} bots: name a namespace with --namespace.",
                u64::from(PAGE) * PAGES_MAX as u64
            )),
        })
    }

    /// Changes one bot, and gives it back as it is then.
    pub(crate) async fn patch(
        &self,
        id: &BotId,
        change: &Change,
    ) -> Result<DynamicObject, CallFault> {
        let api = self.bots(&Scope::Namespace(id.namespace.clone()));
        let params = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        self.call(
            &format!("patch TradingBot {id}"),
            api.patch(&id.name, &params, &Patch::Merge(change.patch())),
        )
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resource_is_the_one_that_is_installed() {
        assert_eq!(
            resource(),
            ApiResource::erase::<aicoin_api::crd::TradingBot>(&())
        );
    }
}
