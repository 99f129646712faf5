//! Secrets on this machine: files in a directory, `DIR/<secret name>/<key>`, just as the kubelet mounts them.

use std::path::Path;

use aicoin_api::bot::SecretKeyRef;

/// A secret is a key, not a document.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// Reads a secret. `Err` is a clause that says what is missing, without the secret itself.
pub(crate) fn read(dir: Option<&Path>, reference: &SecretKeyRef) -> Result<String, String> {
    let wanted = format!("{}/{}", reference.name, reference.key);
    let Some(dir) = dir else {
        return Err(format!("no --secrets-dir is given to read {wanted} from"));
    };
    let path = dir.join(&reference.name).join(&reference.key);
    let metadata = std::fs::metadata(&path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    if metadata.len() > SECRET_BYTES_MAX {
        return Err(format!(
            "{} is larger than {SECRET_BYTES_MAX} bytes",
            path.display()
        ));
    }
    std::fs::read_to_string(&path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))
}
