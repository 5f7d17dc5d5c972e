//! What an import may write over: nothing but stubs that nobody has edited, unless it is told to.
//!
//! `.recto/import.json` in the vault keeps the hash of every stub as it was written. A stub whose bytes still have that
//! hash is the import's own and may be brought up to date. The file is hidden so that Obsidian does not show it; without
//! it all stubs count as edited.

use std::collections::BTreeMap;
use std::fs;
use std::hash::Hasher as _;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::{File, Kind};
use crate::emit::write;

/// The manifest's path in the vault.
pub const MANIFEST: &str = ".recto/import.json";

/// What becomes of a file.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It was not there.
    Written,
    /// A stub that nobody had edited.
    Updated,
    /// `--force`.
    Overwritten,
    /// There already, with the same bytes.
    Unchanged,
    /// There already, with other bytes.
    Kept,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Manifest {
    version: u32,
    /// Path to hash.
    stubs: BTreeMap<String, String>,
}

/// Decides for each file, in order. Reads the vault, writes nothing.
///
/// # Errors
/// A file of the vault cannot be read, or a folder is where a file should be.
pub fn decide(vault: &Path, files: &[File], force: bool) -> io::Result<Vec<Action>> {
    let manifest = read_manifest(vault);
    files
        .iter()
        .map(|file| {
            let path = vault.join(&file.path);
            let old = match fs::read(&path) {
                Ok(old) => old,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Action::Written),
                Err(error) => {
                    return Err(io::Error::new(
                        error.kind(),
                        format!("{} cannot be read: {error}", path.display()),
                    ));
                }
            };
            let ours = file.kind == Kind::Stub && manifest.stubs.get(&file.path) == Some(&hash(&old));
            Ok(match () {
                () if old == file.bytes => Action::Unchanged,
                () if ours => Action::Updated,
                () if force => Action::Overwritten,
                () => Action::Kept,
            })
        })
        .collect()
}

/// Writes what was decided, and the manifest of stubs.
///
/// # Errors
/// A file cannot be written; those before it are.
pub fn write(vault: &Path, files: &[File], actions: &[Action]) -> io::Result<()> {
    let mut manifest = read_manifest(vault);
    for (file, action) in files.iter().zip(actions) {
        if matches!(action, Action::Written | Action::Updated | Action::Overwritten) {
            write::atomic(&vault.join(&file.path), &file.bytes)?;
        }
        if file.kind == Kind::Stub && *action != Action::Kept {
            manifest.stubs.insert(file.path.clone(), hash(&file.bytes));
        }
    }
    if manifest.stubs.is_empty() {
        return Ok(());
    }
    manifest.version = 1;
    let mut text = serde_json::to_string_pretty(&manifest).map_err(io::Error::other)?;
    text.push('\n');
    write::if_changed(&vault.join(MANIFEST), text.as_bytes()).map(|_| ())
}

/// A manifest that cannot be read protects everything.
fn read_manifest(vault: &Path) -> Manifest {
    fs::read_to_string(vault.join(MANIFEST))
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

fn hash(bytes: &[u8]) -> String {
    let mut hasher = SipHasher13::new();
    hasher.write(bytes);
    format!("{:032x}", hasher.finish128().as_u128())
}
