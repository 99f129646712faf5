//! Collects problems, and holds the checks that several fields share.
//!
//! What stands beside a Secret's name is never repeated: one of them may be the secret itself.

use core::fmt;

use aicoin_domain::{Rate, Usd};

use super::{Problem, RuleId, Where};
use crate::bot::number::quote;
use crate::bot::{Dollars, Mode, Percent, SecretKeyRef};

const DNS_LABEL_MAX: usize = 63;
const DNS_SUBDOMAIN_MAX: usize = 253;

/// The problems that were found so far.
pub(super) struct Problems {
    pub(super) place: Where,
    pub(super) found: Vec<Problem>,
}

impl Problems {
    pub(super) fn add(
        &mut self,
        rule: RuleId,
        field: impl Into<String>,
        message: impl Into<String>,
    ) {
        if rule.applies(self.place) {
            self.found.push(Problem {
                rule,
                field: field.into(),
                message: message.into(),
            });
        }
    }

    pub(super) fn range(
        &mut self,
        rule: RuleId,
        field: impl Into<String>,
        value: impl fmt::Display,
        range: impl fmt::Display,
    ) {
        self.add(
            rule,
            field,
            format!("{value} is out of range; write {range}"),
        );
    }

    pub(super) fn positive(&mut self, field: &str, amount: Dollars) {
        if amount.0 <= Usd::ZERO {
            self.range(RuleId::AmountPositive, field, amount, "an amount above 0");
        }
    }

    pub(super) fn percent(&mut self, field: &str, percent: Percent) {
        if !percent.0.is_positive() || percent.0 > Rate::from_bps(10_000) {
            self.range(
                RuleId::PercentRange,
                field,
                percent,
                "a percentage above 0 and up to 100",
            );
        }
    }

    pub(super) fn dns_label(&mut self, field: &str, name: &str) {
        if name.is_empty() || name.len() > DNS_LABEL_MAX || !is_dns_label(name) {
            self.add(
                RuleId::NameIsDnsLabel,
                field,
                format!(
                    "{} is no name in Kubernetes; write at most {DNS_LABEL_MAX} lower-case letters, digits and dashes, with a letter or digit at both ends",
                    quote(name)
                ),
            );
        }
    }

    pub(super) fn secret(&mut self, field: &str, reference: &SecretKeyRef) {
        let SecretKeyRef { name, key } = reference;
        self.reference(field, "Secret", name, key);
    }

    /// The names are not repeated: one of them may be the secret itself.
    pub(super) fn reference(&mut self, field: &str, kind: &str, name: &str, key: &str) {
        if name.len() > DNS_SUBDOMAIN_MAX || !name.split('.').all(is_dns_label) {
            self.add(
                RuleId::ReferenceName,
                format!("{field}.name"),
                format!("this cannot be the name of a {kind}; write lower-case letters, digits, dashes and dots"),
            );
        }
        let in_key = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        // A key is a file in the pod: it must not be a way out of its folder.
        let is_file = !key.is_empty() && key != "." && !key.starts_with("..");
        if !is_file || key.len() > DNS_SUBDOMAIN_MAX || !key.bytes().all(in_key) {
            self.add(
                RuleId::ReferenceName,
                format!("{field}.key"),
                format!("this cannot be a key of a {kind}; write letters, digits, dashes, dots and underscores"),
            );
        }
    }

    pub(super) fn base_url(&mut self, mode: Mode, field: &str, url: &str) {
        let secure = url.strip_prefix("https://");
        let rest = secure
            .or_else(|| url.strip_prefix("http://"))
            .unwrap_or_default();
        let host = rest.split('/').next().unwrap_or_default();
        let clean = rest
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"@?#\\".contains(&byte));
        if host.is_empty() || host.starts_with(':') || !clean {
            self.add(
                RuleId::BaseUrl,
                field,
                "this is no base URL; write it like `https://host/path`, without a user, a query or a fragment",
            );
        } else if mode == Mode::Live && secure.is_none() {
            let message = "Live refuses http://, where anybody on the way can change what is said; write https://";
            self.add(RuleId::LiveNeedsHttps, field, message);
        }
    }
}

fn is_dns_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !label.is_empty()
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}
