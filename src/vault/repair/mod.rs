//! Repair of damaged text: text in, text and a list of changes out.
//!
//! Notes that went through a chat export, a clipboard or a wrong decoder carry damage that a machine can undo: UTF-8 that
//! was read as Mac Roman, Windows-1252 or Latin-1 ([`encoding`]), invisible characters ([`characters`]), mark-up that
//! Markdown ate or left over ([`marks`]), pipes that split table cells ([`pipes`]).
//!
//! The promise is that correct text is never touched. Every rule therefore needs evidence in the text itself, and where
//! there is none, the damage stays. Repairing twice changes nothing more, and lines are never joined or split.

mod characters;
mod code;
mod encoding;
mod evidence;
mod marks;
mod patch;
mod pipes;

use std::ops::Range;

use serde::Serialize;

use patch::Edit;

/// What a change undoes. The name in reports is the kebab-case of the variant.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// UTF-8 that was read in an encoding of one byte a character.
    Encoding,
    /// A zero-width or bidirectional control character without a job.
    Invisible,
    /// A non-breaking or exotic space where a plain one belongs.
    Space,
    /// An accent or prime for an apostrophe, doubled single quotes for double ones.
    Quote,
    /// A minus sign or a lookalike for a dash or hyphen.
    Dash,
    /// `**iter**` for `__iter__`.
    Dunder,
    /// Asterisks that make nothing bold.
    StrayBold,
    /// A pipe inside code or a link that splits a table's row.
    TablePipe,
}

impl Rule {
    pub const ALL: [Self; 8] = [
        Self::Encoding,
        Self::Invisible,
        Self::Space,
        Self::Quote,
        Self::Dash,
        Self::Dunder,
        Self::StrayBold,
        Self::TablePipe,
    ];

    /// As reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encoding => "encoding",
            Self::Invisible => "invisible",
            Self::Space => "space",
            Self::Quote => "quote",
            Self::Dash => "dash",
            Self::Dunder => "dunder",
            Self::StrayBold => "stray-bold",
            Self::TablePipe => "table-pipe",
        }
    }
}

/// One place that was repaired.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct Change {
    pub rule: Rule,
    /// Line in the text as it was given, counted from 1.
    pub line: usize,
    /// Bytes in the text as it was given.
    pub range: Range<usize>,
    pub before: String,
    pub after: String,
}

/// A text after its repair.
#[derive(Debug, Clone, Eq, PartialEq, Default)]
pub struct Repaired {
    pub text: String,
    /// In order, without overlaps: replacing each range of the given text by `after` makes `text`.
    pub changes: Vec<Change>,
}

/// Rounds of all rules, at most: one rule may uncover work for another.
const ROUNDS: usize = 6;

/// Repairs a text by all rules.
pub fn repair(text: &str) -> Repaired {
    repair_by(text, &Rule::ALL)
}

/// Repairs a text by some rules only.
///
/// Pure and total. Lines keep their number and their ends.
pub fn repair_by(text: &str, rules: &[Rule]) -> Repaired {
    let mut now = text.to_owned();
    let mut all: Vec<Edit> = Vec::new();
    for _ in 0..ROUNDS {
        let before = now.len();
        let mut any = false;
        for step in [encoding::edits, characters::edits, marks::edits, pipes::edits] {
            let mut edits = step(&now);
            edits.retain(|edit| rules.contains(&edit.rule));
            if edits.is_empty() {
                continue;
            }
            any = true;
            let next = patch::apply(&now, &edits);
            all = patch::compose(text, &now, all, &edits);
            now = next;
        }
        if !any || before == 0 {
            break;
        }
    }
    // Counted from change to change: a line of megabytes may hold many.
    let (mut line, mut counted) = (1, 0);
    let changes = all
        .into_iter()
        .filter_map(|edit| {
            let before = text.get(edit.range.clone())?.to_owned();
            line += text.get(counted..edit.range.start)?.matches('\n').count();
            counted = edit.range.start;
            (before != edit.insert).then_some(Change {
                rule: edit.rule,
                line,
                range: edit.range,
                before,
                after: edit.insert,
            })
        })
        .collect();
    Repaired { text: now, changes }
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;
