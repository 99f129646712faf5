//! The dashboard with made-up data: `cargo run -p aicoin-web --example demo -- [port] [token]`.
//!
//! For: looking at the page and working on it. Nothing here trades, and nothing here is a model of a market: prices
//! wander, two positions stand, and control requests are answered as the worker would.
#![allow(clippy::print_stdout, missing_docs)]

mod history;
mod made_up;
mod world;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aicoin_api::http::*;
use aicoin_web::{
    Auth, Command, ControlCommand, Events, Heartbeat, Limits, Reader, Reading, Token, WebState,
};
use tokio::sync::{mpsc, watch};

use crate::world::World;

#[derive(Clone)]
struct Shared(Arc<Mutex<World>>);

impl Shared {
    fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn newest<T: Clone + Send + 'static>(
        &self,
        limit: u32,
        newest_first: bool,
        time: impl Fn(&T) -> i64,
        rows: impl FnOnce(&World) -> &[T],
    ) -> Reading<'static, Vec<T>> {
        let mut rows = self.with(|world| rows(world).to_vec());
        rows.sort_by_key(|row| std::cmp::Reverse(time(row)));
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        if !newest_first {
            rows.reverse();
        }
        Box::pin(async move { Ok(rows) })
    }
}

impl Reader for Shared {
    fn orders(&self, limit: u32) -> Reading<'_, Vec<Order>> {
        self.newest(
            limit,
            true,
            |it: &Order| it.created_at_ms,
            |world| &world.orders,
        )
    }
    fn fills(&self, limit: u32) -> Reading<'_, Vec<Fill>> {
        self.newest(limit, true, |it: &Fill| it.time_ms, |world| &world.fills)
    }
    fn decisions(&self, limit: u32) -> Reading<'_, Vec<Decision>> {
        self.newest(
            limit,
            true,
            |it: &Decision| it.time_ms,
            |world| &world.decisions,
        )
    }
    fn risk_events(&self, limit: u32) -> Reading<'_, Vec<RiskEvent>> {
        self.newest(
            limit,
            true,
            |it: &RiskEvent| it.time_ms,
            |world| &world.risks,
        )
    }
    fn account_snapshots(&self, limit: u32) -> Reading<'_, Vec<AccountSnapshot>> {
        self.newest(
            limit,
            false,
            |it: &AccountSnapshot| it.time_ms,
            |world| &world.snapshots,
        )
    }
    fn candles<'a>(&'a self, market: &'a str, limit: u32) -> Reading<'a, Vec<Candle>> {
        self.newest(
            limit,
            false,
            |it: &Candle| it.time_ms,
            |world| {
                world
                    .candles
                    .get(market)
                    .map(Vec::as_slice)
                    .unwrap_or_default()
            },
        )
    }
    fn health(&self) -> Reading<'_, Health> {
        let part = PartHealth {
            status: HealthStatus::Ok,
            reason: String::new(),
            latency_ms: Some(0.4),
        };
        let parts = ["database", "exchange", "ai", "market_data", "loop"]
            .map(|it| (it.to_owned(), part.clone()));
        Box::pin(async {
            Ok(Health {
                status: HealthStatus::Ok,
                parts: BTreeMap::from(parts),
            })
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().map_or(Ok(8000), |it| it.parse())?;
    let token = arguments
        .next()
        .map_or_else(Token::generate, |it| Token::parse(&it))?;

    let world = Shared(Arc::new(Mutex::new(World::new())));
    let (publish, status) = watch::channel(Arc::new(world.with(|world| world.status())));
    let (control, mut requests) = mpsc::channel::<ControlCommand>(16);
    let state = WebState {
        status,
        heartbeat: Heartbeat::new(),
        events: Events::new(),
        control,
        reader: Arc::new(world.clone()),
        auth: Auth::Token(token.clone()),
        metrics: prometheus::Registry::new(),
        limits: Limits::default(),
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("{}", token.url(listener.local_addr()?));

    let (events, heartbeat) = (state.events.clone(), state.heartbeat.clone());
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        loop {
            tokio::select! {
                _ = tick.tick() => world.with(|world| world.step(&events)),
                Some(ControlCommand { command, reply }) = requests.recv() => {
                    let _ = reply.send(match command {
                        Command::Level(request) => Ok(world.with(|world| world.control(request))),
                        Command::Resolve { .. } => Err("Nothing is to be settled in a demo.".to_owned()),
                    });
                }
            }
            heartbeat.beat();
            publish.send_replace(Arc::new(world.with(|world| world.status())));
        }
    });
    aicoin_web::serve(listener, state, std::future::pending()).await?;
    Ok(())
}
