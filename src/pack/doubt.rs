//! Cards that an edit made impossible to tell apart: what is asked, and what may be answered.

use jiff::civil::Date;

use crate::vault::Place;

/// A card that may be one of several of recto.lock with another text.
pub struct Doubt<'d> {
    pub place: Place,
    pub front: &'d str,
    pub back: &'d str,
    /// What it may be, by code.
    pub choices: Vec<Choice<'d>>,
}

/// A card of recto.lock. Its text is not kept there: who is asked looks at the printed card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<'d> {
    pub code: String,
    /// Its concept's id.
    pub concept: &'d str,
    /// The day on which its text last changed.
    pub changed: Date,
    /// It was taken out since.
    pub retired: bool,
}

/// What somebody says to a doubt.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The card is this one of the choices.
    Is(usize),
    /// It is a new card.
    New,
    /// Nobody knows: it gets a new code, and that is reported.
    Unknown,
}

/// Answers doubts.
pub type Ask<'f> = &'f mut dyn FnMut(&Doubt) -> Answer;
