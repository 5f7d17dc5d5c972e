//! A folder as a vault: its files, its configuration, its notes.

use std::fmt;
use std::fs::File;
use std::hash::Hasher as _;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rayon::prelude::*;
use rustc_hash::FxHashSet;
use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::config::{CONFIG_FILE, Config};
use super::discover::{self, Found};
use super::finding::{FileNo, Finding, Place, Severity};
use super::front::{FrontMatter, has_tag};
use super::left_out::LeftOut;
use super::markdown::{self, Parsed, Problem};

/// Bytes of a note, at most.
const MAX_NOTE: u64 = 64 << 20;

/// A pack's folder, read.
#[derive(Debug)]
pub struct Vault {
    /// As it was given.
    pub root: PathBuf,
    pub config: Config,
    /// `recto.yaml`, if there is one.
    pub config_file: Option<FileNo>,
    /// In natural order of their paths; a [`FileNo`] is an index. Generated notes stand behind all others.
    pub files: Vec<VaultFile>,
    /// What is no content.
    pub left_out: LeftOut,
    /// Notes at the end of `files` that stand in memory only.
    generated: usize,
    real_root: PathBuf,
}

/// A file of the vault.
#[derive(Debug)]
pub struct VaultFile {
    /// From the root, parted by `/`.
    pub path: String,
    /// In bytes, when the vault was opened.
    pub size: u64,
    pub modified: Option<SystemTime>,
    pub kind: FileKind,
}

#[derive(Debug)]
pub enum FileKind {
    Note(Arc<Note>),
    /// `recto.yaml`, and any other text of a vault made by [`Vault::from_texts`].
    Text(String),
    /// Not read at open: pictures, fonts, layouts, notes that cannot be read.
    Asset,
}

/// A Markdown file.
#[derive(Debug)]
pub struct Note {
    pub text: String,
    pub parsed: Parsed,
    pub front: FrontMatter,
    /// Of the front matter, then of the text; each once, without the hash.
    pub tags: Vec<String>,
    /// Of the file's bytes.
    pub hash: u128,
    /// What is wrong in it, as findings have it.
    problems: Vec<Problem>,
}

impl Note {
    /// Whether the note has this tag or one below it, in front matter or text.
    pub fn has_tag(&self, tag: &str) -> bool {
        has_tag(&self.tags, tag)
    }
}

impl VaultFile {
    /// The text of a note or of `recto.yaml`.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            FileKind::Note(note) => Some(&note.text),
            FileKind::Text(text) => Some(text),
            FileKind::Asset => None,
        }
    }

    /// The note, if it is one.
    pub fn note(&self) -> Option<&Note> {
        match &self.kind {
            FileKind::Note(note) => Some(note),
            _ => None,
        }
    }

    /// The last part of the path, for notes without `.md`.
    pub fn name(&self) -> &str {
        let name = self.path.rsplit_once('/').map_or(self.path.as_str(), |(_, name)| name);
        match (&self.kind, name.rsplit_once('.')) {
            (FileKind::Note(_), Some((stem, _))) => stem,
            _ => name,
        }
    }

    /// The folder's path; empty at the root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// How a folder is opened.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// Where documents are written: not read where it lies inside the pack.
    pub out: Option<PathBuf>,
    /// The same folder as it was: notes whose bytes are the same are not parsed again.
    pub before: Option<Arc<Vault>>,
}

/// Why a folder cannot be opened at all.
#[derive(Debug)]
pub enum VaultError {
    Missing(PathBuf),
    NotAFolder(PathBuf),
    Io(PathBuf, io::Error),
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "there is no folder `{}`", path.display()),
            Self::NotAFolder(path) => write!(f, "`{}` is not a folder", path.display()),
            Self::Io(path, error) => write!(f, "`{}` cannot be read: {error}", path.display()),
        }
    }
}

impl std::error::Error for VaultError {}

