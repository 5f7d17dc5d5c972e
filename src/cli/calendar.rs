//! The calendar of a build: the plan that is made, or the one that has started and is kept in `recto.lock`.

use std::collections::HashMap;

use jiff::civil::{Date, Weekday};
use uuid::Uuid;

use super::options;
use super::session::BuildOptions;
use crate::emit::feed::{self, FeedOptions};
use crate::emit::{ics, manifest};
use crate::pack::Pack;
use crate::plan::fsrs::Fsrs;
use crate::plan::schedule::holidays;
use crate::plan::schedule::options::LONGEST;
use crate::plan::schedule::{DayOff, Options, Outlook};
use crate::plan::schedule::days::add_days;
use crate::plan::timetable::{self, DeckCard, Timetable};
use crate::typeset::calendar::{self, CalendarOptions, Page};
use crate::typeset::press::Press;
use crate::vault::config::{CalendarPage, Config, FeedKind};
use crate::vault::{Finding, Place, Vault};
use typst_layout::PagedDocument;

/// The section of `recto.lock` that holds a started plan.
pub const SECTION: &str = "plan";

/// What the command line says of the calendar.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CalendarFlags {
    /// Plan again from the build's day on.
    pub replan: bool,
    /// Days on which nothing was done, first and last included.
    pub missed: Option<(Date, Date)>,
    /// Keep the plan from now on, though it has not started.
    pub keep: bool,
    pub page: Option<CalendarPage>,
}

impl CalendarFlags {
    /// Whether they ask for something that is done once.
    pub fn act(&self) -> bool {
        self.replan || self.keep
    }
}

/// A finished calendar.
pub struct Calendar {
    pub pages: PagedDocument,
    /// Path below the output folder, and bytes.
    pub files: Vec<(String, Vec<u8>)>,
    pub note: String,
    /// The plan to be kept in `recto.lock`, if it differs from the one there.
    pub keep: Option<Timetable>,
}

/// Where a plan may be kept.
#[derive(Debug, Copy, Clone)]
pub struct Kept<'a> {
    /// The one there.
    pub table: Option<&'a Timetable>,
    /// Whether there is a lock that may change.
    pub writable: bool,
}

/// Whether a build on a day keeps the plan by itself: from its start on.
pub fn starts(config: &Config, today: Date) -> bool {
    config.schedule.start.is_some_and(|start| today >= start)
}

