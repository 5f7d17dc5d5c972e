//! What files concepts get, and which names mean the same.

use std::collections::{BTreeMap, BTreeSet};

use super::plain::says_more;
use super::source::{Format, Source};
use crate::pack::fold;
use crate::pack::words::split_badge;
use crate::vault::file_name;

/// Names to files: every name has one file, and no two names share one.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Folded name to file, without folder and `.md`.
    stems: BTreeMap<String, String>,
    /// Folded, taken.
    taken: BTreeSet<String>,
    /// Folded basenames and paths of notes that are imported as they are.
    notes: BTreeSet<String>,
    /// Files, folded, whose name says less than the one that they were made of.
    shortened: BTreeMap<String, String>,
    /// Links that no row or note answers yet, in order: the names as written.
    pub linked: Vec<String>,
}

/// A link as it is written.
#[derive(Debug, Clone)]
pub(super) struct Link {
    /// Bytes of `[[…]]`.
    pub range: std::ops::Range<usize>,
    /// Before `#` and `|`.
    pub target: String,
    /// `#heading`, with the hash.
    pub anchor: String,
    /// After the pipe.
    pub shown: Option<String>,
    pub in_table: bool,
    pub embed: bool,
}

impl Names {
    pub fn new(sources: &[Source]) -> Self {
        let mut names = Self::default();
        for source in sources.iter().filter(|s| s.in_vault && s.format == Format::Markdown) {
            let path = source.path.strip_suffix(".md").unwrap_or(&source.path);
            names.notes.insert(fold(path));
            let stem = path.rsplit('/').next().unwrap_or(path);
            names.notes.insert(fold(stem));
            names.taken.insert(fold(stem));
        }
        names
    }

    /// Whether a link leads to a note that is imported as it is.
    pub fn is_note(&self, target: &str) -> bool {
        let target = target.trim_start_matches('/');
        self.notes.contains(&fold(target))
            || target
                .rsplit_once('/')
                .is_some_and(|(_, last)| !target.contains(" / ") && self.notes.contains(&fold(last)))
    }

    pub fn add_links(&mut self, links: &[Link]) {
        for link in links.iter().filter(|link| !link.embed && !link.target.is_empty()) {
            if self.is_note(&link.target) {
                continue;
            }
            let (name, _) = split_badge(&link.target);
            self.stem(name);
            self.linked.push(name.to_owned());
        }
    }

    /// The file of a concept: made up the first time.
    pub fn stem(&mut self, name: &str) -> String {
        let key = fold(name);
        if let Some(stem) = self.stems.get(&key) {
            return stem.clone();
        }
        let base = file_name(name);
        let mut stem = base.clone();
        let mut next = 2;
        while self.taken.contains(&fold(&stem)) && !self.notes.contains(&fold(&stem)) {
            stem = format!("{base} {next}");
            next += 1;
        }
        self.taken.insert(fold(&stem));
        self.stems.insert(key, stem.clone());
        if says_more(name, &[&stem]) {
            self.shortened.insert(fold(&stem), name.to_owned());
        }
        stem
    }

    /// The name that a file was made of, if the file's says less: it was too long.
    pub fn full(&self, stem: &str) -> Option<&str> {
        self.shortened.get(&fold(stem)).map(String::as_str)
    }

    /// The file of a name that has one.
    pub fn known(&self, name: &str) -> Option<&str> {
        self.stems.get(&fold(name)).map(String::as_str)
    }

    /// Whether a note of the imported vault has this file name.
    pub fn is_taken_by_note(&self, stem: &str) -> bool {
        self.notes.contains(&fold(stem))
    }

    /// Whether a link's target is a file that is or will be there.
    pub fn is_file(&self, target: &str) -> bool {
        self.is_note(target) || self.taken.contains(&fold(target))
    }

    /// From now on a name means a file.
    pub fn redirect_to(&mut self, from: &str, stem: &str) {
        self.taken.insert(fold(stem));
        self.stems.insert(fold(from), stem.to_owned());
    }

    /// From now on a name means another one's file.
    pub fn redirect(&mut self, from: &str, to: &str) {
        let stem = self.stem(to);
        self.stems.insert(fold(from), stem);
    }
}

/// A name as it is compared across documents: case, accents' composition, quotes, dashes and spaces do not count.
pub(super) fn key(name: &str) -> String {
    let plain: String = fold(split_badge(name).0)
        .chars()
        .map(|c| match c {
            '’' | '‘' | 'ʼ' | '′' | '`' => '\'',
            '“' | '”' => '"',
            '‐'..='―' | '−' => '-',
            c => c,
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
