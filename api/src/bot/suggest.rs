//! The known name that a wrong one was probably meant to be.

/// No field or word is longer, in bytes: what is, was not meant to be one, and comparing it would take its time.
const NAME_BYTES_MAX: usize = 64;

/// The nearest of `known`, when it is near enough to be a slip of the pen: letter case aside, or a few letters off.
pub(crate) fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    if wrong.len() > NAME_BYTES_MAX {
        return None;
    }
    let wrong = wrong.to_lowercase();
    known
        .iter()
        .map(|name| (distance(&wrong, &name.to_lowercase()), *name))
        .filter(|(distance, name)| *distance <= allowed(&wrong, name))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
        .or_else(|| {
            // `apiKey` for `apiKeySecretRef`, `stopLoss` for `stopLossPct`: at least four letters, and only one fits.
            let mut starts = known.iter().filter(|name| {
                wrong.chars().count() >= 4 && name.to_lowercase().starts_with(&wrong)
            });
            starts.next().copied().filter(|_| starts.next().is_none())
        })
}

/// A third of the letters may be wrong, two at least in a name of four or more.
fn allowed(wrong: &str, known: &str) -> usize {
    let letters = wrong.chars().count().max(known.chars().count());
    match letters {
        0..=3 => 1,
        4..=6 => 2,
        _ => letters / 3,
    }
}

/// How many letters have to be put in, taken out, changed or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in to.iter().enumerate() {
            let change = at(&last, j) + usize::from(letter != other);
            let mut least = change.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped =
                i > 0 && j > 0 && from.get(i - 1) == Some(other) && to.get(j - 1) == Some(letter);
            if swapped {
                least = least.min(at(&before_last, j - 1) + 1);
            }
            row.push(least);
        }
        before_last = core::mem::replace(&mut last, row);
    }
    at(&last, to.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_the_name_that_was_meant() {
        let table = [
            ("fats", &["fast", "slow", "notional"][..], Some("fast")),
            ("Fast", &["fast", "slow"], Some("fast")),
            (
                "leverage",
                &["maxLeverage", "maxDailyLossPct"],
                Some("maxLeverage"),
            ),
            (
                "stopLoss",
                &["stopLossPct", "riskPerTradeBps"],
                Some("stopLossPct"),
            ),
            (
                "apiKey",
                &["apiKeySecretRef", "model"],
                Some("apiKeySecretRef"),
            ),
            ("colour", &["fast", "slow", "notional"], None),
            ("paper", &["Paper", "Testnet", "Live"], Some("Paper")),
            ("", &["fast"], None),
        ];
        assert_eq!(nearest(&"fast".repeat(100_000), &["fast"]), None);
        for (wrong, known, meant) in table {
            assert_eq!(nearest(wrong, known), meant, "{wrong}");
        }
    }
}
