//! What a handbook is made for: the screen or paper, the student or the teacher.

use serde_json::{Value, json};

/// What the pages are made for. The text column is the same on screen and on paper, so no line moves between them.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Default)]
pub enum Variant {
    /// Every page alike, links in colour, no blank pages; page numbers are those of the printed book.
    #[default]
    Screen,
    /// Rectos and versos mirror each other with the wide margin at the binding; chapters begin on rectos.
    Print,
    /// As `Print`, on pages of half the sheet, to be folded; what else stands in the margin follows the entry.
    Booklet,
}

/// What becomes of the solutions.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Default)]
pub enum Edition {
    /// Ruled space in their place.
    Student,
    /// Each behind its exercise.
    Teacher,
    /// At the end of the book.
    #[default]
    Full,
}

/// How a handbook is wanted.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Default)]
pub struct Options {
    pub variant: Variant,
    pub edition: Edition,
    /// A document for each chapter as well.
    pub per_chapter: bool,
}

impl Options {
    /// What the layout is told: `s.book`.
    pub(super) fn data(self) -> Value {
        let variant = match self.variant {
            Variant::Screen => "screen",
            Variant::Print => "print",
            Variant::Booklet => "booklet",
        };
        let edition = match self.edition {
            Edition::Student => "student",
            Edition::Teacher => "teacher",
            Edition::Full => "full",
        };
        json!({ "variant": variant, "edition": edition })
    }

    /// Whether rectos and versos differ.
    pub(super) fn mirrored(self) -> bool {
        self.variant != Variant::Screen
    }
}
