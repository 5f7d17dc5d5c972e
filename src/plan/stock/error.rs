//! What can be wrong with a stock, told with the numbers.

use std::fmt;

use crate::plan::length::{Mm, Size};

/// Why a stock cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub enum StockError {
    /// No stock has this id; `nearest` are the ids most like it.
    Unknown { id: String, nearest: Vec<String> },
    /// No cards, or cards of no size.
    Empty { columns: usize, rows: usize, card: Size },
    /// The pitch is smaller than the card.
    Overlap { axis: &'static str, pitch: Mm, card: Mm },
    /// The grid runs over the sheet's edge.
    OffSheet { edge: &'static str, over: Mm, sheet: Size },
    /// The grid keeps less than the margin from the sheet's edge.
    OutsidePrintable { edge: &'static str, room: Mm, margin: Mm },
    /// Not one card of a plain size fits.
    TooLarge { id: String, card: Size, area: Size },
    /// A margin below what printers can do.
    Margin { margin: Mm, smallest: Mm },
}

impl StockError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { nearest, .. } if nearest.is_empty() => {
                "`recto stocks` lists all stocks".to_string()
            }
            Self::Unknown { nearest, .. } => {
                let names: Vec<_> = nearest.iter().map(|id| format!("`{id}`")).collect();
                format!("did you mean {}? `recto stocks` lists all", names.join(" or "))
            }
            Self::Empty { .. } => "give at least one column and one row, and a card with a size".to_string(),
            Self::Overlap { card, .. } => format!("make the pitch at least {card} mm"),
            Self::OffSheet { over, .. } => {
                format!("move or shrink the grid by {over} mm, or use fewer columns or rows")
            }
            Self::OutsidePrintable { room, margin, .. } => format!(
                "move the grid by {} mm, or set the margin to {room} mm if the printer can do that",
                *margin - *room
            ),
            Self::TooLarge { .. } => "`recto stocks --fit` lists card sizes that fit this sheet".to_string(),
            Self::Margin { smallest, .. } if *smallest > Mm::ZERO => {
                format!("use at least {smallest} mm, or say that the printer prints nearer to the edge")
            }
            Self::Margin { .. } => "a margin is 0 mm or more".to_string(),
        }
    }
}

impl fmt::Display for StockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { id, .. } => write!(f, "there is no stock `{id}`"),
            Self::Empty { columns, rows, card } => {
                write!(f, "{columns} × {rows} cards of {card} are nothing to print on")
            }
            Self::Overlap { axis, pitch, card } => {
                write!(f, "the {axis} overlap: the pitch is {pitch} mm, the card {card} mm")
            }
            Self::OffSheet { edge, over, sheet } => {
                write!(f, "the cards run {over} mm over the {edge} edge of the sheet ({sheet})")
            }
            Self::OutsidePrintable { edge, room, margin } => write!(
                f,
                "the cards stand {room} mm from the {edge} edge of the sheet, inside the margin of {margin} mm \
                 that the printer leaves blank"
            ),
            Self::TooLarge { id, card, area } => {
                write!(f, "not one `{id}` card ({card}) fits into {area}, margins and marks taken off")
            }
            Self::Margin { margin, smallest } => {
                write!(f, "a margin of {margin} mm is below {smallest} mm")
            }
        }
    }
}

impl std::error::Error for StockError {}
