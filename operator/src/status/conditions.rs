//! The conditions: a closed set in a fixed order, all written from the first reconcile on.

use aicoin_api::crd::Condition;
use aicoin_api::names::condition;
use aicoin_domain::Desired;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::facts::{Closing, Facts, Trouble, WorkerFact};
use super::reason;
use crate::world::Failing;

/// A condition's message is cut to this: it may hold a sentence of the API server.
const MESSAGE_CHARS_MAX: usize = 512;

/// Whether a condition is True in a status.
#[must_use]
pub fn is_true(conditions: &[Condition], kind: &str) -> bool {
    conditions
        .iter()
        .any(|condition| condition.type_ == kind && condition.status == "True")
}

struct Verdict {
    is: bool,
    reason: String,
    message: String,
}

fn verdict(is: bool, reason: &str, message: impl Into<String>) -> Verdict {
    Verdict {
        is,
        reason: reason.to_owned(),
        message: message.into(),
    }
}

/// All conditions for these facts.
pub(super) fn conditions(facts: &Facts, before: &[Condition], now: Timestamp) -> Vec<Condition> {
    condition::ALL
        .into_iter()
        .map(|kind| {
            let verdict = match kind {
                condition::READY => ready(facts),
                condition::PROGRESSING => progressing(facts),
                condition::DEGRADED => degraded(facts),
                condition::TRADING_PAUSED => trading_paused(facts),
                condition::POSITIONS_CLOSED => positions_closed(facts),
                condition::SPEC_VALID => spec_valid(facts),
                _ => reconciliation_paused(facts),
            };
            finish(kind, verdict, facts.generation, before, now)
        })
        .collect()
}

fn finish(
    kind: &str,
    verdict: Verdict,
    generation: i64,
    before: &[Condition],
    now: Timestamp,
) -> Condition {
    let status = if verdict.is { "True" } else { "False" };
    let since = before
        .iter()
        .find(|condition| condition.type_ == kind && condition.status == status)
        .map_or_else(
            || whole_seconds(now),
            |condition| condition.last_transition_time.clone(),
        );
    Condition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: verdict.reason,
        message: verdict.message.chars().take(MESSAGE_CHARS_MAX).collect(),
        observed_generation: Some(generation),
        last_transition_time: since,
    }
}

/// The API server keeps whole seconds: anything finer would never compare equal.
fn whole_seconds(now: Timestamp) -> Time {
    Time(Timestamp::from_second(now.as_second()).unwrap_or(now))
}

fn ready(facts: &Facts) -> Verdict {
    if facts.deleting.is_some() {
        return verdict(false, reason::DELETING, "The bot is being deleted.");
    }
    match facts.worker {
        WorkerFact::NoDeployment => {
            return match &facts.spec_problem {
                Some(_) => verdict(
                    false,
                    reason::INVALID,
                    "The spec breaks a rule: see SpecValid.",
                ),
                None => verdict(false, reason::CREATING, "The worker is being made."),
            };
        }
        WorkerFact::Stopped => {
            return verdict(
                false,
                reason::STOPPED,
                "The bot is stopped: it has no worker.",
            );
        }
        WorkerFact::NoPod | WorkerFact::Pod { .. } | WorkerFact::Direct { .. } => {}
    }
    if facts.spec_problem.is_some() {
        return verdict(
            false,
            reason::INVALID,
            "The spec breaks a rule, and what it asks is not in force: see SpecValid. The worker goes on as it was.",
        );
    }
    if let Some(trouble) = &facts.trouble
        && (facts.is_stop_refused() || !facts.is_ready())
    {
        let (reason, message) = in_words(trouble, facts);
        return verdict(false, &reason, message);
    }
    if facts.worker == WorkerFact::NoPod {
        return verdict(
            false,
            reason::STARTING,
            "The worker's pod is not there yet.",
        );
    }
    if !facts.is_accepted() {
        return verdict(
            false,
            reason::NOT_ACCEPTED,
            "The worker has not written down what is asked yet.",
        );
    }
    if !facts.is_ready() {
        return verdict(
            false,
            reason::WORKER_NOT_READY,
            "The worker's pod is not ready: its /readyz says why.",
        );
    }
    if facts.is_held_locally() {
        return verdict(
            false,
            reason::LOCAL_HOLD,
            "Somebody holds the bot at the worker itself: lift it with `aicoin-worker ctl resume` in the pod.",
        );
    }
    if !facts.is_effective() {
        return verdict(
            false,
            reason::NOT_EFFECTIVE,
            "What is asked is accepted and not true yet.",
        );
    }
    if facts.ephemeral {
        return verdict(
            true,
            reason::EPHEMERAL,
            "The state asked for is in force. The account lives in the pod: a new pod starts it anew (name a storage \
             class in spec.storage.sqlite to keep it).",
        );
    }
    verdict(true, reason::AS_ASKED, "The state asked for is in force.")
}

