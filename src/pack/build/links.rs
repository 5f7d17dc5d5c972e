//! Where every link of the printed notes leads, and which lead nowhere.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::note::Note;
use super::outline::headings;
use super::refs::{Ref, RefKind, is_image, written};
use super::view::{Found, View};
use crate::pack::suggest::nearest;
use crate::pack::{ConceptNo, Link, Target, fold};
use crate::vault::ast::{Block, BlockKind, LinkTarget};
use crate::vault::{FileNo, Finding};

/// Suggestions cost a look at every name: only the first findings get one.
const SUGGESTIONS: usize = 50;

/// What the files of the pack are, and what its concepts are called.
pub(super) struct Roles {
    pub concept_of: BTreeMap<FileNo, ConceptNo>,
    pub chapter_of: BTreeMap<FileNo, usize>,
    /// Heading's block to section, by chapter note.
    pub section_of: BTreeMap<(FileNo, usize), usize>,
    /// Folded names of concepts; for links to what has no note.
    pub named: FxHashMap<String, ConceptNo>,
}

/// Follows links; remembers what it was asked and what it found wrong.
pub(super) struct Links<'v, 'a> {
    view: &'v View<'a>,
    roles: &'v Roles,
    links: Vec<Link>,
    seen: BTreeSet<(FileNo, String)>,
    anchors: BTreeMap<FileNo, Anchors>,
    suggestions: usize,
    pub findings: Vec<Finding>,
}

/// What a link may point at inside a note.
struct Anchors {
    /// Letters of a heading, and its block.
    headings: BTreeMap<String, usize>,
    ids: BTreeSet<String>,
}

impl<'v, 'a> Links<'v, 'a> {
    pub fn new(view: &'v View<'a>, roles: &'v Roles) -> Self {
        Self {
            view,
            roles,
            links: Vec::new(),
            seen: BTreeSet::new(),
            anchors: BTreeMap::new(),
            suggestions: 0,
            findings: Vec::new(),
        }
    }

    /// All links that were followed, each (note and text) once, in order.
    pub fn into_links(self) -> (Vec<Link>, Vec<Finding>) {
        (self.links, self.findings)
    }

    /// Follows one reference and says where it leads.
    pub fn follow(&mut self, note: &Note<'a>, reference: &Ref<'_>) -> Target {
        let (text, to) = match &reference.kind {
            RefKind::Link { target, aliased } => {
                (written(target), self.link(note, reference, target, *aliased))
            }
            RefKind::Embed(embed) => (written(&embed.target), self.embed(note, reference, &embed.target)),
            RefKind::Image { dest, .. } => ((*dest).to_owned(), self.image(note, reference, dest)),
        };
        if self.seen.insert((note.file, text.clone())) {
            self.links.push(Link {
                from: note.file,
                written: text,
                to: to.clone(),
                range: Some(reference.range.clone()),
            });
        }
        to
    }

    fn warn(
        &mut self,
        note: &Note<'_>,
        reference: &Ref<'_>,
        rule: &'static str,
        message: String,
        hint: String,
    ) {
        let finding = Finding::warning(rule, note.place(reference.range.clone()), message);
        self.findings.push(if hint.is_empty() { finding } else { finding.hint(hint) });
    }

    fn link(&mut self, note: &Note<'a>, reference: &Ref<'_>, target: &LinkTarget, aliased: bool) -> Target {
        if target.note.is_empty() {
            return self.inside(note, reference, note.file, target);
        }
        let file = match self.view.resolve(note.file, &target.note) {
            Found::One(file) => file,
            Found::Alias(file) => {
                let stem = self.view.stem(file).to_owned();
                let pipe = if reference.in_table { "\\|" } else { "|" };
                let hint = if aliased {
                    format!("link the note itself: `[[{stem}{pipe}…]]`")
                } else {
                    format!("write `[[{stem}{pipe}{}]]`; `recto check --fix` does", target.note)
                };
                let message = format!("“{}” is an alias: Obsidian will not resolve this link", target.note);
                self.warn(note, reference, "alias-link", message, hint);
                file
            }
            Found::Several { chosen, all } => {
                let paths: Vec<&str> = all.iter().map(|file| self.view.path(*file)).collect();
                let message = format!(
                    "“{}” could be {}; taken is {}",
                    target.note,
                    paths.join(" or "),
                    self.view.path(chosen)
                );
                self.warn(
                    note,
                    reference,
                    "ambiguous-link",
                    message,
                    "write the path of the one you mean".into(),
                );
                chosen
            }
            Found::Nothing => return self.by_name(note, reference, target),
        };
        self.inside(note, reference, file, target)
    }

    /// A concept without a note is found by its name.
    fn by_name(&mut self, note: &Note<'_>, reference: &Ref<'_>, target: &LinkTarget) -> Target {
        let name = target.note.trim_end_matches(".md");
        let last = name.rsplit('/').next().unwrap_or(name);
        for name in [name, last] {
            if let Some(no) = self.roles.named.get(&fold(name)) {
                return Target::Concept(*no);
            }
        }
        let hint = self.suggest(name);
        self.warn(note, reference, "dead-link", format!("no note and no concept is called “{name}”"), hint);
        Target::Missing
    }

