//! Where wikilinks and Markdown links lead, as in Obsidian.

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization as _;

use super::ast::{Block, BlockKind, LinkTarget};
use super::file_name::file_name;
use super::finding::FileNo;
use super::markdown::{link_target, plain_text};
use super::natural::natural_cmp;
use super::open::Vault;

/// Finds files by what links say.
///
/// Names are compared without case and without regard to how accents are composed. `layouts/`, `fonts/` and
/// `recto.yaml` cannot be linked to.
#[derive(Debug)]
pub struct Resolver<'v> {
    vault: &'v Vault,
    /// Folded last part of the path, of notes without `.md`.
    names: FxHashMap<String, Vec<FileNo>>,
    aliases: FxHashMap<String, Vec<FileNo>>,
}

/// Where a link leads.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct Resolution {
    /// `None` where nothing has this name.
    pub file: Option<FileNo>,
    pub via: Via,
    /// All files with this name where there are several, the chosen one first; else empty.
    pub ambiguous: Vec<FileNo>,
    pub anchor: Anchor,
}

/// By what a link found its file.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum Via {
    /// `[[#Heading]]`: the note itself.
    Itself,
    /// A path from the root, from the note's folder, or the end of one.
    Path,
    /// The file's name.
    Name,
    /// An alias in front matter, or a name that would give this file's name ([`file_name`]): Obsidian does not do this.
    Alias,
    /// Nothing has this name.
    Nothing,
}

/// Which part of a note a link means.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum Anchor {
    /// All of it.
    Whole,
    /// The heading that is this top-level block.
    Heading(usize),
    /// This top-level block, or something in it, has the block id.
    Block(usize),
    /// The note has no such heading or block.
    Missing,
}

impl<'v> Resolver<'v> {
    pub fn new(vault: &'v Vault) -> Self {
        let mut resolver = Self { vault, names: FxHashMap::default(), aliases: FxHashMap::default() };
        for (no, file) in vault.numbered() {
            let of_recto = file.path.starts_with("layouts/") || file.path.starts_with("fonts/");
            if of_recto || Some(no) == vault.config_file {
                continue;
            }
            resolver.names.entry(fold(file.name())).or_default().push(no);
            for (alias, _) in file.note().map(|note| note.front.aliases.as_slice()).unwrap_or_default() {
                let files = resolver.aliases.entry(fold(alias)).or_default();
                if files.last() != Some(&no) {
                    files.push(no);
                }
            }
        }
        resolver
    }

    /// Follows a wikilink or embed that stands in the note `from`.
    pub fn resolve(&self, from: FileNo, target: &LinkTarget) -> Resolution {
        if target.note.is_empty() {
            return self.found(vec![from], Via::Itself, target);
        }
        let folder = self.vault.file(from).map_or("", |file| file.folder());
        let name = target.note.trim_start_matches('/');
        let (last, folders) = match name.rsplit_once('/') {
            Some((folders, last)) => (last, Some(folders)),
            None => (name, None),
        };
        if let Some(folders) = folders {
            let here = self.names.get(&fold(last)).map(Vec::as_slice).unwrap_or_default();
            // The whole path, then one from the linking note's folder, then the end of a path.
            let paths = [clean(folders, ""), clean(folders, folder)];
            for path in paths.into_iter().flatten() {
                let files = self.in_folder(here, |own| fold(own) == fold(&path));
                if !files.is_empty() {
                    return self.found(self.choose(files, folder, last), Via::Path, target);
                }
            }
            let end = format!("/{}", fold(folders));
            let files = self.in_folder(here, |own| format!("/{}", fold(own)).ends_with(&end));
            if !files.is_empty() && !folders.split('/').any(|f| matches!(f, "." | "..")) {
                return self.found(self.choose(files, folder, last), Via::Path, target);
            }
        } else if let Some(files) = self.names.get(&fold(last)) {
            // A note at the root is an exact path; Obsidian takes the nearest name all the same.
            return self.found(self.choose(files.clone(), folder, last), Via::Name, target);
        }
        if let Some(files) = self.aliases.get(&fold(name)) {
            return self.found(self.choose(files.clone(), folder, name), Via::Alias, target);
        }
        let written = file_name(&target.note);
        if let Some(files) = self.names.get(&fold(&written)) {
            return self.found(self.choose(files.clone(), folder, &written), Via::Alias, target);
        }
        Resolution { file: None, via: Via::Nothing, ambiguous: Vec::new(), anchor: Anchor::Whole }
    }

