//! The same pack for other programs: one file for each kind of export.
//!
//! An export is made in memory: the files it consists of, how many concepts and cards it holds, and what the format
//! could not hold ([`Loss`]), with the place in the notes. The same pack gives the same bytes.

pub mod anki;
pub mod archive;
pub mod csv;
pub mod features;
pub mod html;
pub mod json;
pub mod markdown;
pub mod mermaid;
pub mod mochi;
pub mod notion;
pub mod obsidian;
pub mod opml;
pub mod quizlet;
pub mod source;

#[cfg(test)]
mod testing;

pub use features::Loss;
pub use source::Source;

/// What a pack can be exported as.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A package for Anki.
    Anki,
    /// Text for Anki.
    AnkiText,
    /// Lines of text for Quizlet.
    Quizlet,
    /// An archive for Mochi.
    Mochi,
    /// A vault.
    Obsidian,
    /// Pages and databases.
    Notion,
    /// Two tables, for spreadsheets and scripts.
    Csv,
    /// Everything, for programs.
    Json,
    /// An outline.
    Opml,
    /// A mind map.
    Mermaid,
}

impl Kind {
    /// The names on the command line.
    pub const NAMES: [(&'static str, Self); 10] = [
        ("anki", Self::Anki),
        ("anki-text", Self::AnkiText),
        ("quizlet", Self::Quizlet),
        ("mochi", Self::Mochi),
        ("obsidian", Self::Obsidian),
        ("notion", Self::Notion),
        ("csv", Self::Csv),
        ("json", Self::Json),
        ("opml", Self::Opml),
        ("mermaid", Self::Mermaid),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// A finished export.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Export {
    /// Paths below the output folder, parted by `/`, and bytes.
    pub files: Vec<(String, Vec<u8>)>,
    /// Concepts that the files hold.
    pub concepts: usize,
    /// Cards that the files hold; both ways are two cards.
    pub cards: usize,
    /// In the order of the book, all that the format could not hold.
    pub losses: Vec<Loss>,
    /// What `recto.lock` has to remember in its section `anki`.
    pub anki: Option<anki::State>,
}

/// Makes an export.
///
/// # Errors
/// A picture or an archive that cannot be made, in words.
pub fn export(kind: Kind, source: &Source<'_>) -> Result<Export, String> {
    let mut export = match kind {
        Kind::Anki => anki::package(source)?,
        Kind::AnkiText => anki::text(source)?,
        Kind::Obsidian => obsidian::export(source)?,
        Kind::Mochi => mochi::export(source)?,
        Kind::Notion => notion::export(source)?,
        Kind::Csv => csv::export(source)?,
        Kind::Json => json::export(source),
        Kind::Quizlet => quizlet::export(source),
        Kind::Opml => opml::export(source),
        Kind::Mermaid => mermaid::export(source),
    };
    let mut losses = features::losses(kind, source);
    losses.append(&mut export.losses);
    export.losses = losses;
    Ok(export)
}
