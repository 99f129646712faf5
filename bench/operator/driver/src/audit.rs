//! The writes, from the API server's audit log: each request that is not a read leaves one line there before it is
//! over, whoever sent it and whatever came of it. None can be missed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Result;

/// What is logged, as arguments of kube-apiserver. Reads are left out: nobody counts them.
pub fn arguments(folder: &Path) -> Result<Vec<String>> {
    let policy = folder.join("audit-policy.yaml");
    let rules = json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "omitManagedFields": true,
        "rules": [{"level": "None", "verbs": ["get", "list", "watch"]}, {"level": "Metadata"}],
    });
    std::fs::write(&policy, rules.to_string())
        .map_err(|error| format!("{} cannot be written: {error}.", policy.display()))?;
    Ok(vec![
        format!("--audit-policy-file={}", policy.display()),
        format!("--audit-log-path={}", log(folder).display()),
        // A request is answered when its line is written: no batch that could be lost.
        "--audit-log-mode=blocking".to_owned(),
        // Never a second file.
        "--audit-log-maxsize=1000000".to_owned(),
    ])
}

fn log(folder: &Path) -> PathBuf {
    folder.join("audit.log")
}

/// Writes of one phase.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Writes {
    /// All of them, leases left out.
    pub total: u64,
    /// Writes to leases: an elected leader has them, and none of the contenders is elected here.
    pub leases: u64,
    /// Those in `total` that were answered with an error, a conflict for example.
    pub refused: u64,
    /// What they were.
    pub by: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct Line {
    stage: String,
    verb: String,
    user: User,
    #[serde(rename = "objectRef")]
    object: Option<ObjectRef>,
    #[serde(rename = "responseStatus")]
    response: Option<ResponseStatus>,
}

#[derive(Deserialize)]
struct User {
    username: String,
}

#[derive(Deserialize)]
struct ObjectRef {
    #[serde(default)]
    resource: String,
    #[serde(default)]
    subresource: String,
}

#[derive(Deserialize)]
struct ResponseStatus {
    #[serde(default)]
    code: u16,
}

/// Reads the log as it grows.
#[derive(Debug)]
pub struct Audit {
    reader: BufReader<File>,
    /// A line that is not whole yet.
    rest: String,
    /// Whose writes are counted.
    user: String,
    counted: Writes,
    /// The writes of everybody since the API server started.
    everybody: u64,
}

impl Audit {
    /// Counts the writes of `user`.
    pub fn open(folder: &Path, user: &str) -> Result<Self> {
        let path = log(folder);
        let file = File::open(&path).map_err(|error| {
            format!(
                "The audit log {} cannot be opened: {error}.",
                path.display()
            )
        })?;
        Ok(Self {
            reader: BufReader::with_capacity(1 << 20, file),
            rest: String::new(),
            user: user.to_owned(),
            counted: Writes::default(),
            everybody: 0,
        })
    }

    /// What was counted since it was last taken.
    pub fn take(&mut self) -> Result<Writes> {
        self.read()?;
        Ok(std::mem::take(&mut self.counted))
    }

    /// What was counted since it was last taken, which goes on.
    pub fn so_far(&mut self) -> Result<u64> {
        self.read()?;
        Ok(self.counted.total + self.counted.leases)
    }

    /// The writes of everybody since the API server started.
    pub fn everybody(&mut self) -> Result<u64> {
        self.read()?;
        Ok(self.everybody)
    }

    fn read(&mut self) -> Result<()> {
        loop {
            let read = self
                .reader
                .read_line(&mut self.rest)
                .map_err(|error| format!("The audit log cannot be read: {error}."))?;
            if read == 0 || !self.rest.ends_with('\n') {
                return Ok(());
            }
            let line: Line = serde_json::from_str(&self.rest)
                .map_err(|error| format!("The audit log has a line that is not valid: {error}."))?;
            self.rest.clear();
            self.count(line);
        }
    }

    fn count(&mut self, line: Line) {
        if line.stage != "ResponseComplete" && line.stage != "Panic" {
            return;
        }
        self.everybody += 1;
        if line.user.username != self.user {
            return;
        }
        let (resource, subresource) = line.object.map_or_else(Default::default, |object| {
            (object.resource, object.subresource)
        });
        let code = line.response.map_or(0, |response| response.code);
        let mut what = format!("{} {resource}", line.verb);
        if !subresource.is_empty() {
            what = format!("{what}/{subresource}");
        }
        if code >= 400 {
            what = format!("{what} ({code})");
        }
        *self.counted.by.entry(what).or_default() += 1;
        if resource == "leases" {
            self.counted.leases += 1;
            return;
        }
        self.counted.total += 1;
        self.counted.refused += u64::from(code >= 400);
    }
}

/// The writes of everybody as the API server's own counter has them: the check of the log.
pub fn counter(metrics: &str) -> u64 {
    metrics
        .lines()
        .filter(|line| line.starts_with("apiserver_request_total{"))
        .filter(|line| {
            [
                "POST",
                "PUT",
                "PATCH",
                "APPLY",
                "DELETE",
                "DELETECOLLECTION",
            ]
            .iter()
            .any(|verb| line.contains(&format!("verb=\"{verb}\"")))
        })
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum::<f64>() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(
        stage: &str,
        user: &str,
        verb: &str,
        resource: &str,
        subresource: &str,
        code: u16,
    ) -> Line {
        let text = json!({
            "stage": stage, "verb": verb, "user": {"username": user},
            "objectRef": {"resource": resource, "subresource": subresource},
            "responseStatus": {"code": code},
        });
        serde_json::from_value(text).expect("a line of the log")
    }

    #[test]
    fn every_write_of_the_contender_is_counted_once_and_nobody_elses() {
        let file = std::env::temp_dir().join(format!("bench-audit-{}", std::process::id()));
        std::fs::create_dir_all(&file).expect("a folder");
        std::fs::write(log(&file), "").expect("a log");
        let mut audit = Audit::open(&file, "me").expect("an open log");
        for one in [
            line("ResponseComplete", "me", "create", "services", "", 201),
            line(
                "ResponseComplete",
                "me",
                "update",
                "tradingbots",
                "status",
                409,
            ),
            line(
                "ResponseStarted",
                "me",
                "patch",
                "tradingbots",
                "status",
                200,
            ),
            line("ResponseComplete", "me", "update", "leases", "", 200),
            line(
                "ResponseComplete",
                "somebody",
                "create",
                "services",
                "",
                201,
            ),
        ] {
            audit.count(one);
        }
        let writes = audit.take().expect("the writes");
        std::fs::remove_dir_all(&file).expect("the folder goes");
        let by: Vec<(&str, u64)> = writes
            .by
            .iter()
            .map(|(what, number)| (what.as_str(), *number))
            .collect();
        assert_eq!(
            (
                writes.total,
                writes.leases,
                writes.refused,
                by,
                audit.everybody
            ),
            (
                2,
                1,
                1,
                vec![
                    ("create services", 1),
                    ("update leases", 1),
                    ("update tradingbots/status (409)", 1),
                ],
                4,
            )
        );
    }

    #[test]
    fn the_counter_knows_writes_from_reads() {
        let metrics = "# HELP\n\
            apiserver_request_total{code=\"201\",verb=\"POST\"} 3\n\
            apiserver_request_total{code=\"200\",verb=\"APPLY\"} 2\n\
            apiserver_request_total{code=\"200\",verb=\"LIST\"} 7\n\
            apiserver_request_terminations_total{verb=\"POST\"} 9\n";
        assert_eq!(counter(metrics), 5);
    }
}
