//! The embedded fonts, the pack's own, and, on request, the system's.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst_kit::fonts::FontStore;

/// All fonts of a build, in a fixed order: the pack's, the embedded, the system's.
pub struct Fonts(FontStore);

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
        Ok(Arc::new(Self(store)))
    }

    pub fn book(&self) -> &LazyHash<FontBook> {
        self.0.book()
    }

    pub fn font(&self, index: usize) -> Option<Font> {
        self.0.font(index)
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
