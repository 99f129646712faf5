//! Bots for the eye: the table of many, the page of one; and JSON for programs.
//!
//! Never: asks anybody anything. What could not be had is a sentence that is handed in.

use aicoin_api::names::condition;
use k8s_openapi::jiff::Timestamp;
use kube::api::DynamicObject;
use serde_json::{Value, json};

use crate::bot::Bot;
use crate::text;
use crate::worker::WorkerStatus;

/// The table of bots. `all_namespaces` adds the column that tells them apart.
pub(crate) fn table(bots: &[Bot], all_namespaces: bool, now: Timestamp) -> String {
    let mut head = vec![
        "NAME", "MODE", "ASKED", "CONTROL", "STATE", "READY", "REASON", "RESTARTS", "AGE",
    ];
    if all_namespaces {
        head.insert(0, "NAMESPACE");
    }
    let mut rows = vec![head.into_iter().map(ToOwned::to_owned).collect::<Vec<_>>()];
    for bot in bots {
        let mut row = vec![
            bot.id.name.clone(),
            bot.mode.clone(),
            asked(bot),
            control(bot),
            bot.status.state.clone().unwrap_or_else(|| "-".to_owned()),
            ready(bot),
            reason(bot),
            bot.status.restarts.to_string(),
            bot.created.map_or_else(
                || "-".to_owned(),
                |created| text::age(now.as_second().saturating_sub(created.as_second())),
            ),
        ];
        if all_namespaces {
            row.insert(0, bot.id.namespace.clone());
        }
        rows.push(row);
    }
    text::columns(&rows)
}

/// The page of one bot. `worker` is what its worker says, or the sentence why that is not known.
pub(crate) fn page(bot: &Bot, worker: Result<&WorkerStatus, &str>) -> String {
    let status = &bot.status;
    let mut rows = vec![
        vec!["bot".to_owned(), format!("{} ({})", bot.id, bot.mode)],
        vec!["state".to_owned(), state(bot)],
        vec!["asked".to_owned(), asked_at_length(bot)],
        vec!["control".to_owned(), control_at_length(bot)],
    ];
    if let Some(remaining) = status.remaining {
        rows.push(vec![
            "left".to_owned(),
            format!(
                "{}, {}",
                text::count(remaining.positions, "position"),
                text::count(remaining.orders, "order")
            ),
        ]);
    }
    rows.push(vec![
        "pod".to_owned(),
        format!(
            "{} ({}{})",
            status.pod_name.as_deref().unwrap_or("none"),
            text::count(status.restarts, "restart"),
            status
                .last_restart_at
                .as_ref()
                .map_or_else(String::new, |at| format!(", last {at}"))
        ),
    ]);
    if let Some(image) = &status.image {
        rows.push(vec!["image".to_owned(), image.clone()]);
    }
    let mut out = text::columns(&rows);
    out.push('\n');
    out.push_str(&conditions(bot));
    out.push('\n');
    match worker {
        Ok(worker) => out.push_str(&worker.show()),
        Err(why) => out.push_str(&format!(
            "Positions and decisions are not shown: {}\n",
            text::line(why)
        )),
    }
    out
}

/// A bot for programs: the object as it is, what its worker says, or why that is not known.
pub(crate) fn value(object: &DynamicObject, worker: Option<Result<&WorkerStatus, &str>>) -> Value {
    let mut object = json!(object);
    // Who wrote which field says nothing about the bot, and is half of the text.
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    match worker {
        None => json!({"object": object}),
        Some(Ok(worker)) => json!({"object": object, "worker": worker.0, "workerError": null}),
        Some(Err(why)) => json!({"object": object, "worker": null, "workerError": why}),
    }
}

fn state(bot: &Bot) -> String {
    let state = bot
        .status
        .state
        .as_deref()
        .unwrap_or("no operator has looked at it yet");
    if bot.deleting {
        format!("{state} (it is being deleted)")
    } else {
        state.to_owned()
    }
}

/// In a table: the level, and whether the annotation makes it.
fn asked(bot: &Bot) -> String {
    match (&bot.hold, bot.asked()) {
        (None, _) => bot.desired.clone(),
        (Some(_), asked) if asked.as_str() == bot.desired => bot.desired.clone(),
        (Some(hold), _) => format!("{hold} (hold)"),
    }
}

fn asked_at_length(bot: &Bot) -> String {
    match &bot.hold {
        None => format!("{} (spec.desiredState)", bot.desired),
        Some(hold) => format!(
            "{} (spec.desiredState {}, aicoin.dev/hold {hold})",
            bot.asked().as_str(),
            bot.desired
        ),
    }
}

/// In a table: the level that the worker has, and how far it is.
fn control(bot: &Bot) -> String {
    let Some(control) = &bot.status.control else {
        return "-".to_owned();
    };
    let stage = if control.is_effective() {
        ""
    } else if control.is_accepted() {
        ", accepted"
    } else {
        ", asked"
    };
    let local = control
        .local_hold
        .as_ref()
        .map_or_else(String::new, |hold| format!(" +{hold} (local)"));
    format!("{}{stage}{local}", control.desired)
}

fn control_at_length(bot: &Bot) -> String {
    let Some(control) = &bot.status.control else {
        return "none was sent yet".to_owned();
    };
    let stage = if control.is_effective() {
        "accepted and effective"
    } else if control.is_accepted() {
        "accepted, not effective yet"
    } else {
        "not accepted yet"
    };
    format!(
        "{}, {stage} (counter {}; local hold {})",
        control.desired,
        control.generation,
        control.local_hold.as_deref().unwrap_or("None")
    )
}