/// Makes the calendar; `None` where findings told why not.
pub fn make(press: &Press, vault: &Vault, build: &BuildOptions, kept: Kept) -> Option<Calendar> {
    let config = &vault.config;
    let cards = press.kept_cards();
    let infos = options::card_infos(config, press.pack, cards.iter().map(|(_, card)| *card));
    let deck: Vec<DeckCard> = cards
        .iter()
        .zip(infos)
        .map(|((_, card), info)| DeckCard { code: card.code.clone(), info })
        .collect();
    let mut schedule = options::schedule(config, build.today);
    let found = days_off(vault, &mut schedule);
    let failed = found.iter().any(|f| f.severity == crate::vault::Severity::Error);
    found.into_iter().chain(weights(vault)).for_each(|f| press.report(f));
    if failed {
        return None;
    }
    let decided = match decide(press.pack, vault, build, kept, &deck, &schedule) {
        Ok((decided, findings)) => {
            findings.into_iter().for_each(|f| press.report(f));
            decided
        }
        Err(findings) => {
            findings.into_iter().for_each(|f| press.report(f));
            return None;
        }
    };
    let Decided { mut table, keep, mut notes } = decided;

    let feed_options = FeedOptions {
        title: &press.pack.title,
        locale: press.words(),
        kind: match config.schedule.feed {
            FeedKind::Events => ics::Kind::Events,
            FeedKind::ToDos => ics::Kind::ToDos,
        },
        alarm: config.schedule.alarm,
    };
    table.set_look(&manifest::key(&feed_options.look()), build.today);

    let number = |index: usize| press.pack.chapters.get(index).map_or(0, |c| c.number);
    let mut outlook: Outlook = table.outlook(&deck, &schedule);
    outlook.chapters.iter_mut().for_each(|chapter| chapter.chapter = number(chapter.chapter));
    let waiting = table.waiting(&deck);
    if !waiting.is_empty() {
        let hint = if keep || kept.table.is_some() { "; `--replan` takes them in" } else { "" };
        notes.push(format!("{} cards are not in the plan{hint}", waiting.len()));
    }
    let codes: HashMap<&str, usize> =
        deck.iter().map(|card| (card.code.as_str(), number(card.info.chapter))).collect();
    let pages = calendar::typeset(
        press,
        &CalendarOptions {
            table: &table,
            outlook: &outlook,
            aim: (schedule.retention, schedule.tolerance),
            chapters: &codes,
            waiting: waiting.len(),
            days_off: &schedule.days_off,
            first_weekday: first_weekday(press, config),
            page: page(press, config, &build.calendar),
        },
    )?;
    let titles: Vec<(usize, String)> =
        press.pack.chapters.iter().map(|c| (c.number, c.title.clone())).collect();
    let value = feed::json(&table, &outlook, &titles, &waiting, &press.pack.title);
    let mut json = serde_json::to_vec_pretty(&value).unwrap_or_default();
    json.push(b'\n');
    let files = vec![
        ("calendar.ics".to_owned(), ics::write(&feed::feed(&table, &feed_options))),
        ("calendar.json".to_owned(), json),
    ];
    let changed = keep && kept.table != Some(&table);
    let most = table.sessions.iter().map(|s| s.minutes).fold(0.0, f64::max);
    let mut note = format!("{} sessions, at most {:.0} minutes", table.sessions.len(), most.ceil());
    if config.schedule.start.is_none() {
        note.push_str(&format!(", from {}", table.start));
    }
    for part in notes {
        note.push_str("; ");
        note.push_str(&part);
    }
    Some(Calendar { pages, files, note, keep: changed.then_some(table) })
}

/// Which plan is printed.
struct Decided {
    table: Timetable,
    /// It belongs into `recto.lock`.
    keep: bool,
    notes: Vec<String>,
}

fn decide(
    pack: &Pack,
    vault: &Vault,
    build: &BuildOptions,
    kept: Kept,
    deck: &[DeckCard],
    schedule: &Options,
) -> Result<(Decided, Vec<Finding>), Vec<Finding>> {
    let flags = &build.calendar;
    let mut findings = Vec::new();
    let mut notes = Vec::new();
    let told = |errors: Vec<_>| options::schedule_findings(vault, &errors);
    let recipe = recipe(schedule);
    let mut standing = kept.table.cloned();
    if let (Some(table), Some(start)) = (&standing, vault.config.schedule.start)
        && table.start != start
    {
        let place = vault.config_place(&["schedule", "start"]);
        let message = format!("the plan kept in recto.lock started on {}, and this is another start: it is planned anew", table.start);
        findings.push(Finding::warning("plan-kept", place, message).hint("put the old date back to keep the plan as it was printed"));
        standing = None;
    }
    // Without a start of its own a kept plan goes on from where it began.
    let mut schedule = schedule.clone();
    if let Some(table) = &standing {
        schedule.start = table.start;
    }
    let fresh = || timetable::make(deck, &schedule, identity(pack, schedule.start), pack.date, &recipe).map_err(told);
    if flags.replan {
        let base = match standing {
            Some(table) => table,
            None => {
                notes.push("no plan was kept: today’s cards are taken as those of the plan so far".to_owned());
                fresh()?
            }
        };
        let table = base.replanned(deck, &schedule, &recipe, build.today, flags.missed).map_err(told)?;
        notes.push(format!("planned again from {}", build.today));
        return Ok((Decided { table, keep: kept.writable, notes }, findings));
    }
    let Some(table) = standing else {
        let keep = kept.writable && (flags.keep || starts(&vault.config, build.today));
        if keep {
            notes.push("the plan is kept in recto.lock from now on".to_owned());
        }
        return Ok((Decided { table: fresh()?, keep, notes }, findings));
    };
    if table.recipe != recipe {
        let place = vault.config_place(&["schedule"]);
        let message = "`schedule:` changed after the plan had started; the plan stands as it was printed";
        findings.push(Finding::warning("plan-kept", place, message).hint("`recto build calendar --replan` plans the days to come again"));
    }
    Ok((Decided { table, keep: kept.writable, notes }, findings))
}

