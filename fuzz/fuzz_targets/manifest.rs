//! A manifest, from its text to the core's configuration.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
aicoin_fuzz::libfuzzer!(aicoin_fuzz::MANIFEST);

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    aicoin_fuzz::main(&aicoin_fuzz::MANIFEST)
}