impl Vault {
    /// Opens a folder: reads `recto.yaml`, lists all files, reads and parses the notes (in parallel).
    ///
    /// What is wrong inside comes as findings, in the order of the files.
    ///
    /// # Errors
    /// The folder itself is missing or cannot be read.
    pub fn open(root: &Path, options: &OpenOptions) -> Result<(Self, Vec<Finding>), VaultError> {
        let io_error = |error| VaultError::Io(root.to_owned(), error);
        match std::fs::metadata(root) {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => return Err(VaultError::NotAFolder(root.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(VaultError::Missing(root.to_owned()));
            }
            Err(error) => return Err(io_error(error)),
        }
        let real_root = root.canonicalize().map_err(io_error)?;

        // First `recto.yaml`: it says what to ignore. A link that leaves the pack is told of by `walk`.
        let mut problems = Vec::new();
        let config_text = inside(&real_root, CONFIG_FILE).and_then(|path| read_text(&path));
        let config = match &config_text {
            Ok(text) => Config::parse(text, &mut problems),
            Err(_) => Config::default(),
        };
        let mut findings = Vec::new();
        let ignored = discover::globs(&config.ignore);
        let found =
            discover::walk(&real_root, &ignored, options.out.as_deref(), &mut findings).map_err(io_error)?;

        let read: Vec<(VaultFile, Vec<Problem>)> = found
            .into_par_iter()
            .map(|found| {
                if found.path == CONFIG_FILE {
                    return (VaultFile::new(found, FileKind::Asset), Vec::new());
                }
                if !found.is_note() {
                    return (VaultFile::new(found, FileKind::Asset), Vec::new());
                }
                let read = inside(&real_root, &found.path).and_then(|path| read_text(&path));
                let (kind, problems) = match read {
                    Ok(text) => known_note(options.before.as_deref(), &found.path, text),
                    Err(problem) => (FileKind::Asset, vec![problem]),
                };
                (VaultFile::new(found, kind), problems)
            })
            .collect();
        let mut vault = Self::assemble(root.to_owned(), real_root, config, read, &mut findings);
        vault.config_file = vault.find(CONFIG_FILE);
        if let Some(no) = vault.config_file {
            match config_text {
                Ok(text) => {
                    if let Some(file) = vault.files.get_mut(no.0 as usize) {
                        file.kind = FileKind::Text(text);
                    }
                }
                Err(problem) => problems.push(problem),
            }
            // What is wrong with the pack as a whole comes first.
            findings.splice(0..0, problems.into_iter().map(|problem| problem.in_file(no)));
        }
        Ok((vault, findings))
    }

    /// A vault of texts by path, for tests and tools; nothing is read from disk.
    pub fn from_texts<P: Into<String>, T: Into<String>>(
        texts: impl IntoIterator<Item = (P, T)>,
    ) -> (Self, Vec<Finding>) {
        let mut texts: Vec<(String, String)> = texts.into_iter().map(|(p, t)| (p.into(), t.into())).collect();
        texts.sort_by(|a, b| super::natural::natural_cmp(&a.0, &b.0));
        let mut config = Config::default();
        let mut findings = Vec::new();
        let mut read = Vec::new();
        for (i, (path, text)) in texts.into_iter().enumerate() {
            let found = Found { path, size: text.len() as u64, modified: None };
            if found.is_note() {
                let (kind, problems) = note(text);
                read.push((VaultFile::new(found, kind), problems));
                continue;
            }
            if found.path == CONFIG_FILE {
                let mut problems = Vec::new();
                config = Config::parse(&text, &mut problems);
                let no = FileNo(u32::try_from(i).unwrap_or(u32::MAX));
                findings.extend(problems.into_iter().map(|problem| problem.in_file(no)));
            }
            read.push((VaultFile::new(found, FileKind::Text(text)), Vec::new()));
        }
        let mut vault = Self::assemble(PathBuf::new(), PathBuf::new(), config, read, &mut findings);
        vault.config_file = vault.find(CONFIG_FILE);
        (vault, findings)
    }

    fn assemble(
        root: PathBuf,
        real_root: PathBuf,
        config: Config,
        read: Vec<(VaultFile, Vec<Problem>)>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut files = Vec::with_capacity(read.len());
        for (i, (file, problems)) in read.into_iter().enumerate() {
            let no = FileNo(u32::try_from(i).unwrap_or(u32::MAX));
            findings.extend(problems.into_iter().map(|problem| problem.in_file(no)));
            files.push(file);
        }
        let left_out = LeftOut::default();
        Self { root, config, config_file: None, files, left_out, generated: 0, real_root }
    }

    /// Adds a note that stands in memory only. What is wrong with it is nobody's mistake and is not reported.
    pub fn generate(&mut self, path: String, text: String) {
        let found = Found { path, size: text.len() as u64, modified: None };
        self.files.push(VaultFile::new(found, note(text).0));
        self.generated += 1;
    }

    /// The notes that [`Vault::generate`] added, in their order.
    pub fn generated(&self) -> impl Iterator<Item = FileNo> {
        (self.files.len() - self.generated..self.files.len())
            .filter_map(|i| Some(FileNo(u32::try_from(i).ok()?)))
    }

    /// Whether a file stands in memory only.
    pub fn is_generated(&self, no: FileNo) -> bool {
        no.0 as usize >= self.files.len() - self.generated
    }

    /// A small text of a hidden file (`.obsidian/templates.json`), which is not among the files.
    pub fn hidden(&self, path: &str) -> Option<String> {
        if self.real_root.as_os_str().is_empty() {
            return None;
        }
        let path = inside(&self.real_root, path).ok()?;
        let small = std::fs::metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() < 1 << 20);
        std::fs::read_to_string(path).ok().filter(|_| small)
    }

