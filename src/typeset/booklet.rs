//! The handbook as a saddle-stitched booklet: its finished pages, two on each side of a lying sheet.

use typst::layout::{Frame, FrameItem, GroupItem, Point};
use typst_layout::PagedDocument;

use super::handbook::{self, Edition, Variant, info};
use super::press::Press;
use super::sheets::{page, size, transform, untagged};
use crate::plan::impose::booklet::{BookletPage, booklet};
use crate::plan::impose::{Affine, Flip};
use crate::plan::length::{Mm, Size};
use crate::plan::stock::{Orientation, Paper};

/// More sheets than this are not stapled through.
const MOST_STAPLED: usize = 20;
/// Sheets of a signature that is sewn or stapled for itself, where there are more.
const SIGNATURE: usize = 8;

/// How the booklet is folded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BookletOptions {
    pub paper: Paper,
    pub flip: Flip,
    /// Sheets a signature; `None` for all in one as far as they can be stapled.
    pub signature: Option<usize>,
    /// Of a sheet of paper.
    pub thickness: Mm,
    /// `Variant::Screen` is taken as `Print`: a booklet has rectos and versos.
    pub variant: Variant,
    pub edition: Edition,
}

/// A finished booklet.
pub struct Booklet {
    pub document: PagedDocument,
    /// Of the handbook.
    pub pages: usize,
    pub sheets: usize,
    /// Sheets in each signature but the last; all sheets where there is one.
    pub signature: usize,
    /// The scale at which pages are printed.
    pub scale: f64,
}

/// Typesets the handbook and puts its pages onto sheets.
pub fn typeset(press: &Press, options: &BookletOptions) -> Option<Booklet> {
    let variant = if options.variant == Variant::Screen { Variant::Print } else { options.variant };
    let wanted = handbook::Options { variant, edition: options.edition, per_chapter: false };
    let book = handbook::typeset(press, wanted)?;
    let pages = &book.pages;
    let (width, height) = pages
        .first()
        .map_or_else(|| press.paper_mm(), |page| (page.frame.width().to_mm(), page.frame.height().to_mm()));
    let own = Size::new(width, height);
    let sheets = pages.len().div_ceil(4);
    let signature =
        options.signature.unwrap_or(if sheets <= MOST_STAPLED { sheets } else { SIGNATURE }).max(1);
    let sheet = options.paper.size().turned();
    let scale = (sheet.width / 2.0 / own.width).min(sheet.height / own.height);
    let axis = options.flip.axis(Orientation::Landscape);
    let frames: Vec<Frame> = pages.iter().map(|p| untagged(&p.frame)).collect();
    let side = |placed: &[BookletPage]| {
        let mut frame = Frame::hard(size(sheet));
        for placed in placed {
            let Some(content) = placed.page.checked_sub(1).and_then(|i| frames.get(i)) else { continue };
            let mut group = GroupItem::new(content.clone());
            group.transform = transform(&reduced(own, scale, placed));
            frame.push(Point::zero(), FrameItem::Group(group));
        }
        frame
    };
    let mut imposed = Vec::with_capacity(sheets * 2);
    for bound in booklet(pages.len(), options.thickness, Some(signature)) {
        for placed in [bound.front_pages(sheet), bound.back_pages(sheet, axis)] {
            imposed.push(page(side(&placed), imposed.len()));
        }
    }
    let document = PagedDocument::new(imposed.into_iter().collect(), info(press, &press.word("handbook")));
    Some(Booklet { document, pages: pages.len(), sheets, signature: signature.min(sheets), scale })
}

/// Takes a page (its upper left corner at the origin) to its place, made smaller about its own centre.
fn reduced(own: Size, scale: f64, placed: &BookletPage) -> Affine {
    let smaller = Affine { sx: scale, sy: scale, ..Affine::IDENTITY };
    let size = Size { width: own.width * scale, height: own.height * scale };
    Affine::place(size, placed.centre, placed.turn).after(&smaller)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::impose::Quarter;
    use crate::plan::length::Point as At;

    #[test]
    fn pages_fill_their_halves() {
        let own = Paper::A4.size();
        let scale = 0.5f64.sqrt();
        for turn in [Quarter::None, Quarter::Half] {
            let placed = BookletPage { page: 1, centre: At::new(74.25, 105.0), turn };
            let map = reduced(own, scale, &placed);
            let middle = map.apply(At { x: own.width / 2.0, y: own.height / 2.0 });
            assert!((middle.x - Mm(74.25)).abs().0 < 1e-9 && (middle.y - Mm(105.0)).abs().0 < 1e-9);
            let corner = map.apply(At::new(0.0, 0.0));
            // ISO 216: A4 halves to A5, to half a millimetre.
            assert!(((corner.x - middle.x).abs() - Mm(74.25)).abs().0 < 0.5, "{corner:?}");
            assert!(((corner.y - middle.y).abs() - Mm(105.0)).abs().0 < 0.5, "{corner:?}");
        }
    }
}
