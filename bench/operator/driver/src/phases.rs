//! The phases, one after the other, on one control plane.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::contender::{Contender, Running};
use crate::measure::Meter;
use crate::observer::{Observer, Until};
use crate::plan::Plan;
use crate::plane::Plane;
use crate::worker::Stub;
use crate::{Result, bots, patches, process};

/// How often somebody looks.
const LOOK: Duration = Duration::from_millis(50);

/// Everything; answers the figures.
pub async fn all(plan: &Plan) -> Result<Value> {
    say(plan, "starting a control plane");
    let mut plane = Plane::start(plan).await?;
    let mut stub = Stub::closed()?;
    let key = control_key(plan)?;
    let metrics = format!("127.0.0.1:{}", free_port()?);
    let contender = Contender::new(plan, &plane.kubeconfig, &metrics, &stub.url(), &key)?;
    let observer = Observer::start(plane.api.clone());

    say(plan, &format!("creating {} bots", plan.bots));
    let started = Instant::now();
    bots::create(&plane.api, plan.bots, &plan.spec).await?;
    until(plan, "all bots to be seen", None, || {
        observer.counts().0 >= plan.bots
    })
    .await?;
    let bots_created_s = started.elapsed().as_secs_f64();

    say(plan, "first creation of everything");
    let meter = Meter::start(&mut plane, None)?;
    let mut running = contender.start()?;
    until(
        plan,
        "all statuses",
        Some((&contender, &mut running)),
        || observer.counts().1 >= plan.bots,
    )
    .await?;
    let ended = observer
        .last(Until::CaughtUp)
        .ok_or("No status was seen.")?;
    let creation = meter
        .end(&mut plane, &contender, &mut running, ended)
        .await?;
    let children = children(&plane, plan).await?;
    let (after_creation, _) = process::memory_mib(running.pid)?;

    let mut settle = None;
    if plan.controls_workers {
        say(plan, "the workers come up");
        let meter = Meter::start(&mut plane, Some(&running))?;
        stub.open()?;
        until(
            plan,
            "all workers to accept",
            Some((&contender, &mut running)),
            || observer.counts().2 >= plan.bots,
        )
        .await?;
        let ended = observer
            .last(Until::Accepted)
            .ok_or("No acceptance was seen.")?;
        let cost = meter
            .end(&mut plane, &contender, &mut running, ended)
            .await?;
        let (puts, gets) = stub.requests();
        settle = Some(json!({"cost": cost, "puts": puts, "gets": gets}));
    }
    let (_, peak_first) = process::memory_mib(running.pid)?;

    say(plan, "kill -9 and restart");
    running.kill().await?;
    let meter = Meter::start(&mut plane, None)?;
    let mut running = contender.start()?;
    let ended = handled(plan, &contender, &mut running).await?;
    let restart = meter
        .end(&mut plane, &contender, &mut running, ended)
        .await?;
    let (after_restart, _) = process::memory_mib(running.pid)?;

    say(plan, &format!("{} s of nothing", plan.idle_s));
    let meter = Meter::start(&mut plane, Some(&running))?;
    let (puts_before, gets_before) = stub.requests();
    let deadline = Instant::now() + Duration::from_secs(plan.idle_s);
    while Instant::now() < deadline {
        running.check(&contender)?;
        tokio::time::sleep(LOOK).await;
    }
    let idle = meter
        .end(&mut plane, &contender, &mut running, Instant::now())
        .await?;
    let (puts_after, gets_after) = stub.requests();
    let (after_idle, peak_restarted) = process::memory_mib(running.pid)?;

    say(plan, &format!("{} patches", plan.patches));
    let meter = Meter::start(&mut plane, Some(&running))?;
    let workers = plan.controls_workers.then_some(&stub);
    let pace = Duration::from_millis(plan.patch_every_ms);
    let latencies = patches::run(
        &plane.api,
        &observer,
        workers,
        plan.bots,
        plan.patches,
        pace,
    )
    .await?;
    let patched = meter
        .end(&mut plane, &contender, &mut running, Instant::now())
        .await?;
    let behind = plan.bots - observer.counts().1.min(plan.bots);

    let (logged, counted) = plane.cross_check().await?;
    running.kill().await?;
    say(plan, "done");
    Ok(json!({
        "contender": plan.contender,
        "bots": plan.bots,
        "bots_created_s": bots_created_s,
        "creation": creation,
        "children": children,
        "settle": settle,
        "restart": restart,
        "memory_mib": {
            "after_creation": after_creation,
            "peak_first": peak_first,
            "after_restart": after_restart,
            "after_idle": after_idle,
            "peak_restarted": peak_restarted,
        },
        "idle": {
            "seconds": plan.idle_s,
            "cost": idle,
            "worker_puts": puts_after - puts_before,
            "worker_gets": gets_after - gets_before,
        },
        "patches": {"latencies": latencies, "cost": patched, "statuses_behind": behind, "watch_breaks": observer.breaks()},
        "cross_check": {"audit_log": logged, "apiserver_request_total": counted},
    }))
}

