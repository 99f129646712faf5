//! Each of `tests/bad-manifests` is refused by both judges, with the sentence that stands in it.
//!
//! `# expect:` is what both say, `# expect-local:` what `aicoin-worker local` and the operator say, `# expect-cluster:`
//! what the API server says in its own words. The latter are judged in the target `control_plane` of `aicoin-tests`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::judge::{ours, theirs};

struct BadManifest {
    path: PathBuf,
    text: String,
}

impl BadManifest {
    fn expected(&self, mark: &str) -> Vec<&str> {
        self.text
            .lines()
            .filter_map(|line| line.strip_prefix("# ")?.strip_prefix(mark))
            .map(|rest| rest.trim_start_matches(": "))
            .collect()
    }
}

fn all() -> Vec<BadManifest> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/bad-manifests");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| BadManifest {
            text: fs::read_to_string(&path).unwrap(),
            path,
        })
        .collect()
}

#[test]
fn there_are_many_and_each_says_what_it_expects_of_both() {
    let all = all();
    println!("figure: {} bad manifests", all.len());
    assert!(all.len() >= 25, "{}", all.len());
    for bad in all {
        let both = bad.expected("expect:").len();
        let (here, there) = (
            bad.expected("expect-local:").len(),
            bad.expected("expect-cluster:").len(),
        );
        assert!(both + here >= 1 && both + there >= 1, "{:?}", bad.path);
    }
}

#[test]
fn the_validation_refuses_each_with_its_sentence() {
    for bad in all() {
        let words = ours(&bad.text).join("\n");
        for mark in ["expect:", "expect-local:"] {
            for sentence in bad.expected(mark) {
                let sentence = sentence.trim();
                assert!(words.contains(sentence), "{:?}: {words}", bad.path);
            }
        }
    }
}

#[test]
fn the_definition_refuses_each_with_its_sentence() {
    for bad in all() {
        // Names are Kubernetes' business: a definition hears of those only that it allows.
        if bad.text.contains("name: BtcMomentum") {
            continue;
        }
        let object: Value = serde_yaml::from_str(&bad.text).unwrap();
        let words = theirs(&object, None).join("\n");
        assert!(!words.is_empty(), "{:?} is accepted", bad.path);
        for sentence in bad.expected("expect:") {
            let sentence = sentence.trim();
            // kube's engine tells what went wrong in a rule and leaves its sentence out.
            let stopped = words.contains("rule evaluation error");
            assert!(
                stopped || words.contains(sentence),
                "{:?}: {words}",
                bad.path
            );
        }
    }
}

#[test]
fn no_answer_repeats_a_private_key() {
    for bad in all() {
        let object: Value = serde_yaml::from_str(&bad.text).unwrap();
        for words in ours(&bad.text).into_iter().chain(theirs(&object, None)) {
            assert!(!words.to_lowercase().contains("abababab"), "{words}");
        }
    }
}
