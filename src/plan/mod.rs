//! Pure decisions, no Typst, no files: cards onto sheets, cards onto dates, concepts onto a cheatsheet.

pub mod balance;
pub mod cheatsheet;
pub mod dates;
pub mod fsrs;
pub mod impose;
pub mod justify;
pub mod length;
pub mod locale;
pub mod margin;
pub mod mindmap;
pub mod quiz;
pub mod ragged;
pub mod random;
pub mod schedule;
pub mod stock;
pub mod timetable;
