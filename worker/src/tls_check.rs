//! `aicoin-worker tls-check`: whether the worker would believe a server. For tests and for a person with a new authority.

use std::io::Write as _;

use crate::cli::TlsCheckArgs;
use crate::fault::Fault;
use crate::shell::extra_ca;

/// Calls the address once and says what came of it.
pub(crate) async fn tls_check(args: &TlsCheckArgs) -> Result<(), Fault> {
    let extra_ca_pem = extra_ca(args.ca_file.as_deref())?;
    let status = aicoin_ai::tls_check(&args.url, extra_ca_pem.as_deref())
        .await
        .map_err(|why| Fault::usage(format!("{} is not trusted or not there: {why}", args.url)))?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} answered {status}, and its certificate is trusted.",
        args.url
    )
    .map_err(|error| Fault::usage(format!("Standard output cannot be written: {error}.")))
}
