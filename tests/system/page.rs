//! The page in a real browser: it shows the bot, it controls it, and it has no errors.

use std::time::Duration;

use serde_json::json;

use crate::rig::browser::{self, Browser};
use crate::rig::manifest::Rule;
use crate::rig::worker::Worker;
use crate::rig::{self};

const SOON: Duration = Duration::from_secs(30);

#[test]
fn the_page_shows_the_bot_and_controls_it() {
    let Some(binary) = rig::binary() else { return };
    let Some(program) = browser::program() else {
        return;
    };
    let dir = rig::scratch();
    let manifest = Rule {
        markets: "BTC, ETH",
        fast: 1,
        slow: 2,
        stop_loss_pct: Some("2"),
        ..Rule::default()
    }
    .write(dir.path());
    let worker = Worker::start(
        &binary,
        &manifest,
        &dir.path().join("data"),
        &["--speed", "120"],
    );
    rig::eventually("orders", SOON, || worker.count("orders") > 4);
    let mut page = Browser::start(program, &dir.path().join("profile"));
    page.open(&worker.url());

    page.wait_for(
        "document.getElementById('bot')?.textContent.includes('test')",
        SOON,
    );
    assert_eq!(
        page.evaluate("location.search"),
        json!(""),
        "the token is not in the address any more"
    );
    page.wait_for("document.querySelectorAll('#orders tr').length > 0", SOON);
    page.wait_for(
        "document.querySelectorAll('#decisions > *').length > 0",
        SOON,
    );
    page.wait_for(
        "document.querySelectorAll('#positions > *').length > 0",
        SOON,
    );
    page.wait_for("/Equity[^]*10,?0\\d\\d|Equity[^]*9,?\\d\\d\\d/.test(document.getElementById('kpis').innerText)", SOON);
    // A chart that has been drawn has pixels of more than one colour.
    for chart in ["price", "equity"] {
        let drawn = format!(
            "(() => {{ const c = document.getElementById('{chart}'); if (!c.width || !c.height) return false; \
             const d = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer); \
             return new Set(d).size > 3; }})()"
        );
        page.wait_for(&drawn, SOON);
    }
    // It lives: new rows come without a reload.
    let rows = page.evaluate("document.getElementById('count-orders').textContent");
    page.wait_for(
        &format!("document.getElementById('count-orders').textContent !== {rows}"),
        SOON,
    );

    page.evaluate("document.getElementById('pause').click()");
    rig::eventually("paused by the page", SOON, || {
        worker.status()["control"]["in_force"] == "Paused"
    });
    page.wait_for(
        "/paused/i.test(document.getElementById('state-word').textContent)",
        SOON,
    );
    page.wait_for("!document.getElementById('resume').disabled", SOON);
    page.evaluate("document.getElementById('resume').click()");
    rig::eventually("resumed by the page", SOON, || {
        worker.status()["control"]["in_force"] == "Running"
    });

    page.wait_for("!document.getElementById('close-all').disabled", SOON);
    page.evaluate("document.getElementById('close-all').click()");
    page.wait_for("document.getElementById('confirm').open", SOON);
    assert_eq!(
        page.evaluate("document.getElementById('confirm-do').disabled"),
        json!(true),
        "it asks first"
    );
    page.evaluate(
        "(() => { const w = document.getElementById('confirm-word'); w.value = 'close all'; \
         w.dispatchEvent(new Event('input', { bubbles: true })); })()",
    );
    page.evaluate("document.getElementById('confirm-do').click()");
    rig::eventually("closed by the page", SOON, || {
        let status = worker.status();
        status["control"]["in_force"] == "CloseAll" && status["control"]["effective"] == true
    });
    page.wait_for(
        "document.querySelectorAll('#positions > *').length === 0",
        SOON,
    );
    assert_eq!(page.errors, Vec::<String>::new(), "the page had errors");
}

#[test]
fn without_a_token_the_browser_sees_how_to_get_in() {
    let Some(binary) = rig::binary() else { return };
    let Some(program) = browser::program() else {
        return;
    };
    let dir = rig::scratch();
    let worker = Worker::start(
        &binary,
        &Rule::default().write(dir.path()),
        &dir.path().join("data"),
        &[],
    );
    let mut page = Browser::start(program, &dir.path().join("profile"));
    page.open(&format!("http://{}/", worker.address));
    page.wait_for(
        "document.body?.innerText.includes('Open the address that the worker printed')",
        SOON,
    );
    assert_eq!(
        page.evaluate("document.getElementById('pause') === null"),
        json!(true)
    );
}
