//! An operator that is killed right after a certain write: the write is done, and its answer never comes. Or comes late.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use aicoin_operator::operator::{Operator, Options};
use aicoin_testbed::control_plane::ControlPlane;
use http::{Method, Request, Response};
use kube::client::{Body, ClientBuilder};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tower::{Layer, Service};

/// Counts writes, and cuts the line after one of them.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    after: Arc<AtomicUsize>,
    writes: Arc<AtomicUsize>,
    is_cut: Arc<watch::Sender<bool>>,
    is_mended: Arc<watch::Sender<bool>>,
}

impl Cut {
    /// Not yet.
    pub(crate) fn never() -> Self {
        Self {
            after: Arc::new(AtomicUsize::new(usize::MAX)),
            writes: Arc::default(),
            is_cut: Arc::new(watch::Sender::new(false)),
            is_mended: Arc::new(watch::Sender::new(false)),
        }
    }

    /// The answer comes after all, and everything after it.
    pub(crate) fn mend(&self) {
        self.is_mended.send_replace(true);
    }

    /// After so many writes from now on.
    pub(crate) fn arm(&self, writes: usize) {
        self.after.store(self.writes() + writes, Ordering::SeqCst);
    }

    /// Writes so far.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    /// Waits until the line is cut.
    pub(crate) async fn happens(&self) {
        let mut is_cut = self.is_cut.subscribe();
        is_cut.wait_for(|is_cut| *is_cut).await.unwrap();
    }
}

impl<S> Layer<S> for Cut {
    type Service = Line<S>;

    fn layer(&self, inner: S) -> Line<S> {
        Line {
            inner,
            cut: self.clone(),
        }
    }
}

/// The line to the API server.
#[derive(Clone, Debug)]
pub(crate) struct Line<S> {
    inner: S,
    cut: Cut,
}

impl<S, B> Service<Request<Body>> for Line<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: Send + 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<B>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // Who leads is none of its business.
        if request.uri().path().contains("/leases") {
            return Box::pin(self.inner.call(request));
        }
        let is_mended = *self.cut.is_mended.borrow();
        if *self.cut.is_cut.borrow() && !is_mended {
            return Box::pin(std::future::pending());
        }
        if request.method() == Method::GET {
            return Box::pin(self.inner.call(request));
        }
        let number = self.cut.writes.fetch_add(1, Ordering::SeqCst) + 1;
        let last = self.cut.after.load(Ordering::SeqCst);
        if number > last && !is_mended {
            return Box::pin(std::future::pending());
        }
        let answer = self.inner.call(request);
        if number != last {
            return Box::pin(answer);
        }
        let is_cut = Arc::clone(&self.cut.is_cut);
        let mut mended = self.cut.is_mended.subscribe();
        Box::pin(async move {
            let answer = answer.await;
            is_cut.send_replace(true);
            let _ = mended.wait_for(|is_mended| *is_mended).await;
            answer
        })
    }
}

/// An operator in a runtime of its own, which ends as a process does that is killed.
#[derive(Debug)]
pub(crate) struct Killable {
    runtime: Option<Runtime>,
    operator: Option<Operator>,
}

impl Killable {
    pub(crate) async fn start(plane: &'static ControlPlane, cut: &Cut, options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let cut = cut.clone();
        let operator = runtime
            .spawn(async move {
                let mut config = super::config(plane).await;
                config.default_retry = false;
                let client = ClientBuilder::try_from(config)
                    .unwrap()
                    .with_layer(&cut)
                    .build();
                Operator::start(client, options).unwrap()
            })
            .await
            .unwrap();
        Self {
            runtime: Some(runtime),
            operator: Some(operator),
        }
    }

    pub(crate) fn operator(&self) -> &Operator {
        self.operator.as_ref().unwrap()
    }

    /// Told to stop, it ends in order.
    pub(crate) async fn stop(mut self) {
        let operator = self.operator.take().unwrap();
        let runtime = self.runtime.as_ref().unwrap();
        runtime.spawn(operator.stop()).await.unwrap();
    }

    /// Nothing of it runs any more.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        self.end();
    }
}
