//! A TradingBot as this plugin reads it.
//!
//! For: what the cluster says about a bot, taken out of the object field by field. A plugin lives on a person's machine and
//! is older or newer than the cluster: a word that it does not know is shown as it is, a field that is not there is `None`,
//! and one strange bot never hides the others. That is why it does not read the whole into the typed resource.
//!
//! Never: decides anything, or believes that a status is about the present generation (`wait` checks that).

use aicoin_api::domain::{Desired, Hold};
use aicoin_api::names::annotation;
use k8s_openapi::jiff::Timestamp;
use kube::api::DynamicObject;
use serde_json::Value;

/// Which bot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BotId {
    /// Its namespace.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) name: String,
}

impl std::fmt::Display for BotId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A TradingBot.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bot {
    /// Which one.
    pub(crate) id: BotId,
    /// Its uid: what belongs to it carries it as a label.
    pub(crate) uid: String,
    /// Counts the changes of its spec.
    pub(crate) generation: i64,
    /// When it was made.
    pub(crate) created: Option<Timestamp>,
    /// Somebody deleted it, and it is being closed.
    pub(crate) deleting: bool,
    /// `spec.mode`.
    pub(crate) mode: String,
    /// `spec.desiredState`.
    pub(crate) desired: String,
    /// The annotation `aicoin.dev/hold`.
    pub(crate) hold: Option<String>,
    /// What the operator says.
    pub(crate) status: Status,
}

/// What the operator says about a bot. Everything is empty until it looked at it for the first time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Status {
    /// The generation that it is about.
    pub(crate) observed_generation: Option<i64>,
    /// One word.
    pub(crate) state: Option<String>,
    /// The conditions, in the order in which they were written.
    pub(crate) conditions: Vec<Condition>,
    /// The control: asked, accepted, effective.
    pub(crate) control: Option<Control>,
    /// What is left to close.
    pub(crate) remaining: Option<Remaining>,
    /// How often the worker was restarted.
    pub(crate) restarts: u64,
    /// When it was last.
    pub(crate) last_restart_at: Option<String>,
    /// The worker's pod.
    pub(crate) pod_name: Option<String>,
    /// Its image.
    pub(crate) image: Option<String>,
}

/// One condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Condition {
    /// Which.
    pub(crate) kind: String,
    /// `True`, `False`, `Unknown`.
    pub(crate) status: String,
    /// A code.
    pub(crate) reason: String,
    /// A sentence.
    pub(crate) message: String,
    /// The generation that it is about.
    pub(crate) observed_generation: Option<i64>,
}

/// `status.control`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Control {
    /// The level that the operator asks of the worker.
    pub(crate) desired: String,
    /// The operator's counter of it.
    pub(crate) generation: i64,
    /// The counter that the worker accepted last.
    pub(crate) accepted: i64,
    /// The counter that became true last.
    pub(crate) effective: i64,
    /// The worker's own hold.
    pub(crate) local_hold: Option<String>,
}

/// What is left to close.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remaining {
    /// Positions.
    pub(crate) positions: u64,
    /// Orders.
    pub(crate) orders: u64,
}

impl Bot {
    /// Reads an object.
    pub(crate) fn read(object: &DynamicObject) -> Self {
        let metadata = &object.metadata;
        let data = &object.data;
        let hold = metadata
            .annotations
            .as_ref()
            .and_then(|annotations| annotations.get(annotation::HOLD))
            .filter(|hold| !matches!(hold.as_str(), "" | "None"));
        Self {
            id: BotId {
                namespace: metadata.namespace.clone().unwrap_or_default(),
                name: metadata.name.clone().unwrap_or_default(),
            },
            uid: metadata.uid.clone().unwrap_or_default(),
            generation: metadata.generation.unwrap_or_default(),
            created: metadata.creation_timestamp.as_ref().map(|time| time.0),
            deleting: metadata.deletion_timestamp.is_some(),
            mode: word(data, "/spec/mode").unwrap_or_else(|| "Paper".to_owned()),
            desired: word(data, "/spec/desiredState").unwrap_or_else(|| "Running".to_owned()),
            hold: hold.cloned(),
            status: data.get("status").map(Status::read).unwrap_or_default(),
        }
    }

    /// The level that the object asks for, spec and annotation together. As the operator reads it: a word that is no level
    /// counts as a pause, because somebody wanted something else than trading.
    pub(crate) fn asked(&self) -> Desired {
        let desired = level(&self.desired).unwrap_or(Desired::Paused);
        let hold = match self.hold.as_deref() {
            None => Hold::None,
            Some("CloseAll") => Hold::CloseAll,
            Some(_) => Hold::Paused,
        };
        desired.with_hold(hold)
    }
}

