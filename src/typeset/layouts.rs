//! The Typst side: embedded in the binary, any file of it replaced by one of the same name in the pack's `layouts/`.

use typst::foundations::Bytes;

use super::world::Files;
use crate::vault::{Finding, Vault};

macro_rules! embedded {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../layouts/", $path)))),*]
    };
}

/// Every layout file with its path below `layouts/`.
pub const EMBEDDED: &[(&str, &str)] = embedded![
    "calendar.typ",
    "calibrate.typ",
    "cheatsheet.typ",
    "code.tmTheme",
    "flashcards.typ",
    "handbook.typ",
    "handbook/back.typ",
    "handbook/chapter.typ",
    "handbook/front.typ",
    "handbook/furniture.typ",
    "handbook/margin.typ",
    "handbook/notes.typ",
    "handbook/page.typ",
    "mindmap.typ",
    "parts/mindmap.typ",
    "parts/note.typ",
    "quiz.typ",
    "sheets.typ",
    "theme.typ",
    "tokens.typ",
    "themes/classic.typ",
    "themes/large.typ",
    "themes/modern.typ",
    "themes/mono.typ",
    "zine.typ",
];

/// The looks that are built in, the first by default.
pub const THEMES: [&str; 4] = ["classic", "modern", "mono", "large"];

/// Families that stand before the theme's own: the pack's fonts.
#[derive(Debug, Default)]
pub struct Families {
    pub serif: Option<String>,
    pub sans: Option<String>,
    pub mono: Option<String>,
}

impl Families {
    /// `tokens.typ`: a theme's tokens, with these families first.
    fn tokens(&self, theme: &str) -> String {
        let mut out = format!("#import \"themes/{theme}.typ\": *\n");
        for (name, family) in [("serif", &self.serif), ("sans", &self.sans), ("mono", &self.mono)] {
            if let Some(family) = family {
                let family = family.replace(['\\', '"'], "");
                out.push_str(&format!("#let {name} = (\"{family}\",) + {name}\n"));
            }
        }
        out
    }
}

/// Whether a pack can be printed with this theme: a built-in one, or a folder in its `layouts/`.
pub fn has_theme(vault: &Vault, theme: &str) -> bool {
    THEMES.contains(&theme) || vault.folder(&format!("layouts/{theme}")).next().is_some()
}

/// Whether the pack brings its own of a layout, itself or in a theme's folder.
pub fn is_own(vault: &Vault, layout: &str) -> bool {
    let mut own = vault.folder("layouts");
    own.any(|(path, _)| path.strip_suffix(layout).is_some_and(|folder| folder.ends_with('/')))
}

/// Puts the layouts into the snapshot. The pack's own files win, and may be more than the embedded ones; those in the
/// theme's folder win over these.
pub fn load(vault: &Vault, theme: &str, families: &Families, files: &mut Files, findings: &mut Vec<Finding>) {
    let mut insert = |path: &str, bytes: Bytes| {
        if let Err(error) = files.insert(path, bytes) {
            findings.push(Finding::error("layout", None, error));
        }
    };
    for (path, text) in EMBEDDED {
        insert(&format!("/layouts/{path}"), Bytes::from_string(*text));
    }
    let look = if THEMES.contains(&theme) { theme } else { THEMES[0] };
    insert("/layouts/tokens.typ", Bytes::from_string(families.tokens(look)));
    let folder = format!("layouts/{theme}");
    let mut failed = Vec::new();
    let mut own = |themed: bool| {
        for (path, bytes) in vault.folder("layouts") {
            let below = path.strip_prefix(&folder).and_then(|rest| rest.strip_prefix('/'));
            let target = match below {
                Some(rest) if themed => format!("/layouts/{rest}"),
                None if !themed => format!("/{path}"),
                _ => continue,
            };
            match bytes {
                Ok(bytes) => insert(&target, Bytes::new(bytes)),
                Err(error) => failed.push(format!("{path} cannot be read: {error}")),
            }
        }
    };
    own(false);
    own(true);
    findings.extend(failed.into_iter().map(|error| Finding::error("layout", None, error)));
}
