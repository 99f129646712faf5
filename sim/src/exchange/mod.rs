//! `POST /exchange`: signed actions. Reading one and finding out who signed it needs no world; doing it does.

mod cancel;
mod money;
mod operation;
mod orders;
mod request;
mod settle;

use serde_json::{Value, json};

pub(crate) use request::Request;

use crate::world::World;

/// Does what a request asks, and says what the venue says.
pub(crate) fn execute(world: &mut World, request: &Request) -> Value {
    let answer = settle::settle(world, request);
    world.collect();
    let count = world.requests.entry(request.kind.clone()).or_default();
    match &answer {
        Ok(_) => count.0 += 1,
        Err(_) => count.1 += 1,
    }
    match answer {
        Ok(response) => json!({"status": "ok", "response": response}),
        Err(words) => json!({"status": "err", "response": words}),
    }
}

/// The response of an action that has nothing to tell.
fn done() -> Value {
    json!({"type": "default"})
}