    pub fn file(&self, no: FileNo) -> Option<&VaultFile> {
        self.files.get(no.0 as usize)
    }

    pub fn note(&self, no: FileNo) -> Option<&Note> {
        self.file(no)?.note()
    }

    /// All notes, in the order of the files.
    pub fn notes(&self) -> impl Iterator<Item = (FileNo, &VaultFile, &Note)> {
        self.numbered().filter_map(|(no, file)| Some((no, file, file.note()?)))
    }

    /// All files with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (FileNo, &VaultFile)> {
        self.files.iter().enumerate().filter_map(|(i, file)| Some((FileNo(u32::try_from(i).ok()?), file)))
    }

    /// The file with exactly this path.
    pub fn find(&self, path: &str) -> Option<FileNo> {
        let own = self.files.get(..self.files.len() - self.generated)?;
        let i = own.binary_search_by(|file| super::natural::natural_cmp(&file.path, path)).ok()?;
        Some(FileNo(u32::try_from(i).ok()?))
    }

    /// `title:`, else the folder's name.
    pub fn title(&self) -> String {
        let folder = || self.real_root.file_name().map(|name| name.to_string_lossy().into_owned());
        self.config.title.clone().or_else(folder).unwrap_or_else(|| "Untitled".to_owned())
    }

    /// The bytes of any file, as they are on disk now.
    ///
    /// # Errors
    /// It cannot be read, or has become a link that leaves the pack.
    pub fn read_asset(&self, no: FileNo) -> io::Result<Vec<u8>> {
        let file = self.file(no).ok_or(io::ErrorKind::NotFound)?;
        if let Some(text) = file.text() {
            return Ok(text.as_bytes().to_vec());
        }
        let full = self.real_root.join(&file.path).canonicalize()?;
        if !full.starts_with(&self.real_root) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is a link that leaves the pack"));
        }
        std::fs::read(full)
    }

    /// A file's text as findings quote it: what was read at open, else what is on disk, with � for bytes that are no text.
    pub fn source(&self, no: FileNo) -> std::borrow::Cow<'_, str> {
        match self.file(no).and_then(VaultFile::text) {
            Some(text) => text.into(),
            None => self
                .read_asset(no)
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .unwrap_or_default()
                .into(),
        }
    }

    /// The place of a key of `recto.yaml`.
    pub fn config_place(&self, path: &[&str]) -> Option<Place> {
        Some(Place { file: self.config_file?, range: self.config.place(path)? })
    }

    /// The files below a folder of the root with their bytes, in order: `folder("layouts")`.
    pub fn folder<'v>(&'v self, folder: &'v str) -> impl Iterator<Item = (&'v str, io::Result<Vec<u8>>)> {
        self.numbered()
            .filter(move |(_, file)| file.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
            .map(|(no, file)| (file.path.as_str(), self.read_asset(no)))
    }

    /// A file's fingerprint: of the text as it was read at open, of an asset's bytes on disk.
    ///
    /// # Errors
    /// The asset cannot be read.
    pub fn fingerprint(&self, no: FileNo) -> io::Result<u128> {
        match self.note(no) {
            Some(note) => Ok(note.hash),
            None => Ok(hash(&self.read_asset(no)?)),
        }
    }

    /// Whether `lint: {allow: …}` of the pack or of the note silences a finding. Errors are never silenced.
    pub fn allows(&self, finding: &Finding) -> bool {
        let named = |rule: &String| rule == finding.rule;
        let note = finding.place.as_ref().and_then(|place| self.note(place.file));
        if finding.place.as_ref().is_some_and(|place| self.is_generated(place.file)) {
            return finding.severity == Severity::Warning;
        }
        finding.severity == Severity::Warning
            && (self.config.lint.allow.iter().any(named)
                || note.is_some_and(|note| note.front.allow.iter().any(|(rule, _)| named(rule))))
    }

    /// The whole of a file as a place, for findings about it.
    pub fn start_of(&self, no: FileNo) -> Place {
        Place { file: no, range: 0..0 }
    }
}

