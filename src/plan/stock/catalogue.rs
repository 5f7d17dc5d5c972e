//! The stocks Recto knows: pre-cut parts and plain sizes.
//!
//! Geometry of the parts: gLabels `avery-us-templates.xml` and `avery-iso-templates.xml`, LibreOffice `labels.xml`.
//! Sizes: ISO 216, ISO/IEC 7810 (ID-1), and the card trade's own.

use std::sync::LazyLock;

use super::{
    DEFAULT_MARGIN, Kind, MARK_BAND, Orientation, Paper, SMALLEST_MARGIN, SheetRequest, Stock, StockError,
    margin,
};
use crate::plan::length::{Mm, Size};

/// A stock of the catalogue, before a sheet is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: &'static str,
    /// Further names of the very same geometry.
    pub aliases: &'static [&'static str],
    pub name: &'static str,
    /// The trim size.
    pub card: Size,
    /// Radius of the card's corners.
    pub corner: Mm,
    pub form: Form,
}

/// How an entry becomes a grid.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// A part as it is sold; lengths are those of the upright sheet.
    PreCut { sheet: Paper, columns: usize, rows: usize, left: Mm, top: Mm, pitch: Size },
    /// The same grid on every paper, its cards touching, centred.
    Centred { columns: usize, rows: usize },
    /// The grid that holds most.
    Best,
}

/// All stocks, pre-cut parts first.
pub fn catalogue() -> &'static [Entry] {
    &CATALOGUE
}

/// The stock with an id or an alias (case does not matter, nor a missing `avery-`).
pub fn find(id: &str) -> Result<&'static Entry, StockError> {
    let wanted = id.trim().to_ascii_lowercase();
    let is = |name: &str| name == wanted || name.strip_prefix("avery-").is_some_and(|part| part == wanted);
    CATALOGUE
        .iter()
        .find(|entry| is(entry.id) || entry.aliases.iter().any(|alias| is(alias)))
        .ok_or_else(|| StockError::Unknown { id: id.to_string(), nearest: nearest(&wanted) })
}

/// Up to three ids within two edits.
fn nearest(wanted: &str) -> Vec<String> {
    let mut near: Vec<(usize, &str)> = CATALOGUE
        .iter()
        .flat_map(|entry| std::iter::once(entry.id).chain(entry.aliases.iter().copied()))
        .map(|name| (edit_distance(name, wanted), name))
        .filter(|(distance, _)| *distance <= 2)
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, name)| name.to_string()).collect()
}

/// Levenshtein's distance.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut left = i + 1;
        next.push(left);
        for ((y, up), diagonal) in b.iter().zip(row.iter().skip(1)).zip(&row) {
            left = (up + 1).min(left + 1).min(diagonal + usize::from(x != *y));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

impl Entry {
    /// The stock on a sheet, or everything that is wrong with it there.
    pub fn on(&self, request: &SheetRequest) -> Result<Stock, Vec<StockError>> {
        let stock = match &self.form {
            Form::PreCut { sheet, columns, rows, left, top, pitch } => {
                let stock = Stock {
                    id: self.id.to_string(),
                    name: self.name.to_string(),
                    kind: Kind::PreCut,
                    paper: *sheet,
                    orientation: Orientation::Portrait,
                    sheet: sheet.size(),
                    card: self.card,
                    columns: *columns,
                    rows: *rows,
                    left: *left,
                    top: *top,
                    pitch: *pitch,
                    turned: false,
                    corner: self.corner,
                    margin: margin(request, DEFAULT_MARGIN).map_err(|error| vec![error])?,
                };
                match request.orientation {
                    Orientation::Portrait => stock,
                    Orientation::Landscape => stock.into_landscape(),
                }
            }
            Form::Centred { columns, rows } => {
                // Its marks were drawn for the smallest margin.
                let margin = margin(request, SMALLEST_MARGIN).map_err(|error| vec![error])?;
                let upright = Grid { columns: *columns, rows: *rows, turned: false };
                let stock = self.centred(upright, request.paper, request.paper.size(), margin);
                match request.orientation {
                    Orientation::Portrait => stock,
                    Orientation::Landscape => stock.into_landscape(),
                }
            }
            Form::Best => {
                let margin = margin(request, DEFAULT_MARGIN).map_err(|error| vec![error])?;
                let sheet = match request.orientation {
                    Orientation::Portrait => request.paper.size(),
                    Orientation::Landscape => request.paper.size().turned(),
                };
                let taken = (margin + MARK_BAND) * 2.0;
                let area = Size { width: sheet.width - taken, height: sheet.height - taken };
                let grid = best_grid(area, self.card).ok_or_else(|| {
                    vec![StockError::TooLarge { id: self.id.to_string(), card: self.card, area }]
                })?;
                let mut stock = self.centred(grid, request.paper, sheet, margin);
                stock.orientation = request.orientation;
                stock
            }
        };
        let errors = stock.check();
        if errors.is_empty() { Ok(stock) } else { Err(errors) }
    }

    fn centred(&self, grid: Grid, paper: Paper, sheet: Size, margin: Mm) -> Stock {
        let cell = if grid.turned { self.card.turned() } else { self.card };
        Stock {
            id: self.id.to_string(),
            name: self.name.to_string(),
            kind: Kind::Plain,
            paper,
            orientation: Orientation::Portrait,
            sheet,
            card: self.card,
            columns: grid.columns,
            rows: grid.rows,
            left: (sheet.width - cell.width * grid.columns as f64) / 2.0,
            top: (sheet.height - cell.height * grid.rows as f64) / 2.0,
            pitch: cell,
            turned: grid.turned,
            corner: self.corner,
            margin,
        }
    }
}

/// Touching cells in an area.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
pub(crate) struct Grid {
    pub columns: usize,
    pub rows: usize,
    pub turned: bool,
}

/// The grid of touching cells that holds most of them, turned only where that holds more; `None` where none fits.
pub(crate) fn best_grid(area: Size, cell: Size) -> Option<Grid> {
    let grid = |cell: Size, turned| Grid {
        columns: area.width.times(cell.width),
        rows: area.height.times(cell.height),
        turned,
    };
    let (upright, turned) = (grid(cell, false), grid(cell.turned(), true));
    let best = if turned.columns * turned.rows > upright.columns * upright.rows { turned } else { upright };
    (best.columns * best.rows > 0).then_some(best)
}

const fn plain(id: &'static str, name: &'static str, width: f64, height: f64) -> Entry {
    Entry { id, aliases: &[], name, card: Size::new(width, height), corner: Mm::ZERO, form: Form::Best }
}

#[allow(clippy::too_many_arguments)] // One row of a table.
const fn part(
    id: &'static str,
    aliases: &'static [&'static str],
    name: &'static str,
    card: Size,
    corner: f64,
    sheet: Paper,
    (columns, rows): (usize, usize),
    (left, top): (f64, f64),
    pitch: Size,
) -> Entry {
    let form = Form::PreCut { sheet, columns, rows, left: Mm(left), top: Mm(top), pitch };
    Entry { id, aliases, name, card, corner: Mm(corner), form }
}

