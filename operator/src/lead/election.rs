//! The loop of the election: reads the Lease, takes or renews it, and opens or closes the gate.

use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};
use tokio::sync::watch;

use super::gate::Gate;
use super::lease::{Step, Timings, View, step};
use crate::metrics::Metrics;

/// Who contends for which Lease.
#[derive(Clone, Debug)]
pub struct Election {
    /// The Lease's namespace.
    pub namespace: String,
    /// The Lease's name.
    pub name: String,
    /// This replica.
    pub identity: String,
    /// How long things take.
    pub timings: Timings,
}

/// Contends until `stop` is told; then lets go of the Lease, so that another replica need not wait.
pub async fn run(
    client: Client,
    election: Election,
    gate: Arc<Gate>,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    let mut contender = Contender {
        api: Api::namespaced(client, &election.namespace),
        seen: None,
        unchanged_since: Instant::now(),
        leads_until: None,
        gate,
        metrics,
        election,
    };
    loop {
        contender.turn().await;
        let pause = contender.pause();
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    contender.let_go().await;
}

struct Contender {
    api: Api<Lease>,
    election: Election,
    gate: Arc<Gate>,
    metrics: Arc<Metrics>,
    seen: Option<Lease>,
    unchanged_since: Instant,
    leads_until: Option<Instant>,
}

impl Contender {
    /// Half of the deadline at most: one lost request does not cost the lead.
    fn timeout(&self) -> Duration {
        self.election.timings.renew_deadline / 2
    }

    fn pause(&self) -> Duration {
        self.election.timings.retry_period
    }

    async fn turn(&mut self) {
        let begun = Instant::now();
        let result = tokio::time::timeout(self.timeout(), self.try_turn(begun)).await;
        let leads = match result {
            Ok(Ok(leads)) => leads,
            Ok(Err(error)) => {
                tracing::warn!(%error, "The lease could not be read or written");
                None
            }
            Err(_) => {
                tracing::warn!("The API server did not answer about the lease in time");
                None
            }
        };
        match leads {
            Some(true) => {
                let until = begun + self.election.timings.renew_deadline;
                if self.leads_until.is_none() {
                    tracing::info!(identity = self.election.identity, "This replica leads");
                }
                self.leads_until = Some(until);
                self.gate.open_until(until);
            }
            Some(false) => self.lose("Another replica leads"),
            // Not known: the claim runs out by itself, and then it is lost.
            None if self
                .leads_until
                .is_some_and(|until| Instant::now() >= until) =>
            {
                self.lose("The lease could not be renewed in time");
            }
            None => {}
        }
        self.metrics.leads(self.gate.check().is_ok());
    }

    fn lose(&mut self, why: &str) {
        if self.leads_until.take().is_some() {
            tracing::warn!("{why}: this replica writes nothing any more");
        }
        self.gate.close();
    }

    /// `Some` says whether this replica leads.
    async fn try_turn(&mut self, now: Instant) -> Result<Option<bool>, kube::Error> {
        let found = self.api.get_opt(&self.election.name).await?;
        if found != self.seen {
            self.unchanged_since = now;
            self.seen.clone_from(&found);
        }
        let view = found.as_ref().map(view);
        match step(
            view.as_ref(),
            &self.election.identity,
            self.unchanged_since,
            now,
        ) {
            Step::Wait => Ok(Some(false)),
            Step::Create => {
                let lease = self.lease(None, true);
                let made = self.api.create(&PostParams::default(), &lease).await;
                self.written(made)
            }
            Step::Take | Step::Renew => {
                let lease = self.lease(found.as_ref(), true);
                let written = self
                    .api
                    .replace(&self.election.name, &PostParams::default(), &lease)
                    .await;
                self.written(written)
            }
        }
    }

    /// A conflict means that somebody else was quicker: look again.
    fn written(&mut self, result: Result<Lease, kube::Error>) -> Result<Option<bool>, kube::Error> {
        match result {
            Ok(lease) => {
                self.seen = Some(lease);
                self.unchanged_since = Instant::now();
                Ok(Some(true))
            }
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The Lease as we write it: over exactly the copy that was read, held or let go of.
    fn lease(&self, found: Option<&Lease>, held: bool) -> Lease {
        let now = MicroTime(Timestamp::now());
        let known = found.and_then(|lease| lease.spec.as_ref());
        let was_ours = known.and_then(|spec| spec.holder_identity.as_deref())
            == Some(self.election.identity.as_str());
        let transitions = known
            .and_then(|spec| spec.lease_transitions)
            .unwrap_or_default();
        Lease {
            metadata: ObjectMeta {
                name: Some(self.election.name.clone()),
                namespace: Some(self.election.namespace.clone()),
                resource_version: found.and_then(|lease| lease.metadata.resource_version.clone()),
                labels: found.and_then(|lease| lease.metadata.labels.clone()),
                annotations: found.and_then(|lease| lease.metadata.annotations.clone()),
                ..ObjectMeta::default()
            },
            spec: Some(LeaseSpec {
                holder_identity: Some(if held {
                    self.election.identity.clone()
                } else {
                    String::new()
                }),
                // Rounded up: others must not take it before this replica's own claim has run out.
                lease_duration_seconds: i32::try_from(
                    self.election.timings.duration.as_millis().div_ceil(1000),
                )
                .ok(),
                acquire_time: if was_ours {
                    known.and_then(|spec| spec.acquire_time.clone())
                } else {
                    Some(now.clone())
                },
                renew_time: Some(now),
                lease_transitions: Some(if found.is_none() || was_ours {
                    transitions
                } else {
                    transitions.saturating_add(1)
                }),
                ..LeaseSpec::default()
            }),
        }
    }

    async fn let_go(&mut self) {
        let led = self.gate.check().is_ok();
        self.lose("It stops");
        if !led {
            return;
        }
        let Some(seen) = self.seen.clone() else {
            return;
        };
        let lease = self.lease(Some(&seen), false);
        let parameters = PostParams::default();
        let write = self.api.replace(&self.election.name, &parameters, &lease);
        // Not in time: it runs out by itself.
        let _ = tokio::time::timeout(self.timeout(), write).await;
    }
}

fn view(lease: &Lease) -> View {
    let spec = lease.spec.as_ref();
    View {
        holder: spec.and_then(|spec| spec.holder_identity.clone()),
        resource_version: lease.metadata.resource_version.clone().unwrap_or_default(),
        duration: spec
            .and_then(|spec| spec.lease_duration_seconds)
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map_or(Duration::from_secs(15), Duration::from_secs),
        transitions: spec
            .and_then(|spec| spec.lease_transitions)
            .unwrap_or_default(),
    }
}
