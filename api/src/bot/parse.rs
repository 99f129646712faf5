//! Reads a manifest: text in, a [`TradingBot`] or one sentence out.
//!
//! A file may hold other Kubernetes objects beside the one bot (the Secret that it names, for example): they are passed
//! over, and nothing of them is kept. Rules that need more than one field are the business of [`super::validate()`].

use core::fmt;

use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_yaml::{Deserializer, Value};

use super::metadata::Metadata;
use super::meter::{Meter, VALUES_MAX};
use super::number::quote;
use super::suggest::nearest;
use super::{API_VERSION, KIND, TradingBot, sentence};

/// The largest manifest that is read: a hundred times the largest sensible one.
pub const MANIFEST_BYTES_MAX: usize = 1024 * 1024;

/// The longest path of a field that a sentence shows, in letters: twice the longest that there is.
const PATH_CHARS_MAX: usize = 120;

/// Why a text is no manifest, as one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestError {
    /// More than [`MANIFEST_BYTES_MAX`].
    TooLarge {
        /// How large it is.
        bytes: usize,
    },
    /// More than [`VALUES_MAX`] values.
    TooMany,
    /// Nothing, or comments only.
    Empty,
    /// No YAML.
    NotYaml {
        /// The reader's words.
        detail: String,
        /// The line, from 1, where it is known.
        line: Option<usize>,
    },
    /// A list, a word or a number.
    NotFields,
    /// Several documents, and none is a bot.
    NoTradingBot {
        /// The kinds that are there.
        kinds: Vec<String>,
    },
    /// More than one bot.
    SeveralTradingBots {
        /// How many.
        count: usize,
    },
    /// A field is wrong.
    Field {
        /// Its path.
        path: String,
        /// What is wrong, and the fix.
        sentence: String,
        /// The line, from 1, where it is known.
        line: Option<usize>,
    },
}

impl ManifestError {
    /// The line that the sentence is about, counted from 1, where it is known.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::NotYaml { line, .. } | Self::Field { line, .. } => *line,
            Self::TooLarge { .. }
            | Self::TooMany
            | Self::Empty
            | Self::NotFields
            | Self::NoTradingBot { .. }
            | Self::SeveralTradingBots { .. } => None,
        }
    }

    fn field(path: &str, sentence: String) -> Self {
        Self::Field {
            path: shown(path),
            sentence,
            line: None,
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { bytes } => write!(
                f,
                "the manifest has {bytes} bytes; at most {MANIFEST_BYTES_MAX} are read"
            ),
            Self::TooMany => write!(
                f,
                "the manifest has more than {VALUES_MAX} values, an alias counted wherever it is used; write fewer"
            ),
            Self::Empty => f.write_str(
                "the manifest is empty; write a TradingBot, see examples/quickstart.yaml",
            ),
            Self::NotYaml { detail, .. } => write!(f, "the manifest is not YAML: {detail}"),
            Self::NotFields => f.write_str(
                "the manifest is no group of fields; write a TradingBot, see examples/quickstart.yaml",
            ),
            Self::NoTradingBot { kinds } => {
                let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
                write!(
                    f,
                    "the manifest holds {} and no TradingBot; add one",
                    sentence::list(&kinds, "and")
                )
            }
            Self::SeveralTradingBots { count } => write!(
                f,
                "the manifest holds {count} TradingBots; leave one, and put the others into files of their own"
            ),
            Self::Field { path, sentence, .. } => write!(f, "{path}: {sentence}"),
        }
    }
}

impl core::error::Error for ManifestError {}

impl TradingBot {
    /// Reads the one bot of a manifest. Defaults are filled in; [`super::validate()`] comes next.
    ///
    /// # Errors
    /// One sentence that names the field and the fix, when the text is not YAML, holds no bot or two, or when a field is
    /// unknown, missing or of the wrong type.
    pub fn from_yaml(text: &str) -> Result<Self, ManifestError> {
        if text.len() > MANIFEST_BYTES_MAX {
            return Err(ManifestError::TooLarge { bytes: text.len() });
        }
        count_values(text)?;
        let documents = read_documents(text)?;
        let place = find_bot(&documents)?;
        if let Some(document) = documents.get(place) {
            check_frame(document)?;
        }
        let reader = Deserializer::from_str(text)
            .nth(place)
            .ok_or(ManifestError::Empty)?;
        serde_path_to_error::deserialize(reader).map_err(field_error)
    }
}

/// Refuses what would not fit into memory. Nothing is kept of the text meanwhile.
fn count_values(text: &str) -> Result<(), ManifestError> {
    let mut left = VALUES_MAX;
    for reader in Deserializer::from_str(text) {
        let meter = Meter { left: &mut left };
        let counted = meter.deserialize(reader);
        counted.map_err(|error| {
            if left == 0 {
                ManifestError::TooMany
            } else {
                not_yaml(&error)
            }
        })?;
    }
    Ok(())
}