impl VaultFile {
    fn new(found: Found, kind: FileKind) -> Self {
        Self { path: found.path, size: found.size, modified: found.modified, kind }
    }
}

/// A note as it was parsed before, if its text is the same; else parsed now.
fn known_note(before: Option<&Vault>, path: &str, text: String) -> (FileKind, Vec<Problem>) {
    let known = before.and_then(|vault| match &vault.file(vault.find(path)?)?.kind {
        FileKind::Note(note) if note.text == text => Some(note),
        _ => None,
    });
    match known {
        Some(known) => (FileKind::Note(known.clone()), known.problems.clone()),
        None => note(text),
    }
}

/// Parses a note: all its problems are in order.
fn note(text: String) -> (FileKind, Vec<Problem>) {
    let mut parsed = markdown::parse(&text);
    let mut problems = std::mem::take(&mut parsed.problems);
    let mut of_front = Vec::new();
    let front = match parsed.front.clone() {
        Some(range) => FrontMatter::parse(&text, range, &mut of_front),
        None => FrontMatter::default(),
    };
    if text.contains('$') {
        problems.extend(super::math::problems(&text, &parsed.blocks));
        problems.sort_by_key(|problem| (problem.range.start, problem.range.end));
    }
    problems.splice(0..0, of_front);
    let mut seen = FxHashSet::default();
    let inline = markdown::inline_tags(&parsed.blocks);
    let all = front.tags.iter().map(String::as_str).chain(inline);
    let tags = all.filter(|tag| seen.insert(tag.to_lowercase())).map(str::to_owned).collect();
    let hash = hash(text.as_bytes());
    let note = Note { text, parsed, front, tags, hash, problems: problems.clone() };
    (FileKind::Note(Arc::new(note)), problems)
}

/// SipHash-1-3 with 128 bits and a fixed key: the same on every machine.
fn hash(bytes: &[u8]) -> u128 {
    let mut hasher = SipHasher13::new();
    hasher.write(bytes);
    hasher.finish128().as_u128()
}

/// The real path of a file that lies in the root.
fn inside(real_root: &Path, path: &str) -> Result<PathBuf, Problem> {
    let real = real_root.join(path).canonicalize().map_err(|error| unreadable(&error))?;
    if real.starts_with(real_root) {
        return Ok(real);
    }
    Err(Problem::error("file", 0..0, "this file is a link that leaves the pack")
        .hint("copy it into the pack"))
}

fn unreadable(error: &io::Error) -> Problem {
    Problem::error("file", 0..0, format!("this file cannot be read: {error}"))
        .hint("check its permissions, or name it in `ignore:`")
}

