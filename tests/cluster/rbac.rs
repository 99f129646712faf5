//! What the operator may do on this cluster, asked as a person would: `kubectl auth can-i`, row by row of
//! `tests/chart/can-i.tsv`.

use std::path::Path;
use std::process::Command;

/// Who is asked about.
const OPERATOR: &str = "--as=system:serviceaccount:aicoin-system:aicoin-operator";
/// The table.
const TABLE: &str = "chart/can-i.tsv";
/// Fewer refusals would mean that the table lost its rows.
const REFUSED_MIN: usize = 30;

/// Every answer is the one in the table. The operator has to be installed without values.
pub(crate) fn can_i_matrix_holds(kubectl: &dyn Fn() -> Command) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    let table = std::fs::read_to_string(&path).unwrap();
    let mut refused = 0;
    for row in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [verb, resource, subresource, name, namespace, expected] = columns[..] else {
            panic!("{}: {row:?} has not 6 columns", path.display());
        };
        let mut question = kubectl();
        question.args(["auth", "can-i", verb]);
        match name {
            "-" => question.arg(resource),
            name => question.arg(format!("{resource}/{name}")),
        };
        if subresource != "-" {
            question.arg(format!("--subresource={subresource}"));
        }
        if namespace != "-" {
            question.arg(format!("--namespace={namespace}"));
        }
        // It fails where the answer is no.
        let output = question.arg(OPERATOR).output().unwrap();
        let answer = String::from_utf8_lossy(&output.stdout);
        assert_eq!(
            answer.trim(),
            expected,
            "{row}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        refused += usize::from(expected == "no");
    }
    assert!(refused >= REFUSED_MIN, "{refused} refusals are too few");
    println!("figure: kubectl auth can-i: {refused} rights refused to the operator");
}