impl Status {
    fn read(status: &Value) -> Self {
        let conditions = status
            .get("conditions")
            .and_then(Value::as_array)
            .map(|conditions| conditions.iter().map(Condition::read).collect());
        Self {
            observed_generation: number(status, "/observedGeneration"),
            state: word(status, "/state"),
            conditions: conditions.unwrap_or_default(),
            control: status
                .get("control")
                .filter(|control| control.is_object())
                .map(|control| Control {
                    desired: word(control, "/desired").unwrap_or_default(),
                    generation: number(control, "/generation").unwrap_or_default(),
                    accepted: number(control, "/acceptedGeneration").unwrap_or_default(),
                    effective: number(control, "/effectiveGeneration").unwrap_or_default(),
                    local_hold: word(control, "/localHold").filter(|hold| hold != "None"),
                }),
            remaining: status
                .get("remaining")
                .filter(|remaining| remaining.is_object())
                .map(|remaining| Remaining {
                    positions: natural(remaining, "/positions"),
                    orders: natural(remaining, "/orders"),
                }),
            restarts: natural(status, "/restarts"),
            last_restart_at: word(status, "/lastRestartAt"),
            pod_name: word(status, "/worker/podName"),
            image: word(status, "/worker/image"),
        }
    }

    /// A condition.
    pub(crate) fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions
            .iter()
            .find(|condition| condition.kind == kind)
    }
}

impl Condition {
    fn read(condition: &Value) -> Self {
        let text = |pointer| word(condition, pointer).unwrap_or_default();
        Self {
            kind: text("/type"),
            status: text("/status"),
            reason: text("/reason"),
            message: text("/message"),
            observed_generation: number(condition, "/observedGeneration"),
        }
    }
}

impl Control {
    /// The worker accepted the operator's present control.
    pub(crate) const fn is_accepted(&self) -> bool {
        self.generation > 0 && self.accepted >= self.generation
    }

    /// The operator's present control is true.
    pub(crate) const fn is_effective(&self) -> bool {
        self.is_accepted() && self.effective >= self.generation
    }
}

/// A level by its word.
pub(crate) fn level(word: &str) -> Option<Desired> {
    match word {
        "Running" => Some(Desired::Running),
        "Paused" => Some(Desired::Paused),
        "CloseAll" => Some(Desired::CloseAll),
        "Stopped" => Some(Desired::Stopped),
        _ => None,
    }
}

fn word(value: &Value, pointer: &str) -> Option<String> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(ToOwned::to_owned)
}

fn number(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer)?.as_i64()
}

