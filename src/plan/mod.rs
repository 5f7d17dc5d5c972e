//! Pure decisions, no Typst, no files: cards onto sheets, cards onto dates, concepts onto a cheatsheet.

pub mod locale;