fn progressing(facts: &Facts) -> Verdict {
    match (facts.deleting, facts.worker) {
        (Some(Closing::Positions), _) => verdict(
            true,
            reason::CLOSING,
            "Positions are closed before the bot goes.",
        ),
        (Some(Closing::Children), _) => {
            verdict(true, reason::DELETING, "The worker is being removed.")
        }
        (None, WorkerFact::NoDeployment) if facts.spec_problem.is_some() => verdict(
            false,
            reason::INVALID,
            "Nothing is done for a spec that breaks a rule.",
        ),
        (None, WorkerFact::NoDeployment) => {
            verdict(true, reason::CREATING, "The worker is being made.")
        }
        (None, WorkerFact::Stopped) => verdict(false, reason::SETTLED, "Nothing is being done."),
        (None, WorkerFact::NoPod) => {
            verdict(true, reason::STARTING, "The worker's pod is not there yet.")
        }
        (None, WorkerFact::Pod { .. } | WorkerFact::Direct { .. }) => {
            if !facts.is_accepted() {
                verdict(
                    true,
                    reason::NOT_ACCEPTED,
                    "The control is on its way to the worker.",
                )
            } else if !facts.is_effective() {
                verdict(
                    true,
                    reason::NOT_EFFECTIVE,
                    "The worker is making the control true.",
                )
            } else {
                verdict(false, reason::SETTLED, "Nothing is being done.")
            }
        }
    }
}

fn degraded(facts: &Facts) -> Verdict {
    match &facts.trouble {
        Some(trouble) => {
            let (reason, message) = in_words(trouble, facts);
            verdict(true, &reason, message)
        }
        None => verdict(false, reason::AS_ASKED, "Nothing needs a person."),
    }
}

/// A trouble's reason and its sentence.
fn in_words(trouble: &Trouble, facts: &Facts) -> (String, String) {
    let (reason, message): (&str, String) = match trouble {
        Trouble::StopRefused { positions } => (
            reason::STOP_REFUSED,
            format!(
                "Stopped is refused while {positions} positions are open: set desiredState to CloseAll first, and to \
                 Stopped once PositionsClosed is True."
            ),
        ),
        Trouble::HoldUnknown => (
            reason::HOLD_UNKNOWN,
            "The annotation aicoin.dev/hold is neither Paused nor CloseAll: it counts as Paused.".to_owned(),
        ),
        Trouble::Unreachable => (
            reason::CONTROL_UNREACHABLE,
            "The worker cannot be reached, so nobody can say whether the control is in force. It goes on with the last \
             one that it accepted; `kubectl exec` and `aicoin-worker ctl` is the other road."
                .to_owned(),
        ),
        Trouble::Stuck => (
            reason::WORKER_STUCK,
            "The worker takes connections and does not answer; the kubelet restarts it when /livez fails.".to_owned(),
        ),
        Trouble::TokenRefused => (
            reason::TOKEN_REFUSED,
            "The worker refuses the operator's token: after a change of the control key its pod needs up to two minutes \
             to see the new one."
                .to_owned(),
        ),
        Trouble::Pod(Failing::Image) => (
            reason::IMAGE_UNAVAILABLE,
            format!(
                "The image {} cannot be pulled: see `kubectl describe pod`.",
                facts.image.as_deref().unwrap_or("of the worker")
            ),
        ),
        Trouble::Pod(Failing::Crashing) => (
            reason::WORKER_CRASHING,
            "The worker ends again and again: see `kubectl logs --previous`.".to_owned(),
        ),
        Trouble::Pod(Failing::Config) => (
            reason::POD_CANNOT_START,
            "The worker's container cannot be made: see `kubectl describe pod`.".to_owned(),
        ),
        Trouble::Pod(Failing::Unschedulable) => (
            reason::POD_UNSCHEDULABLE,
            "No node takes the worker's pod: see `kubectl describe pod`.".to_owned(),
        ),
        Trouble::Apply(sentence) => (reason::APPLY_FAILED, sentence.clone()),
        Trouble::NameTaken(what) => (
            reason::NAME_TAKEN,
            format!("{what} exists and is not of this bot: remove it, or rename the bot."),
        ),
        Trouble::Kept { reason, message } => return (reason.clone(), message.clone()),
        Trouble::Worker(code) => return (code.clone(), worker_sentence(code)),
        Trouble::Deletion => (
            reason::DELETION_STUCK,
            format!(
                "{} left, and closing does not get on. The bot stays until it is flat; to let it go as it is, annotate it \
                 with aicoin.dev/force-delete=\"true\".",
                left(facts)
            ),
        ),
    };
    (reason.to_owned(), message)
}

fn left(facts: &Facts) -> String {
    match facts.remaining {
        Some(remaining) => format!(
            "{} positions and {} orders are",
            remaining.positions, remaining.orders
        ),
        None => "Nobody can say what is".to_owned(),
    }
}

