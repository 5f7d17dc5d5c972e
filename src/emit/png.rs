//! Pages as pictures, and contact sheets of them.

use std::io;
use std::path::Path;

use image::{ExtendedColorType, ImageEncoder, RgbImage, codecs::png::PngEncoder, imageops};
use rayon::prelude::*;
use typst::utils::Scalar;
use typst_layout::Page;
use typst_render::RenderOptions;

use super::write;

/// Pixels of a contact sheet's picture along its longer side.
const THUMB: u32 = 280;
/// Between the pictures of a contact sheet, and around them.
const GAP: u32 = 20;
/// Pictures in a row and rows on a contact sheet.
const GRID: (u32, u32) = (6, 4);
/// What a contact sheet's pages lie on.
const GROUND: [u8; 3] = [0xd6, 0xd6, 0xd2];

/// A document's pictures go into a folder of its own: `png/cheatsheets/01-birds/` for `cheatsheets/01-birds.pdf`.
pub fn folder(pdf: &str) -> String {
    format!("png/{}", pdf.strip_suffix(".pdf").unwrap_or(pdf))
}

/// Writes a picture of every page (`page-001.png`) and contact sheets (`contact-1.png`) below `out/folder`; returns
/// their paths below `out` with their sizes in bytes.
///
/// # Errors
/// The system's.
pub fn write_pages(out: &Path, folder: &str, pages: &[Page], ppi: f64) -> io::Result<Vec<(String, u64)>> {
    let digits = pages.len().to_string().len().max(2);
    let drawn: Vec<((String, u64), RgbImage)> = pages
        .par_iter()
        .enumerate()
        .map(|(i, page)| {
            let picture = draw(page, ppi);
            let path = format!("{folder}/page-{:0digits$}.png", i + 1);
            let size = write_picture(out, &path, &picture)?;
            Ok(((path, size), thumb(&picture)))
        })
        .collect::<io::Result<_>>()?;
    let (mut files, thumbs): (Vec<_>, Vec<_>) = drawn.into_iter().unzip();
    let sheets: Vec<&[RgbImage]> = thumbs.chunks((GRID.0 * GRID.1) as usize).collect();
    let digits = sheets.len().to_string().len();
    for (i, sheet) in sheets.into_iter().enumerate() {
        let path = format!("{folder}/contact-{:0digits$}.png", i + 1);
        let size = write_picture(out, &path, &contact(sheet))?;
        files.push((path, size));
    }
    Ok(files)
}

fn write_picture(out: &Path, path: &str, picture: &RgbImage) -> io::Result<u64> {
    let bytes = encode(picture)?;
    write::if_changed(&out.join(path), &bytes)?;
    Ok(bytes.len() as u64)
}

/// A page on white.
pub fn draw(page: &Page, ppi: f64) -> RgbImage {
    let options = RenderOptions { pixel_per_pt: Scalar::new(ppi / 72.0), ..RenderOptions::default() };
    let pixmap = typst_render::render(page, &options);
    // Colours are premultiplied: what is missing to full cover is white.
    let on_white = |c: u8, alpha: u8| c.saturating_add(255 - alpha);
    let mut picture = RgbImage::new(pixmap.width(), pixmap.height());
    for (to, from) in picture.pixels_mut().zip(pixmap.pixels()) {
        let alpha = from.alpha();
        to.0 = [on_white(from.red(), alpha), on_white(from.green(), alpha), on_white(from.blue(), alpha)];
    }
    picture
}

fn thumb(picture: &RgbImage) -> RgbImage {
    let scale = f64::from(THUMB) / f64::from(picture.width().max(picture.height()));
    let side = |pixels: u32| ((f64::from(pixels) * scale).round() as u32).max(1);
    imageops::thumbnail(picture, side(picture.width()), side(picture.height()))
}

/// Small pictures in rows, each row as high as its highest.
fn contact(thumbs: &[RgbImage]) -> RgbImage {
    let width = thumbs.iter().map(RgbImage::width).max().unwrap_or(1);
    let columns = GRID.0.min(u32::try_from(thumbs.len()).unwrap_or(GRID.0)).max(1);
    let rows: Vec<&[RgbImage]> = thumbs.chunks(columns as usize).collect();
    let height_of = |row: &[RgbImage]| row.iter().map(RgbImage::height).max().unwrap_or(0) + GAP;
    let height: u32 = rows.iter().map(|row| height_of(row)).sum();
    let mut sheet = RgbImage::from_pixel(columns * (width + GAP) + GAP, height + GAP, image::Rgb(GROUND));
    let mut y = GAP;
    for row in rows {
        for (x, thumb) in (GAP..).step_by((width + GAP) as usize).zip(row) {
            imageops::replace(&mut sheet, thumb, i64::from(x), i64::from(y));
        }
        y += height_of(row);
    }
    sheet
}

fn encode(picture: &RgbImage) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8)
        .map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_sheet_holds_every_picture_once() {
        let ink = |i: u8| RgbImage::from_pixel(100, 140, image::Rgb([i, 0, 0]));
        let sheet = contact(&(1..=8).map(ink).collect::<Vec<_>>());
        assert_eq!(sheet.dimensions(), (6 * 120 + 20, 2 * 160 + 20));
        for i in 1..=8u8 {
            let pixels = sheet.pixels().filter(|p| p.0 == [i, 0, 0]).count();
            assert_eq!(pixels, 100 * 140, "picture {i}");
        }
        let last = sheet.get_pixel(20 + 120, 20 + 160).0;
        assert_eq!(last, [8, 0, 0], "in rows from the left");
    }

    #[test]
    fn pictures_lie_beside_their_pdf_s_name() {
        assert_eq!(folder("cheatsheets/01-birds.pdf"), "png/cheatsheets/01-birds");
    }
}
