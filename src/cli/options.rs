//! From `recto.yaml` and the command line to the plain options that the plans take.

use jiff::civil::Date;

use crate::pack::{Card, Pack};
use crate::plan::impose;
use crate::plan::length::{Mm, Size};
use crate::plan::schedule::{self, CardInfo, DayOff, LeitnerBox, Mode, ScheduleError};
use crate::plan::stock::{self, Definition, Orientation, Paper, SheetRequest, Stock};
use crate::typeset::cheatsheets::SheetOptions;
use crate::vault::config::{self, Config};
use crate::vault::{Finding, Place, Vault};

use super::Failure;

/// What the command line says of cards; what it leaves open `recto.yaml` says.
#[derive(Debug, Clone, Default)]
pub struct CardFlags {
    pub stock: Option<String>,
    pub flip: Option<String>,
    pub turn: Option<String>,
    pub order: Option<String>,
    pub start_slot: Option<usize>,
}

pub fn paper(config: &Config) -> Paper {
    match config.paper {
        config::Paper::A4 => Paper::A4,
        config::Paper::UsLetter => Paper::UsLetter,
    }
}

/// The stock that cards are printed on.
///
/// # Errors
/// Usage when the flag names no stock; a finding with the place when `recto.yaml` does.
pub fn stock(vault: &Vault, flags: &CardFlags) -> Result<Stock, StockFault> {
    let config = &vault.config;
    let request = SheetRequest {
        paper: paper(config),
        orientation: Orientation::Portrait,
        margin: None,
        small_margin: false,
    };
    let named = flags.stock.as_ref().or(config.cards.stock.as_ref());
    let id = named.map_or(stock::DEFAULT_STOCK, String::as_str);
    if let Some(own) = config.stocks.get(id) {
        let size = |(w, h): (crate::vault::length::Length, crate::vault::length::Length)| {
            Size::new(w.to_mm(), h.to_mm())
        };
        let definition = Definition {
            sheet: match own.sheet {
                config::Paper::A4 => Paper::A4,
                config::Paper::UsLetter => Paper::UsLetter,
            },
            card: size(own.card),
            columns: own.columns as usize,
            rows: own.rows as usize,
            left: Mm(own.left.to_mm()),
            top: Mm(own.top.to_mm()),
            pitch: own.pitch.map(size),
        };
        return definition.stock(id, &request).map_err(|errors| {
            let place = vault.config_place(&["stocks", id]);
            StockFault::Findings(
                errors.iter().map(|e| Finding::error("stock", place.clone(), e.to_string())).collect(),
            )
        });
    }
    let found = stock::find(id).map_err(|e| vec![e]).and_then(|entry| entry.on(&request));
    found.map_err(|errors| {
        let own: Vec<&str> = config.stocks.keys().map(String::as_str).collect();
        let message: Vec<String> = errors.iter().map(ToString::to_string).collect();
        if flags.stock.is_some() {
            let mut failure = Failure::usage(message.join("; "));
            if !own.is_empty() {
                failure = failure.hint(format!("the pack's own stocks: {}", own.join(", ")));
            }
            return StockFault::Usage(failure);
        }
        let place = vault.config_place(&["cards", "stock"]);
        StockFault::Findings(message.into_iter().map(|m| Finding::error("stock", place.clone(), m)).collect())
    })
}

/// Whose fault a stock is.
pub enum StockFault {
    Usage(Failure),
    Findings(Vec<Finding>),
}

/// The imposition's options.
///
/// # Errors
/// A flag with a value that it does not have.
pub fn imposition<'a>(
    config: &Config,
    stock: &'a Stock,
    flags: &CardFlags,
) -> Result<impose::Job<'a>, Failure> {
    let mut job = impose::Job::new(stock, 0);
    job.flip = match choice("--flip", flags.flip.as_deref(), &config::Flip::NAMES, config.cards.flip)? {
        config::Flip::LongEdge => impose::Flip::LongEdge,
        config::Flip::ShortEdge => impose::Flip::ShortEdge,
    };
    job.turn = match choice("--turn", flags.turn.as_deref(), &config::Turn::NAMES, config.cards.turn)? {
        config::Turn::Book => impose::Turn::Book,
        config::Turn::Calendar => impose::Turn::Calendar,
    };
    job.order = match choice("--order", flags.order.as_deref(), &config::Order::NAMES, config.cards.order)? {
        config::Order::CutStack => impose::Order::CutStack,
        config::Order::Row => impose::Order::Row,
    };
    job.start_slot = flags.start_slot.unwrap_or(1);
    if job.start_slot == 0 || job.start_slot > stock.slots() {
        return Err(Failure::usage(format!("--start-slot takes 1 to {} on {}", stock.slots(), stock.id)));
    }
    Ok(job)
}

