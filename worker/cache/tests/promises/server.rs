//! A Redis of the test's own: on a free port, nothing on disk, gone when it is dropped.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The server.
pub(crate) struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Server {
    /// A new one; `None`, with a sentence, where Redis is not installed.
    pub(crate) fn start() -> Option<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let folder = tempfile::tempdir().unwrap();
        match spawn(port, folder.path()) {
            Ok(child) => {
                let server = Self {
                    child,
                    port,
                    folder,
                };
                server.wait();
                Some(server)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                println!("skipped: there is no redis-server here; `cargo xtask test` installs it");
                None
            }
            Err(error) => panic!("redis-server cannot be started: {error}"),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// On the same port, with nothing in it.
    pub(crate) fn start_again(&mut self) {
        self.child = spawn(self.port, self.folder.path()).unwrap();
        self.wait();
    }

    /// A command of the server's own.
    pub(crate) fn ask(&self, words: &[&str]) {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        writeln!(stream, "{}\r", words.join(" ")).unwrap();
        let mut answer = [0_u8; 64];
        let length = stream.read(&mut answer).unwrap();
        assert!(
            matches!(answer.first(), Some(b'+' | b':')),
            "{words:?}: {}",
            String::from_utf8_lossy(&answer[..length])
        );
    }

    fn wait(&self) {
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "redis-server does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16, folder: &std::path::Path) -> std::io::Result<Child> {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .arg("--port")
        .arg(port.to_string())
        .arg("--dir")
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}
