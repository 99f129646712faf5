//! What a run of CI's size must have hit: every kind of fault, and every reason code that can arise here.

use std::collections::BTreeMap;

use aicoin_domain::Reason;

use crate::fault::Struck;

/// Reason codes that cannot arise in this rig, each with why.
pub const CANNOT_ARISE: &[(Reason, &str)] = &[
    (
        Reason::InsufficientMargin,
        "the core leaves margin to the venue, whose refusal has its own words",
    ),
    (
        Reason::TakeProfitHit,
        "no part of the core records it: the fill's row says it",
    ),
    (
        Reason::Starting,
        "the worker says it before there is a core",
    ),
    (
        Reason::LoopStuck,
        "the worker's watchdog says it of a loop that no longer feeds the core",
    ),
    (
        Reason::RuleInsteadOfAi,
        "the local mode says it when it reads the manifest",
    ),
];

/// Kinds and codes that should have been hit and were not.
#[must_use]
pub fn missing(struck: &Struck, reasons: &BTreeMap<Reason, u64>) -> Vec<String> {
    let faults = struck
        .iter()
        .filter(|(_, count)| *count == 0)
        .map(|(fault, _)| format!("fault {}", fault.as_str()));
    let codes = Reason::ALL
        .iter()
        .filter(|reason| !CANNOT_ARISE.iter().any(|(known, _)| known == *reason))
        .filter(|reason| !reasons.contains_key(reason))
        .map(|reason| format!("reason {reason}"));
    // What is said to be impossible and happens is a list that is wrong.
    let wrong = CANNOT_ARISE
        .iter()
        .filter(|(reason, _)| reasons.contains_key(reason))
        .map(|(reason, _)| format!("reason {reason} arises after all"));
    faults.chain(codes).chain(wrong).collect()
}