fn choice<T: Copy>(
    flag: &str,
    given: Option<&str>,
    names: &[(&'static str, T)],
    otherwise: T,
) -> Result<T, Failure> {
    let Some(given) = given else { return Ok(otherwise) };
    let found = names.iter().find(|(name, _)| name.eq_ignore_ascii_case(given));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let all: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        Failure::usage(format!("{flag} takes {}, not `{given}`", all.join(" or ")))
    })
}

pub fn sheets(config: &Config) -> SheetOptions {
    let sheets = &config.cheatsheets;
    SheetOptions {
        pages: sheets.pages as usize,
        pack_pages: sheets.pack_pages as usize,
        floor: sheets.floor.to_pt(),
        landscape: match sheets.orientation {
            config::Orientation::Auto => None,
            config::Orientation::Portrait => Some(false),
            config::Orientation::Landscape => Some(true),
        },
    }
}

/// The plan's options; `today` stands in where there is no `start`.
pub fn schedule(config: &Config, today: Date) -> schedule::Options {
    let own = &config.schedule;
    let mut options = schedule::Options::new(own.start.unwrap_or(today));
    options.mode = match own.mode {
        config::ScheduleMode::Plan => Mode::Plan,
        config::ScheduleMode::Leitner => Mode::Leitner,
        config::ScheduleMode::Exam => Mode::Exam,
    };
    options.leitner = match own.leitner {
        config::LeitnerBox::Dated => LeitnerBox::Dated,
        config::LeitnerBox::Classic => LeitnerBox::Classic,
    };
    options.exam = own.exam;
    options.length = own.length.map(|n| n as usize);
    options.retention = own.retention.unwrap_or(options.retention);
    options.tolerance = own.tolerance.unwrap_or(options.tolerance);
    options.minutes_per_day = own.minutes_per_day;
    options.new_per_day = own.new_per_day.map(|n| n as usize);
    options.days_off = own
        .days_off
        .iter()
        .map(|day| match day {
            config::DayOff::Weekday(day) => DayOff::Weekday(*day),
            config::DayOff::Date(date) => DayOff::Date(*date),
            config::DayOff::Range(from, to) => DayOff::Range(*from, *to),
        })
        .collect();
    if let Some(fsrs) = own.weights.and_then(|weights| crate::plan::fsrs::Fsrs::new(&weights).ok()) {
        options.fsrs = fsrs;
    }
    options
}

/// Cards as the plan sees them; without `minutes-per-card` their length tells the time.
pub fn card_infos<'a>(config: &Config, pack: &Pack, cards: impl Iterator<Item = &'a Card>) -> Vec<CardInfo> {
    cards
        .map(|card| {
            let chapter = pack.concepts.get(card.concept.0).map_or(0, |c| c.chapter);
            let words = card.back.plain.split_whitespace().count()
                + card.front.as_ref().map_or(3, |f| f.plain.split_whitespace().count());
            let minutes = config.schedule.minutes_per_card.unwrap_or_else(|| minutes(words));
            CardInfo { chapter, minutes }
        })
        .collect()
}

/// Eight seconds to recall and decide, and reading at 200 words a minute; to the twentieth of a minute.
fn minutes(words: usize) -> f64 {
    let exact = 8.0 / 60.0 + words as f64 / 200.0;
    ((exact * 20.0).round() / 20.0).clamp(0.1, 3.0)
}

/// A plan's errors at their keys.
pub fn schedule_findings(vault: &Vault, errors: &[ScheduleError]) -> Vec<Finding> {
    let finding = |error: &ScheduleError| {
        let place: Option<Place> =
            vault.config_place(&["schedule", error.key()]).or_else(|| vault.config_place(&["schedule"]));
        let mut finding = Finding::error("schedule", place, error.to_string());
        finding.hints = error.hints();
        finding
    };
    errors.iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn longer_cards_take_longer() {
        assert!(minutes(5) < minutes(60));
        assert!((minutes(20) - 0.25).abs() < 1e-9);
    }
}
