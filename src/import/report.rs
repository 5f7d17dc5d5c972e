//! What an import did, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::draft::{Aside, Chapter, Draft, Origin};
use super::existing::Action;
use super::merge::Book;
use super::source::Source;
use super::{File, Kind};
use crate::pack::lint::count_words;
use crate::vault::repair::Change;

/// Words of a brief that is neither too thin nor too long.
const BRIEF: std::ops::RangeInclusive<usize> = 15..=25;
/// Lines of a text that was set aside, as the terminal shows them.
const SHOWN: usize = 12;

#[derive(Debug, Clone, Default)]
pub struct Report {
    pub sources: Vec<SourceReport>,
    pub aside: Vec<Aside>,
    pub chapters: Vec<ChapterReport>,
    pub merged: Vec<Merged>,
    pub proposals: Vec<Proposal>,
    pub briefs: Vec<BriefLength>,
    /// What could not be read.
    pub skipped: Vec<String>,
}

#[derive(Debug, Clone, Default)]
pub struct SourceReport {
    pub path: String,
    pub format: &'static str,
    pub encoding: Option<&'static str>,
    pub changes: Vec<Change>,
    /// Characters that an earlier program lost: U+FFFD. Lines, each once.
    pub lost: Vec<usize>,
    pub chapters: usize,
    pub sections: usize,
    pub concepts: usize,
}

/// A chapter as it is written.
#[derive(Debug, Clone)]
pub struct ChapterReport {
    pub title: String,
    pub path: String,
    pub origins: Vec<Origin>,
    /// Title and concepts.
    pub sections: Vec<(Option<String>, Vec<String>)>,
}

/// Two rows that became one.
#[derive(Debug, Clone)]
pub struct Merged {
    pub name: String,
    pub other: String,
    pub kept: Origin,
    pub dropped: Origin,
    pub brief: String,
    /// Goes into the concept's note where it says something else.
    pub other_brief: String,
}

/// Two names that may mean one concept.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub a: String,
    pub b: String,
    pub at: [Origin; 2],
    pub reason: &'static str,
}

#[derive(Debug, Clone)]
pub struct BriefLength {
    pub name: String,
    pub words: usize,
    pub origin: Origin,
}

impl ChapterReport {
    pub(super) fn of(chapter: &Chapter, path: &str) -> Self {
        let sections = chapter.sections.iter().map(|section| {
            let rows = section.items.iter().filter_map(|i| i.table()).flat_map(|t| &t.rows);
            (section.title.clone(), rows.map(|row| row.name.clone()).collect())
        });
        Self {
            title: chapter.title.clone(),
            path: path.to_owned(),
            origins: chapter.origins.clone(),
            sections: sections.collect(),
        }
    }

    pub fn concepts(&self) -> usize {
        self.sections.iter().map(|(_, names)| names.len()).sum()
    }
}

impl Report {
    /// Concepts of the whole book.
    pub fn concepts(&self) -> usize {
        self.chapters.iter().map(ChapterReport::concepts).sum()
    }

