//! The deck of a build: what to print on what, from flags and `recto.yaml`, and its files.

use std::collections::BTreeSet;

use jiff::civil::Date;
use typst::layout::Frame;

use super::Failure;
use super::options::{self, CardFlags, StockFault, choice};
use super::printers::{self, Printers, Use};
use super::session::{BuildOptions, Locked};
use crate::emit::viewer::{Duplex, Preferences};
use crate::pack::lock::{self, Lock};
use crate::pack::{CardNo, Pack, blanks};
use crate::plan::impose::duplex::{Feed, Feeder, Output};
use crate::plan::impose::fold::fold_stock;
use crate::plan::impose::{Face, Flip, Job, Order, Profile, Summary, Turn};
use crate::plan::stock::{Kind, SMALLEST_MARGIN, SheetRequest, Stock};
use crate::typeset::dividers::{self, Sorting};
use crate::typeset::flashcards::{self, DeckOptions};
use crate::typeset::looks::{Faces, Look};
use crate::typeset::press::Press;
use crate::typeset::sheets::{Print, SheetFile, Way};
use crate::vault::config::{self, LeitnerBox, ScheduleMode};
use crate::vault::{Config, Vault};

/// A deck's job, checked before anything is typeset.
#[derive(Debug, Clone)]
pub struct Plan {
    pub stock: Stock,
    way: Way,
    flip: Flip,
    turn: Turn,
    order: Order,
    start_slot: usize,
    only: Option<Face>,
    copies: usize,
    sheets: Option<usize>,
    max_pile: Option<usize>,
    split: Option<usize>,
    fill: bool,
    cut_lines: bool,
    profile: Profile,
    /// Cards that `--changed-since` asks for.
    cards: Option<BTreeSet<CardNo>>,
    blank_prefix: &'static str,
    look: Look,
}

const DUPLEX: [(&str, WayName); 3] =
    [("auto", WayName::Auto), ("manual", WayName::Manual), ("fold", WayName::Fold)];

#[derive(Debug, Copy, Clone, PartialEq)]
enum WayName {
    Auto,
    Manual,
    Fold,
}

const FEEDERS: [(&str, Feeder); 4] = [
    ("face-down", Feeder { output: Output::FaceDown, feed: Feed::Straight }),
    ("face-up", Feeder { output: Output::FaceUp, feed: Feed::Straight }),
    ("face-down-reversed", Feeder { output: Output::FaceDown, feed: Feed::Reversed }),
    ("face-up-reversed", Feeder { output: Output::FaceUp, feed: Feed::Reversed }),
];

