//! `recto.yaml`: what a pack says about itself.

mod command;
mod read;
mod schema;

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use jiff::civil::{Date, Time, Weekday};

use super::length::Length;
use super::markdown::Problem;

/// The name of the file at a pack's root.
pub const CONFIG_FILE: &str = "recto.yaml";

/// Everything `recto.yaml` may say; [`Config::default`] is an empty file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// Without one the folder's name.
    pub title: Option<String>,
    pub subtitle: Option<String>,
    pub authors: Vec<String>,
    /// BCP 47; without one `en`.
    pub language: Option<String>,
    pub edition: Option<String>,
    pub date: Option<Date>,
    pub licence: Option<String>,
    pub paper: Paper,
    /// `classic`, `modern`, `mono`, `large`, or a folder under `layouts/`.
    pub theme: Option<String>,
    pub variant: Variant,
    /// Globs; without any, notes that hold a concept table.
    pub chapters: Vec<String>,
    /// Globs of files that are not read.
    pub ignore: Vec<String>,
    /// Empty for the default set.
    pub documents: Vec<Document>,
    /// `tables: {headers: …}`: first header cells that make a concept table, beside the built-in ones.
    pub table_headers: Vec<String>,
    /// Heading → name of the known section it stands for; the pack checks the names.
    pub sections: Vec<(String, String)>,
    pub fonts: Fonts,
    pub footer: Option<String>,
    pub select: Select,
    pub handbook_edition: HandbookEdition,
    /// `handbook: {per-chapter: true}`: a file for each chapter as well.
    pub handbook_per_chapter: bool,
    pub cheatsheets: Cheatsheets,
    pub mindmap: Mindmap,
    pub cards: Cards,
    pub stocks: BTreeMap<String, StockDef>,
    pub schedule: Schedule,
    pub calendar: Calendar,
    pub quizzes: Quizzes,
    /// Language of a code block → command that runs it.
    pub run: BTreeMap<String, Command>,
    /// Days after which a `verified` date is stale; 365 without.
    pub freshness_days: Option<u32>,
    /// `freshness: {end-of-life: {Python 3.8: 2024-10-07}}`: version → the last day of its support.
    pub end_of_life: BTreeMap<String, Date>,
    pub lint: Lint,
    places: BTreeMap<Vec<String>, Range<usize>>,
}

impl Config {
    /// Reads `recto.yaml`. All that is wrong with it goes to `problems`; what can be read is kept.
    pub fn parse(text: &str, problems: &mut Vec<Problem>) -> Self {
        schema::read(text, problems)
    }

    /// The bytes of a key's value in `recto.yaml`, by its path: `["schedule", "exam"]`, in lists by index.
    pub fn place(&self, path: &[&str]) -> Option<Range<usize>> {
        let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
        self.places.get(&path).cloned()
    }
}

/// The sheet size of all documents.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum Paper {
    #[default]
    A4,
    UsLetter,
}

