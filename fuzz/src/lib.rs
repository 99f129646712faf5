//! Fuzzing of the four places where other people's bytes are read: the AI's reply, the venue's WebSocket frames, the
//! venue's HTTP replies, and manifests.
//!
//! ```text
//! corpus/NAME ──> mutate ──> target: the product's own reading, and what must hold of what it read
//!                   ▲                      │
//!                   └── inputs with a new outcome
//! ```
//!
//! Two ways to run the same targets with the same mutator:
//! - `cargo run -p aicoin-fuzz --bin NAME` on the stable toolchain: so many inputs from a fixed seed, the same every time.
//!   `cargo xtask test --only fuzz` runs all four.
//! - `cargo +nightly fuzz run NAME`: libFuzzer with its coverage, for as long as one likes.
//!
//! Never: a copy of a parser. What the product keeps to itself is reached through its crates' feature `fuzz`; what only
//! the worker's binary has is compiled here from the same file.

mod command;
mod corpus;
mod drive;
mod mutate;
mod random;
mod signature;
mod target;
mod targets;

// The worker is a program and no library. These files of it are what turns a manifest into a configuration.
#[path = "../../worker/src/fault.rs"]
#[allow(dead_code, reason = "the worker uses all of it")]
mod fault;
#[path = "../../worker/src/manifest.rs"]
#[allow(dead_code, reason = "the worker uses all of it")]
mod manifest;
#[path = "../../worker/src/resolve.rs"]
#[allow(dead_code, reason = "the worker uses all of it")]
mod resolve;

pub use command::main;
pub use mutate::mutate;
pub use random::Random;
pub use target::Target;
pub use targets::{AI_REPLY, MANIFEST, REST_REPLY, SOCKET_FRAME};

#[cfg(fuzzing)]
#[doc(hidden)]
pub use libfuzzer_sys;

/// A target for libFuzzer: its bytes, changed by the same mutator.
#[cfg(fuzzing)]
#[macro_export]
macro_rules! libfuzzer {
    ($target:expr) => {
        $crate::libfuzzer_sys::fuzz_target!(|input: &[u8]| {
            $target.run(input);
        });
        $crate::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8],
                                              size: usize,
                                              size_max: usize,
                                              seed: u32| {
            $crate::mutate_in_place(data, size, size_max, seed)
        });
    };
}

/// libFuzzer's mutation: half of them ours, half its own. Returns the new length.
#[cfg(fuzzing)]
pub fn mutate_in_place(data: &mut [u8], size: usize, size_max: usize, seed: u32) -> usize {
    if seed % 2 == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, size_max);
    }
    let before = data.get(..size).unwrap_or_default();
    let after = mutate(before, before, &mut Random::new(u64::from(seed)));
    let length = after.len().min(size_max).min(data.len());
    for (place, byte) in data.iter_mut().zip(after.iter().take(length)) {
        *place = *byte;
    }
    length
}
