//! Draws pages of built documents as PNG, side by side: the pictures of the README.
//!
//! `cargo run --release -- build` first (with `handbook cheatsheets flashcards calendar mindmap`), and for each other theme
//! `build content handbook --theme modern --out out/modern` (`mono`, `large`); then
//! `cargo run --release --example pictures -- OUT DIR`, where OUT holds the PDFs and DIR takes the pictures.

use std::path::Path;
use std::process::ExitCode;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::{Rgb, RgbImage};

/// A picture: its name, the document, the pages (from 1), the scale (1 is 72 ppi).
const PICTURES: &[(&str, &str, &[usize], f32)] = &[
    ("handbook-opener", "handbook.pdf", &[6, 9], 0.85),
    ("handbook-entries", "handbook.pdf", &[11, 13], 0.85),
    ("handbook-index", "handbook.pdf", &[4, 388], 0.7),
    ("cheatsheet", "cheatsheets/01-foundations.pdf", &[1], 1.2),
    ("cheatsheet-pack", "cheatsheets/all.pdf", &[1], 1.2),
    ("mindmap", "mindmap.pdf", &[1], 0.85),
    ("mindmap-chapter", "handbook.pdf", &[7], 1.0),
    ("flashcards", "flashcards.pdf", &[1, 2], 0.85),
    ("calendar", "calendar.pdf", &[1, 3], 0.7),
    ("calendar-week", "calendar.pdf", &[15, 20], 0.7),
    ("theme-modern", "modern/handbook.pdf", &[6, 9, 11], 0.55),
    ("theme-mono", "mono/handbook.pdf", &[6, 9, 11], 0.55),
    ("theme-large", "large/handbook.pdf", &[7, 12, 14], 0.55),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [out, dir] = arguments.as_slice() else {
        eprintln!("usage: pictures OUT DIR");
        return ExitCode::from(2);
    };
    for (name, document, pages, scale) in PICTURES {
        if let Err(message) = draw(Path::new(out), Path::new(dir), name, document, pages, *scale) {
            eprintln!("{name}: {message}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn draw(
    out: &Path,
    dir: &Path,
    name: &str,
    document: &str,
    pages: &[usize],
    scale: f32,
) -> Result<(), String> {
    let path = out.join(document);
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let pdf = Pdf::new(bytes).map_err(|e| format!("{document} cannot be read: {e:?}"))?;
    let cache = RenderCache::new();
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let count = pdf.pages().len();
    let mut pictures = Vec::new();
    for number in pages {
        // A shorter document shows its last page.
        let page = pdf.pages().get(number.min(&count) - 1).ok_or("no pages")?;
        let pixels =
            render(page, &cache, &InterpreterSettings::default(), &RenderSettings::default(), &settings);
        let png = pixels.into_png().map_err(|e| e.to_string())?;
        let picture = image::load_from_memory(&png).map_err(|e| e.to_string())?;
        pictures.push(picture.to_rgb8());
    }
    let gap = 12;
    let width = pictures.iter().map(|p| p.width() + gap).sum::<u32>() + gap;
    let height = pictures.iter().map(RgbImage::height).max().unwrap_or(0) + 2 * gap;
    let mut sheet = RgbImage::from_pixel(width, height, Rgb([225, 225, 228]));
    let mut x = i64::from(gap);
    for picture in &pictures {
        image::imageops::overlay(&mut sheet, picture, x, i64::from(gap));
        x += i64::from(picture.width() + gap);
    }
    std::fs::create_dir_all(dir).map_err(|e| e.to_string())?;
    let target = dir.join(format!("{name}.png"));
    sheet.save(&target).map_err(|e| e.to_string())?;
    println!("{}", target.display());
    Ok(())
}