    pub(super) fn source(&mut self, source: &Source, text: &str, changes: Vec<Change>) {
        let lost = text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.contains('\u{fffd}'))
            .map(|(i, _)| i + 1)
            .collect();
        self.sources.push(SourceReport {
            path: source.shown.clone(),
            format: source.format.name(),
            encoding: source.encoding,
            changes,
            lost,
            ..SourceReport::default()
        });
    }

    pub(super) fn found(&mut self, index: usize, draft: &Draft) {
        let Some(source) = self.sources.get_mut(index) else { return };
        source.chapters = draft.chapters.len();
        source.sections =
            draft.chapters.iter().flat_map(|c| &c.sections).filter(|s| s.title.is_some()).count();
        source.concepts = draft.chapters.iter().flat_map(Chapter::rows).count();
    }

    pub(super) fn measure(&mut self, book: &Book) {
        for row in book.chapters.iter().flat_map(Chapter::rows) {
            let words = count_words(&row.brief);
            if !BRIEF.contains(&words) {
                self.briefs.push(BriefLength { name: row.name.clone(), words, origin: row.origin });
            }
        }
    }

    fn at(&self, origin: Origin) -> String {
        let path = self.sources.get(origin.source).map_or("?", |s| s.path.as_str());
        format!("{path}:{}", origin.line)
    }

    /// For programs.
    pub fn json(&self, files: &[File], actions: &[Action], dry_run: bool) -> Value {
        let at = |o: Origin| json!({"source": self.sources.get(o.source).map(|s| &s.path), "line": o.line});
        json!({
            "dry_run": dry_run,
            "sources": self.sources.iter().map(|s| json!({
                "path": s.path, "format": s.format, "encoding": s.encoding, "chapters": s.chapters,
                "sections": s.sections, "concepts": s.concepts, "lost_characters_on_lines": s.lost,
                "changes": s.changes.iter().map(|c| json!({
                    "line": c.line, "rule": c.rule.name(), "before": c.before, "after": c.after,
                    "bytes": [c.range.start, c.range.end],
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "set_aside": self.aside.iter().map(|a| json!({
                "at": at(a.origin), "reason": a.reason, "text": a.text,
            })).collect::<Vec<_>>(),
            "chapters": self.chapters.iter().map(|c| json!({
                "title": c.title, "path": c.path, "from": c.origins.iter().map(|o| at(*o)).collect::<Vec<_>>(),
                "concepts": c.concepts(),
                "sections": c.sections.iter().map(|(title, names)| json!({"title": title, "concepts": names})).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "merged": self.merged.iter().map(|m| json!({
                "name": m.name, "other": m.other, "kept": at(m.kept), "dropped": at(m.dropped),
                "brief": m.brief, "other_brief": m.other_brief,
            })).collect::<Vec<_>>(),
            "possible_duplicates": self.proposals.iter().map(|p| json!({
                "names": [p.a, p.b], "at": [at(p.at[0]), at(p.at[1])], "reason": p.reason,
            })).collect::<Vec<_>>(),
            "briefs": self.briefs.iter().map(|b| json!({
                "name": b.name, "words": b.words, "at": at(b.origin),
            })).collect::<Vec<_>>(),
            "skipped": self.skipped,
            "files": files.iter().zip(actions).map(|(f, a)| json!({
                "path": f.path, "kind": f.kind, "action": a,
            })).collect::<Vec<_>>(),
        })
    }

    /// For people.
    pub fn text(&self, files: &[File], actions: &[Action], dry_run: bool) -> String {
        let mut out = String::new();
        self.sources_text(&mut out);
        self.aside_text(&mut out);
        let _ = writeln!(
            out,
            "\n{} in {}",
            count(self.concepts(), "concept"),
            count(self.chapters.len(), "chapter")
        );
        for chapter in &self.chapters {
            let from: Vec<String> = chapter.origins.iter().map(|o| self.at(*o)).collect();
            let _ = writeln!(
                out,
                "  {}: {}  (from {})",
                chapter.path,
                count(chapter.concepts(), "concept"),
                from.join(", ")
            );
            for (title, names) in chapter.sections.iter().filter(|(_, names)| !names.is_empty()) {
                let title = title.as_deref().map(|t| format!("{t}, ")).unwrap_or_default();
                let _ = writeln!(out, "    {title}{}: {}", names.len(), names.join("; "));
            }
        }
        if !self.merged.is_empty() {
            let _ = writeln!(out, "\nmerged: {}", count(self.merged.len(), "row"));
            for m in &self.merged {
                let other = if m.other == m.name { String::new() } else { format!(" (also {})", m.other) };
                let _ = writeln!(out, "  {}{other}", m.name);
                let _ = writeln!(out, "    {} stays: {}", self.at(m.kept), m.brief);
                if m.other_brief != m.brief {
                    let _ = writeln!(out, "    {} goes into its note: {}", self.at(m.dropped), m.other_brief);
                }
            }
        }
        if !self.proposals.is_empty() {
            let _ = writeln!(
                out,
                "\npossible duplicates, not merged; say --same 'OTHER NAME=NAME' if they are one"
            );
            for p in &self.proposals {
                let _ = writeln!(
                    out,
                    "  {} | {}  ({}; {}, {})",
                    p.a,
                    p.b,
                    p.reason,
                    self.at(p.at[0]),
                    self.at(p.at[1])
                );
            }
        }
        if !self.briefs.is_empty() {
            let _ = writeln!(out, "\nbriefs outside 15–25 words: {}", self.briefs.len());
            for b in &self.briefs {
                let _ = writeln!(out, "  {:>3}  {}  {}", b.words, b.name, self.at(b.origin));
            }
        }
        self.files_text(files, actions, dry_run, &mut out);
        out
    }

    fn sources_text(&self, out: &mut String) {
        // Of a whole vault only what changed is told.
        let told = |s: &&SourceReport| {
            self.sources.len() <= 20 || !s.changes.is_empty() || s.concepts > 0 || s.encoding.is_some()
        };
        for source in self.sources.iter().filter(|s| s.format != "asset").filter(told) {
            let _ = writeln!(
                out,
                "{} ({}): {}, {}, {}",
                source.path,
                source.format,
                count(source.chapters, "chapter"),
                count(source.sections, "section"),
                count(source.concepts, "concept")
            );
            if let Some(encoding) = source.encoding {
                let _ = writeln!(out, "  decoded from {encoding}");
            }
            for line in &source.lost {
                let _ = writeln!(out, "  line {line}: an earlier program lost a character here (U+FFFD)");
            }
            if !source.changes.is_empty() {
                let _ = writeln!(out, "  repaired: {}", count(source.changes.len(), "place"));
            }
            for change in &source.changes {
                let _ = writeln!(
                    out,
                    "    line {} {}: {} → {}",
                    change.line,
                    change.rule.name(),
                    visible(&change.before),
                    visible(&change.after)
                );
            }
        }
        for skipped in &self.skipped {
            let _ = writeln!(out, "not read: {skipped}");
        }
    }

    fn aside_text(&self, out: &mut String) {
        if self.aside.is_empty() {
            return;
        }
        let _ = writeln!(out, "\nset aside: {}", count(self.aside.len(), "text"));
        for aside in &self.aside {
            let _ = writeln!(out, "  {} {}", self.at(aside.origin), aside.reason.words());
            let lines: Vec<&str> = aside.text.lines().collect();
            for line in lines.iter().take(SHOWN) {
                let _ = writeln!(out, "    | {line}");
            }
            if lines.len() > SHOWN {
                let _ = writeln!(out, "    … {} more, all in --json", count(lines.len() - SHOWN, "line"));
            }
        }
    }

    fn files_text(&self, files: &[File], actions: &[Action], dry_run: bool, out: &mut String) {
        let _ = writeln!(out, "\n{}", if dry_run { "files, none written (--dry-run)" } else { "files" });
        let of =
            |action: Action| files.iter().zip(actions).filter(move |(_, a)| **a == action).map(|(f, _)| f);
        for (action, word) in [
            (Action::Written, "new"),
            (Action::Updated, "updated, nobody had edited them"),
            (Action::Overwritten, "overwritten (--force)"),
            (Action::Unchanged, "unchanged"),
        ] {
            let total = of(action).count();
            if total > 0 {
                let stubs = of(action).filter(|f| f.kind == Kind::Stub).count();
                let stubs =
                    if stubs > 0 { format!(", {} of them", count(stubs, "stub")) } else { String::new() };
                let _ = writeln!(out, "  {total} {word}{stubs}");
            }
        }
        for file in of(Action::Kept) {
            let _ = writeln!(out, "  kept as it is: {} (--force overwrites it)", file.path);
        }
    }
}

fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

/// Text with what cannot be seen written out.
fn visible(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let hidden = |c: char| {
        c.is_control()
            || (c.is_whitespace() && c != ' ')
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e000}'..='\u{f8ff}')
    };
    let shown: String = text
        .chars()
        .map(|c| if hidden(c) { format!("U+{:04X}", u32::from(c)) } else { c.to_string() })
        .collect();
    format!("`{shown}`")
}