    /// Follows a Markdown link or picture `[…](dest)`; `None` for addresses outside the vault (`https:`, `mailto:`).
    pub fn resolve_dest(&self, from: FileNo, dest: &str) -> Option<Resolution> {
        let scheme = dest.split_once(':').map(|(scheme, _)| scheme);
        let is_scheme = |s: &str| {
            s.len() > 1
                && s.starts_with(|c: char| c.is_ascii_alphabetic())
                && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        };
        if scheme.is_some_and(is_scheme) || dest.starts_with("//") {
            return None;
        }
        let (path, anchor) = match dest.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor)),
            None => (dest, None),
        };
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let mut target = link_target(&percent_decoded(path));
        if let Some(anchor) = anchor {
            let anchored = link_target(&format!("#{}", percent_decoded(anchor)));
            target.heading = anchored.heading;
            target.block = anchored.block;
        }
        Some(self.resolve(from, &target))
    }

    /// The path as findings show it.
    pub fn path(&self, no: FileNo) -> &'v str {
        self.vault.file(no).map_or("", |file| file.path.as_str())
    }

    fn in_folder(&self, files: &[FileNo], accept: impl Fn(&str) -> bool) -> Vec<FileNo> {
        let own = |no: &&FileNo| self.vault.file(**no).is_some_and(|file| accept(file.folder()));
        files.iter().filter(own).copied().collect()
    }

    /// The best first: same letters, the linking note's folder, the shortest path. If letters alone decide, the others
    /// are no rivals.
    fn choose(&self, files: Vec<FileNo>, folder: &str, name: &str) -> Vec<FileNo> {
        let exact = |no: &FileNo| self.vault.file(*no).is_some_and(|file| file.name().nfc().eq(name.nfc()));
        let same: Vec<FileNo> = files.iter().copied().filter(exact).collect();
        let mut files = if same.is_empty() { files } else { same };
        files.sort_by(|a, b| {
            let key = |no: &FileNo| {
                let file = self.vault.file(*no);
                let elsewhere = file.is_none_or(|file| file.folder() != folder);
                let path = file.map_or("", |file| file.path.as_str());
                (elsewhere, path.matches('/').count(), path.chars().count())
            };
            key(a).cmp(&key(b)).then_with(|| natural_cmp(self.path(*a), self.path(*b)))
        });
        files
    }

    fn found(&self, files: Vec<FileNo>, via: Via, target: &LinkTarget) -> Resolution {
        let file = files.first().copied();
        let ambiguous = if files.len() > 1 { files } else { Vec::new() };
        let blocks = file.and_then(|no| self.vault.note(no)).map(|note| note.parsed.blocks.as_slice());
        let anchor = match (blocks, &target.block, &target.heading) {
            (_, None, None) => Anchor::Whole,
            (None, _, _) => Anchor::Missing,
            (Some(blocks), Some(id), _) => find_id(blocks, id).map_or(Anchor::Missing, Anchor::Block),
            (Some(blocks), None, Some(heading)) => {
                find_heading(blocks, heading).map_or(Anchor::Missing, Anchor::Heading)
            }
        };
        Resolution { file, via, ambiguous, anchor }
    }
}

