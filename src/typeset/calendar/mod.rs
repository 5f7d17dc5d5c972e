//! The review calendar: an overview, how the plan works, month grids, weekly checklists, and what a Leitner box needs.
//!
//! Which page a day stands on depends on the plan's first and last day alone, so annotations on a tablet keep their
//! page when cards, notes or the rest of the plan change.

mod data;

use std::collections::HashMap;

use jiff::civil::{Date, Weekday};
use typst::layout::Point;
use typst_layout::PagedDocument;

use super::assemble::{self, Digits, Place, Places};
use super::compile::Job;
use super::handbook::info;
use super::press::Press;
use crate::plan::schedule::{DayOff, Outlook};
use crate::plan::timetable::Timetable;

/// What the pages are made for.
#[derive(Debug, Copy, Clone, PartialEq)]
pub enum Page {
    /// Width and height, mm.
    Paper(f64, f64),
    /// A tablet of electronic paper: a page for each day, and links between all of them.
    EInk,
}

/// Width and height of a tablet's page, mm: 3 to 4, as 1404 × 1872 pixels at 226 to the inch.
pub const E_INK_MM: (f64, f64) = (157.8, 210.4);

/// A plan and how it is printed.
pub struct CalendarOptions<'a> {
    pub table: &'a Timetable,
    pub outlook: &'a Outlook,
    /// Recall that reviews aim at, and how far they may stray.
    pub aim: (f64, f64),
    /// The chapter of every card of the deck, by code: numbers from 1. Cards that are not here are gone.
    pub chapters: &'a HashMap<&'a str, usize>,
    /// Cards that wait for the plan to be made again.
    pub waiting: usize,
    pub days_off: &'a [DayOff],
    pub first_weekday: Weekday,
    pub page: Page,
}

/// Typesets the calendar.
pub fn typeset(press: &Press, options: &CalendarOptions) -> Option<PagedDocument> {
    let path = "/data/calendar.json".to_owned();
    let job = Job {
        name: "/data/calendar.typ".into(),
        main: format!(
            "#import \"/layouts/calendar.typ\" as pages\n#let s = json(\"/data/settings.json\")\n\
             #let d = json(\"{path}\")\n#show: pages.setup.with(s, d.page)\n#pages.calendar(s, d)\n"
        ),
        data: vec![(path, data::data(press, options))],
    };
    let mut document = press.compile(&job)?;
    link(press, &mut document);
    Some(document)
}

/// Links by key become positions here: links that the compiler resolves make it lay out everything twice.
fn link(press: &Press, document: &mut PagedDocument) {
    let places: Places = assemble::labels(document)
        .into_iter()
        .map(|(key, page, point)| (key, Place { page, point: Point::new(Default::default(), point.y), folio: String::new() }))
        .collect();
    let digits = Digits::default();
    let mut missing = std::collections::HashSet::new();
    let mut pages = document.pages().to_vec();
    for page in &mut pages {
        missing.extend(assemble::resolve(&mut page.frame, &places, &digits, &|folio| folio.to_owned()));
    }
    *document = PagedDocument::new(pages.into_iter().collect(), info(press, &press.word("calendar")));
    press.missing_keys(missing);
}

fn month_key(date: Date) -> String {
    format!("m:{}-{:02}", date.year(), date.month())
}

fn week_key(start: Date) -> String {
    format!("w:{start}")
}

fn day_key(date: Date) -> String {
    format!("d:{date}")
}
