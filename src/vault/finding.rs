//! What is wrong with a pack, and where: one kind of finding for the whole pipeline.
//!
//! A finding knows nothing of Typst or of the terminal; `typeset::diagnostics` prints it in the same voice as the
//! compiler's own errors.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A file of the vault: its index in the sorted list [`crate::vault::Vault::files`].
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
pub struct FileNo(pub u32);

/// A byte range in a file of the vault.
#[derive(Debug, Clone, Eq, PartialEq, Hash)]
pub struct Place {
    pub file: FileNo,
    /// Bytes, counted from the start of the file (front matter included).
    pub range: Range<usize>,
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The output would be wrong or incomplete.
    Error,
    /// The output stands; somebody should look.
    Warning,
}

/// One thing to tell the user.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct Finding {
    pub severity: Severity,
    /// The rule's name in kebab-case, as `lint: {allow: […]}` takes it.
    pub rule: &'static str,
    /// Where; `None` for what has no place in a file (an output folder that cannot be written).
    pub place: Option<Place>,
    /// What is wrong, in one sentence, without a full stop.
    pub message: String,
    /// What to do.
    pub hints: Vec<String>,
}

impl Finding {
    pub fn error(rule: &'static str, place: Option<Place>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, rule, place, message: message.into(), hints: Vec::new() }
    }

    pub fn warning(rule: &'static str, place: Option<Place>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, rule, place, message: message.into(), hints: Vec::new() }
    }

    /// The same finding with one more hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