/// A name as it is compared: composed, without case.
pub(crate) fn fold(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// A folder's path from `base`, without `.` and `..`; `None` where it leaves the vault.
fn clean(path: &str, base: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The top-level block that is a heading or holds a block with this id.
fn find_id(blocks: &[Block], id: &str) -> Option<usize> {
    blocks.iter().position(|block| has_id(block, id))
}

fn has_id(block: &Block, id: &str) -> bool {
    let any = |blocks: &[Block]| blocks.iter().any(|block| has_id(block, id));
    block.id.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(id))
        || match &block.kind {
            BlockKind::Quote(body) | BlockKind::FootnoteDef { body, .. } => any(body),
            BlockKind::Callout(callout) => any(&callout.body),
            BlockKind::List(list) => list.items.iter().any(|item| any(&item.body)),
            _ => false,
        }
}

/// The top-level heading that `A#B` names: a `B` below an `A`, else any `B`.
fn find_heading(blocks: &[Block], wanted: &str) -> Option<usize> {
    let mut steps = wanted.split('#').map(heading_key).filter(|key| !key.is_empty()).collect::<Vec<_>>();
    let last = steps.pop()?;
    let headings = blocks.iter().enumerate().filter_map(|(i, block)| match &block.kind {
        BlockKind::Heading { level, content } => Some((i, *level, heading_key(&plain_text(content)))),
        _ => None,
    });
    let mut above: Vec<(u8, String)> = Vec::new();
    let mut fallback = None;
    for (i, level, key) in headings {
        above.retain(|(own, _)| *own < level);
        if key == last {
            // The steps stand above it in this order, others may be between.
            let mut left = steps.iter();
            let mut next = left.next();
            for (_, own) in &above {
                if next.is_some_and(|step| step == own) {
                    next = left.next();
                }
            }
            if next.is_none() {
                return Some(i);
            }
            fallback = fallback.or(Some(i));
        }
        above.push((level, key));
    }
    fallback
}

/// A heading as links write it: Obsidian leaves out what would end a link, and spaces do not count.
fn heading_key(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if matches!(c, '#' | '|' | '^' | ':' | '%' | '[' | ']') { ' ' } else { c })
        .collect();
    fold(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `%20` and the like; what does not decode to UTF-8 stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16));
        match (first, hex(tail.first()), hex(tail.get(1))) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct World(Vault);

    impl World {
        fn new(files: &[(&str, &str)]) -> Self {
            Self(Vault::from_texts(files.iter().copied()).0)
        }

        fn go(&self, from: &str, link: &str) -> (String, Via, usize, Anchor) {
            let resolver = Resolver::new(&self.0);
            let from = self.0.find(from).unwrap();
            let r = resolver.resolve(from, &link_target(link));
            let path = r.file.map_or("-".into(), |no| resolver.path(no).to_owned());
            (path, r.via, r.ambiguous.len(), r.anchor)
        }

        fn to(&self, from: &str, link: &str) -> String {
            self.go(from, link).0
        }
    }

    #[test]
    fn names_and_paths() {
        let world = World::new(&[
            ("1 A.md", ""),
            ("x/Note.md", ""),
            ("y/Note.md", ""),
            ("y/deep/Note.md", ""),
            ("y/deep/Only.md", ""),
            ("assets/p.png", ""),
            ("layouts/Only.md", ""),
        ]);
        assert_eq!(world.go("1 A.md", "Only"), ("y/deep/Only.md".into(), Via::Name, 0, Anchor::Whole));
        assert_eq!(world.go("1 A.md", "only").1, Via::Name, "case does not count");
        assert_eq!(world.go("1 A.md", "Note"), ("x/Note.md".into(), Via::Name, 3, Anchor::Whole));
        assert_eq!(world.to("y/deep/Only.md", "Note"), "y/deep/Note.md", "its own folder");
        assert_eq!(world.go("1 A.md", "y/Note"), ("y/Note.md".into(), Via::Path, 0, Anchor::Whole));
        assert_eq!(world.to("1 A.md", "Y/note.md"), "y/Note.md");
        assert_eq!(world.to("1 A.md", "/y/Note"), "y/Note.md");
        assert_eq!(world.to("1 A.md", "deep/Note"), "y/deep/Note.md", "the end of a path");
        assert_eq!(world.to("y/deep/Only.md", "../Note"), "y/Note.md");
        assert_eq!(world.to("y/deep/Only.md", "./Note"), "y/deep/Note.md");
        assert_eq!(world.to("y/deep/Only.md", "../../../Note"), "-");
        assert_eq!(world.to("1 A.md", "p.png"), "assets/p.png");
        assert_eq!(world.go("1 A.md", "Nothing"), ("-".into(), Via::Nothing, 0, Anchor::Whole));
        assert_eq!(world.go("1 A.md", "#^x"), ("1 A.md".into(), Via::Itself, 0, Anchor::Missing));
    }

    #[test]
    fn letters_and_accents() {
        let world =
            World::new(&[("Gru\u{308}n.md", ""), ("a/Case.md", ""), ("b/case.md", ""), ("from.md", "")]);
        assert_eq!(world.to("from.md", "Gr\u{fc}n"), "Gru\u{308}n.md");
        assert_eq!(world.to("from.md", "GRÜN"), "Gru\u{308}n.md");
        assert_eq!(world.go("from.md", "case"), ("b/case.md".into(), Via::Name, 0, Anchor::Whole));
        assert_eq!(world.go("from.md", "CASE").2, 2);
    }

    #[test]
    fn aliases_come_last() {
        let world = World::new(&[
            ("from.md", ""),
            ("concepts/CPython - GIL - GC.md", "---\naliases: [\"CPython / GIL / GC\", Gil]\n---\n"),
            ("concepts/Coroutines & async-await.md", ""),
            ("Gil.md", ""),
        ]);
        assert_eq!(
            world.go("from.md", "CPython / GIL / GC"),
            ("concepts/CPython - GIL - GC.md".into(), Via::Alias, 0, Anchor::Whole)
        );
        assert_eq!(world.go("from.md", "gil").0, "Gil.md", "a name before an alias");
        assert_eq!(world.go("from.md", "Coroutines & async/await").1, Via::Alias, "the name we would write");
    }

    #[test]
    fn headings_and_blocks() {
        let note = "# Top\n\n## A\n\n### Same\n\n## B: *b*\n\n### Same\n\n- x ^id-1\n\n> > deep ^deep\n";
        let world = World::new(&[("n.md", note)]);
        let anchor = |link: &str| world.go("n.md", link).3;
        assert_eq!(anchor("n#Same"), Anchor::Heading(2));
        assert_eq!(anchor("n#B b#Same"), Anchor::Heading(4));
        assert_eq!(anchor("#b: b"), Anchor::Heading(3));
        assert_eq!(anchor("n#Top#B b#Same"), Anchor::Heading(4));
        assert_eq!(anchor("n#Nope#Same"), Anchor::Heading(2));
        assert_eq!(anchor("n#Nope"), Anchor::Missing);
        assert_eq!(anchor("n#^ID-1"), Anchor::Block(5));
        assert_eq!(anchor("n#^deep"), Anchor::Block(6));
        assert_eq!(anchor("n#^nope"), Anchor::Missing);
    }

    #[test]
    fn markdown_links() {
        let world = World::new(&[("a/n.md", "# H h\n"), ("a/p q.png", ""), ("b.md", "")]);
        let resolver = Resolver::new(&world.0);
        let from = world.0.find("a/n.md").unwrap();
        let go = |dest: &str| {
            resolver.resolve_dest(from, dest).map(|r| (r.file.map(|no| resolver.path(no)), r.anchor))
        };
        assert_eq!(go("p%20q.png"), Some((Some("a/p q.png"), Anchor::Whole)));
        assert_eq!(go("../b.md"), Some((Some("b.md"), Anchor::Whole)));
        assert_eq!(go("n.md#H%20h"), Some((Some("a/n.md"), Anchor::Heading(0))));
        assert_eq!(go("#H h"), Some((Some("a/n.md"), Anchor::Heading(0))));
        assert_eq!(go("https://a.org/x"), None);
        assert_eq!(go("mailto:a@b.org"), None);
        assert_eq!(go("gone.md"), Some((None, Anchor::Whole)));
        assert_eq!(go("100%"), Some((None, Anchor::Whole)));
    }
}
