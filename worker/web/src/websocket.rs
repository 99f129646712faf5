//! `GET /ws`: the status first, then what happens, numbered per client without gaps.
//!
//! A client that does not keep up is dropped with a reason instead of slowing anything down; it connects again and
//! gets a fresh snapshot. What clients send is limited and ignored.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::{IntoResponse, Response};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior};

use crate::error::ApiError;
use crate::state::{App, stopped};

/// For a client that is being dropped to take the reason.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(1);

/// Why the worker ends a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    /// The client went, or its socket broke.
    Left,
    /// The server stops.
    Stopping,
    /// It is that many events behind.
    Behind(u64),
    /// It did not take a message in time.
    Blocked,
    /// It said nothing, not even a pong.
    Silent,
    /// It says too much.
    Talkative,
}

impl End {
    /// The label of the metric.
    const fn word(&self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Stopping => "stopping",
            Self::Behind(_) => "behind",
            Self::Blocked => "blocked",
            Self::Silent => "silent",
            Self::Talkative => "talkative",
        }
    }

    fn close_frame(&self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Left => return None,
            Self::Stopping => (close_code::AWAY, "the worker is stopping".to_owned()),
            Self::Behind(events) => (
                close_code::AGAIN,
                format!("slow reader: {events} events behind; connect again"),
            ),
            Self::Blocked => (
                close_code::AGAIN,
                "slow reader: a message was not taken in time; connect again".to_owned(),
            ),
            Self::Silent => (close_code::AWAY, "no pong".to_owned()),
            Self::Talkative => (close_code::POLICY, "too many messages".to_owned()),
        };
        Some(CloseFrame {
            code,
            reason: reason.into(),
        })
    }
}

pub(crate) async fn upgrade(
    State(app): State<App>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            return ApiError::new(
                rejection.status(),
                "This address takes WebSocket connections only.",
            )
            .into_response();
        }
    };
    let limits = &app.web.limits;
    let Ok(place) = Arc::clone(&app.websockets).try_acquire_owned() else {
        return ApiError::unavailable(format!(
            "All {} WebSocket places are taken; try again soon.",
            limits.websockets_max
        ))
        .into_response();
    };
    upgrade
        .max_message_size(limits.websocket_inbound_bytes_max)
        .max_frame_size(limits.websocket_inbound_bytes_max)
        .max_write_buffer_size(limits.websocket_outbound_bytes_max)
        .on_upgrade(move |socket| async move {
            let client = Client::new(socket, app);
            client.run().await;
            drop(place);
        })
}

/// One WebSocket.
struct Client {
    socket: WebSocket,
    app: App,
    /// The number of the next message.
    seq: u64,
}

impl Client {
    fn new(socket: WebSocket, app: App) -> Self {
        Self {
            socket,
            app,
            seq: 1,
        }
    }

    async fn run(mut self) {
        self.app.metrics.websockets.inc();
        tracing::debug!("A WebSocket client has connected");
        let Err(end) = self.stream().await;
        self.app.metrics.websockets.dec();
        if end != End::Left {
            self.app
                .metrics
                .websockets_dropped
                .with_label_values(&[end.word()])
                .inc();
        }
        match &end {
            End::Left | End::Stopping => tracing::debug!(?end, "A WebSocket client has gone"),
            End::Behind(_) | End::Blocked | End::Silent | End::Talkative => {
                tracing::warn!(reason = end.word(), "A WebSocket client is dropped");
            }
        }
        if let Some(frame) = end.close_frame() {
            let goodbye = self.socket.send(Message::Close(Some(frame)));
            let _ = tokio::time::timeout(GOODBYE_TIMEOUT, goodbye).await;
        }
    }

    /// Sends until there is a reason to end.
    async fn stream(&mut self) -> Result<std::convert::Infallible, End> {
        let limits = self.app.web.limits.clone();
        // Subscribed before the snapshot is taken: what happens in between comes twice rather than never.
        let mut events = self.app.web.events.subscribe();
        let mut status = self.app.web.status.clone();
        let mut stopping = self.app.stopping.clone();
        let mut ping = tokio::time::interval(limits.websocket_ping_every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.reset();
        let mut heard_at = Instant::now();
        let mut heard_since_ping = 0_u32;

        let snapshot = Arc::clone(&status.borrow_and_update());
        self.send_members(self.app.status_members(&snapshot))
            .await?;
        let mut next_status_at = Instant::now() + limits.websocket_status_every;

        loop {
            tokio::select! {
                () = stopped(&mut stopping) => return Err(End::Stopping),
                received = self.socket.recv() => {
                    match received {
                        None | Some(Err(_) | Ok(Message::Close(_))) => return Err(End::Left),
                        Some(Ok(Message::Text(_) | Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => {}
                    }
                    heard_at = Instant::now();
                    heard_since_ping += 1;
                    if heard_since_ping > limits.websocket_inbound_messages_max {
                        return Err(End::Talkative);
                    }
                }
                _ = ping.tick() => {
                    if heard_at.elapsed() >= limits.websocket_silence_max {
                        return Err(End::Silent);
                    }
                    heard_since_ping = 0;
                    self.send(Message::Ping(Default::default())).await?;
                }
                event = events.recv() => match event {
                    Ok(event) => self.send_members(event.members()).await?,
                    Err(RecvError::Lagged(behind)) => return Err(End::Behind(behind)),
                    Err(RecvError::Closed) => return Err(End::Stopping),
                },
                // First the pause, then the news: dropping this branch half-way loses no change.
                changed = async { tokio::time::sleep_until(next_status_at).await; status.changed().await } => {
                    if changed.is_err() {
                        return Err(End::Stopping);
                    }
                    let latest = Arc::clone(&status.borrow_and_update());
                    self.send_members(self.app.status_members(&latest)).await?;
                    next_status_at = Instant::now() + limits.websocket_status_every;
                }
            }
        }
    }

    /// Puts the number before the members and sends them.
    async fn send_members(&mut self, members: Option<Arc<str>>) -> Result<(), End> {
        let Some(members) = members else {
            return Ok(());
        };
        let text = format!("{{\"seq\":{},{members}", self.seq);
        self.seq += 1;
        self.send(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        let limit = self.app.web.limits.websocket_send_timeout;
        match tokio::time::timeout(limit, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Left),
            Err(_) => Err(End::Blocked),
        }
    }
}