/// All documents, to look at their kinds: whether the text is YAML is settled here, twice written fields included.
fn read_documents(text: &str) -> Result<Vec<Value>, ManifestError> {
    let mut documents = Vec::new();
    for reader in Deserializer::from_str(text) {
        documents.push(Value::deserialize(reader).map_err(|error| not_yaml(&error))?);
    }
    Ok(documents)
}

fn not_yaml(error: &serde_yaml::Error) -> ManifestError {
    let (line, words) = (
        error.location().map(|location| location.line()),
        error.to_string(),
    );
    if let Some((path, key)) = words.split_once("duplicate entry with key ") {
        let key = key
            .split(" at line ")
            .next()
            .unwrap_or(key)
            .trim_matches('"');
        let path = path.trim_end_matches(": ");
        let path = if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        };
        let sentence = "this field is written twice; leave one".to_owned();
        return ManifestError::Field {
            path: shown(&path),
            sentence,
            line,
        };
    }
    ManifestError::NotYaml {
        detail: words,
        line,
    }
}

/// The place of the one document that is a bot.
fn find_bot(documents: &[Value]) -> Result<usize, ManifestError> {
    let bots: Vec<usize> = documents
        .iter()
        .enumerate()
        .filter(|(_, document)| document.get("kind").and_then(Value::as_str) == Some(KIND))
        .map(|(place, _)| place)
        .collect();
    match *bots.as_slice() {
        [place] => Ok(place),
        [] => Err(no_bot(documents)),
        ref several => Err(ManifestError::SeveralTradingBots {
            count: several.len(),
        }),
    }
}

fn no_bot(documents: &[Value]) -> ManifestError {
    let written: Vec<&Value> = documents
        .iter()
        .filter(|document| !document.is_null())
        .collect();
    let [only] = *written.as_slice() else {
        if written.is_empty() {
            return ManifestError::Empty;
        }
        let mut kinds: Vec<String> = Vec::new();
        for document in written {
            let kind = document
                .get("kind")
                .and_then(Value::as_str)
                .unwrap_or("no kind")
                .to_owned();
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        return ManifestError::NoTradingBot { kinds };
    };
    if !only.is_mapping() {
        return ManifestError::NotFields;
    }
    match only.get("kind").and_then(Value::as_str) {
        None => ManifestError::field(
            "kind",
            format!("this field is missing; write `kind: {KIND}`"),
        ),
        Some(kind) if nearest(kind, &[KIND]).is_some() => ManifestError::field(
            "kind",
            format!("there is no {}; did you mean `{KIND}`?", quote(kind)),
        ),
        Some(kind) => ManifestError::field(
            "kind",
            format!("{} is not run here; write `kind: {KIND}`", quote(kind)),
        ),
    }
}

/// The outermost fields: the version, and names that only Kubernetes itself may have put there.
fn check_frame(document: &Value) -> Result<(), ManifestError> {
    let names = |value: Option<&Value>| -> Vec<String> {
        let fields = value.and_then(Value::as_mapping).into_iter().flatten();
        fields
            .filter_map(|(name, _)| name.as_str().map(str::to_owned))
            .collect()
    };
    for name in names(Some(document)) {
        const KNOWN: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];
        if !KNOWN.contains(&name.as_str()) {
            return Err(ManifestError::field(
                &name,
                sentence::unknown_field(&name, &KNOWN),
            ));
        }
    }
    for name in names(document.get("metadata")) {
        if !Metadata::FIELDS.contains(&name.as_str()) {
            let known = Metadata::FIELDS.get(..4).unwrap_or(Metadata::FIELDS);
            let sentence = sentence::unknown_field(&name, known);
            return Err(ManifestError::field(&format!("metadata.{name}"), sentence));
        }
    }
    match document
        .get("apiVersion")
        .map(|version| (version, version.as_str()))
    {
        Some((_, Some(API_VERSION))) => Ok(()),
        Some((_, Some(version))) => Err(ManifestError::field(
            "apiVersion",
            format!("{} is not known; write `{API_VERSION}`", quote(version)),
        )),
        Some((_, None)) => Err(ManifestError::field(
            "apiVersion",
            format!("this is not a text; write `{API_VERSION}`"),
        )),
        None => Err(ManifestError::field(
            "apiVersion",
            format!("this field is missing; write `apiVersion: {API_VERSION}`"),
        )),
    }
}

fn field_error(error: serde_path_to_error::Error<serde_yaml::Error>) -> ManifestError {
    let path = error.path().to_string();
    let inner = error.into_inner();
    let line = inner.location().map(|location| location.line());
    let (path, sentence) = sentence::translate(&path, &inner.to_string());
    ManifestError::Field {
        path: shown(&path),
        sentence,
        line,
    }
}

/// A path as a sentence shows it: the names in it are a person's, and may be anything.
fn shown(path: &str) -> String {
    if path.is_empty() {
        return "\"\"".to_owned();
    }
    match path.char_indices().nth(PATH_CHARS_MAX) {
        Some((end, _)) => format!("{}…", path.get(..end).unwrap_or_default()),
        None => path.to_owned(),
    }
}
