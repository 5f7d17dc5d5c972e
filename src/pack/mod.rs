//! The content model, built from the chapter tables.

pub mod assign;
pub mod blanks;
pub mod build;
pub mod code;
pub mod collate;
pub mod doubt;
pub mod fingerprint;
pub mod fix;
pub mod identity;
pub mod index;
pub mod latin;
pub mod lint;
pub mod lock;
pub mod model;
pub mod plain;
pub mod select;
pub mod words;

#[cfg(test)]
mod histories;
#[cfg(test)]
pub(crate) mod testing;

pub use assign::{assign, assign_asking};
pub use build::build;
pub use lock::Lock;
pub use model::*;

/// A name as it is compared: without accents' composition, case and repeated white space.
pub(crate) fn fold(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    // What most names are needs no tables.
    let name: String = match name.is_ascii() {
        true => name.to_ascii_lowercase(),
        false => name.nfkc().flat_map(char::to_lowercase).collect(),
    };
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}
