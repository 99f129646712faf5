//! Promise: `ctl` reaches its own worker and nobody else does.
// The helpers here are no `#[test]`s, so clippy takes them for production code.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use aicoin_api::http::StatusReport;
use aicoin_domain::Hold;
use aicoin_web::Limits;
use aicoin_web::socket::{self, Request, Response, SocketError};
use common::{Loop, Setup, state, status};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::oneshot;

struct Worker {
    path: PathBuf,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
    _directory: tempfile::TempDir,
    _status: tokio::sync::watch::Sender<std::sync::Arc<aicoin_api::http::Status>>,
}

async fn worker(setup: Setup) -> Worker {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ctl.sock");
    let listener = socket::bind(&path).await.unwrap();
    let (state, publish) = state(setup);
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(socket::serve(listener, state, async {
        let _ = stopped.await;
    }));
    Worker {
        path,
        stop,
        served,
        _directory: directory,
        _status: publish,
    }
}

#[tokio::test]
async fn every_verb_goes_there_and_back() {
    let worker = worker(Setup::default()).await;
    let answer = socket::request(&worker.path, Request::Status)
        .await
        .unwrap();
    let report = StatusReport {
        status: status(),
        decisions: Some(Vec::new()),
    };
    assert_eq!(answer, Response::Status(Box::new(report)));
    for (verb, hold) in [
        (Request::Pause, Hold::Paused),
        (Request::CloseAll, Hold::CloseAll),
        (Request::Resume, Hold::None),
        (Request::Pause, Hold::Paused),
        (Request::Resolve { risk_event: 7 }, Hold::None),
    ] {
        let answer = socket::request(&worker.path, verb).await.unwrap();
        let Response::Control(reply) = answer else {
            panic!("{answer:?}")
        };
        assert!(reply.accepted);
        assert_eq!(reply.control.local_hold, hold, "{verb:?}");
    }
}

#[tokio::test]
async fn only_the_owner_may_open_it_and_it_goes_with_the_worker() {
    let worker = worker(Setup::default()).await;
    let mode = std::fs::metadata(&worker.path)
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    worker.stop.send(()).unwrap();
    worker.served.await.unwrap().unwrap();
    assert!(!worker.path.exists());
    let error = socket::request(&worker.path, Request::Status)
        .await
        .unwrap_err();
    assert!(matches!(error, SocketError::NobodyThere(_)), "{error}");
}

#[tokio::test]
async fn a_stale_file_is_replaced_and_a_living_worker_is_not() {
    let worker = worker(Setup::default()).await;
    let error = socket::bind(&worker.path).await.unwrap_err();
    assert!(matches!(error, SocketError::InUse(_)), "{error}");

    let directory = tempfile::tempdir().unwrap();
    let stale = directory.path().join("ctl.sock");
    drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
    assert!(stale.exists());
    socket::bind(&stale).await.unwrap();

    let file = directory.path().join("notes.txt");
    std::fs::write(&file, "mine").unwrap();
    let error = socket::bind(&file).await.unwrap_err();
    assert!(matches!(error, SocketError::NotASocket(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[tokio::test]
async fn a_path_over_107_bytes_is_refused_with_a_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let padding = 107 - directory.path().as_os_str().len() - 1;
    let fits = directory.path().join("x".repeat(padding));
    socket::bind(&fits).await.unwrap();
    let too_long = directory.path().join("x".repeat(padding + 1));
    let error = socket::bind(&too_long).await.unwrap_err().to_string();
    assert!(error.contains("has 108 bytes and may have 107"), "{error}");
    assert!(socket::request(&too_long, Request::Status).await.is_err());
}

#[tokio::test]
async fn hostile_lines_are_bounded_and_get_a_sentence() {
    let limits = Limits {
        socket_timeout: Duration::from_millis(300),
        ..Limits::default()
    };
    let worker = worker(Setup {
        limits,
        ..Setup::default()
    })
    .await;
    let ask = async |bytes: &[u8]| {
        let mut stream = UnixStream::connect(&worker.path).await.unwrap();
        let _ = stream.write_all(bytes).await;
        let mut answer = String::new();
        let _ = tokio::time::timeout(Duration::from_secs(2), stream.read_to_string(&mut answer))
            .await
            .unwrap();
        answer
    };
    for line in [
        "\n",
        "status\n",
        "{\"verb\":\"rm\"}\n",
        "{\"verb\":\"pause\",\"x\":1}\n",
    ] {
        assert!(ask(line.as_bytes()).await.contains("close-all"), "{line}");
    }
    let long = vec![b'x'; 100_000];
    ask(&long).await;
    assert_eq!(
        ask(b"{\"verb\":").await,
        "",
        "half a line is cut off in time"
    );
    assert!(socket::request(&worker.path, Request::Status).await.is_ok());
}

#[tokio::test]
async fn a_loop_that_hangs_is_a_sentence() {
    let limits = Limits {
        control_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let worker = worker(Setup {
        control: Loop::Hangs,
        limits,
        ..Setup::default()
    })
    .await;
    let answer = socket::request(&worker.path, Request::Pause).await.unwrap();
    let Response::Error(sentence) = answer else {
        panic!("{answer:?}")
    };
    assert!(sentence.contains("did not answer"), "{sentence}");
    assert!(matches!(
        socket::request(&worker.path, Request::Status).await,
        Ok(Response::Status(_))
    ));
}

#[tokio::test]
async fn what_makes_no_sense_is_answered_with_the_loops_own_sentence() {
    let worker = worker(Setup::default()).await;
    let request = Request::Resolve { risk_event: 8 };
    let answer = socket::request(&worker.path, request).await.unwrap();
    assert_eq!(answer, Response::Error("There is no risk event 8.".into()));
    for line in [
        "{\"verb\":\"resolve\"}\n",
        "{\"verb\":\"pause\",\"risk_event\":7}\n",
    ] {
        let mut stream = UnixStream::connect(&worker.path).await.unwrap();
        stream.write_all(line.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("A request is one line"), "{answer}");
    }
}