/// Fingerprint of what a plan is made with; the start is the plan's own.
fn recipe(schedule: &Options) -> String {
    let start = Date::ZERO;
    manifest::key(&format!("{:?}", Options { start, ..schedule.clone() })).chars().take(16).collect()
}

/// Of a plan, until it is kept: the same pack and start give the same.
fn identity(pack: &Pack, start: Date) -> Uuid {
    let name = format!("recto plan\n{}\n{}\n{start}", pack.title, pack.authors.join("\n"));
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

/// Adds the days off of `schedule.holidays`.
fn days_off(vault: &Vault, schedule: &mut Options) -> Vec<Finding> {
    let Some(path) = &vault.config.schedule.holidays else { return Vec::new() };
    let place = vault.config_place(&["schedule", "holidays"]);
    let Some(file) = vault.find(path) else {
        let message = format!("there is no file `{path}` in the pack");
        return vec![Finding::error("holidays", place, message).hint("give the path of an .ics file from the pack's folder on")];
    };
    let text = match vault.read_asset(file).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => return vec![Finding::error("holidays", place, format!("`{path}` is not UTF-8 text"))],
        Err(error) => return vec![Finding::error("holidays", place, format!("`{path}` cannot be read: {error}"))],
    };
    let longest = i32::try_from(2 * LONGEST).unwrap_or(i32::MAX);
    let found = holidays::read(&text, schedule.start, add_days(schedule.start, longest));
    // A weekend that is off needs no date of its own as well.
    for day in found.days {
        let known = |date: &Date| schedule.days_off.iter().any(|off| off.covers(*date));
        if !matches!(&day, DayOff::Date(date) if known(date)) {
            schedule.days_off.push(day);
        }
    }
    found
        .problems
        .into_iter()
        .map(|problem| {
            let place = Some(Place { file, range: problem.range });
            if problem.fatal {
                Finding::error("holidays", place, problem.message)
            } else {
                Finding::warning("holidays", place, problem.message).hint("list the other days in `schedule.days-off`")
            }
        })
        .collect()
}

/// Weights out of their range: the default ones are taken instead, and that is told.
fn weights(vault: &Vault) -> Option<Finding> {
    let error = Fsrs::new(&vault.config.schedule.weights?).err()?;
    let place = vault.config_place(&["schedule", "weights"]);
    Some(Finding::error("schedule", place, error.to_string()).hint("copy all 21 numbers from the optimiser of FSRS-6"))
}

fn first_weekday(press: &Press, config: &Config) -> Weekday {
    config.schedule.first_weekday.unwrap_or_else(|| press.words().first_weekday())
}

fn page(press: &Press, config: &Config, flags: &CalendarFlags) -> Page {
    use crate::plan::stock::Paper;
    let of = |paper: Paper| {
        let size = paper.size();
        Page::Paper(size.width.0, size.height.0)
    };
    match flags.page.or(config.calendar.page) {
        None => {
            let (width, height) = press.paper_mm();
            Page::Paper(width, height)
        }
        Some(CalendarPage::A4) => of(Paper::A4),
        Some(CalendarPage::UsLetter) => of(Paper::UsLetter),
        Some(CalendarPage::EInk) => Page::EInk,
    }
}
