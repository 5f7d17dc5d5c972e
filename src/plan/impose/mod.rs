//! Imposition: finished card faces onto sheets, fronts and backs.
//!
//! A face is typeset once at its trim size; all that happens here is arithmetic on where it goes. [`impose`] serves
//! duplex printers and, with [`duplex`], hands; [`fold`] needs one side only; [`booklet`] and [`zine`] place pages.

pub mod booklet;
pub mod calibrate;
pub mod duplex;
pub mod fold;
pub mod marks;
pub mod pocket;
pub mod turn;
pub mod zine;

pub use marks::{Marks, Ruler};
pub use turn::{Affine, Axis, Flip, Profile, Quarter, Turn};

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::length::{EPSILON, Mm, Point, Rect, Size};
use super::stock::Stock;

/// What is printed on a face keeps this distance from the trim, since cuts and registration stray by a millimetre or
/// two.
pub const SAFE_INSET: Mm = Mm(4.0);

/// Cards of one job, all copies together: beyond this somebody's finger slipped.
pub const MOST_CARDS: usize = 10_000_000;

/// In which order cards lie in the deck once the sheets are cut.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Cut the pile once, lay the slot piles on each other in slot order: the deck is sorted.
    #[default]
    CutStack,
    /// Sheet by sheet, along the rows.
    Row,
}

/// What is to be imposed.
#[derive(Debug, Clone, PartialEq)]
pub struct Job<'a> {
    pub stock: &'a Stock,
    /// Cards of one deck.
    pub cards: usize,
    /// Decks, one after the other; at least 1.
    pub copies: usize,
    pub flip: Flip,
    pub turn: Turn,
    pub order: Order,
    /// The first slot of the first sheet that is used, from 1: those before it were used up earlier.
    pub start_slot: usize,
    /// The most sheets that are cut at once; after so many a new run starts.
    pub max_pile: Option<usize>,
    /// Put blank cards into slots that are left over.
    pub fill: bool,
    /// The printer's correction of backs.
    pub profile: Profile,
}

impl<'a> Job<'a> {
    /// One deck with the defaults of `recto.yaml`.
    pub fn new(stock: &'a Stock, cards: usize) -> Self {
        Self {
            stock,
            cards,
            copies: 1,
            flip: Flip::default(),
            turn: Turn::default(),
            order: Order::default(),
            start_slot: 1,
            max_pile: None,
            fill: false,
            profile: Profile::default(),
        }
    }
}

/// What lies in a slot.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// A card, counted from 0 in its deck, and its deck, counted from 0.
    Card { index: usize, deck: usize },
    /// A card left blank, counted from 0.
    Blank { index: usize },
}

/// The side of a card.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Face {
    Front,
    Back,
}

/// A face on a page.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Placement {
    pub item: Item,
    pub face: Face,
    /// The slot, from 0 as seen on the front page.
    pub slot: usize,
    /// The centre of the trim box on its page, before any [`Imposition::correction`].
    pub centre: Point,
    pub turn: Quarter,
}

impl Placement {
    /// Takes the face (its top left corner at the origin) to its place on the page.
    pub fn transform(&self, card: Size) -> Affine {
        Affine::place(card, self.centre, self.turn)
    }

    /// The trim box on its page.
    pub fn trim(&self, card: Size) -> Rect {
        let upright = matches!(self.turn, Quarter::None | Quarter::Half);
        Rect::around(self.centre, if upright { card } else { card.turned() })
    }
}

/// A sheet's two pages. Both list the same slots in the same order.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Sheet {
    pub front: Vec<Placement>,
    pub back: Vec<Placement>,
}

/// Cards on sheets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Imposition {
    /// About which the sheets turn.
    pub axis: Axis,
    pub sheets: Vec<Sheet>,
    /// Applied to everything on back pages, and to nothing on fronts.
    pub correction: Affine,
    /// Sheets that are cut as one pile, in order.
    pub runs: Vec<Range<usize>>,
}

/// What printing and cutting it takes.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Serialize)]
pub struct Summary {
    pub cards: usize,
    pub blanks: usize,
    pub sheets: usize,
    pub sides: usize,
    /// Cuts through piles, all runs together.
    pub cuts: usize,
    /// Piles to lay on each other after cutting, all runs together.
    pub piles: usize,
}

