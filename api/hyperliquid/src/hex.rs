//! Hexadecimal text of a fixed length: the one reader and the one writer.

use core::fmt::Write as _;

/// Reads `N` bytes from `2 * N` hexadecimal digits, with or without `0x`.
pub(crate) fn read<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0_u8; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

/// Reads a number of at most `2 * N` hexadecimal digits: zeros in front may be missing.
pub(crate) fn read_number<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.strip_prefix("0x")?;
    if digits.is_empty() || digits.len() > 2 * N {
        return None;
    }
    read(&format!("{digits:0>width$}", width = 2 * N))
}

/// Writes `0x` and two lower-case digits a byte.
pub(crate) fn write(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("0x");
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