static CATALOGUE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    use Paper::{A4, UsLetter};
    let size = Size::new;
    vec![
        Entry {
            id: "recto-8",
            aliases: &[],
            name: "Recto's own, eight to a sheet of A4 or US Letter",
            card: size(95.0, 65.0),
            corner: Mm::ZERO,
            form: Form::Centred { columns: 2, rows: 4 },
        },
        part(
            "avery-5371",
            &["avery-8371", "avery-8871", "avery-5877", "avery-28371"],
            "Avery 5371 business cards",
            size(88.9, 50.8),
            0.0,
            UsLetter,
            (2, 5),
            (19.05, 12.7),
            size(88.9, 50.8),
        ),
        part(
            "avery-8373",
            &["avery-5881"],
            "Avery 8373 business cards",
            size(88.9, 50.8),
            0.0,
            UsLetter,
            (2, 4),
            (12.7, 19.05),
            size(101.6, 63.5),
        ),
        part(
            "avery-5388",
            &["avery-8388"],
            "Avery 5388 index cards",
            size(127.0, 76.2),
            0.0,
            UsLetter,
            (1, 3),
            (44.45, 25.4),
            size(127.0, 76.2),
        ),
        part(
            "avery-5389",
            &["avery-8389"],
            "Avery 5389 postcards",
            size(152.4, 101.6),
            0.0,
            UsLetter,
            (1, 2),
            (31.75, 31.75),
            size(152.4, 114.3),
        ),
        part(
            "avery-c32011",
            &["avery-c2364"],
            "Avery C32011 business cards",
            size(85.0, 54.0),
            0.0,
            A4,
            (2, 5),
            (15.0, 13.5),
            size(95.0, 54.0),
        ),
        part(
            "avery-c32015",
            &["avery-c9312"],
            "Avery C32015 business cards",
            size(85.0, 54.0),
            0.0,
            A4,
            (2, 4),
            (17.0, 31.5),
            size(91.0, 60.0),
        ),
        part(
            "avery-l4785",
            &[],
            "Avery L4785 name badges",
            size(80.0, 50.0),
            4.0,
            A4,
            (2, 5),
            (18.0, 13.0),
            size(95.0, 55.0),
        ),
        plain("a5", "A5", 210.0, 148.0),
        plain("a6", "A6", 148.0, 105.0),
        plain("a7", "A7", 105.0, 74.0),
        plain("a8", "A8", 74.0, 52.0),
        Entry { aliases: &["3x5"], ..plain("index-3x5", "Index card, 3 × 5 in", 127.0, 76.2) },
        Entry { aliases: &["4x6"], ..plain("index-4x6", "Index card, 4 × 6 in", 152.4, 101.6) },
        Entry { aliases: &["business"], ..plain("us-business", "Business card, US", 88.9, 50.8) },
        plain("eu-business", "Business card, Europe", 85.0, 55.0),
        Entry { corner: Mm(3.18), ..plain("id-1", "ID-1, the size of a bank card", 85.6, 53.98) },
        plain("poker", "Poker card", 63.5, 88.9),
        plain("tcg", "Trading card", 63.0, 88.0),
        plain("bridge", "Bridge card", 57.15, 88.9),
        plain("tarot", "Tarot card", 70.0, 120.0),
    ]
});
