//! Pages of a sheet: where its columns are, and the frames put into them.

use std::ops::Range;

use serde_json::{Value, json};
use typst::layout::{Abs, Frame, FrameItem, GroupItem, Point};
use typst_layout::{Page, PagedDocument};

use super::super::compile::Job;
use super::super::handbook::info;
use super::super::press::Press;
use super::super::settings::from_right;
use super::super::sheets::{self, lines_only, page, size as typst_size, transform};
use super::SheetOptions;
use super::draft::Draft;
use crate::plan::cheatsheet::fit::{self, Arrangement, Block};
use crate::plan::impose::{Affine, pocket};
use crate::plan::length::{Line, Mm, Point as At, Size};
use crate::vault::Finding;

/// A page, or a pocket sheet's panel, divided into columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Format {
    /// Of a page or panel.
    size: Size,
    columns: usize,
    pocket: bool,
}

const MM: f64 = 72.0 / 25.4;

impl Format {
    /// White at the sides, mm.
    fn side(&self) -> f64 {
        if self.pocket { 6.0 } else { 10.0 }
    }

    fn gutter(&self) -> f64 {
        if self.pocket { 4.0 } else { 5.0 }
    }

    /// Where columns begin, mm from the top: the first panel of a pocket sheet has a title.
    fn top(&self, panel: usize) -> f64 {
        match (self.pocket, panel) {
            (false, _) => 19.0,
            (true, 0) => 27.0,
            (true, _) => 13.0,
        }
    }

    fn bottom(&self) -> f64 {
        if self.pocket { 6.0 } else { 9.0 }
    }

    fn column_mm(&self) -> f64 {
        let gaps = self.gutter() * (self.columns as f64 - 1.0);
        (self.size.width.0 - 2.0 * self.side() - gaps) / self.columns as f64
    }

    /// Pt.
    pub fn column_width(&self) -> f64 {
        self.column_mm() * MM
    }

    /// Panels of so many pages.
    fn panels(&self, pages: usize) -> usize {
        if self.pocket { pages * pocket::PANELS } else { pages }
    }

    pub fn arrangement(&self, pages: usize) -> Arrangement {
        let room = |panel: usize| (self.size.height.0 - self.top(panel) - self.bottom()) * MM;
        let rooms = (0..self.panels(pages)).flat_map(|panel| vec![room(panel); self.columns]);
        Arrangement { width: self.column_width(), rooms: rooms.collect() }
    }
}

/// The formats that are tried.
pub fn formats(press: &Press, options: &SheetOptions) -> Vec<Format> {
    let (width, height) = press.paper_mm();
    let upright = Size::new(width.min(height), height.max(width));
    if options.pocket {
        let size = pocket::panel_size(upright);
        return [1, 2].map(|columns| Format { size, columns, pocket: true }).to_vec();
    }
    let format = |landscape: bool, columns: usize| {
        let size = if landscape { upright.turned() } else { upright };
        Format { size, columns, pocket: false }
    };
    let (lying, standing) = ([4, 3].map(|n| format(true, n)), [3, 2].map(|n| format(false, n)));
    match options.landscape {
        Some(true) => lying.to_vec(),
        Some(false) => standing.to_vec(),
        None => lying.into_iter().chain(standing).collect(),
    }
}

/// Blocks with their frames, and which of them go into each column.
type Content<'a> = (&'a [Block], &'a [Frame], &'a [Range<usize>]);

/// The finished sheet.
pub fn document(
    press: &Press,
    draft: &Draft,
    format: &Format,
    options: &SheetOptions,
    size: f64,
    (blocks, frames, columns): Content,
) -> Option<PagedDocument> {
    let heads = heads(press, draft, format, options)?;
    let arrangement = format.arrangement(draft.pages);
    let from_right = from_right(&press.pack.language);
    let mut panels: Vec<Frame> = Vec::new();
    for (n, head) in heads.into_iter().enumerate() {
        let mut frame = Frame::hard(typst_size(format.size));
        frame.push(Point::zero(), FrameItem::Group(GroupItem::new(head)));
        for column in 0..format.columns {
            let index = n * format.columns + column;
            let (Some(range), Some(room)) = (columns.get(index), arrangement.rooms.get(index)) else {
                continue;
            };
            // Columns follow each other as words do.
            let place = if from_right { format.columns - 1 - column } else { column };
            let x = format.side() + (format.column_mm() + format.gutter()) * place as f64;
            let own = blocks.get(range.clone())?;
            for (top, block) in fit::spread(own, room / size).into_iter().zip(frames.get(range.clone())?) {
                let at = Point::new(Abs::mm(x), Abs::mm(format.top(n)) + Abs::pt(top * size));
                frame.push(at, FrameItem::Group(GroupItem::new(block.clone())));
            }
        }
        panels.push(frame);
    }
    let title = info(press, &format!("{} · {}", press.word("cheatsheet"), draft.title));
    let pages: Vec<Page> = if format.pocket {
        imposed(press, draft, format, &panels)?
    } else {
        panels.into_iter().enumerate().map(|(i, frame)| page(frame, i)).collect()
    };
    Some(PagedDocument::new(pages.into_iter().collect(), title))
}