impl Plan {
    /// # Errors
    /// Usage where a flag is wrong, findings where `recto.yaml` is.
    pub fn new(
        vault: &Vault,
        pack: &Pack,
        options: &BuildOptions,
        locked: &Locked,
    ) -> Result<Self, StockFault> {
        let (config, flags) = (&vault.config, &options.cards);
        let stock = options::stock(vault, flags)?;
        let (flip, turn, order) = options::turning(config, flags).map_err(StockFault::Usage)?;
        let way = way(config, flags, &stock).map_err(StockFault::Usage)?;
        let usage = |message: String| StockFault::Usage(Failure::usage(message));
        let slots = match &way {
            Way::Fold(fold) => fold.pairs.slots(),
            Way::Duplex | Way::Manual(_) => stock.slots(),
        };
        let start_slot = flags.start_slot.unwrap_or(1);
        if start_slot == 0 || start_slot > slots {
            return Err(usage(format!("--start-slot takes 1 to {slots} on {}", stock.id)));
        }
        for (flag, value) in [
            ("--copies", flags.copies),
            ("--sheets", flags.sheets),
            ("--max-pile", flags.max_pile),
            ("--split", flags.split),
        ] {
            if value == Some(0) {
                return Err(usage(format!("{flag} takes 1 or more")));
            }
        }
        let only = flags
            .only
            .as_deref()
            .map(|only| {
                choice("--only", Some(only), &[("fronts", Face::Front), ("backs", Face::Back)], Face::Front)
            })
            .transpose()
            .map_err(StockFault::Usage)?;
        if only.is_some() && matches!(way, Way::Fold(_)) {
            return Err(usage("--only is for sheets with two sides; --duplex fold prints one".into()));
        }
        if flags.cut_lines && stock.kind == Kind::PreCut && !matches!(way, Way::Fold(_)) {
            return Err(usage(format!("--cut-lines is for sheets to be cut; {} is cut already", stock.id)));
        }
        let profile = profile(flags, &stock, flip, &way).map_err(StockFault::Usage)?;
        let cards = changed(vault, pack, flags, locked).map_err(StockFault::Usage)?;
        let whole =
            cards.is_none() && options.select.is_all() && config_selects_all(config) && start_slot == 1;
        let faces = choice("--faces", flags.faces.as_deref(), &config::Faces::NAMES, config.cards.faces)
            .map_err(StockFault::Usage)?;
        let fill =
            choice("--blank-slots", flags.blank_slots.as_deref(), &[("fill", true), ("empty", false)], whole)
                .map_err(StockFault::Usage)?;
        Ok(Self {
            way,
            flip,
            turn,
            order,
            start_slot,
            only,
            copies: flags.copies.unwrap_or(1),
            sheets: flags.sheets,
            max_pile: flags.max_pile,
            split: flags.split,
            fill,
            cut_lines: flags.cut_lines,
            profile,
            cards,
            blank_prefix: blanks::prefix(pack, &locked.lock()),
            look: look(faces, config.cards.floor.to_pt()),
            stock,
        })
    }

    fn print(&self, dry: bool) -> Print<'_> {
        let mut job = Job::new(&self.stock, 0);
        job.copies = self.copies;
        job.flip = self.flip;
        job.turn = self.turn;
        job.order = self.order;
        job.start_slot = self.start_slot;
        job.max_pile = self.max_pile;
        job.fill = self.fill;
        job.profile = self.profile;
        Print {
            name: "flashcards",
            job,
            way: self.way.clone(),
            only: self.only,
            sheets: self.sheets,
            split: self.split,
            cut_lines: self.cut_lines,
            blank_prefix: self.blank_prefix.to_owned(),
            small: self.look.small,
            dry,
        }
    }
}

fn look(faces: config::Faces, floor: f64) -> Look {
    let faces = match faces {
        config::Faces::Plain => Faces::Plain,
        config::Faces::InkSaving => Faces::InkSaving,
        config::Faces::Large => Faces::Large,
    };
    Look::new(faces, floor)
}

fn config_selects_all(config: &Config) -> bool {
    let own = &config.select;
    own.chapters.is_empty() && own.tags.is_empty() && own.priority.is_none() && own.concepts.is_empty()
}

fn way(config: &Config, flags: &CardFlags, stock: &Stock) -> Result<Way, Failure> {
    let name = choice("--duplex", flags.duplex.as_deref(), &DUPLEX, WayName::Auto)?;
    if flags.feeder.is_some() && name != WayName::Manual {
        return Err(Failure::usage("--feeder goes with --duplex manual"));
    }
    Ok(match name {
        WayName::Auto => Way::Duplex,
        WayName::Manual => {
            let (_, default) = FEEDERS[0];
            Way::Manual(choice("--feeder", flags.feeder.as_deref(), &FEEDERS, default)?)
        }
        WayName::Fold => {
            let request = options::request(config, flags)?;
            Way::Fold(
                fold_stock(
                    stock.card,
                    &SheetRequest { margin: request.margin.or(Some(stock.margin)), ..request },
                )
                .map_err(|e| Failure::usage(e.to_string()).hint(e.hint()))?,
            )
        }
    })
}

