//! What files are called in the exported vault: every name once, so that a link is a name.

use std::collections::{BTreeMap, BTreeSet};

use crate::emit::export::Source;
use crate::pack::{ConceptNo, fold};
use crate::vault::{FileNo, file_name};

pub struct Names {
    /// What a link to a file says (notes without `.md`), and its path.
    files: BTreeMap<FileNo, (String, String)>,
    /// Concepts without a note of their own: name and path of the note that they get.
    stubs: BTreeMap<ConceptNo, (String, String)>,
    /// Links that lead nowhere: by folded name the text, the name of the stub, and its path.
    missing: BTreeMap<String, (String, String, String)>,
    taken: BTreeSet<String>,
    /// The note that lists the chapters.
    pub home: String,
}

impl Names {
    pub fn of(source: &Source<'_>) -> Self {
        let mut names = Self {
            files: BTreeMap::new(),
            stubs: BTreeMap::new(),
            missing: BTreeMap::new(),
            taken: BTreeSet::new(),
            home: String::new(),
        };
        let vault = source.vault;
        let stem = |file: FileNo| vault.file(file).map_or("", |f| f.name());
        // Chapters and concepts keep their names before all others.
        for chapter in &source.pack.chapters {
            names.file(chapter.file, stem(chapter.file), "", ".md");
        }
        for (_, concept) in source.concepts() {
            if let Some(file) = concept.note {
                // Of two notes with one name the second is called as its concept.
                let own = stem(file);
                let taken = names.taken.contains(&fold(&file_name(own)));
                names.file(file, if taken { &concept.name } else { own }, "concepts/", ".md");
            }
        }
        for (no, concept) in source.concepts() {
            if concept.note.is_none() && concept.name != NAMELESS && !names_a_heading(source, no) {
                let name = names.free(&file_name(&concept.name));
                let path = format!("concepts/{name}.md");
                names.stubs.insert(no, (name, path));
            }
        }
        names.home = names.free(&file_name(&source.pack.title));
        for (file, entry) in vault.numbered() {
            let fixed = ["layouts/", "fonts/"].iter().any(|folder| entry.path.starts_with(folder));
            if fixed || Some(file) == vault.config_file || entry.path == crate::pack::lock::LOCK_FILE {
                continue;
            }
            match entry.note() {
                Some(_) => names.file(file, entry.name(), "notes/", ".md"),
                None => names.file(file, entry.name(), "assets/", ""),
            }
        }
        names
    }

    /// Gives a file a name, unless it has one.
    fn file(&mut self, file: FileNo, wanted: &str, folder: &str, ending: &str) {
        if self.files.contains_key(&file) {
            return;
        }
        let name = self.free(&file_name(wanted));
        let path = format!("{folder}{name}{ending}");
        self.files.insert(file, (name, path));
    }

    /// The name, or with a number behind it if it is taken.
    fn free(&mut self, wanted: &str) -> String {
        let (stem, ending) = match wanted.rsplit_once('.') {
            Some((stem, ending)) if crate::typeset::pictures::is_picture(wanted) => {
                (stem.to_owned(), format!(".{ending}"))
            }
            _ => (wanted.to_owned(), String::new()),
        };
        let numbered = (2..).map(|n| format!("{stem} {n}{ending}"));
        let mut wishes = std::iter::once(format!("{stem}{ending}")).chain(numbered);
        let free = wishes.find(|name| !self.taken.contains(&fold(name))).unwrap_or_default();
        self.taken.insert(fold(&free));
        free
    }

    /// What a link to a file says.
    pub fn name(&self, file: FileNo) -> Option<&str> {
        self.files.get(&file).map(|(name, _)| name.as_str())
    }

    pub fn path(&self, file: FileNo) -> Option<&str> {
        self.files.get(&file).map(|(_, path)| path.as_str())
    }

    pub fn stub_path(&self, no: ConceptNo) -> Option<&str> {
        self.stubs.get(&no).map(|(_, path)| path.as_str())
    }

    /// What a link to a concept says; a concept that is not exported has no note.
    pub fn concept(&self, source: &Source<'_>, no: ConceptNo) -> Option<String> {
        let own = source.pack.concepts.get(no.0)?.note.and_then(|file| self.name(file));
        own.or_else(|| self.stubs.get(&no).map(|(name, _)| name.as_str())).map(str::to_owned)
    }

    pub fn concept_path(&self, source: &Source<'_>, no: ConceptNo) -> Option<String> {
        let own = source.pack.concepts.get(no.0)?.note.and_then(|file| self.path(file));
        own.or_else(|| self.stub_path(no)).map(str::to_owned)
    }

    /// The name of the stub for a link that leads nowhere.
    pub fn missing_name(&mut self, written: &str) -> String {
        if let Some((_, name, _)) = self.missing.get(&fold(written)) {
            return name.clone();
        }
        let name = self.free(&file_name(written));
        let path = format!("stubs/{name}.md");
        self.missing.insert(fold(written), (written.to_owned(), name.clone(), path));
        name
    }

    /// Text and path of the stubs for links that lead nowhere.
    pub fn missing(&self) -> impl Iterator<Item = (&str, &str)> {
        self.missing.values().map(|(text, _, path)| (text.as_str(), path.as_str()))
    }
}

/// What the model calls a concept whose row has no name.
const NAMELESS: &str = "(no name)";

/// Whether a concept's row leads to a heading of some note: it keeps that link instead of a note of its own.
fn names_a_heading(source: &Source<'_>, no: ConceptNo) -> bool {
    let Some(concept) = source.pack.concepts.get(no.0) else { return false };
    let crate::vault::Part::Cell { block, row, .. } = concept.brief.part else { return false };
    let cell = crate::vault::Part::Cell { block, row, column: 0 };
    let text = crate::pack::Text { file: concept.brief.file, part: cell, plain: String::new() };
    match source.select(&text) {
        crate::vault::Selection::Inlines(inlines) => super::first_link(&inlines)
            .is_some_and(|(link, _)| link.target.heading.is_some() || link.target.block.is_some()),
        crate::vault::Selection::Blocks(_) => false,
    }
}