/// Waits for something that the watch shows.
async fn until(
    plan: &Plan,
    what: &str,
    mut contender: Option<(&Contender, &mut Running)>,
    so: impl Fn() -> bool,
) -> Result<()> {
    let deadline = Instant::now() + plan.patience();
    while !so() {
        if let Some((contender, running)) = &mut contender {
            running.check(contender)?;
        }
        if Instant::now() > deadline {
            let words = contender.map_or_else(String::new, |(contender, _)| contender.last_words());
            return Err(format!(
                "Waiting for {what} took more than {} s. {words}",
                plan.patience().as_secs()
            ));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// Waits until the contender says that it has handled every bot once.
async fn handled(plan: &Plan, contender: &Contender, running: &mut Running) -> Result<Instant> {
    let deadline = Instant::now() + plan.patience();
    loop {
        running.check(contender)?;
        let handled = contender.handled().await;
        if handled >= plan.bots as u64 {
            return Ok(Instant::now());
        }
        if Instant::now() > deadline {
            return Err(format!(
                "After {} s the restarted contender has handled {handled} bots of {}. {}",
                plan.patience().as_secs(),
                plan.bots,
                contender.last_words()
            ));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Every bot must have its children; their sizes are those of the first bot's, in bytes of JSON.
async fn children(plane: &Plane, plan: &Plan) -> Result<Value> {
    let bot = plane
        .api
        .text(&format!("{}/{}", bots::COLLECTION, bots::name(0)))
        .await?;
    let mut sizes = BTreeMap::from([("tradingbots", bot.len())]);
    let mut counts = BTreeMap::new();
    for (kind, group) in [
        ("deployments", "/apis/apps/v1"),
        ("services", "/api/v1"),
        ("configmaps", "/api/v1"),
    ] {
        let path = format!("{group}/namespaces/{}/{kind}", bots::NAMESPACE);
        let count = plane.api.count(&path).await?;
        if count < plan.bots as u64 {
            return Err(format!("There are {count} {kind} for {} bots.", plan.bots));
        }
        counts.insert(kind, count);
        let selected = format!("{path}?labelSelector=aicoin.dev/bot={}", bots::name(0));
        let list = plane.api.get(&selected).await?;
        sizes.insert(kind, list["items"][0].to_string().len());
    }
    Ok(json!({"counts": counts, "bytes_of_one": sizes}))
}

/// A key to sign control tokens with, as Helm makes it: PKCS#8 in PEM. It protects nothing.
fn control_key(plan: &Plan) -> Result<String> {
    let mut der = vec![
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    der.extend(1..=32_u8);
    let path = plan.folder.join("control-key.pem");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der)
    );
    std::fs::write(&path, pem)
        .map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
    Ok(path.display().to_string())
}

fn free_port() -> Result<u16> {
    std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("There is no free port: {error}."))
}

fn say(plan: &Plan, what: &str) {
    eprintln!("  {}: {what} …", plan.contender);
}
