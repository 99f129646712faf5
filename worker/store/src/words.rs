//! Records in the words of tables: the same for every database behind the store.

use aicoin_core::{OrderError, Why};
use aicoin_domain::{LiquidationKind, OrderKind, Price, Reason, Tif, TpSl};

/// `kind`, `tif` and `price` of an order.
pub(crate) const fn order_kind(kind: OrderKind) -> (&'static str, &'static str, Price) {
    match kind {
        OrderKind::Limit { price, tif } => {
            let tif = match tif {
                Tif::Gtc => "Gtc",
                Tif::Ioc => "Ioc",
                Tif::Alo => "Alo",
            };
            ("limit", tif, price)
        }
        OrderKind::Trigger { trigger, kind } => {
            let kind = match kind {
                TpSl::Sl => "sl",
                TpSl::Tp => "tp",
            };
            ("trigger", kind, trigger)
        }
    }
}

/// How the venue closed a position by itself.
pub(crate) const fn liquidation(kind: LiquidationKind) -> &'static str {
    match kind {
        LiquidationKind::Market => "market",
        LiquidationKind::Backstop => "backstop",
    }
}

/// The reason code beside an order's `error`.
pub(crate) const fn error_code(error: &OrderError) -> &'static str {
    match error {
        OrderError::Venue(_) => Reason::VenueRefused.as_str(),
        OrderError::Reason(reason) => reason.as_str(),
    }
}

/// Who decided.
pub(crate) const fn source(why: &Why) -> &'static str {
    match why {
        Why::EmaCross { .. } => "rule",
        Why::Model { .. } | Why::Failure => "ai",
    }
}

/// How sure a model was.
pub(crate) const fn confidence(why: &Why) -> Option<u8> {
    match why {
        Why::Model { confidence, .. } => Some(*confidence),
        Why::EmaCross { .. } | Why::Failure => None,
    }
}

/// Why, as a sentence. A failure has no words of its own: its sentence or its code stands in.
pub(crate) fn reason(why: &Why, detail: Option<&str>, rejected: Option<Reason>) -> String {
    match why {
        Why::EmaCross { fast, slow } => format!(
            "fast EMA {} is {} slow EMA {}",
            figure(*fast),
            position(*fast, *slow),
            figure(*slow)
        ),
        Why::Model { reason, .. } => reason.clone(),
        Why::Failure => detail
            .or_else(|| rejected.map(Reason::as_str))
            .unwrap_or("there was no usable reply")
            .to_owned(),
    }
}

fn position(fast: f64, slow: f64) -> &'static str {
    if fast > slow {
        "above"
    } else if fast < slow {
        "below"
    } else {
        "at"
    }
}

/// An average with the decimals that a person wants to see at its size.
fn figure(value: f64) -> String {
    let decimals = match value.abs() {
        large if large >= 1_000.0 => 2,
        middle if middle >= 1.0 => 5,
        _ => 10,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cross_reads_as_a_sentence() {
        let sentence = |fast, slow| reason(&Why::EmaCross { fast, slow }, None, None);
        assert_eq!(
            sentence(46_319.123_4, 46_310.0),
            "fast EMA 46319.12 is above slow EMA 46310"
        );
        assert_eq!(
            sentence(0.000_012_34, 0.000_012_5),
            "fast EMA 0.00001234 is below slow EMA 0.0000125"
        );
        assert_eq!(sentence(2.5, 2.5), "fast EMA 2.5 is at slow EMA 2.5");
        assert_eq!(sentence(f64::NAN, 1.0), "fast EMA NaN is at slow EMA 1");
    }

    #[test]
    fn a_failure_says_its_sentence_or_its_code() {
        let words = |detail| reason(&Why::Failure, detail, Some(Reason::AiTimeout));
        assert_eq!(
            words(Some("no answer within 60 s")),
            "no answer within 60 s"
        );
        assert_eq!(words(None), "AiTimeout");
    }
}