impl Imposition {
    pub fn summary(&self, stock: &Stock) -> Summary {
        // Fold-over sheets hold both faces on their front.
        let placements =
            || self.sheets.iter().flat_map(|sheet| &sheet.front).filter(|p| p.face == Face::Front);
        let blanks = placements().filter(|p| matches!(p.item, Item::Blank { .. })).count();
        let piles = |run: &Range<usize>| {
            let sheets = self.sheets.get(run.clone()).unwrap_or_default();
            let mut used = vec![false; stock.slots()];
            for placement in sheets.iter().flat_map(|sheet| &sheet.front) {
                if let Some(slot) = used.get_mut(placement.slot) {
                    *slot = true;
                }
            }
            used.into_iter().filter(|used| *used).count()
        };
        Summary {
            cards: placements().count() - blanks,
            blanks,
            sheets: self.sheets.len(),
            sides: self.sheets.iter().map(|s| 1 + usize::from(!s.back.is_empty())).sum(),
            cuts: self.runs.len() * stock.cut_count(),
            piles: self.runs.iter().map(piles).sum(),
        }
    }
}

/// Why a job cannot be imposed.
#[derive(Debug, Clone, PartialEq)]
pub enum ImposeError {
    /// The first slot is 0 or beyond the sheet.
    StartSlot { start: usize, slots: usize },
    /// No copies.
    NoCopies,
    /// More cards than [`MOST_CARDS`].
    TooMany { cards: usize, copies: usize },
    /// Piles of no sheets.
    NoPile,
    /// The profile moves a back out of what the printer can print; the worst one.
    OffPrintable { slot: usize, edge: &'static str, over: Mm, margin: Mm },
    /// A scale or an angle that no printer has.
    Profile { what: &'static str, value: f64 },
}

impl fmt::Display for ImposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartSlot { start, slots } => {
                write!(f, "there is no slot {start}: the sheet has slots 1 to {slots}")
            }
            Self::NoCopies => f.write_str("0 copies are nothing to print"),
            Self::TooMany { cards, copies } => {
                write!(f, "{copies} copies of {cards} cards are more than {MOST_CARDS} cards in one job")
            }
            Self::NoPile => f.write_str("a pile has at least one sheet"),
            Self::OffPrintable { slot, edge, over, margin } => write!(
                f,
                "the profile moves the back of slot {} by {over} mm into the {edge} margin of {margin} mm, which the \
                 printer leaves blank",
                slot + 1
            ),
            Self::Profile { what, value } => {
                write!(f, "the profile's {what} of {value} is not one of a printer")
            }
        }
    }
}

impl std::error::Error for ImposeError {}

/// Puts cards on sheets: fronts at their slots, backs at the mirrored coordinates.
pub fn impose(job: &Job) -> Result<Imposition, ImposeError> {
    let stock = job.stock;
    let slots = stock.slots();
    if job.start_slot == 0 || job.start_slot > slots {
        return Err(ImposeError::StartSlot { start: job.start_slot, slots });
    }
    if job.copies == 0 {
        return Err(ImposeError::NoCopies);
    }
    if job.max_pile == Some(0) {
        return Err(ImposeError::NoPile);
    }
    let correction = correction(job)?;
    let axis = job.flip.axis(stock.orientation);
    let count = job
        .cards
        .checked_mul(job.copies)
        .filter(|count| *count <= MOST_CARDS)
        .ok_or(ImposeError::TooMany { cards: job.cards, copies: job.copies })?;
    let (assigned, runs) = assign(count, slots, job.start_slot - 1, job);
    let front_turn = if stock.turned { Quarter::Right } else { Quarter::None };
    let back_turn = axis.back_turn(front_turn, job.turn);
    let item = |number: usize| {
        if number < count {
            Item::Card { index: number % job.cards, deck: number / job.cards }
        } else {
            Item::Blank { index: number - count }
        }
    };
    let sheet = |numbers: Vec<Option<usize>>| {
        let mut sheet = Sheet::default();
        for (slot, number) in numbers.into_iter().enumerate() {
            let Some(number) = number.filter(|number| job.fill || *number < count) else { continue };
            let (item, centre) = (item(number), stock.centre(slot));
            sheet.front.push(Placement { item, face: Face::Front, slot, centre, turn: front_turn });
            let centre = axis.mirror(centre, stock.sheet);
            sheet.back.push(Placement { item, face: Face::Back, slot, centre, turn: back_turn });
        }
        sheet
    };
    Ok(Imposition { axis, sheets: assigned.into_iter().map(sheet).collect(), correction, runs })
}