    fn suggest(&mut self, name: &str) -> String {
        self.suggestions += 1;
        if self.suggestions > SUGGESTIONS {
            return String::new();
        }
        let stems = self.view.notes().iter().map(|n| n.stem());
        let names = self.roles.named.keys().map(String::as_str);
        match nearest(name, stems.clone()).or_else(|| nearest(name, names)) {
            Some(near) => format!("did you mean `[[{near}]]`?"),
            None => "write a note of this name, or take the brackets off".to_owned(),
        }
    }

    /// A file that was found, and the heading or block in it.
    fn inside(&mut self, note: &Note<'a>, reference: &Ref<'_>, file: FileNo, target: &LinkTarget) -> Target {
        let heading = self.check_anchor(note, reference, file, target);
        if let Some(no) = self.roles.concept_of.get(&file) {
            return Target::Concept(*no);
        }
        if let Some(chapter) = self.roles.chapter_of.get(&file) {
            let section = heading.and_then(|block| self.roles.section_of.get(&(file, block)));
            return section.map_or(Target::Chapter(*chapter), |section| Target::Section(*chapter, *section));
        }
        if self.view.note(file).is_some() {
            let message =
                format!("{} is not printed, so this link leads nowhere on paper", self.view.path(file));
            let hint = "give the note a row in a chapter's table".to_owned();
            self.warn(note, reference, "unprinted-link", message, hint);
        }
        Target::File(file)
    }

    /// Complains if the heading or block is not there; returns the heading's block.
    fn check_anchor(
        &mut self,
        note: &Note<'_>,
        reference: &Ref<'_>,
        file: FileNo,
        target: &LinkTarget,
    ) -> Option<usize> {
        if target.heading.is_none() && target.block.is_none() {
            return None;
        }
        let there = self.view.note(file)?;
        let path = there.path;
        let anchors = self.anchors.entry(file).or_insert_with(|| Anchors::of(there.blocks()));
        if let Some(id) = &target.block {
            if !anchors.ids.contains(id) {
                let message = format!("{path} has no block `^{id}`");
                let hint = format!("put `^{id}` at the end of the paragraph you mean");
                self.warn(note, reference, "dead-link", message, hint);
            }
            return None;
        }
        let heading = target.heading.as_deref()?;
        let last = heading.rsplit('#').next().unwrap_or(heading);
        let found = anchors.headings.get(&letters(last)).copied();
        if found.is_none() {
            let known: Vec<String> = headings(there.blocks()).into_iter().map(|h| h.text).collect();
            let hint = match nearest(last, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `#{near}`?"),
                None => "the link leads to the note's beginning instead".to_owned(),
            };
            self.warn(note, reference, "dead-link", format!("{path} has no heading “{last}”"), hint);
        }
        found
    }

    fn embed(&mut self, note: &Note<'a>, reference: &Ref<'_>, target: &LinkTarget) -> Target {
        if is_image(&target.note) {
            return self.image(note, reference, &target.note);
        }
        let to = self.link(note, reference, target, false);
        if matches!(to, Target::File(file) if self.view.note(file).is_none()) {
            let message = format!("“{}” cannot be printed", target.note);
            self.warn(
                note,
                reference,
                "note-embed",
                message,
                "pictures can: PNG, JPEG, GIF, WebP, SVG".into(),
            );
        } else if to != Target::Missing {
            let message = format!("the embedded note “{}” is printed as a link", written(target));
            self.warn(note, reference, "note-embed", message, "copy the text if it shall stand here".into());
        }
        to
    }

    fn image(&mut self, note: &Note<'_>, reference: &Ref<'_>, dest: &str) -> Target {
        if dest.contains("://") || dest.starts_with("data:") {
            let message = format!("the picture {} is not in the vault and is left out", short(dest));
            let hint = "save it beside the note: nothing is loaded from the network".to_owned();
            self.warn(note, reference, "remote-image", message, hint);
            return Target::Missing;
        }
        match self.view.image(note.file, dest) {
            Some(file) => Target::File(file),
            None => {
                let place = note.place(reference.range.clone());
                let message = format!("there is no picture {} in the vault", short(dest));
                self.suggestions += 1;
                let few = self.suggestions <= SUGGESTIONS;
                let near = few.then(|| nearest(dest, self.view.paths().filter(|p| is_image(p)))).flatten();
                let hint = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "put the file into the vault, or take the picture out".to_owned(),
                };
                self.findings.push(Finding::error("missing-image", place, message).hint(hint));
                Target::Missing
            }
        }
    }
}

impl Anchors {
    fn of(blocks: &[Block]) -> Self {
        let mut ids = BTreeSet::new();
        collect_ids(blocks, &mut ids);
        // Of two headings with one text Obsidian takes the first.
        let headings = headings(blocks).into_iter().rev().map(|h| (letters(&h.text), h.block)).collect();
        Self { headings, ids }
    }
}

fn collect_ids(blocks: &[Block], ids: &mut BTreeSet<String>) {
    for block in blocks {
        ids.extend(block.id.clone());
        match &block.kind {
            BlockKind::Quote(body) => collect_ids(body, ids),
            BlockKind::Callout(callout) => collect_ids(&callout.body, ids),
            BlockKind::List(list) => list.items.iter().for_each(|item| collect_ids(&item.body, ids)),
            _ => {}
        }
    }
}

/// A heading as links compare it: Obsidian leaves out `#`, `|`, `^`, `:`, `%%` and brackets.
fn letters(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// At most 60 characters of a path or address.
fn short(text: &str) -> String {
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(60).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    format!("`{short}`")
}
