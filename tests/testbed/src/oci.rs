//! Image archives in the OCI layout, from scratch: one layer with the files that are named, and nothing else.
//!
//! The same input gives the same bytes. No engine is needed to make them; `ctr images import`, `podman load` and
//! `skopeo copy oci-archive:` read them.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// The name without any user or group in it, which an image from scratch has no file for.
pub const NOBODY: &str = "65532:65532";

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// What is in an image.
#[derive(Clone, Debug)]
pub struct Image<'a> {
    /// Fully qualified: host, path, tag.
    pub reference: &'a str,
    /// Of Go's names: `amd64`, `arm64`.
    pub architecture: &'a str,
    /// The program's name; it lies at the root, which is the image's PATH, and is what the image runs.
    pub program: &'a str,
    /// The program.
    pub bytes: &'a [u8],
    /// `UID:GID`.
    pub user: &'a str,
    /// Said about the image.
    pub labels: BTreeMap<&'a str, &'a str>,
}

/// Go's name for the machine that this runs on.
pub fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// Something that is named by the hash of its bytes.
struct Blob {
    kind: &'static str,
    bytes: Vec<u8>,
    digest: String,
}

impl Blob {
    fn new(kind: &'static str, bytes: Vec<u8>) -> Self {
        let digest = sha256(&bytes);
        Self {
            kind,
            bytes,
            digest,
        }
    }

    fn json(kind: &'static str, value: &Value) -> Self {
        Self::new(kind, value.to_string().into_bytes())
    }

    fn descriptor(&self) -> Value {
        json!({
            "mediaType": self.kind,
            "digest": format!("sha256:{}", self.digest),
            "size": self.bytes.len(),
        })
    }
}

/// The archive of an image, a tar file.
pub fn archive(image: &Image<'_>) -> Result<Vec<u8>> {
    let files = tar(&[(image.program, 0o755, image.bytes)])?;
    let difference = sha256(&files);
    let layer = Blob::new(LAYER, gzip(&files)?);
    let config = Blob::json(CONFIG, &config(image, &difference));
    let manifest = Blob::json(
        MANIFEST,
        &json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.descriptor(),
            "layers": [layer.descriptor()],
            "annotations": image.labels,
        }),
    );
    let mut entry = manifest.descriptor();
    if let Some(fields) = entry.as_object_mut() {
        fields.insert(
            "annotations".to_owned(),
            // The first is read by skopeo and podman, the second by containerd.
            json!({
                "org.opencontainers.image.ref.name": image.reference,
                "io.containerd.image.name": image.reference,
            }),
        );
        fields.insert(
            "platform".to_owned(),
            json!({"architecture": image.architecture, "os": "linux"}),
        );
    }
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}).to_string();
    let mut files = vec![
        (
            "oci-layout".to_owned(),
            br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec(),
        ),
        ("index.json".to_owned(), index.into_bytes()),
    ];
    files.extend(
        [config, manifest, layer]
            .into_iter()
            .map(|blob| (format!("blobs/sha256/{}", blob.digest), blob.bytes)),
    );
    let entries: Vec<(&str, u32, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), 0o644, bytes.as_slice()))
        .collect();
    tar(&entries)
}

fn config(image: &Image<'_>, difference: &str) -> Value {
    json!({
        "architecture": image.architecture,
        "os": "linux",
        // No clock: the same input gives the same image.
        "created": "1970-01-01T00:00:00Z",
        "config": {
            "User": image.user,
            "Env": ["PATH=/"],
            "Entrypoint": [format!("/{}", image.program)],
            "WorkingDir": "/",
            "Labels": image.labels,
        },
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{difference}")]},
    })
}

fn tar(files: &[(&str, u32, &[u8])]) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| Error::new(format!("A tar file cannot be made: {error}."));
    let mut tar = tar::Builder::new(Vec::new());
    for (name, mode, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        header.set_mode(*mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        tar.append_data(&mut header, name, *bytes).map_err(failed)?;
    }
    tar.into_inner().map_err(failed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::best());
    gzip.write_all(bytes)
        .and_then(|()| gzip.finish())
        .map_err(|error| Error::new(format!("A layer cannot be compressed: {error}.")))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Vec<u8> {
        archive(&Image {
            reference: "registry.local/x:1.2.3",
            architecture: "amd64",
            program: "x",
            bytes: b"program",
            user: NOBODY,
            labels: BTreeMap::from([("org.opencontainers.image.title", "x")]),
        })
        .unwrap()
    }

    fn files(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        for entry in tar::Archive::new(archive).entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
            all.insert(entry.path().unwrap().to_string_lossy().into_owned(), bytes);
        }
        all
    }

    fn blob(files: &BTreeMap<String, Vec<u8>>, descriptor: &Value) -> Vec<u8> {
        let digest = descriptor["digest"].as_str().unwrap().replace(':', "/");
        let bytes = files[&format!("blobs/{digest}")].clone();
        assert_eq!(digest, format!("sha256/{}", sha256(&bytes)));
        assert_eq!(descriptor["size"], bytes.len());
        bytes
    }

    #[test]
    fn the_same_input_gives_the_same_archive() {
        assert_eq!(made(), made());
    }

    #[test]
    fn the_archive_leads_from_the_reference_to_the_program_and_holds_nothing_else() {
        let files = files(&made());
        let index: Value = serde_json::from_slice(&files["index.json"]).unwrap();
        let entry = &index["manifests"][0];
        for name in [
            "org.opencontainers.image.ref.name",
            "io.containerd.image.name",
        ] {
            assert_eq!(entry["annotations"][name], "registry.local/x:1.2.3");
        }
        let manifest: Value = serde_json::from_slice(&blob(&files, entry)).unwrap();
        let config: Value = serde_json::from_slice(&blob(&files, &manifest["config"])).unwrap();
        let layer = blob(&files, &manifest["layers"][0]);
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&layer[..]), &mut bytes)
            .unwrap();
        assert_eq!(
            config["rootfs"]["diff_ids"][0],
            format!("sha256:{}", sha256(&bytes))
        );
        assert_eq!(
            config["config"],
            json!({
                "User": "65532:65532",
                "Env": ["PATH=/"],
                "Entrypoint": ["/x"],
                "WorkingDir": "/",
                "Labels": {"org.opencontainers.image.title": "x"},
            })
        );
        assert_eq!(
            self::files(&bytes),
            BTreeMap::from([("x".to_owned(), b"program".to_vec())])
        );
        assert_eq!(files.len(), 5);
    }
}
