//! How a simulated market is written down: nothing of it may be lost, or it would go on differently.

/// A listed market is saved by its name.
pub(super) mod by_name {
    use alloc::string::String;

    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::listing::{Listed, find};

    pub(in super::super) fn serialize<S: Serializer>(
        listed: &Listed,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(listed.name)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<&'static Listed, D::Error> {
        let name = String::deserialize(deserializer)?;
        find(&name).ok_or_else(|| de::Error::custom(format_args!("market {name:?} is not listed")))
    }
}

/// Floats are saved as their bits: as decimal text some would come back a last bit off.
pub(super) mod bits {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::super::Walk;

    pub(in super::super) fn serialize<S: Serializer>(
        walk: &Walk,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let Walk {
            index,
            trend,
            wildness,
            premium,
            premium_average,
            oracle,
            mark,
            fullness,
            tilt,
        } = *walk;
        [
            index,
            trend,
            wildness,
            premium,
            premium_average,
            oracle,
            mark,
            fullness,
            tilt,
        ]
        .map(f64::to_bits)
        .serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Walk, D::Error> {
        let bits = <[u64; 9]>::deserialize(deserializer)?;
        let [
            index,
            trend,
            wildness,
            premium,
            premium_average,
            oracle,
            mark,
            fullness,
            tilt,
        ] = bits.map(f64::from_bits);
        Ok(Walk {
            index,
            trend,
            wildness,
            premium,
            premium_average,
            oracle,
            mark,
            fullness,
            tilt,
        })
    }
}