/// Reads a text of at most [`MAX_NOTE`] bytes.
fn read_text(path: &Path) -> Result<String, Problem> {
    let too_long = || {
        Problem::error("file", 0..0, format!("this file has more than {} MiB", MAX_NOTE >> 20))
            .hint("split it, or name it in `ignore:`")
    };
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    // A pipe or a device would block or never end.
    if !file.metadata().is_ok_and(|meta| meta.is_file()) {
        return Err(Problem::error("file", 0..0, "this is not a regular file").hint("name it in `ignore:`"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_NOTE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MAX_NOTE {
        return Err(too_long());
    }
    text(bytes)
}

/// Bytes as text: UTF-8 without NUL.
fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let problem = Problem::error("encoding", 0..0, "this file is UTF-16, so it is left out");
        return Err(problem.hint("save it as UTF-8"));
    }
    let line = |at: usize, bytes: &[u8]| 1 + bytes.iter().take(at).filter(|b| **b == b'\n').count();
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        let message = format!(
            "this file is not text (a NUL at byte {at}, line {}), so it is left out",
            line(at, &bytes)
        );
        return Err(Problem::error("encoding", at..at, message)
            .hint("remove the byte, or name the file in `ignore:`"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = line(at, error.as_bytes());
        let message = format!("this file is not UTF-8 (byte {at}, line {line}), so it is left out");
        Problem::error("encoding", at..at, message).hint("save it as UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn write(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
        let full = root.join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, bytes).unwrap();
    }

    fn paths(vault: &Vault) -> Vec<&str> {
        vault.files.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn a_folder_becomes_a_vault() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(root, "recto.yaml", "title: Tides\nignore: [drafts, '*.tmp']\n");
        write(root, "10 Late.md", "# Late\n");
        write(root, "2 Early.md", "---\ntags: x\n---\n# Early\n");
        write(root, "concepts/A.MD", "a");
        write(root, "assets/p.png", [0u8, 1, 2]);
        write(root, "layouts/own.typ", "x");
        write(root, "layouts/README.md", "# no note");
        write(root, "drafts/deep/no.md", "no");
        write(root, "no.tmp", "no");
        write(root, ".obsidian/app.json", "{}");
        write(root, ".hidden.md", "no");
        write(root, "out/handbook.pdf", "no");
        let options = OpenOptions { out: Some(root.join("out")), ..OpenOptions::default() };
        let (vault, findings) = Vault::open(root, &options).unwrap();
        assert_eq!(findings, []);
        assert_eq!(
            paths(&vault),
            [
                "2 Early.md",
                "10 Late.md",
                "assets/p.png",
                "concepts/A.MD",
                "layouts/own.typ",
                "layouts/README.md",
                "recto.yaml"
            ]
        );
        assert_eq!(vault.title(), "Tides");
        let notes: Vec<&str> = vault.notes().map(|(_, file, _)| file.name()).collect();
        assert_eq!(notes, ["2 Early", "10 Late", "A"]);
        assert!(vault.note(FileNo(0)).unwrap().front.has_tag("x"));
        assert_eq!(vault.read_asset(FileNo(2)).unwrap(), [0, 1, 2]);
        assert_eq!(vault.find("concepts/A.MD"), Some(FileNo(3)));
        assert_eq!(vault.find("concepts/a.md"), None);
        let layouts: Vec<&str> = vault.folder("layouts").map(|(path, _)| path).collect();
        assert_eq!(layouts, ["layouts/own.typ", "layouts/README.md"]);
        let before = vault.fingerprint(FileNo(2)).unwrap();
        write(root, "assets/p.png", [0u8, 1, 3]);
        assert_ne!(vault.fingerprint(FileNo(2)).unwrap(), before);
        assert_eq!(vault.fingerprint(FileNo(0)).unwrap(), vault.note(FileNo(0)).unwrap().hash);
    }

    #[test]
    fn without_recto_yaml_the_folder_names_the_pack() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("My Notes")).unwrap();
        let (vault, _) = Vault::open(&dir.path().join("My Notes"), &OpenOptions::default()).unwrap();
        assert_eq!(vault.title(), "My Notes");
        assert_eq!(vault.config_file, None);
        assert!(matches!(
            Vault::open(&dir.path().join("nope"), &OpenOptions::default()),
            Err(VaultError::Missing(_))
        ));
        write(dir.path(), "f", "x");
        let error = Vault::open(&dir.path().join("f"), &OpenOptions::default()).unwrap_err();
        assert!(error.to_string().ends_with("is not a folder"));
    }

    #[test]
    fn files_that_are_no_text_are_told_and_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(root, "a.md", b"ok\nb\xe4d");
        write(root, "b.md", b"x\0y");
        write(root, "c.md", b"\xff\xfea\0");
        write(root, "d.md", "- ok");
        write(root, "recto.yaml", "papr: a4\n");
        let (vault, findings) = Vault::open(root, &OpenOptions::default()).unwrap();
        let told: Vec<(u32, std::ops::Range<usize>, &str)> = findings
            .iter()
            .map(|f| {
                let place = f.place.clone().unwrap();
                (place.file.0, place.range, f.rule)
            })
            .collect();
        assert_eq!(
            told,
            [(4, 0..4, "config"), (0, 4..4, "encoding"), (1, 1..1, "encoding"), (2, 0..0, "encoding")]
        );
        assert!(findings[1].message.contains("line 2"));
        assert_eq!(vault.notes().count(), 1);
        assert_eq!(vault.file(FileNo(4)).unwrap().text(), Some("papr: a4\n"));
    }

    #[cfg(unix)]
    #[test]
    fn links_that_leave_the_pack_are_never_read() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("pack");
        write(&dir.path().join("outside"), "secret.md", "secret");
        write(&root, "a.md", "a");
        symlink(dir.path().join("outside/secret.md"), root.join("leak.md")).unwrap();
        symlink(dir.path().join("outside"), root.join("folder")).unwrap();
        symlink("../outside/secret.md", root.join("recto.yaml")).unwrap();
        symlink("a.md", root.join("same.md")).unwrap();
        symlink(".", root.join("loop")).unwrap();
        symlink("nowhere", root.join("broken.md")).unwrap();
        let (vault, findings) = Vault::open(&root, &OpenOptions::default()).unwrap();
        assert_eq!(paths(&vault), ["a.md", "same.md"]);
        let mut told: Vec<&str> = findings.iter().map(|f| f.message.as_str()).collect();
        told.sort_unstable();
        assert_eq!(
            told,
            [
                "`broken.md` is a link to nothing",
                "`folder` is a link that leaves the pack",
                "`leak.md` is a link that leaves the pack",
                "`recto.yaml` is a link that leaves the pack",
            ]
        );
        // A file that becomes such a link after it was listed is not read either.
        write(&root, "late.png", "x");
        let (vault, _) = Vault::open(&root, &OpenOptions::default()).unwrap();
        fs::remove_file(root.join("late.png")).unwrap();
        symlink(dir.path().join("outside/secret.md"), root.join("late.png")).unwrap();
        let no = vault.find("late.png").unwrap();
        assert_eq!(vault.read_asset(no).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn tags_of_front_matter_and_text() {
        let (vault, _) = Vault::from_texts([(
            "a.md",
            "---\ntags: [sea, Exam]\n---\n# T #exam\n\n- x #deep/er `#code`\n\n| a |\n|---|\n| #cell |\n",
        )]);
        let note = vault.note(FileNo(0)).unwrap();
        assert_eq!(note.tags, ["sea", "Exam", "deep/er", "cell"]);
        assert!(note.has_tag("deep") && !note.has_tag("code") && !note.front.has_tag("cell"));
    }

    #[test]
    fn rules_can_be_allowed_for_a_pack_or_a_note() {
        let (vault, findings) = Vault::from_texts([
            ("recto.yaml", "lint: {allow: [one]}\n"),
            ("a.md", "---\nlint: {allow: [two]}\n---\n"),
        ]);
        assert_eq!(findings, []);
        let at = |rule| Finding::warning(rule, Some(vault.start_of(FileNo(0))), "x");
        assert!(vault.allows(&at("one")) && vault.allows(&at("two")) && !vault.allows(&at("three")));
        assert!(!vault.allows(&Finding::error("one", None, "x")));
        assert!(!vault.allows(&Finding::warning("two", None, "x")));
    }
}