/// For each sheet, which number lies in each slot (numbers from `count` on are left over), and the runs of sheets.
///
/// Cut and stack: with S sheets in a run, number k lies in slot k div S on sheet k mod S. Where the first sheet has
/// used slots, their piles are one sheet lower; what is left over then lies at the end of the last sheet, since piles
/// that stay empty would leave the very sheet that is to be used up.
fn assign(
    count: usize,
    slots: usize,
    used: usize,
    job: &Job,
) -> (Vec<Vec<Option<usize>>>, Vec<Range<usize>>) {
    let Job { order, max_pile, fill, .. } = *job;
    if count == 0 {
        return (Vec::new(), Vec::new());
    }
    let total = (count + used).div_ceil(slots);
    let mut sheets = vec![vec![None; slots]; total];
    let pile = max_pile.unwrap_or(total).max(1);
    let runs: Vec<Range<usize>> =
        (0..total).step_by(pile).map(|first| first..(first + pile).min(total)).collect();
    // Blank cards belong behind the deck, so they fill the last piles.
    let left = if used > 0 && runs.len() == 1 && !fill { total * slots - used - count } else { 0 };
    let mut number = 0;
    let mut take = |sheet: usize, slot: usize| {
        let left_over = sheet + 1 == total && slot >= slots - left;
        if sheet == 0 && slot < used || left_over {
            return;
        }
        if let Some(cell) = sheets.get_mut(sheet).and_then(|cells| cells.get_mut(slot)) {
            *cell = Some(number);
            number += 1;
        }
    };
    match order {
        Order::CutStack => {
            for run in &runs {
                for slot in 0..slots {
                    run.clone().for_each(|sheet| take(sheet, slot));
                }
            }
        }
        Order::Row => (0..total).for_each(|sheet| (0..slots).for_each(|slot| take(sheet, slot))),
    }
    (sheets, runs)
}

/// The profile as a map, if it keeps what is printed on all backs inside the printable area.
fn correction(job: &Job) -> Result<Affine, ImposeError> {
    let (stock, profile) = (job.stock, &job.profile);
    if !(0.9..=1.1).contains(&profile.scale) {
        return Err(ImposeError::Profile { what: "scale", value: profile.scale });
    }
    if !(-5.0..=5.0).contains(&profile.angle) {
        return Err(ImposeError::Profile { what: "angle", value: profile.angle });
    }
    for (what, shift) in [("dx", profile.dx), ("dy", profile.dy)] {
        if !shift.0.is_finite() {
            return Err(ImposeError::Profile { what, value: shift.0 });
        }
    }
    let map = profile.correction(stock.sheet);
    let axis = job.flip.axis(stock.orientation);
    let area = stock.printable();
    let mut worst: Option<(usize, &'static str, Mm)> = None;
    for slot in 0..stock.slots() {
        let content = axis.mirror_rect(stock.slot(slot), stock.sheet).inset(SAFE_INSET);
        for corner in content.corners().map(|corner| map.apply(corner)) {
            let over = [
                ("left", area.x - corner.x),
                ("top", area.y - corner.y),
                ("right", corner.x - area.right()),
                ("bottom", corner.y - area.bottom()),
            ];
            for (edge, over) in over {
                if over > EPSILON && worst.is_none_or(|(_, _, most)| over > most) {
                    worst = Some((slot, edge, over));
                }
            }
        }
    }
    match worst {
        None => Ok(map),
        Some((slot, edge, over)) => Err(ImposeError::OffPrintable { slot, edge, over, margin: stock.margin }),
    }
}

#[cfg(test)]
mod tests;
