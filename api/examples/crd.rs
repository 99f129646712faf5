//! Prints the definition of the resource, as it stands in `crds/`. `cargo xtask generate` calls it.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::io::Write;
    std::io::stdout().write_all(aicoin_api::crd::yaml()?.as_bytes())?;
    Ok(())
}