/// The printer's correction; none without `--printer`.
fn profile(flags: &CardFlags, stock: &Stock, flip: Flip, way: &Way) -> Result<Profile, Failure> {
    let Some(printer) = &flags.printer else {
        if flags.tray.is_some() || flags.printers.is_some() {
            return Err(Failure::usage("--tray and --printers go with --printer NAME"));
        }
        return Ok(Profile::default());
    };
    let path = printers::path(flags.printers.as_deref())?;
    let wanted = Use { tray: flags.tray.as_deref(), stock: &stock.id, flip, orientation: stock.orientation };
    let profile = Printers::read(&path)?.profile(printer, &wanted)?;
    // Nothing is turned over, so nothing is moved.
    Ok(if matches!(way, Way::Fold(_)) { Profile::default() } else { profile })
}

/// The cards that are new or changed since a date, or since another lock.
fn changed(
    vault: &Vault,
    pack: &Pack,
    flags: &CardFlags,
    locked: &Locked,
) -> Result<Option<BTreeSet<CardNo>>, Failure> {
    let Some(since) = &flags.changed_since else { return Ok(None) };
    if vault.config_file.is_none() {
        return Err(Failure::usage(
            "--changed-since needs a pack with a recto.yaml: without one no codes are kept",
        ));
    }
    let wanted: BTreeSet<String> = match since.parse::<Date>() {
        Ok(date) => lock::changed_since(&locked.lock(), date).iter().map(ToString::to_string).collect(),
        Err(_) => {
            let text = std::fs::read_to_string(since).map_err(|error| {
                Failure::usage(format!(
                    "--changed-since: `{since}` is no date, and cannot be read as a file: {error}"
                ))
                .hint("it takes a date such as 2026-11-20, or an older recto.lock")
            })?;
            let old = Lock::parse(&text).map_err(|errors| {
                let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
                Failure::usage(format!("--changed-since: {since}: {}", all.join("; ")))
            })?;
            let diff = lock::diff(&old, &locked.lock());
            diff.added.iter().chain(&diff.changed).map(ToString::to_string).collect()
        }
    };
    let cards = pack.cards.iter().enumerate().filter(|(_, card)| wanted.contains(&card.code));
    Ok(Some(cards.map(|(i, _)| CardNo(i)).collect()))
}

/// A deck's files and what to say of it.
pub struct Made {
    pub files: Vec<(SheetFile, Preferences)>,
    pub note: String,
    pub summary: Summary,
    /// Fronts and backs in turn.
    pub faces: Vec<Frame>,
}

/// Typesets the deck, or only plans it. The codes of its blank cards are kept in the lock before anything is written.
///
/// # Errors
/// What ends the build; errors of the content are in the press.
pub fn make(
    press: &Press,
    plan: &Plan,
    options: &BuildOptions,
    locked: &Locked,
) -> Result<Option<Made>, Failure> {
    let deck_options =
        DeckOptions { print: plan.print(options.dry), look: plan.look.clone(), only: plan.cards.clone() };
    let Some(deck) = flashcards::typeset(press, &deck_options) else { return Ok(None) };
    if !options.dry && deck.blanks > 0 {
        reserve(plan, options, locked, deck.blanks)?;
    }
    let mut note = describe(plan, &deck.summary);
    if deck.cards == 0 {
        note = match &options.cards.changed_since {
            Some(since) => format!("no card is new or changed since {since}"),
            None => "no cards".into(),
        };
    } else if deck.sheets < deck.summary.sheets {
        note = format!("test print of {}; the deck: {note}", count(deck.sheets, "sheet"));
    }
    if let Some(hint) = deck.hint.filter(|_| deck.cards > 0) {
        note.push_str(&format!(". {hint}"));
    }
    let files = deck.files.into_iter().map(with_preferences).collect();
    Ok(Some(Made { files, note, summary: deck.summary, faces: deck.faces }))
}

fn with_preferences(file: SheetFile) -> (SheetFile, Preferences) {
    let preferences = preferences(file.flip);
    (file, preferences)
}

/// Actual size, turned over an edge or printed on one side.
pub fn preferences(flip: Option<Flip>) -> Preferences {
    let duplex = match flip {
        Some(Flip::LongEdge) => Duplex::LongEdge,
        Some(Flip::ShortEdge) => Duplex::ShortEdge,
        None => Duplex::Simplex,
    };
    Preferences { actual_size: true, duplex: Some(duplex), tray_by_size: true }
}