fn natural(value: &Value, pointer: &str) -> u64 {
    value
        .pointer(pointer)
        .and_then(Value::as_u64)
        .unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// A bot from JSON.
    pub(crate) fn bot(object: Value) -> Bot {
        Bot::read(&serde_json::from_value(object).unwrap())
    }

    /// A running bot whose status is up to date.
    pub(crate) fn running() -> Value {
        json!({
            "apiVersion": "aicoin.dev/v1alpha1",
            "kind": "TradingBot",
            "metadata": {
                "name": "btc", "namespace": "trading", "uid": "u-1", "generation": 4,
                "creationTimestamp": "2026-11-23T10:00:00Z"
            },
            "spec": {"mode": "Testnet", "desiredState": "Running"},
            "status": {
                "observedGeneration": 4,
                "state": "Running",
                "conditions": [
                    {"type": "Ready", "status": "True", "reason": "InForce", "message": "Running is in force.",
                     "observedGeneration": 4, "lastTransitionTime": "2026-11-23T10:00:20Z"},
                    {"type": "TradingPaused", "status": "False", "reason": "Trading", "message": "It trades.",
                     "observedGeneration": 4, "lastTransitionTime": "2026-11-23T10:00:20Z"}
                ],
                "control": {"desired": "Running", "generation": 7, "acceptedGeneration": 7, "effectiveGeneration": 7,
                            "localHold": "None"},
                "restarts": 2,
                "lastRestartAt": "2026-11-23T11:00:00Z",
                "worker": {"podName": "btc-worker-x", "image": "ghcr.io/aicoin-dev/aicoin-worker:0.1.0"}
            }
        })
    }

    #[test]
    fn everything_that_the_operator_says_is_read() {
        assert_eq!(
            bot(running()),
            Bot {
                id: BotId {
                    namespace: "trading".into(),
                    name: "btc".into()
                },
                uid: "u-1".into(),
                generation: 4,
                created: Some("2026-11-23T10:00:00Z".parse().unwrap()),
                deleting: false,
                mode: "Testnet".into(),
                desired: "Running".into(),
                hold: None,
                status: Status {
                    observed_generation: Some(4),
                    state: Some("Running".into()),
                    conditions: vec![
                        Condition {
                            kind: "Ready".into(),
                            status: "True".into(),
                            reason: "InForce".into(),
                            message: "Running is in force.".into(),
                            observed_generation: Some(4),
                        },
                        Condition {
                            kind: "TradingPaused".into(),
                            status: "False".into(),
                            reason: "Trading".into(),
                            message: "It trades.".into(),
                            observed_generation: Some(4),
                        },
                    ],
                    control: Some(Control {
                        desired: "Running".into(),
                        generation: 7,
                        accepted: 7,
                        effective: 7,
                        local_hold: None,
                    }),
                    remaining: None,
                    restarts: 2,
                    last_restart_at: Some("2026-11-23T11:00:00Z".into()),
                    pod_name: Some("btc-worker-x".into()),
                    image: Some("ghcr.io/aicoin-dev/aicoin-worker:0.1.0".into()),
                },
            }
        );
    }

    #[test]
    fn a_status_is_read_as_the_operator_writes_it() {
        use aicoin_api::crd::{ControlStatus, State, TradingBotStatus, WorkerStatus};

        let written = TradingBotStatus {
            observed_generation: Some(4),
            state: Some(State::Closing),
            conditions: Vec::new(),
            control: Some(ControlStatus {
                desired: Desired::CloseAll,
                generation: 9,
                accepted_generation: 8,
                effective_generation: 7,
                local_hold: Hold::Paused,
            }),
            remaining: Some(aicoin_api::crd::Remaining {
                positions: 2,
                orders: 3,
            }),
            restarts: 5,
            last_restart_at: Some("2026-11-25T09:00:00Z".into()),
            worker: Some(WorkerStatus {
                pod_name: Some("p".into()),
                image: Some("i".into()),
            }),
        };
        let mut object = running();
        object["status"] = serde_json::to_value(written).unwrap();
        assert_eq!(
            bot(object).status,
            Status {
                observed_generation: Some(4),
                state: Some("Closing".into()),
                conditions: Vec::new(),
                control: Some(Control {
                    desired: "CloseAll".into(),
                    generation: 9,
                    accepted: 8,
                    effective: 7,
                    local_hold: Some("Paused".into()),
                }),
                remaining: Some(Remaining {
                    positions: 2,
                    orders: 3,
                }),
                restarts: 5,
                last_restart_at: Some("2026-11-25T09:00:00Z".into()),
                pod_name: Some("p".into()),
                image: Some("i".into()),
            }
        );
    }

    #[test]
    fn a_bot_that_nobody_looked_at_yet_has_the_defaults_and_no_status() {
        assert_eq!(
            bot(json!({"metadata": {"name": "x", "namespace": "y"}, "spec": {}})),
            Bot {
                id: BotId {
                    namespace: "y".into(),
                    name: "x".into()
                },
                uid: String::new(),
                generation: 0,
                created: None,
                deleting: false,
                mode: "Paper".into(),
                desired: "Running".into(),
                hold: None,
                status: Status::default(),
            }
        );
    }

    #[test]
    fn a_status_of_another_version_is_read_as_far_as_it_goes() {
        let strange = json!({
            "metadata": {"name": "x", "namespace": "y"},
            "spec": {"desiredState": "Hibernating", "mode": 7},
            "status": {"state": "Dreaming", "conditions": "none", "control": [], "restarts": "many"}
        });
        let bot = bot(strange);
        assert_eq!(bot.asked(), Desired::Paused);
        assert_eq!(
            bot.status,
            Status {
                state: Some("Dreaming".into()),
                ..Status::default()
            }
        );
    }

    #[test]
    fn the_stronger_of_spec_and_hold_is_asked() {
        let asked = |desired: &str, hold: Option<&str>| {
            let mut object = running();
            object["spec"]["desiredState"] = json!(desired);
            if let Some(hold) = hold {
                object["metadata"]["annotations"] = json!({"aicoin.dev/hold": hold});
            }
            bot(object).asked()
        };
        assert_eq!(asked("Running", None), Desired::Running);
        assert_eq!(asked("Running", Some("Paused")), Desired::Paused);
        assert_eq!(asked("CloseAll", Some("Paused")), Desired::CloseAll);
        assert_eq!(asked("Stopped", None), Desired::Stopped);
        assert_eq!(asked("Stopped", Some("CloseAll")), Desired::CloseAll);
        for no_hold in ["", "None"] {
            assert_eq!(asked("Running", Some(no_hold)), Desired::Running);
        }
        assert_eq!(asked("Running", Some("paused")), Desired::Paused);
    }
}