fn worker_sentence(code: &str) -> String {
    let sentence = match code {
        "KeyMissing" => {
            "A Secret that the spec names, of the AI key or of the agent's key, is missing, has no such key, or holds no key: \
             positions stay protected, and nothing new is opened."
        }
        "MasterKey" => {
            "The agent's key is the account's own, which could withdraw everything: nothing is signed with it. Put the key \
             of an API wallet into the Secret."
        }
        "AgentUnknown" | "AgentOfAnother" | "AgentExpired" => {
            "The exchange does not let this agent trade for the account: approve a new API wallet there, on the network of \
             the bot's mode, and put its key into the Secret. Nothing is sent until then."
        }
        "WrongNetwork" => {
            "What answers at the exchange's address is of another network than the bot's mode: correct spec.mode or \
             spec.exchange.hyperliquid.baseUrl. Nothing is sent until then."
        }
        "AccountUnknown" | "AccountIsAgent" | "AccountMode" => {
            "The account cannot be traded as it is: the worker's log and `aicoin-worker ctl status` say why. Nothing is sent."
        }
        "UnknownMarket" | "MarketDelisted" => {
            "The exchange does not trade one of the markets on this network: correct spec.markets. Nothing is sent until then."
        }
        "LeverageTooHigh" => {
            "The exchange did not take the leverage of a market that has isolated margin only: set it there as \
             spec.risk.maxLeverage says and restart the worker. Nothing is opened until then."
        }
        "VenueUnreachable" => {
            "The exchange does not answer: it is tried again and again. Stops that rest there stay."
        }
        "VenueUnreadable" => {
            "What answers at the exchange's address is no exchange: check spec.exchange.hyperliquid.baseUrl."
        }
        "AiUnauthorized" => {
            "The AI refuses the key: put a valid one into the Secret. Positions stay protected, and nothing new is opened."
        }
        "AiNoBalance" => {
            "The AI's account has no balance: top it up. Positions stay protected, and nothing new is opened."
        }
        reason::CRASH_LOOP => {
            "The worker crashed three times within five minutes and halted: it opens nothing, its stops are in place. \
             Settle it with `aicoin-worker ctl resolve` in the pod."
        }
        "StorageFull" => "The worker's storage is full: it opens nothing.",
        "StoreDown" => "The worker cannot write: it opens nothing.",
        "ClockSkew" => "The worker's clock is off by more than two seconds: it opens nothing.",
        "DataStale" => "Prices are too old: nothing is opened.",
        "LeaseNotHeld" | "AccountInUse" => {
            "Another worker trades on the account: this one opens nothing."
        }
        "Unprotected" => "A position has no stop at the exchange yet.",
        _ => "The worker is not ready and says why at /readyz.",
    };
    sentence.to_owned()
}

fn trading_paused(facts: &Facts) -> Verdict {
    match facts.control.desired {
        Desired::Running => verdict(false, reason::NOT_ASKED, "Trading is asked for."),
        Desired::Paused | Desired::CloseAll | Desired::Stopped => {
            if facts.is_effective() || facts.worker == WorkerFact::Stopped {
                verdict(true, reason::PAUSED, "Nothing is opened.")
            } else if facts.is_accepted() {
                verdict(
                    false,
                    reason::NOT_EFFECTIVE,
                    "No opening order starts any more; one may still be out.",
                )
            } else {
                verdict(
                    false,
                    reason::NOT_ACCEPTED,
                    "The worker has not accepted it yet.",
                )
            }
        }
    }
}

fn positions_closed(facts: &Facts) -> Verdict {
    let closed = || {
        verdict(
            true,
            reason::CLOSED,
            "Every position is zero and no order is open.",
        )
    };
    match facts.control.desired {
        Desired::CloseAll if facts.is_effective() => closed(),
        Desired::CloseAll | Desired::Stopped if facts.was_closed => closed(),
        Desired::CloseAll if facts.is_accepted() => {
            verdict(false, reason::CLOSING, "The worker is closing everything.")
        }
        Desired::CloseAll => verdict(
            false,
            reason::NOT_ACCEPTED,
            "The worker has not accepted it yet.",
        ),
        Desired::Running | Desired::Paused | Desired::Stopped => verdict(
            false,
            reason::NOT_ASKED,
            "Closing everything is not asked for.",
        ),
    }
}

fn spec_valid(facts: &Facts) -> Verdict {
    match &facts.spec_problem {
        None => verdict(true, reason::VALID, "The spec keeps every rule."),
        Some(problem) => verdict(
            false,
            reason::INVALID,
            format!("{problem} The worker is left as it is."),
        ),
    }
}

fn reconciliation_paused(facts: &Facts) -> Verdict {
    if facts.reconcile_paused {
        verdict(
            true,
            reason::ASKED,
            "The children are left alone, because aicoin.dev/reconcile is paused; controls and deletion go on.",
        )
    } else {
        verdict(
            false,
            reason::RECONCILING,
            "The children are kept as they should be.",
        )
    }
}
