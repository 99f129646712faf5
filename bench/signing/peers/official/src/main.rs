//! hyperliquid_rust_sdk, the venue's own SDK for Rust.
//!
//! Its signing is private: an order can only be sent. Just before it sends, it logs the whole body; a logger takes the time
//! there, and the request is dropped. It asks for the list of spot markets when it starts, which is answered here.

use std::future::Future as _;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use ethers::signers::LocalWallet;
use hyperliquid_rust_sdk::{
    AssetMeta, BaseUrl, ClientLimit, ClientOrder, ClientOrderRequest, ExchangeClient, Meta,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

#[path = "../../../harness.rs"]
mod harness;

use harness::{Contender, Order, Signed, ASSET, KEY};

/// Where the logger leaves what it saw.
static SEEN: Mutex<Option<Signed>> = Mutex::new(None);

/// What stands before the body in the log. The body is written as Rust writes a text, in quotes and with escapes.
const BEFORE: &str = "Sending request ";

struct Watch;

impl log::Log for Watch {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("hyperliquid_rust_sdk")
    }

    fn log(&self, record: &log::Record<'_>) {
        // The time first: writing the text is not the SDK's work.
        let at = Instant::now();
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = record.args().to_string();
        if let Some(quoted) = text.strip_prefix(BEFORE) {
            let body = quoted.trim_matches('"').replace("\\\"", "\"").into_bytes();
            *SEEN.lock().expect("the lock") = Some(Signed { body, at });
        }
    }

    fn flush(&self) {}
}

struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

struct Official {
    client: ExchangeClient,
    runtime: Runtime,
    waker: Waker,
}

impl Contender for Official {
    type Order = ClientOrderRequest;

    fn order(&self, order: &Order) -> ClientOrderRequest {
        ClientOrderRequest {
            asset: "BTC".to_owned(),
            is_buy: order.is_buy,
            reduce_only: false,
            limit_px: f64::from(order.price),
            sz: f64::from(order.size_milli) / 1000.0,
            cloid: Some(Uuid::from_u128(order.cloid)),
            order_type: ClientOrder::Limit(ClientLimit {
                tif: "Ioc".to_owned(),
            }),
        }
    }

    /// The nonce is its own.
    fn sign(&mut self, order: ClientOrderRequest, _: u64) -> Signed {
        let _inside = self.runtime.enter();
        let mut sending = Box::pin(self.client.order(order, None));
        let polled = sending.as_mut().poll(&mut Context::from_waker(&self.waker));
        if let Poll::Ready(Err(error)) = polled {
            panic!("it does not sign: {error}");
        }
        SEEN.lock()
            .expect("the lock")
            .take()
            .expect("it logs the body before it sends it")
    }
}

/// Answers every request with an empty list of spot markets.
async fn answer(listener: TcpListener) {
    const BODY: &str = r#"{"universe":[],"tokens":[]}"#;
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let reply = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{BODY}",
            BODY.len()
        );
        let _ = stream.write_all(reply.as_bytes()).await;
    }
}

fn main() {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let asset = |name: &str| AssetMeta {
        name: name.to_owned(),
        sz_decimals: 5,
    };
    let mut universe: Vec<AssetMeta> = (0..ASSET).map(|n| asset(&format!("M{n}"))).collect();
    universe.push(asset("BTC"));
    let client = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        // It knows three addresses, and the local one has a fixed port, which may be taken. So this is its proxy.
        std::env::set_var("http_proxy", format!("http://127.0.0.1:{port}"));
        std::env::remove_var("no_proxy");
        std::env::remove_var("NO_PROXY");
        let answering = tokio::spawn(answer(listener));
        let wallet: LocalWallet = KEY.parse().expect("a key");
        let meta = Meta { universe };
        let client = ExchangeClient::new(None, wallet, Some(BaseUrl::Localhost), Some(meta), None)
            .await
            .expect("a client");
        answering.abort();
        client
    });
    log::set_logger(&Watch).expect("the first logger");
    log::set_max_level(log::LevelFilter::Debug);
    harness::run(&mut Official {
        client,
        runtime,
        waker: Waker::from(Arc::new(Nobody)),
    });
}
