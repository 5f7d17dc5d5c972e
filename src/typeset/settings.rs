//! What every layout is told of the pack: title, language, paper, the fixed words.

use serde_json::{Value, json};

use crate::pack::Pack;
use crate::plan::locale::Locale;
use crate::plan::stock::Paper;
use crate::vault::Vault;

/// `/data/settings.json`.
pub fn settings(pack: &Pack, vault: &Vault, locale: &'static Locale, paper: Paper) -> Value {
    let (lang, region) = lang_region(&pack.language);
    let size = paper.size();
    // A pack without any date has one for its files only: none is printed.
    let dated = pack.date > jiff::civil::Date::constant(2000, 1, 1);
    json!({
        "title": pack.title, "subtitle": pack.subtitle, "authors": pack.authors, "edition": pack.edition,
        "date": dated.then(|| locale.long_date(pack.date)), "licence": pack.licence, "lang": lang, "region": region,
        "from-right": from_right(&pack.language),
        "paper": { "width": size.width.0, "height": size.height.0 },
        "words": locale.words(), "footer": vault.config.footer,
        "colophon": format!("{} Recto {}", locale.word("typeset-by"), env!("CARGO_PKG_VERSION")),
    })
}

/// Whether a language is read from right to left; by its BCP 47 tag, for those of its scripts that are usual.
pub fn from_right(tag: &str) -> bool {
    let (language, _) = lang_region(tag);
    let languages = ["ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"];
    languages.contains(&language.as_str())
}

/// Language and region of a BCP 47 tag: `pt-BR` → (`pt`, `BR`).
pub fn lang_region(tag: &str) -> (String, Option<String>) {
    let mut parts = tag.split(['-', '_']);
    let lang = parts.next().unwrap_or("en").to_ascii_lowercase();
    let region = parts
        .find(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_alphabetic()))
        .map(str::to_ascii_uppercase);
    (lang, region)
}
