//! What the last build wrote, and from what: so that a build that finds nothing changed does nothing.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;

use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher13};

/// The manifest's place below the output folder.
pub const PATH: &str = ".recto/manifest.json";

/// The last build.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// One for each document that stands as its key says.
    #[serde(default)]
    pub documents: BTreeMap<String, Entry>,
}

/// A document's files and what they were made from.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Covers notes, layouts, fonts, options, profile, program version, and the date where it is printed.
    pub key: String,
    /// Hash of the laid out pages: equal pages are not exported again.
    #[serde(default)]
    pub pages: String,
    /// Path below the output folder, and size in bytes.
    pub files: BTreeMap<String, u64>,
    /// For the summary.
    #[serde(default)]
    pub page_count: usize,
}

impl Manifest {
    /// Reads it; anything that cannot be read counts as no manifest.
    pub fn read(out: &Path) -> Self {
        let text = fs::read(out.join(PATH)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Whether a document's files stand, as large as they were written, made from the same.
    pub fn stands(&self, out: &Path, document: &str, key: &str) -> bool {
        self.documents.get(document).is_some_and(|entry| {
            entry.key == key
                && !entry.files.is_empty()
                && entry.files.iter().all(|(path, size)| file_has(out, path, *size))
        })
    }

    /// # Errors
    /// The system's.
    pub fn write(&self, out: &Path) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::other)?;
        super::write::if_changed(&out.join(PATH), text.as_bytes()).map(|_| ())
    }
}

fn file_has(out: &Path, path: &str, size: u64) -> bool {
    fs::metadata(out.join(path)).is_ok_and(|m| m.is_file() && m.len() == size)
}

/// A key of 32 hex digits over anything.
pub fn key(value: &impl Hash) -> String {
    let mut hasher = SipHasher13::new();
    value.hash(&mut hasher);
    format!("{:032x}", hasher.finish128().as_u128())
}

/// A hasher for keys built in steps.
#[derive(Default)]
pub struct KeyHasher(SipHasher13);

impl KeyHasher {
    pub fn add(&mut self, value: &impl Hash) -> &mut Self {
        value.hash(&mut self.0);
        self
    }

    pub fn finish(&self) -> String {
        let mut hasher = self.0;
        hasher.write_u8(0);
        format!("{:032x}", hasher.finish128().as_u128())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_stands_only_as_it_was_written() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("a.pdf"), b"1234").unwrap();
        let entry = Entry { key: key(&"v1"), files: [("a.pdf".to_owned(), 4)].into(), ..Entry::default() };
        let manifest = Manifest { documents: [("handbook".to_owned(), entry)].into() };
        manifest.write(out.path()).unwrap();
        let read = Manifest::read(out.path());
        assert_eq!(read, manifest);
        assert!(read.stands(out.path(), "handbook", &key(&"v1")));
        assert!(!read.stands(out.path(), "handbook", &key(&"v2")));
        fs::write(out.path().join("a.pdf"), b"12").unwrap();
        assert!(!read.stands(out.path(), "handbook", &key(&"v1")));
    }
}
