//! What to build, and what a build did.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use crate::cli::calendar::CalendarFlags;
use crate::cli::options::{BookFlags, BookletFlags, CardFlags};
use crate::cli::quiz::QuizFlags;
use crate::emit::manifest::Manifest;
use crate::pack::select;
use crate::plan::impose::Summary;
use crate::vault::config::Document;
use crate::vault::{Finding, Severity, Vault};

/// What to build, from where to where.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    pub pack: PathBuf,
    pub out: PathBuf,
    /// `None`: those of `recto.yaml`, else the four.
    pub documents: Option<Vec<Document>>,
    pub select: select::Selection,
    /// Stands in for a missing `schedule.start`, and is noted in `recto.lock`.
    pub today: Date,
    pub jobs: Option<usize>,
    pub locked: bool,
    /// Cards that cannot be told apart end the build, and `recto.lock` stays.
    pub strict: bool,
    pub system_fonts: bool,
    /// Nothing is built after this in the process: what the compiler remembers is given back before files are written.
    pub once: bool,
    /// Build even what stands.
    pub force: bool,
    /// Say what printing the flashcards takes, and write nothing.
    pub dry: bool,
    /// Also write pictures of all pages, at so many pixels to the inch.
    pub png: Option<f64>,
    pub cards: CardFlags,
    pub booklet: BookletFlags,
    pub quizzes: QuizFlags,
    pub book: BookFlags,
    pub calendar: CalendarFlags,
}

impl BuildOptions {
    pub fn new(pack: impl Into<PathBuf>, out: impl Into<PathBuf>, today: Date) -> Self {
        Self {
            pack: pack.into(),
            out: out.into(),
            documents: None,
            select: select::Selection::default(),
            today,
            jobs: None,
            locked: false,
            strict: false,
            system_fonts: false,
            once: false,
            force: false,
            dry: false,
            png: None,
            cards: CardFlags::default(),
            booklet: BookletFlags::default(),
            quizzes: QuizFlags::default(),
            book: BookFlags::default(),
            calendar: CalendarFlags::default(),
        }
    }
}

/// A document in the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    pub name: &'static str,
    pub state: State,
    pub pages: usize,
    /// Of all its files.
    pub bytes: u64,
    pub time: Duration,
    /// What a person should know: cards and sheets, type sizes.
    pub note: String,
    /// What did not find room, a line for each sheet.
    pub details: Vec<String>,
    /// What printing and cutting the flashcards takes.
    pub print: Option<Summary>,
}

#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum State {
    Written,
    /// Its files stand as they were.
    Unchanged,
    /// It has errors; an older file stays.
    Failed,
    /// Only planned.
    Planned,
}

/// What a build did.
pub struct Report {
    pub vault: Arc<Vault>,
    pub documents: Vec<Built>,
    pub findings: Vec<Finding>,
    /// Concepts, cards.
    pub counts: (usize, usize),
}

impl Report {
    pub fn has(&self, severity: Severity) -> bool {
        self.findings.iter().any(|f| f.severity == severity)
    }
}

pub(super) fn failed(name: &'static str) -> Built {
    Built {
        name,
        state: State::Failed,
        pages: 0,
        bytes: 0,
        time: Duration::ZERO,
        note: String::new(),
        details: Vec::new(),
        print: None,
    }
}

pub(super) fn unchanged(name: &'static str, manifest: &Manifest) -> Built {
    let entry = manifest.documents.get(name);
    Built {
        name,
        state: State::Unchanged,
        pages: entry.map_or(0, |e| e.page_count),
        bytes: entry.map_or(0, |e| e.files.values().sum()),
        time: Duration::ZERO,
        note: String::new(),
        details: Vec::new(),
        print: None,
    }
}
