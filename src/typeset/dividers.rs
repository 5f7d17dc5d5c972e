//! Dividers for a card box: its compartments or its dates, and the chapters, each with a staggered tab.

use serde_json::{Value, json};

use super::press::Press;
use super::sheets::{self, Deck, Print};
use crate::plan::length::{Mm, Size};
use crate::plan::schedule::leitner::{CLASSIC_DAYS, CLASSIC_LEVELS, classic_levels};
use crate::plan::stock::{Form, Stock, catalogue::Entry};

/// What a tab stands out, mm.
pub const TAB_HEIGHT: f64 = 8.0;
/// Tabs side by side before they begin again at the left.
const PLACES: usize = 4;

/// What the box is sorted by.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Sorting {
    /// Seven compartments.
    Compartments,
    /// The day on which a card comes back: days of the month, and months.
    Dates,
}

/// Dividers for a card size: as wide, and higher by the tab.
pub fn size(stock: &Stock) -> Entry {
    Entry {
        id: "dividers",
        aliases: &[],
        name: "dividers",
        card: Size { width: stock.card.width, height: stock.card.height + Mm(TAB_HEIGHT) },
        corner: Mm::ZERO,
        form: Form::Best,
    }
}

/// One divider.
struct Divider {
    label: String,
    title: String,
    subtitle: Option<String>,
    hue: Option<usize>,
}

/// Typesets the dividers; `print` has their own stock.
pub fn typeset(press: &Press, print: &Print, sorting: Sorting) -> Option<Deck> {
    let mut all = match sorting {
        Sorting::Compartments => compartments(press),
        Sorting::Dates => dates(press),
    };
    let chapters = press.pack.chapters.iter().filter(|c| press.keeps_chapter(c));
    all.extend(chapters.map(|chapter| Divider {
        label: chapter.prefix.clone(),
        title: chapter.title.clone(),
        subtitle: None,
        hue: Some(chapter.number),
    }));
    let card = print.job.stock.card;
    let parts: Vec<Value> = all
        .iter()
        .enumerate()
        .flat_map(|(n, divider)| {
            // A numeral may be larger than a title.
            let size = if divider.title.chars().count() <= 4 { 44.0 } else { 20.0 };
            ["front", "back"].map(|side| {
                json!({
                    "kind": "divider", "width": card.width.0, "height": card.height.0, "tab-height": TAB_HEIGHT,
                    "places": PLACES, "place": n % PLACES, "label": divider.label, "title": divider.title,
                    "subtitle": divider.subtitle, "hue": divider.hue, "size": size, "side": side,
                })
            })
        })
        .collect();
    let faces = sheets::typeset(press, "dividers", &parts)?;
    sheets::deck(press, print, &faces)
}

fn compartments(press: &Press) -> Vec<Divider> {
    let locale = press.words();
    (1..=CLASSIC_LEVELS)
        .map(|level| {
            let visits = (1..=CLASSIC_DAYS).filter(|day| classic_levels(*day).contains(&level)).count();
            let interval = u64::from(CLASSIC_DAYS) / (visits as u64).max(1);
            Divider {
                label: locale.text("box-n", &[("n", &level.to_string())]),
                title: level.to_string(),
                subtitle: Some(locale.count("day", interval)),
                hue: None,
            }
        })
        .collect()
}

fn dates(press: &Press) -> Vec<Divider> {
    let locale = press.words();
    let days = (1..=31).map(|day: u32| (day.to_string(), day.to_string()));
    let months = (1..=12).map(|month| (locale.month_short(month).to_owned(), locale.month(month).to_owned()));
    days.chain(months).map(|(label, title)| Divider { label, title, subtitle: None, hue: None }).collect()
}
