//! The embedded fonts, the pack's own, and, on request, the system's.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use ttf_parser::Face;
use typst::foundations::Bytes;
use typst::text::{Font, FontBook, FontStretch, FontStyle, FontVariant, FontWeight};
use typst::utils::LazyHash;
use typst_kit::fonts::FontStore;

/// All fonts of a build, in a fixed order: the pack's, the embedded, the system's.
pub struct Fonts(FontStore, [OnceLock<Vec<f32>>; 2]);

/// Characters up to here have their advances measured.
const MEASURED: u32 = 0x2100;

impl Fonts {
    /// Loads the fonts.
    ///
    /// `pack` are font files of the pack's `fonts/` folder in sorted order, as bytes with their paths. With `system`, the
    /// operating system's fonts come last, so that they serve only what nothing else has.
    ///
    /// # Errors
    /// Names a file that is not a font.
    pub fn load(pack: &[(PathBuf, Vec<u8>)], system: bool) -> Result<Arc<Self>, Vec<String>> {
        let mut store = FontStore::new();
        let mut errors = Vec::new();
        for (path, bytes) in pack {
            let mut any = false;
            for font in Font::iter(Bytes::new(bytes.clone())) {
                any = true;
                store.push((font.clone(), font.info().clone()));
            }
            if !any {
                errors.push(format!("{} is not a font that can be read (TTF, OTF or TTC)", path.display()));
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let embedded: Vec<Option<Font>> =
            EMBEDDED.par_iter().map(|(_, bytes)| Font::new(Bytes::new(*bytes), 0)).collect();
        for font in embedded.into_iter().flatten() {
            let info = font.info().clone();
            store.push((font, info));
        }
        if system {
            store.extend(typst_kit::fonts::system());
        }
        Ok(Arc::new(Self(store, Default::default())))
    }

    pub fn book(&self) -> &LazyHash<FontBook> {
        self.0.book()
    }

    pub fn font(&self, index: usize) -> Option<Font> {
        self.0.font(index)
    }

    /// The advance of a text in the face for finding (Recto Sans, the pack's if it has one), em, without kerning. What
    /// lies beyond the Latin, Greek and Cyrillic scripts and their punctuation counts as one em.
    pub fn width(&self, bold: bool, text: &str) -> f64 {
        let advances = self.1[usize::from(bold)].get_or_init(|| self.advances(bold));
        text.chars().map(|c| f64::from(advances.get(c as usize).copied().unwrap_or(1.0))).sum()
    }

    fn advances(&self, bold: bool) -> Vec<f32> {
        let weight = if bold { FontWeight::BOLD } else { FontWeight::REGULAR };
        let variant = FontVariant::new(FontStyle::Normal, weight, FontStretch::NORMAL);
        let font = self.0.book().select("recto sans", variant).and_then(|index| self.0.font(index));
        let face = font.as_ref().and_then(|font| Face::parse(font.data(), font.index()).ok());
        let advance = |c: u32| {
            let face = face.as_ref()?;
            let glyph = face.glyph_index(char::from_u32(c)?)?;
            Some(f32::from(face.glyph_hor_advance(glyph)?) / f32::from(face.units_per_em()))
        };
        (0..MEASURED).map(|c| advance(c).unwrap_or(1.0)).collect()
    }

    /// Whether some font of the store has a glyph for the character.
    pub fn covers(&self, c: char) -> bool {
        let mut index = 0;
        while let Some(info) = self.0.book().info(index) {
            if info.coverage.contains(c as u32) {
                return true;
            }
            index += 1;
        }
        false
    }
}

/// Whether the file name is a font's.
pub fn is_font_file(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    matches!(ending.as_deref(), Some("ttf" | "otf" | "ttc" | "otc"))
}

macro_rules! embedded {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../fonts/", $path)))),*]
    };
}

/// The embedded fonts: path below `fonts/` and bytes.
pub const EMBEDDED: &[(&str, &[u8])] = embedded![
    "jetbrains-mono/JetBrainsMono-Bold.ttf",
    "jetbrains-mono/JetBrainsMono-Italic.ttf",
    "jetbrains-mono/JetBrainsMono-Regular.ttf",
    "noto-emoji/NotoEmoji-Regular.ttf",
    "noto-sans-symbols/NotoSansSymbols-Regular.ttf",
    "noto-sans-symbols-2/NotoSansSymbols2-Regular.ttf",
    "recto-cjk/RectoCJK-Bold.otf",
    "recto-cjk/RectoCJK-Regular.otf",
    "recto-sans/RectoSans-Bold.otf",
    "recto-sans/RectoSans-BoldIt.otf",
    "recto-sans/RectoSans-It.otf",
    "recto-sans/RectoSans-Regular.otf",
    "recto-sans/RectoSans-Semibold.otf",
    "recto-serif/RectoSerif-Bold.otf",
    "recto-serif/RectoSerif-BoldIt.otf",
    "recto-serif/RectoSerif-It.otf",
    "recto-serif/RectoSerif-Regular.otf",
    "recto-serif/RectoSerif-Semibold.otf",
    "stix-two-math/STIXTwoMath-Regular.ttf",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_measured_in_the_face_for_finding() {
        let fonts = Fonts::load(&[], false).unwrap();
        // Where the family had another name, every character would count as one em.
        assert!(
            fonts.width(false, "illicit") < 0.5 * 7.0
                && fonts.width(true, "W") > fonts.width(true, "i") * 2.0
        );
        assert!(fonts.width(true, "Duck Typing") > fonts.width(false, "Duck Typing"));
        assert_eq!(fonts.width(false, "字"), 1.0);
    }
}
