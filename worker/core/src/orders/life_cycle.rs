//! The life cycle of an order as one table over (state, event). Nothing else in the core changes an order's state.
//!
//! The ugly truths are in it: a fill may come before the answer to its own order, after a cancel, and after we gave the
//! order up for lost. What the venue did is always taken as it is; what cannot have happened is an error for the caller.

use aicoin_domain::OrderStatus;

/// What can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderEvent {
    /// Our own gate held it back: it never left the process.
    HeldBack,
    /// It was handed to the shell, once.
    Sent,
    /// The venue says that it rests.
    Rested,
    /// A fill came and more may come.
    FilledInPart,
    /// The last fill came.
    FilledWhole,
    /// The venue refused it.
    Refused,
    /// Nobody knows: no answer, or none that says something.
    Lost,
    /// The venue cancelled it or dropped the rest of it.
    Canceled,
    /// The venue does not know it, and it can no longer arrive.
    NeverLanded,
}

impl OrderEvent {
    /// Every event, for tables.
    pub const ALL: [Self; 9] = [
        Self::HeldBack,
        Self::Sent,
        Self::Rested,
        Self::FilledInPart,
        Self::FilledWhole,
        Self::Refused,
        Self::Lost,
        Self::Canceled,
        Self::NeverLanded,
    ];
}

/// An event that cannot happen in that state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Impossible {
    /// The state.
    pub status: OrderStatus,
    /// The event.
    pub event: OrderEvent,
}

impl core::fmt::Display for Impossible {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "an order that is {} cannot be {:?}",
            self.status, self.event
        )
    }
}

impl core::error::Error for Impossible {}

/// The state after `event`.
///
/// # Errors
/// [`Impossible`] when the event contradicts the state; the order stays as it is.
pub const fn next_status(
    status: OrderStatus,
    event: OrderEvent,
) -> Result<OrderStatus, Impossible> {
    use OrderEvent as E;
    use OrderStatus as S;
    let next = match (status, event) {
        // An intent that is written down and not sent.
        (S::Prepared, E::Sent) => S::Sent,
        (S::Prepared, E::HeldBack | E::NeverLanded) => S::Failed,
        // After a restart nobody knows whether a prepared intent was sent: it is lost until it is found.
        (S::Prepared, E::Lost) => S::Unknown,

        // Sent, or sent and unheard of: everything that a venue can say.
        (S::Sent, E::Lost) => S::Unknown,
        (S::Unknown, E::Lost) => S::Unknown,
        (S::Sent | S::Unknown | S::Prepared, E::Rested) => S::Open,
        (S::Sent | S::Unknown | S::Prepared, E::FilledInPart) => S::PartiallyFilled,
        (S::Sent | S::Unknown | S::Prepared, E::FilledWhole) => S::Filled,
        (S::Sent | S::Unknown, E::Refused) => S::Failed,
        (S::Sent | S::Unknown | S::Prepared, E::Canceled) => S::Canceled,
        (S::Sent | S::Unknown, E::NeverLanded) => S::Failed,

        // Resting.
        (S::Open, E::Rested) => S::Open,
        (S::Open | S::PartiallyFilled, E::FilledInPart) => S::PartiallyFilled,
        (S::PartiallyFilled, E::Rested) => S::PartiallyFilled,
        (S::Open | S::PartiallyFilled, E::FilledWhole) => S::Filled,
        (S::Open | S::PartiallyFilled, E::Canceled) => S::Canceled,
        // A trigger that fired and found nothing to trade with is refused late.
        (S::Open | S::PartiallyFilled, E::Refused) => S::Failed,
        // A broken connection says nothing about an order that is known to rest.
        (S::Open, E::Lost) => S::Open,
        (S::PartiallyFilled, E::Lost) => S::PartiallyFilled,

        // Final states: late messages about the past change nothing.
        (S::Filled, E::Rested | E::FilledInPart | E::FilledWhole | E::Canceled | E::Lost) => {
            S::Filled
        }
        (S::Canceled, E::Rested | E::Canceled | E::Lost | E::NeverLanded | E::Refused) => {
            S::Canceled
        }
        (S::Failed, E::HeldBack | E::Refused | E::Lost | E::NeverLanded) => S::Failed,
        // Cancelled, and then a fill from before the cancel arrives: it counts, the order stays cancelled.
        (S::Canceled, E::FilledInPart) => S::Canceled,
        (S::Canceled, E::FilledWhole) => S::Filled,
        // Given up, and then it did something: the venue is right, and the caller records a risk event.
        (S::Failed, E::Rested) => S::Open,
        (S::Failed, E::FilledInPart) => S::PartiallyFilled,
        (S::Failed, E::FilledWhole) => S::Filled,
        (S::Failed, E::Canceled) => S::Canceled,

        (S::Prepared, E::Refused)
        | (S::Sent | S::Unknown, E::Sent | E::HeldBack)
        | (S::Open | S::PartiallyFilled, E::Sent | E::HeldBack | E::NeverLanded)
        | (S::Filled, E::Sent | E::HeldBack | E::Refused | E::NeverLanded)
        | (S::Canceled | S::Failed, E::Sent)
        | (S::Canceled, E::HeldBack) => return Err(Impossible { status, event }),
    };
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use core::fmt::Write;

    const STATES: [OrderStatus; 8] = [
        OrderStatus::Prepared,
        OrderStatus::Sent,
        OrderStatus::Unknown,
        OrderStatus::Open,
        OrderStatus::PartiallyFilled,
        OrderStatus::Filled,
        OrderStatus::Canceled,
        OrderStatus::Failed,
    ];

    /// The whole table as text: a reviewer reads the cells without reading Rust. `-` is impossible.
    #[test]
    fn the_table_is_as_written_here() {
        let mut table = String::new();
        for status in STATES {
            write!(table, "{status:<15}").unwrap();
            for event in OrderEvent::ALL {
                let next = next_status(status, event).map_or("-", OrderStatus::as_str);
                write!(table, " {next:<15}").unwrap();
            }
            table.truncate(table.trim_end().len());
            table.push('\n');
        }
        // Columns: HeldBack, Sent, Rested, FilledInPart, FilledWhole, Refused, Lost, Canceled, NeverLanded.
        let expected = "\
Prepared        FAILED          Sent            Open            PartiallyFilled Filled          -               Unknown         Canceled        FAILED
Sent            -               -               Open            PartiallyFilled Filled          FAILED          Unknown         Canceled        FAILED
Unknown         -               -               Open            PartiallyFilled Filled          FAILED          Unknown         Canceled        FAILED
Open            -               -               Open            PartiallyFilled Filled          FAILED          Open            Canceled        -
PartiallyFilled -               -               PartiallyFilled PartiallyFilled Filled          FAILED          PartiallyFilled Canceled        -
Filled          -               -               Filled          Filled          Filled          -               Filled          Filled          -
Canceled        -               -               Canceled        Canceled        Filled          Canceled        Canceled        Canceled        Canceled
FAILED          FAILED          -               Open            PartiallyFilled Filled          FAILED          FAILED          Canceled        FAILED
";
        assert_eq!(table, expected);
    }

    #[test]
    fn nothing_is_ever_sent_twice() {
        for status in STATES {
            let sent = next_status(status, OrderEvent::Sent);
            assert_eq!(sent.is_ok(), status == OrderStatus::Prepared, "{status}");
        }
    }
}
