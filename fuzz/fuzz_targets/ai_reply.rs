//! The model's reply, and the HTTP answer around it.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
aicoin_fuzz::libfuzzer!(aicoin_fuzz::AI_REPLY);

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    aicoin_fuzz::main(&aicoin_fuzz::AI_REPLY)
}