fn ready(bot: &Bot) -> String {
    bot.status
        .condition(condition::READY)
        .map_or_else(|| "-".to_owned(), |ready| ready.status.clone())
}

/// What needs a person comes first; else why it is not ready; else nothing.
fn reason(bot: &Bot) -> String {
    let is = |kind, status| {
        bot.status
            .condition(kind)
            .filter(|condition| condition.status == status)
    };
    is(condition::DEGRADED, "True")
        .or_else(|| is(condition::SPEC_VALID, "False"))
        .or_else(|| is(condition::READY, "False"))
        .map_or_else(String::new, |condition| condition.reason.clone())
}

fn conditions(bot: &Bot) -> String {
    if bot.status.conditions.is_empty() {
        return "No condition was written yet: is the operator running?\n".to_owned();
    }
    let mut rows = vec![
        ["CONDITION", "STATUS", "REASON", "MESSAGE"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for condition in &bot.status.conditions {
        let old = condition
            .observed_generation
            .is_some_and(|about| about < bot.generation);
        rows.push(vec![
            condition.kind.clone(),
            if old {
                format!("{} (old)", condition.status)
            } else {
                condition.status.clone()
            },
            condition.reason.clone(),
            condition.message.clone(),
        ]);
    }
    text::columns(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::tests::{bot, running};
    use crate::worker;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn closing() -> Value {
        let mut object = running();
        object["metadata"]["name"] = json!("eth");
        object["metadata"]["annotations"] = json!({"aicoin.dev/hold": "CloseAll"});
        object["metadata"]["generation"] = json!(5);
        object["status"]["state"] = json!("Closing");
        object["status"]["control"] = json!({"desired": "CloseAll", "generation": 8, "acceptedGeneration": 8,
            "effectiveGeneration": 7, "localHold": "Paused"});
        object["status"]["remaining"] = json!({"positions": 1, "orders": 2});
        object["status"]["conditions"] = json!([
            {"type": "Ready", "status": "False", "reason": "Closing", "message": "One\nposition is left.",
             "observedGeneration": 4}
        ]);
        object
    }

    #[test]
    fn a_table_shows_each_bot_on_a_line() {
        let fresh = json!({"metadata": {"name": "new", "namespace": "other"}, "spec": {}});
        let bots = [bot(running()), bot(closing()), bot(fresh)];
        assert_eq!(
            table(&bots, true, at("2026-11-23T10:05:00Z")),
            "NAMESPACE   NAME   MODE      ASKED             CONTROL                              STATE     READY   REASON    RESTARTS   AGE\n\
             trading     btc    Testnet   Running           Running                              Running   True              2          5m\n\
             trading     eth    Testnet   CloseAll (hold)   CloseAll, accepted +Paused (local)   Closing   False   Closing   2          5m\n\
             other       new    Paper     Running           -                                    -         -                 0          -\n"
        );
        assert_eq!(
            table(&bots[..1], false, at("2026-11-23T10:05:00Z")),
            "NAME   MODE      ASKED     CONTROL   STATE     READY   REASON   RESTARTS   AGE\n\
             btc    Testnet   Running   Running   Running   True             2          5m\n"
        );
    }

    #[test]
    fn a_page_shows_what_is_asked_what_is_true_and_what_is_left() {
        let worker = WorkerStatus(worker::tests::status());
        assert_eq!(
            page(&bot(closing()), Ok(&worker)),
            "bot       trading/eth (Testnet)\n\
             state     Closing\n\
             asked     CloseAll (spec.desiredState Running, aicoin.dev/hold CloseAll)\n\
             control   CloseAll, accepted, not effective yet (counter 8; local hold Paused)\n\
             left      1 position, 2 orders\n\
             pod       btc-worker-x (2 restarts, last 2026-11-23T11:00:00Z)\n\
             image     ghcr.io/aicoin-dev/aicoin-worker:0.1.0\n\
             \n\
             CONDITION   STATUS        REASON    MESSAGE\n\
             Ready       False (old)   Closing   One position is left.\n\
             \n"
            .to_owned()
                + &worker.show()
        );
    }

    #[test]
    fn a_page_without_the_worker_says_why() {
        let fresh = bot(json!({"metadata": {"name": "new", "namespace": "other"}, "spec": {}}));
        assert_eq!(
            page(&fresh, Err("it has no running pod.")),
            "bot       other/new (Paper)\n\
             state     no operator has looked at it yet\n\
             asked     Running (spec.desiredState)\n\
             control   none was sent yet\n\
             pod       none (0 restarts)\n\
             \n\
             No condition was written yet: is the operator running?\n\
             \n\
             Positions and decisions are not shown: it has no running pod.\n"
        );
    }

    #[test]
    fn json_holds_the_object_and_the_worker_or_why_not() {
        let mut text = running();
        text["metadata"]["managedFields"] = json!([{"manager": "kubectl"}]);
        let object: DynamicObject = serde_json::from_value(text).unwrap();
        let worker = WorkerStatus(json!({"bot": "trading/btc"}));
        assert_eq!(
            value(&object, Some(Ok(&worker))),
            json!({"object": running(), "worker": {"bot": "trading/btc"}, "workerError": null})
        );
        assert_eq!(
            value(&object, Some(Err("No right."))),
            json!({"object": running(), "worker": null, "workerError": "No right."})
        );
        assert_eq!(value(&object, None), json!({"object": running()}));
    }
}
