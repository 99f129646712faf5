//! Fills over REST: all of them from a time on.

use aicoin_domain::TimeMs;
use aicoin_hyperliquid::Address;
use serde_json::value::RawValue;

use crate::context::Context;
use crate::rest::AskError;
use crate::wire::coin::perps;
use crate::wire::fill::FillWire;
use crate::wire::request::Question;

/// Entries of an answer that is not the last one.
const PAGE: usize = 2000;
/// The venue keeps 10,000 fills: no more answers than this are of use.
const PAGES_MAX: usize = 6;

impl Context {
    /// The account's fills from a time on, in the order of time.
    pub(crate) async fn fills_from(
        &self,
        account: Address,
        from: TimeMs,
    ) -> Result<Vec<FillWire>, AskError> {
        let mut fills: Vec<FillWire> = Vec::new();
        let mut start = from;
        for _ in 0..PAGES_MAX {
            let question = Question::fills(account, start);
            let raw: Vec<Box<RawValue>> = self.rest.ask_twice(question, &self.board).await?;
            self.rest.charge_entries(question, raw.len());
            let page: Vec<FillWire> = perps(&raw)
                .map_err(|error| AskError::Unreadable(question.name(), error.to_string()))?;
            let newest = page.iter().map(FillWire::time).max();
            append(&mut fills, page);
            match newest {
                Some(newest) if raw.len() >= PAGE && newest > start => start = newest,
                Some(_) | None => break,
            }
        }
        Ok(fills)
    }
}

/// Adds an answer, which may begin with what the one before ended with, and may be newest first.
pub(crate) fn append(fills: &mut Vec<FillWire>, mut page: Vec<FillWire>) {
    let is_backwards = match (page.first(), page.last()) {
        (Some(first), Some(last)) => first.time() > last.time(),
        _ => false,
    };
    if is_backwards {
        page.reverse();
    }
    // Within a millisecond the venue's own order is kept.
    page.sort_by_key(FillWire::time);
    for fill in page {
        let is_there = fills
            .iter()
            .rev()
            .take_while(|known| known.time() >= fill.time())
            .any(|known| known.is(&fill));
        if !is_there {
            fills.push(fill);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(time: i64, tid: u64) -> FillWire {
        let json = format!(
            r#"{{"coin":"BTC","px":"100","sz":"1","side":"B","time":{time},"oid":1,"tid":{tid}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn keys(fills: &[FillWire]) -> Vec<(i64, u64)> {
        fills
            .iter()
            .map(|fill| (fill.time().0, fill.trade().0))
            .collect()
    }

    #[test]
    fn answers_are_joined_in_the_order_of_time_without_what_they_share() {
        let mut fills = Vec::new();
        append(&mut fills, vec![fill(3, 30), fill(2, 20), fill(1, 10)]);
        append(&mut fills, vec![fill(3, 30), fill(3, 31), fill(4, 40)]);
        assert_eq!(keys(&fills), [(1, 10), (2, 20), (3, 30), (3, 31), (4, 40)]);
    }

    #[test]
    fn a_fill_without_a_number_has_the_same_one_every_time() {
        let json = |px: &str| {
            format!(
                r#"{{"coin":"SUI","px":"{px}","sz":"142.7","side":"A","time":1683245884863,"oid":189324432}}"#
            )
        };
        let read = |px: &str| serde_json::from_str::<FillWire>(&json(px)).unwrap().trade();
        assert_eq!(read("1.3189"), read("1.3189"));
        assert_ne!(read("1.3189"), read("1.3167"));
    }
}