/// Typesets dividers for boxes of the deck's cards.
///
/// # Errors
/// Flags that are wrong; errors of the content are in the press.
pub fn dividers(press: &Press, options: &BuildOptions, vault: &Vault) -> Result<Option<Made>, Failure> {
    let (config, flags) = (&vault.config, &options.cards);
    let cards = match options::stock(vault, flags) {
        Ok(stock) => stock,
        Err(StockFault::Usage(failure)) => return Err(failure),
        Err(StockFault::Findings(findings)) => {
            findings.into_iter().for_each(|f| press.report(f));
            return Ok(None);
        }
    };
    let asked = options::request(config, flags)?;
    // Tabs want every millimetre, as the default stock does.
    let request =
        SheetRequest { paper: cards.paper, margin: asked.margin.or(Some(SMALLEST_MARGIN)), ..asked };
    let stock = dividers::size(&cards).on(&request).map_err(|errors| {
        let message: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let failure = Failure::usage(format!("dividers for {}: {}", cards.id, message.join("; ")));
        failure.hint("print them for a smaller card with --stock")
    })?;
    let (flip, turn, _) = options::turning(config, flags)?;
    let way = way(config, flags, &stock)?;
    let job = Job { flip, turn, ..Job::new(&stock, 0) };
    let print = Print {
        name: "dividers",
        job,
        way,
        only: None,
        sheets: None,
        split: None,
        cut_lines: false,
        blank_prefix: String::new(),
        small: look(config::Faces::Plain, 7.0).small,
        dry: false,
    };
    let schedule = &config.schedule;
    let dated = schedule.mode == ScheduleMode::Leitner && schedule.leitner == LeitnerBox::Dated;
    let sorting = if dated { Sorting::Dates } else { Sorting::Compartments };
    Ok(dividers::typeset(press, &print, sorting).map(|deck| {
        let note =
            format!("{} on {}", count(deck.summary.cards, "divider"), count(deck.summary.sheets, "sheet"));
        let files = deck.files.into_iter().map(with_preferences).collect();
        Made { files, note, summary: deck.summary, faces: deck.faces }
    }))
}

/// Keeps the codes of blank cards from being given to others.
fn reserve(plan: &Plan, options: &BuildOptions, locked: &Locked, blanks: usize) -> Result<(), Failure> {
    let kept = locked.change(options, " (codes of blank cards)", |lock| {
        let count = u32::try_from(blanks).map_err(|_| format!("{blanks} blank cards have no codes"))?;
        blanks::reserve(lock, plan.blank_prefix, count)
    });
    kept.map_err(|failure| failure.hint("`--blank-slots empty` prints no blank cards"))
}

fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// `941 cards and 3 blank ones on 118 sheets, recto-8: 236 sides, 8 cuts, 8 piles`.
fn describe(plan: &Plan, summary: &Summary) -> String {
    let blanks = if summary.blanks > 0 { format!(" and {} blank", summary.blanks) } else { String::new() };
    let mut note = format!(
        "{}{blanks} on {}, {}: {}, {}, {}",
        count(summary.cards, "card"),
        count(summary.sheets, "sheet"),
        plan.stock.id,
        count(summary.sides, "side"),
        count(summary.cuts, "cut"),
        count(summary.piles, "pile"),
    );
    match (&plan.way, plan.only) {
        (Way::Manual(feeder), None) => {
            let edge = if plan.flip == Flip::LongEdge { "long" } else { "short" };
            note.push_str(&if feeder.turns_pile() {
                format!("; print the fronts, turn the pile over its {edge} edge, print the backs")
            } else {
                "; print the fronts, lay the pile in as it came out, print the backs".to_owned()
            });
        }
        (Way::Fold(_), _) => note.push_str("; cut out the pairs, fold the backs behind, glue"),
        _ => {}
    }
    note
}
