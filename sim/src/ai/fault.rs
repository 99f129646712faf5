//! Faults on demand: which of the next calls goes wrong, and how.
//!
//! A plan is one object of JSON: `kind`, what the kind needs, and when: `times` (the next so many calls; 1 when left out)
//! or `percent` (that share of all calls, drawn by the seed, until it is cleared). Plans with `times` come first, in their
//! order; one call has one fault.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::chance::mix;

/// The longest wait that a plan may ask for: the provider itself gives up after ten minutes.
const SECONDS_MAX: u64 = 600;
/// More plans than any test has.
const PLANS_MAX: usize = 1000;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Fault {
    /// 200, and empty lines for so long before the body; comments when it is a stream.
    BlankLines { seconds: u64 },
    /// 200, and `: keep-alive` comments for so long before the body, as a stream has them.
    KeepAlive { seconds: u64 },
    /// 200 with a content of spaces.
    Spaces,
    /// 200 with an empty content.
    Empty,
    /// 200 with the reply in a Markdown fence.
    Fenced,
    /// 200 with words instead of JSON.
    Prose,
    /// 200, `finish_reason` `length`, no content: thinking used all of it up.
    Length,
    /// 200, `finish_reason` `length`, half of the reply.
    CutReply,
    /// 200, `finish_reason` `content_filter`, no content.
    ContentFilter,
    /// 200, `finish_reason` `insufficient_system_resource`, half of the reply.
    InsufficientSystemResource,
    /// 200 with valid JSON of another schema.
    WrongSchema,
    /// 200 with the right schema and numbers that no decision may have.
    OutOfRange,
    /// 200 with the reply to another view.
    WrongView,
    /// 200, and the connection ends in the middle of the body.
    CutBody,
    /// That status, with the vendor's words.
    Status {
        status: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_s: Option<u64>,
    },
    /// 200 with an error of that status as its body.
    ErrorInside { status: u16 },
    /// Nothing is answered.
    Hang,
    /// 200 without the counters of the cache.
    MissingCacheCounters,
    /// 200 without any counters.
    MissingUsage,
    /// 200 from another model than was asked.
    OtherModel { model: String },
    /// 200, after so long.
    Slow { seconds: u64 },
}

/// Which calls it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum When {
    Times(u32),
    Percent(u8),
}

/// A fault and which calls it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Plan {
    #[serde(flatten)]
    fault: Fault,
    #[serde(flatten)]
    when: When,
}

/// The plans.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    plans: Vec<Plan>,
}

impl Faults {
    /// Adds a plan.
    ///
    /// # Errors
    /// A sentence when the object is no plan.
    pub(crate) fn add(&mut self, plan: &Value) -> Result<(), String> {
        if self.plans.len() >= PLANS_MAX {
            return Err(format!(
                "There are {PLANS_MAX} plans already: clear them first."
            ));
        }
        let mut fields = plan
            .as_object()
            .ok_or("A fault of the AI is an object with a `kind`.")?
            .clone();
        let when = match (fields.remove("times"), fields.remove("percent")) {
            (None, None) => When::Times(1),
            (Some(times), None) => When::Times(
                small(&times, 1, 1_000_000)
                    .ok_or("`times` is a whole number from 1 to 1000000.")?,
            ),
            (None, Some(percent)) => When::Percent(
                small(&percent, 1, 100).ok_or("`percent` is a whole number from 1 to 100.")?,
            ),
            (Some(_), Some(_)) => return Err("Give `times` or `percent`, not both.".to_owned()),
        };
        let fault: Fault = serde_json::from_value(Value::Object(fields.clone()))
            .map_err(|error| format!("This is no fault of the AI: {error}."))?;
        let known = fault.show();
        if let Some(name) = fields.keys().find(|name| known.get(*name).is_none()) {
            return Err(format!("A fault of kind {} has no `{name}`.", fault.name()));
        }
        fault.check()?;
        self.plans.push(Plan { fault, when });
        Ok(())
    }

