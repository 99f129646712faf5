//! The AI endpoint: DeepSeek's chat completions, and the dialects of those who call themselves compatible, with a
//! deterministic trader in place of a model and faults on demand.
//!
//! For: trying a bot with AI decisions where there is no network and no account. The trader reads the bot's own prompt as a
//! model would, and its reply goes the same way as a model's.
//!
//! Never: ask anybody, or know more of a bot than its prompt says.
//!
//! `request → key → fault → balance → the vendor's own checks → trader → what the fault spoils → answer`

mod account;
mod body;
mod chance;
mod completion;
mod fault;
mod trader;
mod vendor;
mod view;

#[cfg(test)]
mod tests;

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aicoin_domain::Usd;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use account::{Account, Call, Tokens, tokens_of};
use completion::{Asked, Frame, Text};
use fault::{Fault, Faults};
use vendor::{Refusal, Vendor};
use view::View;

/// The provider closes a connection on which nothing happened for so long.
const GIVES_UP_AFTER: Duration = Duration::from_mins(10);

/// How the endpoint is made.
pub(crate) struct AiSettings {
    /// The only key that is taken; without one any is, and none too.
    pub(crate) key: Option<String>,
    /// What the account has, USD.
    pub(crate) balance: Usd,
    /// Of the trader's whims and of the faults that are drawn.
    pub(crate) seed: u64,
    /// The simulated time, milliseconds since the epoch.
    pub(crate) now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// The endpoint. Its copies are the same one.
#[derive(Clone)]
pub(crate) struct Ai {
    settings: Arc<AiSettings>,
    state: Arc<Mutex<State>>,
}

struct State {
    calls: u64,
    faults: Faults,
    account: Account,
}

/// The routes: `/chat/completions`, `/models` and `/user/balance`, and those below the other vendors' names.
pub(crate) fn router(ai: &Ai) -> Router {
    Vendor::ALL
        .into_iter()
        .fold(Router::new(), |router, (vendor, base)| {
            let (completions, models, balance) = (ai.clone(), ai.clone(), ai.clone());
            let router = router
                .route(
                    &format!("{base}/chat/completions"),
                    post(async move |headers: HeaderMap, body: Bytes| {
                        completions.complete(vendor, &headers, &body).await
                    }),
                )
                .route(
                    &format!("{base}/models"),
                    get(async move |headers: HeaderMap| models.models(vendor, &headers)),
                );
            if vendor != Vendor::DeepSeek {
                return router;
            }
            router.route(
                &format!("{base}/user/balance"),
                get(async move |headers: HeaderMap| balance.balance(vendor, &headers)),
            )
        })
}

impl Ai {
    pub(crate) fn new(settings: AiSettings) -> Self {
        let account = Account::new(settings.balance);
        Self {
            settings: Arc::new(settings),
            state: Arc::new(Mutex::new(State {
                calls: 0,
                faults: Faults::default(),
                account,
            })),
        }
    }

    /// Plans a fault, or a list of them; `{"kind": "balance", "usd": "0"}` sets the balance at once.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub(crate) fn fault(&self, plan: &Value) -> Result<(), String> {
        if let Value::Array(plans) = plan {
            return plans.iter().try_for_each(|plan| self.fault(plan));
        }
        if plan.get("kind").and_then(Value::as_str) == Some("balance") {
            let usd = plan.get("usd").and_then(Value::as_str);
            let balance = usd.and_then(|usd| usd.parse::<Usd>().ok());
            self.state().account.balance =
                balance.ok_or("`usd` is an amount in a string, like \"12.50\".")?;
            return Ok(());
        }
        self.state().faults.add(plan)
    }

    /// The faults that are planned.
    pub(crate) fn faults(&self) -> Value {
        self.state().faults.show()
    }

    /// Takes all planned faults away; the balance stays.
    pub(crate) fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// What the provider knows of its calls.
    pub(crate) fn ledger(&self) -> Value {
        self.state().account.ledger()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is done halfway under it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn models(&self, vendor: Vendor, headers: &HeaderMap) -> Response {
        if let Err(refusal) = self.check_key(vendor, headers) {
            return refused(vendor, &refusal, None);
        }
        let models: Vec<Value> = vendor
            .models()
            .iter()
            .map(|id| json!({"id": id, "object": "model", "owned_by": vendor.owner()}))
            .collect();
        answer(&json!({"object": "list", "data": models}))
    }

    fn balance(&self, vendor: Vendor, headers: &HeaderMap) -> Response {
        match self.check_key(vendor, headers) {
            Ok(()) => answer(&self.state().account.show_balance()),
            Err(refusal) => refused(vendor, &refusal, None),
        }
    }

    fn check_key(&self, vendor: Vendor, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(key) = self.settings.key.as_deref().filter(|_| vendor.wants_key()) else {
            return Ok(());
        };
        let given = headers.get(header::AUTHORIZATION);
        let given = given.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        if given == Some(key) {
            Ok(())
        } else {
            Err(Refusal::new(401, Vendor::words(401)))
        }
    }

    async fn complete(&self, vendor: Vendor, headers: &HeaderMap, body: &[u8]) -> Response {
        if let Err(refusal) = self.check_key(vendor, headers) {
            return refused(vendor, &refusal, None);
        }
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            let refusal = Refusal::new(400, "Failed to parse the request body as JSON");
            return refused(vendor, &refusal, None);
        };
        let (mut call, fault) = self.begin();
        let outcome = self.outcome(vendor, &body, fault.as_ref(), &mut call);
        // What was begun is paid for, whether or not the client waits for it.
        self.state().account.enter(call);
        match outcome {
            Outcome::Refused(refusal, retry_after_s) => refused(vendor, &refusal, retry_after_s),
            Outcome::Written { body, is_stream } => {
                send(vendor, fault.as_ref(), body, is_stream).await
            }
            Outcome::Nothing => {
                tokio::time::sleep(GIVES_UP_AFTER).await;
                refused(vendor, &Refusal::new(504, Vendor::words(504)), None)
            }
        }
    }

