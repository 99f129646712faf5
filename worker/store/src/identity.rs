//! Who a data directory is. The account's lease names it: a new process of the same directory takes over at once, because
//! the directory's lock proves that the one before is dead.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::error::StoreError;

const IDENTITY_FILE: &str = "identity";
/// 128 bits, hexadecimal.
const IDENTITY_DIGITS: usize = 32;

/// Reads the directory's identity, or gives it one. The directory must be locked.
pub(crate) fn of_directory(dir: &Path) -> Result<String, StoreError> {
    let path = dir.join(IDENTITY_FILE);
    match fs::read_to_string(&path) {
        Ok(text) if is_identity(text.trim()) => Ok(text.trim().to_owned()),
        Ok(_) => Err(StoreError::Corrupt {
            file: path,
            cause: format!("it is not {IDENTITY_DIGITS} hexadecimal digits"),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(dir, &path).map_err(|error| StoreError::from_io(&path, &error))
        }
        Err(error) => Err(StoreError::from_io(&path, &error)),
    }
}

/// Written beside and renamed: a crash leaves the whole file or none.
fn create(dir: &Path, path: &Path) -> io::Result<String> {
    let mut bytes = [0_u8; IDENTITY_DIGITS / 2];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let identity = format!("{:032x}", u128::from_be_bytes(bytes));
    let draft = dir.join("identity.new");
    let mut file = File::create(&draft)?;
    writeln!(file, "{identity}")?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    Ok(identity)
}

fn is_identity(text: &str) -> bool {
    text.len() == IDENTITY_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
