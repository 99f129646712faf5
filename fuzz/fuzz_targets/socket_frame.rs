//! A message of the venue's WebSocket.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
aicoin_fuzz::libfuzzer!(aicoin_fuzz::SOCKET_FRAME);

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    aicoin_fuzz::main(&aicoin_fuzz::SOCKET_FRAME)
}
