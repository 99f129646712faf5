//! What all contenders share: the orders, the key, the loop that times, and what is printed. Each is a program of its own
//! that includes this file.
//!
//! `check` reads nonces, one a line, and prints a signed body for each. `time COUNT PAUSE_US` signs so many orders, waits
//! that long before each, and prints one JSON object.

use std::io::BufRead as _;
use std::time::{Duration, Instant};

/// A key that everybody knows: it signs nothing but this.
pub const KEY: &str = "0x0123456789012345678901234567890123456789012345678901234567890123";
/// The market's place in the test network's list.
pub const ASSET: u32 = 3;
/// Orders that are signed before the clock counts.
const WARM_UP: u64 = 500;

/// An order in no library's terms: an immediate-or-cancel limit order with a client's number.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub is_buy: bool,
    /// The limit price in whole USD.
    pub price: u32,
    /// The size in thousandths.
    pub size_milli: u32,
    pub cloid: u128,
}

impl Order {
    /// The order of that number: no two that follow each other are alike.
    pub fn number(number: u64) -> Self {
        let spread = |count: u64| u32::try_from(number % count).unwrap_or(0);
        Self {
            is_buy: number % 2 == 0,
            price: 60_000 + spread(4_001),
            size_milli: 1 + spread(997),
            cloid: 0x0a1b_2c3d_0000_0000_0000_0000_0000_0000 + u128::from(number),
        }
    }
}

/// The whole body, and when it was whole.
pub struct Signed {
    pub body: Vec<u8>,
    pub at: Instant,
}

impl Signed {
    /// A body that is whole now.
    pub fn now(body: Vec<u8>) -> Self {
        Self {
            body,
            at: Instant::now(),
        }
    }
}

/// A library that signs orders.
pub trait Contender {
    /// An order in the library's own terms.
    type Order;

    /// What a user of the library has before an order is signed: not timed.
    fn order(&self, order: &Order) -> Self::Order;

    /// Everything from the order to the bytes that are posted to `/exchange`, for the test network, without vault and
    /// expiry.
    fn sign(&mut self, order: Self::Order, nonce: u64) -> Signed;
}

/// Does what the command line says. Anything that goes wrong ends the program: the script that runs it tells.
pub fn run<C: Contender>(contender: &mut C) {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["check"] => check(contender),
        ["time", count, pause_us] => {
            let count = count.parse().expect("COUNT is a number");
            let pause = Duration::from_micros(pause_us.parse().expect("PAUSE_US is a number"));
            let mut numbers = 0..;
            println!(
                "{}",
                timed(count, pause, || {
                    let number = numbers.next().unwrap_or(0);
                    let order = contender.order(&Order::number(number));
                    let start = Instant::now();
                    let signed = contender.sign(order, nonce_of(number));
                    let span = signed.at - start;
                    std::hint::black_box(signed.body);
                    span
                })
            );
        }
        _ => panic!("the arguments are `check` or `time COUNT PAUSE_US`"),
    }
}

fn nonce_of(number: u64) -> u64 {
    1_764_000_000_000 + number
}

fn check<C: Contender>(contender: &mut C) {
    for (number, line) in (0..).zip(std::io::stdin().lock().lines()) {
        let nonce = line
            .expect("a line of standard input")
            .parse()
            .expect("a nonce");
        let order = contender.order(&Order::number(number));
        let signed = contender.sign(order, nonce);
        println!(
            "{}",
            String::from_utf8(signed.body).expect("a body is UTF-8")
        );
    }
}

/// Runs something so many times, after some times that do not count; answers the spans as a JSON object.
pub fn timed(count: u64, pause: Duration, mut once: impl FnMut() -> Duration) -> String {
    let mut spans = Vec::new();
    for number in 0..WARM_UP + count {
        if !pause.is_zero() && number >= WARM_UP {
            std::thread::sleep(pause);
        }
        let span = once();
        if number >= WARM_UP {
            spans.push(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX));
        }
    }
    spans.sort_unstable();
    let at = |per_mille: usize| spans[(spans.len() - 1) * per_mille / 1000];
    format!(
        r#"{{"count":{count},"p50_ns":{},"p90_ns":{},"p99_ns":{},"p999_ns":{},"max_ns":{}}}"#,
        at(500),
        at(900),
        at(990),
        at(999),
        at(1000)
    )
}