/// What stands above the columns of each page or panel.
fn heads(press: &Press, draft: &Draft, format: &Format, options: &SheetOptions) -> Option<Vec<Frame>> {
    let data = json!({
        "title": draft.title, "promise": draft.promise, "hue": draft.hue, "pages": format.panels(draft.pages),
        "width": format.size.width.0, "height": format.size.height.0, "side": format.side(), "pocket": format.pocket,
        "qr": options.qr.as_deref().and_then(|text| code(press, text)), "url": options.qr,
    });
    let path = format!("/data/cheatsheets/{}-heads.json", draft.name);
    let document = press.compile(&Job {
        name: format!("/data/cheatsheets/{}-heads.typ", draft.name),
        main: format!(
            "#import \"/layouts/cheatsheet.typ\" as sheet\n#sheet.heads(json(\"/data/settings.json\"), json(\"{path}\"))\n"
        ),
        data: vec![(path, data)],
    })?;
    Some(document.pages().iter().map(|page| page.frame.clone()).collect())
}

/// A QR code as rows of dark runs (start, length), and the number of modules at a side.
fn code(press: &Press, text: &str) -> Option<Value> {
    let code = match qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::M) {
        Ok(code) => code,
        Err(error) => {
            let message = format!("`cheatsheets.qr` cannot be a QR code: {error}");
            press.report(Finding::error("config", None, message).hint("make the address shorter"));
            return None;
        }
    };
    let width = code.width();
    let colors = code.to_colors();
    let mut runs: Vec<[usize; 3]> = Vec::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < row.len() {
            let dark = row.iter().skip(x).take_while(|c| **c == qrcode::Color::Dark).count();
            if dark > 0 {
                runs.push([x, y, dark]);
            }
            x += dark.max(1);
        }
    }
    Some(json!({ "modules": width, "runs": runs }))
}

/// Panels on sheets: pages 1 to 4 on the outer side, 5 to 8 on the inner one.
fn imposed(press: &Press, draft: &Draft, format: &Format, panels: &[Frame]) -> Option<Vec<Page>> {
    let sheet = Size { width: format.size.width * 2.0, height: format.size.height * 2.0 };
    let sides = panels.len() / pocket::PANELS;
    let ticks: Vec<(Line, &str)> =
        pocket::folds(sheet).iter().flat_map(ends).map(|line| (line, "fold")).collect();
    let marks = vec![lines_only(sheet, &ticks); sides];
    let over = sheets::typeset(press, &format!("cheatsheet-{}", draft.name), &marks)?;
    let mut pages = Vec::new();
    for (side, over) in over.into_iter().enumerate() {
        let places = if side % 2 == 0 { pocket::outer(sheet) } else { pocket::inner(sheet) };
        let mut frame = Frame::hard(typst_size(sheet));
        for (i, place) in places.iter().enumerate() {
            let mut group = GroupItem::new(panels.get(side * pocket::PANELS + i)?.clone());
            group.transform = transform(&Affine::place(format.size, place.centre, place.turn));
            frame.push(Point::zero(), FrameItem::Group(group));
        }
        frame.push_frame(Point::zero(), over);
        pages.push(page(frame, side));
    }
    Some(pages)
}

/// A fold shows at its ends only, 4 mm long, where a printer can print and nobody reads.
fn ends(fold: &Line) -> [Line; 2] {
    let length = fold.length();
    let along = |d: Mm| At {
        x: fold.from.x + (fold.to.x - fold.from.x) * (d / length),
        y: fold.from.y + (fold.to.y - fold.from.y) * (d / length),
    };
    [Line::new(along(Mm(4.0)), along(Mm(8.0))), Line::new(along(length - Mm(8.0)), along(length - Mm(4.0)))]
}
