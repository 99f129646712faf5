//! The fields of one object of a reply, each with its own sentence when it is wrong. Pure.
//!
//! Never: repeat a value that the model wrote. A sentence names a field, and it may be sent back to the model and is shown
//! to people.

use core::ops::RangeInclusive;

use aicoin_domain::{DecimalError, Price, Reason};

use crate::json::{Object, Part};
use crate::number::{Plain, plain};

/// The longest text of a number: nothing that the schema can mean is longer.
const NUMBER_BYTES_MAX: usize = 64;

/// What is wrong, and the code of it.
#[derive(Debug)]
pub(crate) struct Flaw {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

/// How a field's number is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// The action goes by it.
    Read,
    /// The action has no use for it: it must be a number, its value does not count.
    Ignored,
}

pub(crate) fn flaw<T>(reason: Reason, detail: impl Into<String>) -> Result<T, Flaw> {
    Err(Flaw {
        reason,
        detail: detail.into(),
    })
}

/// No key twice.
pub(crate) fn no_duplicate(object: &Object<'_>, what: &str) -> Result<(), Flaw> {
    if object.has_duplicate() {
        return flaw(
            Reason::DuplicateKey,
            format!("{what} names a key twice; name each key once."),
        );
    }
    Ok(())
}

/// No key besides these.
pub(crate) fn only(object: &Object<'_>, fields: &[&str], what: &str) -> Result<(), Flaw> {
    let Some(unknown) = object.keys().find(|key| !fields.contains(key)) else {
        return Ok(());
    };
    // A plain word is repeated; anything else could be a sentence that somebody wants to be read.
    let is_word = unknown.len() <= 32
        && unknown
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let named = if is_word {
        format!("the field {unknown}")
    } else {
        "a field".to_owned()
    };
    flaw(
        Reason::UnknownField,
        format!("{what} has {named}, which the schema does not have; leave it out."),
    )
}

/// A whole number, if it is there.
pub(crate) fn whole(
    object: &Object<'_>,
    name: &str,
    range: RangeInclusive<u64>,
    used: Use,
) -> Result<Option<u64>, Flaw> {
    let outside = || {
        flaw(
            Reason::OutOfRange,
            format!(
                "The field {name} must be between {} and {}.",
                range.start(),
                range.end()
            ),
        )
    };
    let Some(text) = number_text(object.part(name), name)? else {
        return Ok(None);
    };
    let read = match plain(&text) {
        Plain::Whole(digits) => digits
            .parse::<u64>()
            .ok()
            .filter(|number| range.contains(number)),
        Plain::Negative => None,
        Plain::Decimal(_) | Plain::No => {
            return flaw(
                Reason::BadNumber,
                format!(
                    "The field {name} must be a whole number in plain digits, without an exponent or a decimal point."
                ),
            );
        }
    };
    match (used, read) {
        (Use::Ignored, _) => Ok(None),
        (Use::Read, Some(number)) => Ok(Some(number)),
        (Use::Read, None) => outside(),
    }
}

/// [`whole`] that fits 32 bits: the range sees to it.
pub(crate) fn whole_u32(
    object: &Object<'_>,
    name: &str,
    range: RangeInclusive<u32>,
    used: Use,
) -> Result<Option<u32>, Flaw> {
    let wide = u64::from(*range.start())..=u64::from(*range.end());
    let number = whole(object, name, wide, used)?;
    Ok(number.and_then(|number| u32::try_from(number).ok()))
}

/// A price above zero, if it is there.
pub(crate) fn price(object: &Object<'_>, name: &str, used: Use) -> Result<Option<Price>, Flaw> {
    let Some(text) = number_text(object.part(name), name)? else {
        return Ok(None);
    };
    let read = match plain(&text) {
        Plain::Whole(digits) | Plain::Decimal(digits) => digits.parse::<Price>(),
        Plain::Negative => Ok(Price::ZERO),
        Plain::No => Err(DecimalError::NotANumber),
    };
    match (used, read) {
        (_, Err(DecimalError::NotANumber)) => flaw(
            Reason::BadNumber,
            format!(
                "The field {name} must be a price in plain digits with at most one decimal point."
            ),
        ),
        (Use::Ignored, _) => Ok(None),
        (Use::Read, Ok(price)) if price.is_positive() => Ok(Some(price)),
        (Use::Read, Err(DecimalError::TooPrecise { decimals })) => flaw(
            Reason::BadNumber,
            format!(
                "The field {name} has more than {decimals} decimals; use the market's price step."
            ),
        ),
        (Use::Read, Ok(_) | Err(DecimalError::TooLarge)) => flaw(
            Reason::OutOfRange,
            format!("The field {name} must be above 0 and at most 100000000."),
        ),
    }
}

/// A text, if it is there.
pub(crate) fn text(object: &Object<'_>, name: &str) -> Result<Option<String>, Flaw> {
    match object.part(name) {
        Part::Absent => Ok(None),
        Part::Text(text) => Ok(Some(text)),
        Part::Number(_) | Part::Other => flaw(
            Reason::BadValue,
            format!("The field {name} must be a string of text."),
        ),
    }
}

/// What must be there.
pub(crate) fn required<T>(value: Option<T>, name: &str, what: &str) -> Result<T, Flaw> {
    match value {
        Some(value) => Ok(value),
        None => flaw(
            Reason::MissingField,
            format!("{what} lacks the field {name}."),
        ),
    }
}

/// The text of a number, written as one or as a string.
fn number_text(part: Part<'_>, name: &str) -> Result<Option<String>, Flaw> {
    let text = match part {
        Part::Absent => return Ok(None),
        Part::Number(text) => text.to_owned(),
        Part::Text(text) => text,
        Part::Other => {
            return flaw(
                Reason::BadNumber,
                format!("The field {name} must be a number or a string with one."),
            );
        }
    };
    if text.len() > NUMBER_BYTES_MAX {
        return flaw(
            Reason::BadNumber,
            format!("The field {name} has more than {NUMBER_BYTES_MAX} characters."),
        );
    }
    Ok(Some(text))
}
