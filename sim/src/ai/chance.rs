//! Chance that can be repeated: numbers made of a seed and of what they are for. Pure.

/// A number made of the seed and of names: the same for the same, and for other names any other.
pub(crate) fn mix(seed: u64, names: &[&[u8]]) -> u64 {
    // FNV-1a over the names, each ended, then the finish of splitmix64: it is no secret, only spread.
    let mut hash = seed ^ 0xcbf2_9ce4_8422_2325;
    for name in names {
        for byte in name.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_the_same_and_the_rest_is_spread() {
        assert_eq!(mix(1, &[b"a", b"b"]), mix(1, &[b"a", b"b"]));
        assert_ne!(mix(1, &[b"a", b"b"]), mix(1, &[b"ab"]));
        assert_ne!(mix(1, &[b"a"]), mix(2, &[b"a"]));
        let hits = (0..1000_u64)
            .filter(|number| mix(7, &[&number.to_le_bytes()]).is_multiple_of(10))
            .count();
        assert!((60..140).contains(&hits), "{hits}");
    }
}
