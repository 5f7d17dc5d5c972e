//! Manual duplex: printing fronts, then backs, on a printer that cannot turn sheets.
//!
//! Sheets come out onto a pile, the last on top. What happens then differs in two ways: which side faces up, and
//! whether the tray prints the upper or the lower side of the sheets laid into it. Turning the pile over reverses the
//! order in which its sheets are drawn in. So there are four paths, and backs are needed either in the order of the
//! fronts or against it. The edge over which the pile is turned is the job's flip, as with a duplexer.

use serde::{Deserialize, Serialize};

/// How a printer lays its sheets down.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    FaceUp,
    FaceDown,
}

/// In which order sheets are drawn in for their backs.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feed {
    /// As they were for the fronts: the pile is turned over before it is laid in again.
    Straight,
    /// The last first: the pile is laid in as it came out.
    Reversed,
}

/// A printer without a duplexer, by the way its sheets take.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
pub struct Feeder {
    pub output: Output,
    pub feed: Feed,
}

/// Which side of a sheet in the tray is printed.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrintedSide {
    Upper,
    Lower,
}

impl Feeder {
    pub const ALL: [Self; 4] = [
        Self { output: Output::FaceUp, feed: Feed::Straight },
        Self { output: Output::FaceUp, feed: Feed::Reversed },
        Self { output: Output::FaceDown, feed: Feed::Straight },
        Self { output: Output::FaceDown, feed: Feed::Reversed },
    ];

    /// The printer with this output and this tray.
    pub fn of(output: Output, tray: PrintedSide) -> Self {
        // The blank side has to come where the tray prints; a pile that lies wrongly is turned over.
        let feed = match (output, tray) {
            (Output::FaceUp, PrintedSide::Upper) | (Output::FaceDown, PrintedSide::Lower) => Feed::Straight,
            (Output::FaceUp, PrintedSide::Lower) | (Output::FaceDown, PrintedSide::Upper) => Feed::Reversed,
        };
        Self { output, feed }
    }

    /// The side of a sheet in the tray that this printer prints.
    pub fn tray(self) -> PrintedSide {
        match (self.output, self.feed) {
            (Output::FaceUp, Feed::Straight) | (Output::FaceDown, Feed::Reversed) => PrintedSide::Upper,
            (Output::FaceUp, Feed::Reversed) | (Output::FaceDown, Feed::Straight) => PrintedSide::Lower,
        }
    }

    /// Whether the whole pile is turned over between fronts and backs.
    pub fn turns_pile(self) -> bool {
        self.feed == Feed::Straight
    }
}

/// Which sheet's page stands where in the two files. Both have a page for every sheet, also where it is blank: a
/// page left out would shift all that follow.
#[derive(Debug, Clone, Eq, PartialEq, Serialize)]
pub struct Passes {
    pub fronts: Vec<usize>,
    pub backs: Vec<usize>,
    pub turn_pile: bool,
}

/// The two passes for a number of sheets.
pub fn passes(sheets: usize, feeder: Feeder) -> Passes {
    let backs = match feeder.feed {
        Feed::Straight => (0..sheets).collect(),
        Feed::Reversed => (0..sheets).rev().collect(),
    };
    Passes { fronts: (0..sheets).collect(), backs, turn_pile: feeder.turns_pile() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// A sheet in the tray or on the pile: the side that faces up, and what each side bears.
    #[derive(Debug, Clone, Default)]
    struct Paper {
        printed: Option<usize>,
        behind: Option<usize>,
        front_up: bool,
    }

    /// Draws sheets from the top of the tray, prints one side, lays them on the pile.
    fn run(
        tray: &mut VecDeque<Paper>,
        pages: &[usize],
        side: PrintedSide,
        output: Output,
    ) -> VecDeque<Paper> {
        let mut pile = VecDeque::new();
        for page in pages {
            let mut sheet = tray.pop_front().unwrap();
            let hits_front = sheet.front_up == (side == PrintedSide::Upper);
            if sheet.printed.is_none() {
                // Blank paper: what is printed first is its front.
                sheet.printed = Some(*page);
                sheet.front_up = output == Output::FaceUp;
            } else {
                assert!(!hits_front, "printed onto a front");
                sheet.behind = Some(*page);
                sheet.front_up = output != Output::FaceUp;
            }
            pile.push_front(sheet);
        }
        pile
    }

    #[test]
    fn every_back_lands_behind_its_front() {
        for feeder in Feeder::ALL {
            for sheets in [1, 2, 3, 7, 20] {
                let passes = passes(sheets, feeder);
                let mut tray: VecDeque<Paper> = vec![Paper::default(); sheets].into();
                let mut pile = run(&mut tray, &passes.fronts, feeder.tray(), feeder.output);
                if passes.turn_pile {
                    pile = pile.into_iter().rev().map(|p| Paper { front_up: !p.front_up, ..p }).collect();
                }
                let done = run(&mut pile, &passes.backs, feeder.tray(), feeder.output);
                assert_eq!(done.len(), sheets);
                for sheet in done {
                    assert_eq!(sheet.printed, sheet.behind, "{feeder:?}, {sheets} sheets");
                }
            }
        }
    }

    #[test]
    fn a_feeder_is_known_by_output_and_tray() {
        for feeder in Feeder::ALL {
            assert_eq!(Feeder::of(feeder.output, feeder.tray()), feeder);
        }
    }
}
