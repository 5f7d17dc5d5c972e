//! Repairs of notes that are safe: what is damaged is put right, what is meant is not touched.
//!
//! Text that a wrong decoder, a chat export or Markdown itself damaged is [`crate::vault::repair`]'s work; here links that only
//! Recto understands become links that Obsidian does too. Repairing twice changes nothing more.

use serde::Serialize;

use super::build::refs::{RefKind, refs_in_blocks};
use crate::vault::{FileNo, LineIndex, Resolver, Vault, Via, parse};

/// A note and its text after the repair.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixed {
    pub file: FileNo,
    pub text: String,
    /// In the order of the text.
    pub changes: Vec<Change>,
}

/// One place that was repaired.
#[derive(Debug, Clone, Eq, PartialEq, Serialize)]
pub struct Change {
    /// Counted from 1; repairs neither join nor split lines.
    pub line: usize,
    /// In kebab-case: `encoding`, `dunder`, `table-pipe`, `alias-link` …
    pub rule: &'static str,
    pub before: String,
    pub after: String,
}

/// The notes that a repair changes, in the order of the files.
pub fn fixes(vault: &Vault) -> Vec<Fixed> {
    use rayon::prelude::*;
    let resolver = Resolver::new(vault);
    let notes: Vec<_> = vault.notes().filter(|(no, ..)| !vault.is_generated(*no)).collect();
    let fixed = notes.par_iter().filter_map(|(file, _, note)| {
        let (text, changes) = fix(&resolver, *file, &note.text);
        (text != note.text).then_some(Fixed { file: *file, text, changes })
    });
    fixed.collect()
}

/// The text after all repairs.
fn fix(resolver: &Resolver<'_>, file: FileNo, source: &str) -> (String, Vec<Change>) {
    // A byte order mark is no damage.
    let (mark, body) =
        source.split_at(if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 });
    let repaired = crate::vault::repair::repair(body);
    let mut changes: Vec<Change> = repaired
        .changes
        .into_iter()
        .map(|change| Change {
            line: change.line,
            rule: change.rule.name(),
            before: change.before,
            after: change.after,
        })
        .collect();
    let text = format!("{mark}{}", repaired.text);
    let (text, links) = alias_links(resolver, file, &text);
    changes.extend(links);
    changes.sort_by_key(|change| change.line);
    (text, changes)
}

/// `[[Alias]]` becomes `[[Note|Alias]]`, which shows the same and leads to the same note everywhere.
fn alias_links(resolver: &Resolver<'_>, file: FileNo, source: &str) -> (String, Vec<Change>) {
    if !source.contains("[[") {
        return (source.to_owned(), Vec::new());
    }
    let parsed = parse(source);
    let lines = LineIndex::new(source);
    let mut edits = Vec::new();
    for reference in refs_in_blocks(&parsed.blocks) {
        let RefKind::Link { target, aliased: false } = reference.kind else { continue };
        let found = resolver.resolve(file, target);
        let (Via::Alias, true, Some(to)) = (found.via, found.ambiguous.is_empty(), found.file) else {
            continue;
        };
        let Some(written) = source.get(reference.range.clone()) else { continue };
        let Some(shown) = written.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")) else {
            continue;
        };
        if shown.contains(['[', ']', '|', '\\', '\n']) {
            continue;
        }
        let Some(name) = own_name(resolver, file, to) else { continue };
        let anchor = shown.find('#').and_then(|at| shown.get(at..)).unwrap_or_default();
        let pipe = if reference.in_table { "\\|" } else { "|" };
        let label = shown.split('#').next().unwrap_or(shown).trim();
        let after = format!("[[{name}{anchor}{pipe}{label}]]");
        edits.push((reference.range.clone(), after));
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut text = String::with_capacity(source.len());
    let mut changes = Vec::new();
    let mut at = 0;
    for (range, after) in edits {
        if range.start < at {
            continue;
        }
        text.push_str(source.get(at..range.start).unwrap_or_default());
        text.push_str(&after);
        at = range.end;
        let before = source.get(range.clone()).unwrap_or_default().to_owned();
        changes.push(Change {
            line: lines.position(source, range.start).0,
            rule: "alias-link",
            before,
            after,
        });
    }
    text.push_str(source.get(at..).unwrap_or_default());
    (text, changes)
}

/// What a link calls a note by: its file's name, or its path where others have that name.
fn own_name(resolver: &Resolver<'_>, from: FileNo, to: FileNo) -> Option<String> {
    let path = resolver.path(to);
    let path = path.rsplit_once('.').map_or(path, |(path, _)| path);
    let stem = path.rsplit('/').next().unwrap_or(path);
    let leads = |name: &str| {
        let target = crate::vault::markdown::link_target(name);
        let found = resolver.resolve(from, &target);
        found.file == Some(to) && found.ambiguous.is_empty() && matches!(found.via, Via::Name | Via::Path)
    };
    [stem, path]
        .into_iter()
        .find(|name| leads(name) && !name.contains(['#', '^', '|', '[', ']']))
        .map(str::to_owned)
}
