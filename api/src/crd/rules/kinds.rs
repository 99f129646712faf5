//! Rules of which there are many: ranges, amounts, references, URLs; and how they are written in CEL.

use super::CelRule;
use crate::bot::RuleId;
use crate::bot::validate::limits::{Counts, Spans};
use crate::bot::validate::problems::AMOUNT;
use crate::bot::validate::sentences;

pub(super) const SUBDOMAIN: &str =
    "'^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'";

/// The two rules of a reference.
pub(super) fn reference(at: &'static str, kind: &str) -> [CelRule; 2] {
    [
        CelRule::new(
            RuleId::ReferenceName,
            at,
            format!("self.name.matches({SUBDOMAIN})"),
            sentences::reference_name(kind),
        )
        .about(".name"),
        CelRule::new(
            RuleId::ReferenceName,
            at,
            "self.key.matches('^[-._a-zA-Z0-9]+$') && self.key != '.' && !self.key.startsWith('..')",
            sentences::reference_key(kind),
        )
        .about(".key"),
    ]
}

pub(super) fn secret(at: &'static str) -> [CelRule; 2] {
    reference(at, "Secret")
}

/// The two rules of the base URL in a group, whose whole path is `about`: what it is, and that Live speaks TLS.
pub(super) fn base_url(group: &'static str, about: &'static str) -> [CelRule; 2] {
    let path = about.trim_start_matches('.');
    [
        // Printable ASCII but for `@ ? # \`; the host begins with neither `/` nor `:`.
        CelRule::new(
            RuleId::BaseUrl,
            group,
            r#"!has(self.baseUrl) || self.baseUrl.matches('^https?://[!"$-.0-9;->A-\\[\\]-~][!"$->A-\\[\\]-~]*$')"#,
            sentences::BASE_URL,
        )
        .about(".baseUrl"),
        CelRule::new(
            RuleId::LiveNeedsHttps,
            "",
            format!(
                "self.mode != 'Live' || !{} || !self.{path}.startsWith('http:')",
                has("self", path)
            ),
            sentences::HTTPS,
        )
        .about(about),
    ]
}

pub(super) fn whole(id: RuleId, at: &'static str, range: Counts) -> CelRule {
    let Counts { least, most } = range;
    // The value is not repeated: Kubernetes takes the text of a whole number for endless.
    CelRule::new(
        id,
        at,
        format!("self >= {least} && self <= {most}"),
        sentences::out_of_range(range),
    )
}

pub(super) fn amount(id: RuleId, at: &'static str) -> CelRule {
    let positive = sentences::out_of_range(AMOUNT);
    CelRule::new(
        id,
        at,
        "double(self) > 0.0 && double(self) <= 1000000000000000.0",
        "this is not an amount of USD above 0; write it like \"1000\" or \"0.5\"",
    )
    .spoken(format!(
        "string(self) + (double(self) > 0.0 ? ' is too large; write a shorter number' : {})",
        text(&format!(" {positive}"))
    ))
}

pub(super) fn percentage(
    id: RuleId,
    at: &'static str,
    holds: &str,
    range: &str,
    what: &str,
) -> CelRule {
    CelRule::new(
        id,
        at,
        holds,
        format!("this is not {what}; write it like \"2.5\", without a percent sign"),
    )
    .spoken(after_value(&sentences::out_of_range(range)))
}

pub(super) fn span(id: RuleId, at: &'static str, range: Spans) -> CelRule {
    const SPAN: &str = "'^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$'";
    let Spans { least, most } = range;
    let value = milliseconds("self");
    CelRule::new(
        id,
        at,
        format!(
            "self != '' && self.matches({SPAN}) && {value} >= {} && {value} <= {}",
            least.0, most.0
        ),
        sentences::out_of_range(range),
    )
    .spoken(format!(
        "self != '' && self.matches({SPAN}) ? self + {} : '\"' + self + '\" is not a length of time; write it like 500ms, 90s, 3m or 1h'",
        text(&format!(" {}", sentences::out_of_range(range)))
    ))
}

/// The length of time of a text, which CEL's own `duration` does not know: it has no days.
pub(super) fn milliseconds(of: &str) -> String {
    format!(
        "{of}.findAll('[0-9]+[a-z]+').map(p, int(p.find('[0-9]+')) * (p.endsWith('ms') ? 1 : p.endsWith('s') ? 1000 : p.endsWith('m') ? 60000 : p.endsWith('h') ? 3600000 : 86400000)).sum()"
    )
}

/// Whether a field is there, each group around it included.
pub(super) fn has(of: &str, path: &str) -> String {
    let ends = path
        .char_indices()
        .filter(|(_, letter)| *letter == '.')
        .map(|(end, _)| end)
        .chain([path.len()]);
    let each: Vec<String> = ends
        .filter_map(|end| path.get(..end))
        .map(|group| format!("has({of}.{group})"))
        .collect();
    match each.as_slice() {
        [only] => only.clone(),
        several => format!("({})", several.join(" && ")),
    }
}

/// A sentence that begins with the value.
pub(super) fn after_value(sentence: &str) -> String {
    format!("string(self) + {}", text(&format!(" {sentence}")))
}

/// A text in CEL.
pub(super) fn text(words: &str) -> String {
    format!("'{}'", words.replace('\\', "\\\\").replace('\'', "\\'"))
}
