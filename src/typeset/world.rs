//! The world that Typst compiles in: an immutable snapshot of files and fonts, shared by all documents of a build.
//!
//! Paths are virtual. `/vault/…` holds the pack's own files, `/layouts/…` the Typst side, `/data/…` the small JSON
//! files through which structure enters. The library is one constant for the whole process, since its hash is part of
//! nearly every memo key of the compiler.

use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use super::fonts::Fonts;

/// Typst panics when it has interned 65,535 paths; we stop well before.
pub const MAX_FILES: usize = 60_000;

/// The constant library: Typst's own with the functions of [`super::note`].
static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| {
    let mut library = Library::default();
    super::note::define(library.global.scope_mut());
    LazyHash::new(library)
});

/// The id of a virtual path, `/data/book.json`.
///
/// # Errors
/// When the path has a segment that no virtual file system can hold (a backslash, `..`).
pub fn file_id(path: &str) -> Result<FileId, String> {
    let vpath = VirtualPath::new(path).map_err(|error| format!("`{path}` cannot be typeset: {error:?}"))?;
    Ok(RootedPath::new(VirtualRoot::Project, vpath).intern())
}

/// The virtual path of a file of the vault. A backslash, which Typst's paths cannot hold, is written `%5C`.
pub fn vault_path(path: &str) -> String {
    format!("/vault/{}", path.replace('%', "%25").replace('\\', "%5C"))
}

/// The vault's path again; `None` for other virtual paths.
pub fn from_vault_path(path: &str) -> Option<String> {
    path.strip_prefix("/vault/").map(|p| p.replace("%5C", "\\").replace("%25", "%"))
}

/// A file of the snapshot; parsed as Typst source once, if ever.
struct Entry {
    bytes: Bytes,
    source: OnceLock<FileResult<Source>>,
}

impl Entry {
    fn new(bytes: Bytes) -> Self {
        Self { bytes, source: OnceLock::new() }
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.source
            .get_or_init(|| {
                let text = std::str::from_utf8(&self.bytes).map_err(|_| FileError::InvalidUtf8)?;
                Ok(Source::new(id, text.trim_start_matches('\u{feff}').into()))
            })
            .clone()
    }
}

/// Files that a set of documents shares.
#[derive(Default)]
pub struct Files {
    entries: FxHashMap<FileId, Entry>,
}

impl Files {
    /// Adds a file under its virtual path.
    ///
    /// # Errors
    /// See [`file_id`].
    pub fn insert(&mut self, path: &str, bytes: Bytes) -> Result<FileId, String> {
        if self.entries.len() >= MAX_FILES {
            return Err(format!("a pack may have at most {MAX_FILES} files to typeset"));
        }
        let id = file_id(path)?;
        self.entries.insert(id, Entry::new(bytes));
        Ok(id)
    }

    /// Adds a small file of structure, as JSON.
    ///
    /// # Errors
    /// See [`file_id`].
    pub fn insert_json(&mut self, path: &str, value: &impl serde::Serialize) -> Result<FileId, String> {
        let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
        self.insert(path, Bytes::from_string(text))
    }

    /// Hash of a file's bytes; `None` where there is none.
    pub fn hash(&self, id: FileId) -> Option<u128> {
        self.entries.get(&id).map(|entry| typst::utils::hash128(&entry.bytes))
    }

    /// Where a span of a layout lies: path, line and column from 1.
    pub fn locate(&self, id: FileId, span: typst::syntax::DiagSpan) -> Option<(String, usize, usize)> {
        let source = self.entries.get(&id)?.source(id).ok()?;
        let range = match span.get() {
            typst::syntax::DiagSpanKind::Number { num, sub_range, .. } => source.range(num, sub_range)?,
            typst::syntax::DiagSpanKind::Range { range, .. } => range,
            typst::syntax::DiagSpanKind::Detached => return None,
        };
        let (line, column) = source.lines().byte_to_line_column(range.start)?;
        Some((id.vpath().get_without_slash().to_owned(), line + 1, column + 1))
    }
}

/// One document's view of the snapshot: the shared files, and a few of its own before them.
pub struct PackWorld {
    fonts: Arc<Fonts>,
    shared: Arc<Files>,
    own: Files,
    main: FileId,
    /// Files of `shared` that were asked for.
    reads: Mutex<FxHashSet<FileId>>,
}

impl PackWorld {
    /// `main` is a file of `own` or `shared`.
    pub fn new(fonts: Arc<Fonts>, shared: Arc<Files>, own: Files, main: FileId) -> Self {
        Self { fonts, shared, own, main, reads: Mutex::default() }
    }

    /// The shared files that were asked for, those that are not there among them.
    pub fn into_reads(self) -> FxHashSet<FileId> {
        self.reads.into_inner().unwrap_or_default()
    }

    fn entry(&self, id: FileId) -> FileResult<&Entry> {
        if let Some(own) = self.own.entries.get(&id) {
            return Ok(own);
        }
        if let Ok(mut reads) = self.reads.lock() {
            reads.insert(id);
        }
        let entry = self.shared.entries.get(&id);
        entry.ok_or_else(|| FileError::NotFound(id.vpath().get_without_slash().into()))
    }
}

impl World for PackWorld {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.entry(id)?.source(id)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        Ok(self.entry(id)?.bytes.clone())
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }

    /// A constant: the pages never depend on the day they were printed.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        Datetime::from_ymd(2000, 1, 1)
    }
}