impl Paper {
    pub const NAMES: [(&'static str, Self); 2] = [("a4", Self::A4), ("us-letter", Self::UsLetter)];
}

/// What the pages are made for.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum Variant {
    #[default]
    Screen,
    Print,
    Booklet,
}

impl Variant {
    pub const NAMES: [(&'static str, Self); 3] =
        [("screen", Self::Screen), ("print", Self::Print), ("booklet", Self::Booklet)];
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Document {
    Handbook,
    Cheatsheets,
    Flashcards,
    Calendar,
    Mindmap,
    Quizzes,
    Booklet,
    Zine,
    Dividers,
}

impl Document {
    pub const NAMES: [(&'static str, Self); 9] = [
        ("handbook", Self::Handbook),
        ("cheatsheets", Self::Cheatsheets),
        ("flashcards", Self::Flashcards),
        ("calendar", Self::Calendar),
        ("mindmap", Self::Mindmap),
        ("quizzes", Self::Quizzes),
        ("booklet", Self::Booklet),
        ("zine", Self::Zine),
        ("dividers", Self::Dividers),
    ];

    /// As flags, keys and file names have it.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, document)| *document == self).map_or("", |(name, _)| name)
    }
}

/// Files in the pack's `fonts/`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fonts {
    pub serif: Option<String>,
    pub sans: Option<String>,
    pub mono: Option<String>,
}

/// A part of the pack to print; empty for all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Select {
    pub chapters: Vec<RangeInclusive<usize>>,
    pub tags: Vec<String>,
    pub priority: Option<u8>,
    pub concepts: Vec<String>,
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum HandbookEdition {
    Student,
    Teacher,
    #[default]
    Full,
}

impl HandbookEdition {
    pub const NAMES: [(&'static str, Self); 3] =
        [("student", Self::Student), ("teacher", Self::Teacher), ("full", Self::Full)];
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum Orientation {
    #[default]
    Auto,
    Portrait,
    Landscape,
}

impl Orientation {
    pub const NAMES: [(&'static str, Self); 3] =
        [("auto", Self::Auto), ("portrait", Self::Portrait), ("landscape", Self::Landscape)];
}

#[derive(Debug, Clone, PartialEq)]
pub struct Cheatsheets {
    /// Of one chapter, at most.
    pub pages: u32,
    /// Of the whole pack's sheet, at most.
    pub pack_pages: u32,
    /// The smallest type.
    pub floor: Length,
    pub orientation: Orientation,
    pub fold: SheetFold,
    /// What the QR code in the head says.
    pub qr: Option<String>,
}

/// How a cheatsheet is folded.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum SheetFold {
    #[default]
    None,
    /// Twice: A4 to A6.
    Pocket,
}

impl SheetFold {
    pub const NAMES: [(&'static str, Self); 2] = [("none", Self::None), ("pocket", Self::Pocket)];
}

impl Default for Cheatsheets {
    fn default() -> Self {
        Self {
            pages: 2,
            pack_pages: 2,
            floor: Length::from_pt(6.5),
            orientation: Orientation::Auto,
            fold: SheetFold::None,
            qr: None,
        }
    }
}

/// The poster.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Default)]
pub struct Mindmap {
    pub page: PosterPage,
    pub shape: MapShape,
}

/// Sizes of the poster, lying.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum PosterPage {
    #[default]
    A3,
    A2,
    A1,
    A0,
}

impl PosterPage {
    pub const NAMES: [(&'static str, Self); 4] =
        [("a3", Self::A3), ("a2", Self::A2), ("a1", Self::A1), ("a0", Self::A0)];
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum MapShape {
    /// Around an oval, the root in the middle.
    #[default]
    Radial,
    /// A column for each chapter.
    Tree,
}

impl MapShape {
    pub const NAMES: [(&'static str, Self); 2] = [("radial", Self::Radial), ("tree", Self::Tree)];
}

/// Which edge the printer turns sheets about.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum Flip {
    #[default]
    LongEdge,
    ShortEdge,
}

impl Flip {
    pub const NAMES: [(&'static str, Self); 2] =
        [("long-edge", Self::LongEdge), ("short-edge", Self::ShortEdge)];
}

/// How a card is turned in the hand.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum Turn {
    #[default]
    Book,
    Calendar,
}

impl Turn {
    pub const NAMES: [(&'static str, Self); 2] = [("book", Self::Book), ("calendar", Self::Calendar)];
}

/// In which order cards lie on the sheets.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum Order {
    /// Cut the pile, put the slots' piles on each other: the deck is sorted.
    #[default]
    CutStack,
    /// Sheet by sheet, row by row.
    Row,
}

impl Order {
    pub const NAMES: [(&'static str, Self); 2] = [("cut-stack", Self::CutStack), ("row", Self::Row)];
}

/// The design of card faces.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum Faces {
    #[default]
    Plain,
    /// Lighter and smaller heads, black only.
    InkSaving,
    /// Type of 14 pt and more.
    Large,
}

impl Faces {
    pub const NAMES: [(&'static str, Self); 3] =
        [("plain", Self::Plain), ("ink-saving", Self::InkSaving), ("large", Self::Large)];
}

#[derive(Debug, Clone, PartialEq)]
pub struct Cards {
    /// A stock's id, a plain size, or a name in `stocks:`; `recto-8` without.
    pub stock: Option<String>,
    pub flip: Flip,
    pub turn: Turn,
    pub order: Order,
    pub faces: Faces,
    /// The smallest type.
    pub floor: Length,
    /// Every table row gives a card.
    pub from_rows: bool,
    /// Card syntax counts in every note.
    pub anywhere: bool,
}

impl Default for Cards {
    fn default() -> Self {
        Self {
            stock: None,
            flip: Flip::default(),
            turn: Turn::default(),
            order: Order::default(),
            faces: Faces::default(),
            floor: Length::from_pt(7.0),
            from_rows: true,
            anywhere: false,
        }
    }
}

/// A card stock of the user's: lengths on the upright sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct StockDef {
    pub sheet: Paper,
    /// Width and height.
    pub card: (Length, Length),
    pub columns: u32,
    pub rows: u32,
    pub left: Length,
    pub top: Length,
    /// From one card's corner to the next; without it the cards touch.
    pub pitch: Option<(Length, Length)>,
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum ScheduleMode {
    #[default]
    Plan,
    Leitner,
    Exam,
}

impl ScheduleMode {
    pub const NAMES: [(&'static str, Self); 3] =
        [("plan", Self::Plan), ("leitner", Self::Leitner), ("exam", Self::Exam)];
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum LeitnerBox {
    #[default]
    Dated,
    Classic,
}

impl LeitnerBox {
    pub const NAMES: [(&'static str, Self); 2] = [("dated", Self::Dated), ("classic", Self::Classic)];
}

/// Days without work.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
pub enum DayOff {
    Weekday(Weekday),
    Date(Date),
    /// First and last included.
    Range(Date, Date),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schedule {
    pub mode: ScheduleMode,
    pub leitner: LeitnerBox,
    pub start: Option<Date>,
    pub exam: Option<Date>,
    /// Days of the plan.
    pub length: Option<u32>,
    /// Recall at which a card is visited; 0.9 without.
    pub retention: Option<f64>,
    /// How far from it a visit may stray; 0.02 without.
    pub tolerance: Option<f64>,
    pub minutes_per_day: Option<f64>,
    pub minutes_per_card: Option<f64>,
    pub new_per_day: Option<u32>,
    pub days_off: Vec<DayOff>,
    /// An ICS file in the pack.
    pub holidays: Option<String>,
    /// `None` for `auto`: by the language's region.
    pub first_weekday: Option<Weekday>,
    /// The 21 parameters of FSRS-6.
    pub weights: Option<[f64; 21]>,
    /// Visits of each card in exam mode.
    pub visits: Option<u32>,
    /// When the calendar file reminds of a session; not at all without.
    pub alarm: Option<Time>,
    pub feed: FeedKind,
}

/// What the entries of the calendar file are.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub enum FeedKind {
    #[default]
    Events,
    /// To be ticked off; Outlook and Google leave them out.
    ToDos,
}

impl FeedKind {
    pub const NAMES: [(&'static str, Self); 2] = [("events", Self::Events), ("to-dos", Self::ToDos)];
}

/// How the calendar is printed.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Default)]
pub struct Calendar {
    /// `None`: the paper of the pack.
    pub page: Option<CalendarPage>,
}

/// The pages of the calendar.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum CalendarPage {
    A4,
    UsLetter,
    /// A tablet of electronic paper, 3 to 4.
    EInk,
}

impl CalendarPage {
    pub const NAMES: [(&'static str, Self); 3] =
        [("a4", Self::A4), ("us-letter", Self::UsLetter), ("e-ink", Self::EInk)];
}

#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Quizzes {
    pub versions: u32,
    pub seed: u64,
    pub questions: u32,
}

impl Default for Quizzes {
    fn default() -> Self {
        Self { versions: 3, seed: 1, questions: 20 }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// Rules that are not reported.
    pub allow: Vec<String>,
    /// Words of a brief.
    pub brief_words: RangeInclusive<u32>,
}

impl Default for Lint {
    fn default() -> Self {
        Self { allow: Vec::new(), brief_words: 15..=25 }
    }
}

pub use command::Command;
pub(super) use read::{Reader, iso_date};

#[cfg(test)]
mod tests;
