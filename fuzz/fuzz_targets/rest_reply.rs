//! An answer of the venue over HTTP.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
aicoin_fuzz::libfuzzer!(aicoin_fuzz::REST_REPLY);

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    aicoin_fuzz::main(&aicoin_fuzz::REST_REPLY)
}