    /// A new call, and the fault that it gets.
    fn begin(&self) -> (Call, Option<Fault>) {
        let mut state = self.state();
        state.calls = state.calls.saturating_add(1);
        let nth = state.calls;
        let fault = state.faults.next(self.settings.seed, nth);
        let call = Call {
            call: nth,
            time_ms: (self.settings.now_ms)(),
            fault: fault.as_ref().map(Fault::name),
            ..Call::default()
        };
        (call, fault)
    }

    /// What becomes of a call.
    fn outcome(
        &self,
        vendor: Vendor,
        body: &Value,
        fault: Option<&Fault>,
        call: &mut Call,
    ) -> Outcome {
        let asked = Asked::read(vendor, body);
        let view = asked
            .as_ref()
            .ok()
            .and_then(|asked| View::read(&asked.user));
        call.view_id = view.as_ref().map(|view| view.id);
        call.model = asked
            .as_ref()
            .map(|asked| asked.model.clone())
            .unwrap_or_default();
        let refusal = match fault {
            Some(Fault::Hang) => return Outcome::Nothing,
            Some(Fault::Status {
                status,
                retry_after_s,
            }) => {
                call.status = *status;
                let refusal = Refusal::new(*status, Vendor::words(*status));
                return Outcome::Refused(refusal, *retry_after_s);
            }
            Some(Fault::ErrorInside { status }) => {
                call.status = 200;
                let refusal = Refusal::new(*status, Vendor::words(*status));
                let body = vendor.error(&refusal).to_string();
                return Outcome::Written {
                    body,
                    is_stream: false,
                };
            }
            Some(_) | None => self.check(vendor, body),
        };
        match refusal.and(asked) {
            Ok(asked) => self.write(vendor, &asked, view.as_ref(), fault, call),
            Err(refusal) => {
                call.status = refusal.status;
                Outcome::Refused(refusal, None)
            }
        }
    }

    /// Balance first, then what the vendor takes.
    fn check(&self, vendor: Vendor, body: &Value) -> Result<(), Refusal> {
        if vendor == Vendor::DeepSeek && !self.state().account.balance.is_positive() {
            return Err(Refusal::new(402, Vendor::words(402)));
        }
        Asked::read(vendor, body)?;
        vendor.check(body)
    }

    /// The model writes.
    fn write(
        &self,
        vendor: Vendor,
        asked: &Asked,
        view: Option<&View>,
        fault: Option<&Fault>,
        call: &mut Call,
    ) -> Outcome {
        let text = Text::write(self.settings.seed, asked, view, fault);
        let (output, reasoning) = text.tokens();
        let first = tokens_of(&asked.first).min(asked.tokens);
        let cached = if self.state().account.cached(&asked.first) {
            first
        } else {
            0
        };
        call.tokens = Tokens {
            cached,
            input: asked.tokens.saturating_sub(cached),
            output,
            reasoning,
        };
        if vendor == Vendor::DeepSeek {
            call.cost = call.tokens.cost();
        }
        call.status = 200;
        call.finish_reason = Some(text.finish_reason.to_owned());
        let frame = Frame {
            vendor,
            id: format!("chatcmpl-{:016x}{:08x}", self.settings.seed, call.call),
            created: call.time_ms.div_euclid(1000),
            model: match fault {
                Some(Fault::OtherModel { model }) => model.clone(),
                Some(_) | None => vendor.serves(&asked.model).to_owned(),
            },
            tokens: &call.tokens,
            has_usage: fault != Some(&Fault::MissingUsage),
            has_cache_counters: vendor.counts_cache()
                && fault != Some(&Fault::MissingCacheCounters),
        };
        let body = if asked.stream {
            frame.stream(&text, asked.stream_usage)
        } else {
            frame.object(&text).to_string()
        };
        Outcome::Written {
            body,
            is_stream: asked.stream,
        }
    }
}

/// What becomes of a call.
enum Outcome {
    /// An error, and after how many seconds it may be tried again.
    Refused(Refusal, Option<u64>),
    /// An answer of status 200.
    Written { body: String, is_stream: bool },
    /// No answer.
    Nothing,
}

/// Sends a body the way its fault wants it.
async fn send(vendor: Vendor, fault: Option<&Fault>, body: String, is_stream: bool) -> Response {
    let line = if is_stream { vendor.comment() } else { "\n" };
    let length = body.len();
    let body = match fault {
        Some(Fault::BlankLines { seconds }) => {
            body::behind(line, Duration::from_secs(*seconds), body)
        }
        Some(Fault::KeepAlive { seconds }) => {
            body::behind(vendor.comment(), Duration::from_secs(*seconds), body)
        }
        Some(Fault::CutBody) => {
            let mut response = respond(body::cut(&body), is_stream);
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, length.into());
            return response;
        }
        Some(Fault::Slow { seconds }) => {
            tokio::time::sleep(Duration::from_secs(*seconds)).await;
            body.into()
        }
        Some(_) | None => body.into(),
    };
    respond(body, is_stream)
}

fn respond(body: Body, is_stream: bool) -> Response {
    let kind = if is_stream {
        "text/event-stream"
    } else {
        "application/json"
    };
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn answer(body: &Value) -> Response {
    respond(body.to_string().into(), false)
}

fn refused(vendor: Vendor, refusal: &Refusal, retry_after_s: Option<u64>) -> Response {
    let mut response = answer(&vendor.error(refusal));
    *response.status_mut() =
        StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(seconds) = retry_after_s {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
