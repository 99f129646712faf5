//! Collects problems, and holds the checks that several fields share.
//!
//! What stands beside a Secret's name is never repeated: one of them may be the secret itself.

use core::fmt;

use aicoin_domain::Usd;

use super::{Problem, RuleId, Where, limits, sentences};
use crate::bot::number::quote;
use crate::bot::{Dollars, Mode, Percent, SecretKeyRef};

/// The range of amounts that limit something.
pub(crate) const AMOUNT: &str = "an amount above 0";
/// The range of percentages that limit something.
pub(crate) const PERCENTAGE: &str = "a percentage above 0 and up to 100";

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
            format!("{value} {}", sentences::out_of_range(range)),
        );
    }

    pub(super) fn positive(&mut self, field: &str, amount: Dollars) {
        if amount.0 <= Usd::ZERO {
            self.range(RuleId::AmountPositive, field, amount, AMOUNT);
        }
    }

    pub(super) fn percent(&mut self, field: &str, percent: Percent) {
        if !percent.0.is_positive() || percent.0 > limits::PERCENT_MAX {
            self.range(RuleId::PercentRange, field, percent, PERCENTAGE);
        }
    }

    pub(super) fn dns_label(&mut self, field: &str, name: &str) {
        if name.len() > limits::DNS_LABEL_CHARS_MAX || !is_dns_label(name) {
            self.add(
                RuleId::NameIsDnsLabel,
                field,
                format!("{} {}", quote(name), sentences::DNS_LABEL),
            );
        }
    }

    pub(super) fn secret(&mut self, field: &str, reference: &SecretKeyRef) {
        let SecretKeyRef { name, key } = reference;
        self.reference(field, "Secret", name, key);
    }

    /// The names are not repeated: one of them may be the secret itself.
    pub(super) fn reference(&mut self, field: &str, kind: &str, name: &str, key: &str) {
        if !is_dns_subdomain(name) {
            self.add(
                RuleId::ReferenceName,
                format!("{field}.name"),
                sentences::reference_name(kind),
            );
        }
        let in_key = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        // A key is a file in the pod: it must not be a way out of its folder.
        let is_file = !key.is_empty() && key != "." && !key.starts_with("..");
        if !is_file || key.len() > limits::DNS_SUBDOMAIN_CHARS_MAX || !key.bytes().all(in_key) {
            self.add(
                RuleId::ReferenceName,
                format!("{field}.key"),
                sentences::reference_key(kind),
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
        let short = url.len() <= limits::BASE_URL_CHARS_MAX;
        if host.is_empty() || host.starts_with(':') || !clean || !short {
            self.add(RuleId::BaseUrl, field, sentences::BASE_URL);
        } else if mode == Mode::Live && secure.is_none() {
            self.add(RuleId::LiveNeedsHttps, field, sentences::HTTPS);
        }
    }
}

/// A name that holds other names in Kubernetes.
pub(super) fn is_dns_subdomain(name: &str) -> bool {
    name.len() <= limits::DNS_SUBDOMAIN_CHARS_MAX && name.split('.').all(is_dns_label)
}

fn is_dns_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !label.is_empty()
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}
