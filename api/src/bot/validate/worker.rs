//! The rules of `spec.worker`.

use super::problems::Problems;
use super::{RuleId, limits, sentences};
use crate::bot::{Resources, Toleration, Worker};

/// The pod can be made.
pub(super) fn check_worker(worker: &Worker, problems: &mut Problems) {
    let Worker {
        image,
        update_policy: _,
        resources,
        log_level: _,
        node_selector,
        tolerations,
        affinity: _,
    } = worker;
    if let Some(image) = image
        && !is_image(image)
    {
        problems.add(RuleId::ImageName, "spec.worker.image", sentences::IMAGE);
    }
    let Resources { requests, limits } = &resources.clone().unwrap_or_default();
    for (field, count) in [
        ("spec.worker.resources.requests", requests.len()),
        ("spec.worker.resources.limits", limits.len()),
        ("spec.worker.nodeSelector", node_selector.len()),
        ("spec.worker.tolerations", tolerations.len()),
    ] {
        few(field, count, problems);
    }
    for (label, value) in node_selector {
        label_value(format!("spec.worker.nodeSelector.{label}"), value, problems);
    }
    for (place, toleration) in tolerations.iter().enumerate() {
        check_toleration(place, toleration, problems);
    }
}

fn check_toleration(place: usize, toleration: &Toleration, problems: &mut Problems) {
    let Toleration {
        key,
        operator: _,
        value,
        effect: _,
        toleration_seconds: _,
    } = toleration;
    let field = |name| format!("spec.worker.tolerations[{place}].{name}");
    if key
        .as_ref()
        .is_some_and(|key| key.chars().count() > limits::LABEL_KEY_CHARS_MAX)
    {
        problems.add(RuleId::PodFields, field("key"), sentences::LABEL_VALUE);
    }
    if let Some(value) = value {
        label_value(field("value"), value, problems);
    }
}

fn few(field: &str, count: usize, problems: &mut Problems) {
    if count > limits::POD_ENTRIES_MAX {
        let message = sentences::too_many(format_args!("at most {}", limits::POD_ENTRIES_MAX));
        problems.add(RuleId::PodFields, field, message);
    }
}

fn label_value(field: String, value: &str, problems: &mut Problems) {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let good = value.is_empty()
        || (value.len() <= limits::LABEL_VALUE_CHARS_MAX
            && value.chars().all(inner)
            && value.starts_with(|c: char| c.is_ascii_alphanumeric())
            && value.ends_with(|c: char| c.is_ascii_alphanumeric()));
    if !good {
        problems.add(RuleId::PodFields, field, sentences::LABEL_VALUE);
    }
}

fn is_image(image: &str) -> bool {
    !image.is_empty()
        && image.len() <= limits::IMAGE_CHARS_MAX
        && image.bytes().all(|byte| byte.is_ascii_graphic())
}