    /// The fault of a call, if it has one. Calls are counted from 1.
    pub(crate) fn next(&mut self, seed: u64, call: u64) -> Option<Fault> {
        let counted = self.plans.iter_mut().find_map(|plan| match &mut plan.when {
            When::Times(left) if *left > 0 => {
                *left = left.saturating_sub(1);
                Some(plan.fault.clone())
            }
            When::Times(_) | When::Percent(_) => None,
        });
        self.plans.retain(|plan| plan.when != When::Times(0));
        counted.or_else(|| {
            let drawn = self.plans.iter().zip(0_u64..).find(|(plan, place)| {
                let draw = mix(seed, &[b"fault", &call.to_le_bytes(), &place.to_le_bytes()]) % 100;
                matches!(plan.when, When::Percent(percent) if draw < u64::from(percent))
            });
            drawn.map(|(plan, _)| plan.fault.clone())
        })
    }

    /// Takes all plans away.
    pub(crate) fn clear(&mut self) {
        self.plans.clear();
    }

    /// The plans as JSON.
    pub(crate) fn show(&self) -> Value {
        serde_json::to_value(&self.plans).unwrap_or(Value::Null)
    }
}

impl Fault {
    /// Its name.
    pub(crate) fn name(&self) -> String {
        let shown = self.show();
        let kind = shown.get("kind").and_then(Value::as_str);
        kind.unwrap_or("unknown").to_owned()
    }

    fn show(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    fn check(&self) -> Result<(), String> {
        if let Self::BlankLines { seconds } | Self::KeepAlive { seconds } | Self::Slow { seconds } =
            self
            && *seconds > SECONDS_MAX
        {
            return Err(format!("`seconds` is at most {SECONDS_MAX}."));
        }
        if let Self::Status { status, .. } | Self::ErrorInside { status } = self
            && !(400..600).contains(status)
        {
            return Err("`status` is a number from 400 to 599.".to_owned());
        }
        Ok(())
    }
}

fn small<T: TryFrom<u64>>(value: &Value, from: u64, to: u64) -> Option<T> {
    let number = value
        .as_u64()
        .filter(|number| (from..=to).contains(number))?;
    T::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(plans: &[Value]) -> Faults {
        let mut faults = Faults::default();
        for plan in plans {
            faults.add(plan).unwrap();
        }
        faults
    }

    #[test]
    fn counted_plans_come_first_and_in_their_order() {
        let mut faults = faults(&[
            json!({"kind": "hang", "percent": 100}),
            json!({"kind": "status", "status": 429, "retry_after_s": 2, "times": 2}),
            json!({"kind": "spaces"}),
        ]);
        let limited = Fault::Status {
            status: 429,
            retry_after_s: Some(2),
        };
        let next: Vec<Option<Fault>> = (1..=4).map(|call| faults.next(1, call)).collect();
        let expected = [limited.clone(), limited, Fault::Spaces, Fault::Hang].map(Some);
        assert_eq!(next, expected);
        assert_eq!(faults.show(), json!([{"kind": "hang", "percent": 100}]));
        faults.clear();
        assert_eq!(faults.next(1, 5), None);
    }

    #[test]
    fn a_share_of_the_calls_is_drawn_by_the_seed() {
        let drawn = |seed| -> Vec<u64> {
            let mut faults = faults(&[json!({"kind": "empty", "percent": 20})]);
            (1..=1000)
                .filter(|call| faults.next(seed, *call).is_some())
                .collect()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        assert!((150..250).contains(&drawn(1).len()), "{}", drawn(1).len());
    }

    #[test]
    fn what_is_no_plan_gets_a_sentence() {
        let bad = [
            json!("hang"),
            json!({}),
            json!({"kind": "unheard_of"}),
            json!({"kind": "hang", "seconds": 1}),
            json!({"kind": "status"}),
            json!({"kind": "status", "status": 200}),
            json!({"kind": "blank_lines", "seconds": 601}),
            json!({"kind": "hang", "times": 0}),
            json!({"kind": "hang", "percent": 101}),
            json!({"kind": "hang", "times": 1, "percent": 1}),
        ];
        for plan in bad {
            let sentence = Faults::default().add(&plan).unwrap_err();
            assert!(sentence.ends_with('.'), "{plan}: {sentence}");
        }
    }
}
