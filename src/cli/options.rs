//! From `recto.yaml` and the command line to the plain options that the plans take.

use std::path::PathBuf;

use jiff::civil::Date;

use crate::pack::{Card, Pack};
use crate::plan::impose;
use crate::plan::length::{Mm, Size};
use crate::plan::schedule::{self, CardInfo, DayOff, LeitnerBox, Mode, ScheduleError};
use crate::plan::stock::{self, Definition, Orientation, Paper, SheetRequest, Stock, StockError};
use crate::typeset::booklet::BookletOptions;
use crate::typeset::cheatsheets::SheetOptions;
use crate::typeset::mindmap::{PosterOptions, Shape};
use crate::typeset::{handbook, layouts};
use crate::vault::config::{self, Config};
use crate::vault::length::Length;
use crate::vault::{Finding, Place, Vault};

use super::Failure;

/// What the command line says of cards; what it leaves open `recto.yaml` says.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "Flashcards")]
pub struct CardFlags {
    /// Card stock: a name such as recto-8, a7, avery-5371 (`recto stocks` lists all), or one of the pack's own
    #[arg(long, value_name = "STOCK")]
    pub stock: Option<String>,
    /// How the sheets lie: portrait or landscape
    #[arg(long, value_name = "HOW")]
    pub orientation: Option<String>,
    /// What the printer leaves blank along every edge, mm; 5 or more
    #[arg(long, value_name = "MM")]
    pub margin: Option<String>,
    /// Accept a margin below 5 mm
    #[arg(long)]
    pub small_margin: bool,
    /// Edge about which the printer turns the sheet: long-edge or short-edge
    #[arg(long, value_name = "EDGE")]
    pub flip: Option<String>,
    /// How a card is turned in the hand: book or calendar
    #[arg(long, value_name = "HOW")]
    pub turn: Option<String>,
    /// Order of cards on sheets: cut-stack or row
    #[arg(long, value_name = "ORDER")]
    pub order: Option<String>,
    /// Design of the faces: plain, ink-saving (lighter, black only) or large (14 pt and more)
    #[arg(long, value_name = "DESIGN")]
    pub faces: Option<String>,
    /// First slot to use on the first sheet, for part-used sheets
    #[arg(long, value_name = "N")]
    pub start_slot: Option<usize>,
    /// auto: the printer turns the sheets; manual: you do, fronts and backs are two files; fold: both faces stand side
    /// by side on one side of the paper
    #[arg(long, value_name = "HOW")]
    pub duplex: Option<String>,
    /// With --duplex manual, how sheets leave the printer, and whether the pile goes back in as it came out (reversed):
    /// face-down, face-up, face-down-reversed or face-up-reversed
    #[arg(long, value_name = "WAY")]
    pub feeder: Option<String>,
    /// Print one side only: fronts or backs
    #[arg(long, value_name = "SIDE")]
    pub only: Option<String>,
    /// So many decks, each card with its deck's mark
    #[arg(long, value_name = "N")]
    pub copies: Option<usize>,
    /// Only the first sheets, as a test print
    #[arg(long, value_name = "N")]
    pub sheets: Option<usize>,
    /// The most sheets that are cut at once; after so many a new pile starts
    #[arg(long, value_name = "N")]
    pub max_pile: Option<usize>,
    /// So many sheets a file; each file is cut for itself
    #[arg(long, value_name = "N")]
    pub split: Option<usize>,
    /// Slots left on the last sheet: fill them with ruled cards to write on, or leave them empty (default: fill where the
    /// whole deck is printed from the first slot)
    #[arg(long, value_name = "WHAT")]
    pub blank_slots: Option<String>,
    /// Thin lines along the cuts
    #[arg(long)]
    pub cut_lines: bool,
    /// Only cards that are new or changed since a date, or since an older recto.lock
    #[arg(long, value_name = "DATE|LOCK")]
    pub changed_since: Option<String>,
    /// Move backs as `recto calibrate` found for this printer
    #[arg(long, value_name = "NAME")]
    pub printer: Option<String>,
    /// The tray, where the printer has a profile for it
    #[arg(long, value_name = "TRAY")]
    pub tray: Option<String>,
    /// The file of printer profiles (default: recto/printers.yaml in your configuration folder)
    #[arg(long, value_name = "FILE")]
    pub printers: Option<PathBuf>,
}

/// What the command line says of booklets.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "Booklet")]
pub struct BookletFlags {
    /// Sheets that are folded into each other (default: all, up to 20; more are parted into eights)
    #[arg(long, value_name = "N")]
    pub signature: Option<usize>,
    /// Thickness of the paper, mm, against creep (default: 0.1, paper of 80 g/m²)
    #[arg(long, value_name = "MM")]
    pub paper_thickness: Option<String>,
}

/// What the command line says of the handbook and of the look of all documents.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "Handbook")]
pub struct BookFlags {
    /// What the pages are for: screen, print (two-sided, wide at the binding) or booklet (half the sheet, to fold)
    #[arg(long, value_name = "WHAT")]
    pub variant: Option<String>,
    /// student (ruled space for the answers), teacher (answers behind the exercises) or full (answers at the end)
    #[arg(long, value_name = "WHOSE")]
    pub edition: Option<String>,
    /// A file for each chapter as well: handbook/NN-slug.pdf
    #[arg(long)]
    pub per_chapter: bool,
    /// The look of every document: classic, modern, mono, large, or a folder in the pack's layouts/
    #[arg(long, value_name = "THEME")]
    pub theme: Option<String>,
}

/// How the handbook is made.
///
/// # Errors
/// A flag with a value that it does not have.
pub fn handbook(config: &Config, flags: &BookFlags) -> Result<handbook::Options, Failure> {
    use handbook::{Edition, Variant};
    let variant = choice("--variant", flags.variant.as_deref(), &config::Variant::NAMES, config.variant)?;
    let edition = choice(
        "--edition",
        flags.edition.as_deref(),
        &config::HandbookEdition::NAMES,
        config.handbook_edition,
    )?;
    Ok(handbook::Options {
        variant: match variant {
            config::Variant::Screen => Variant::Screen,
            config::Variant::Print => Variant::Print,
            config::Variant::Booklet => Variant::Booklet,
        },
        edition: match edition {
            config::HandbookEdition::Student => Edition::Student,
            config::HandbookEdition::Teacher => Edition::Teacher,
            config::HandbookEdition::Full => Edition::Full,
        },
        per_chapter: flags.per_chapter || config.handbook_per_chapter,
    })
}

/// The theme of all documents. One that recto.yaml names and nobody knows is a finding, and the first one is taken.
///
/// # Errors
/// A flag that names none.
pub fn theme(vault: &Vault, flags: &BookFlags, findings: &mut Vec<Finding>) -> Result<String, Failure> {
    let own = vault.config.theme.as_deref();
    let theme = flags.theme.as_deref().or(own).unwrap_or(layouts::THEMES[0]);
    if layouts::has_theme(vault, theme) {
        return Ok(theme.to_owned());
    }
    let message = format!("there is no theme `{theme}`");
    let hint = format!("themes are {}, or a folder in the pack's `layouts/`", layouts::THEMES.join(", "));
    if flags.theme.is_some() {
        return Err(Failure::usage(message).hint(hint));
    }
    findings.push(Finding::error("theme", vault.config_place(&["theme"]), message).hint(hint));
    Ok(layouts::THEMES[0].to_owned())
}

/// How the handbook is folded; sheets lie, so they turn over the short edge unless a flag says otherwise.
///
/// # Errors
/// A flag with a value that it does not have.
pub fn booklet(
    config: &Config,
    flags: &BookletFlags,
    book: &BookFlags,
    flip: Option<&str>,
) -> Result<BookletOptions, Failure> {
    let names = [("long-edge", impose::Flip::LongEdge), ("short-edge", impose::Flip::ShortEdge)];
    let flag = "--paper-thickness";
    let thickness =
        flags.paper_thickness.as_deref().map(|t| flag_length(flag, t)).transpose()?.unwrap_or(Mm(0.1));
    if !(0.0..=1.0).contains(&thickness.0) {
        return Err(Failure::usage(format!("{flag} takes 0 to 1 mm, not {thickness} mm")));
    }
    if flags.signature == Some(0) {
        return Err(Failure::usage("--signature takes 1 or more"));
    }
    let own = handbook(config, book)?;
    Ok(BookletOptions {
        variant: own.variant,
        edition: own.edition,
        paper: paper(config),
        flip: choice("--flip", flip, &names, impose::Flip::ShortEdge)?,
        signature: flags.signature,
        thickness,
    })
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
    let request = request(config, flags).map_err(StockFault::Usage)?;
    let named = flags.stock.as_ref().or(config.cards.stock.as_ref());
    let id = named.map_or(stock::DEFAULT_STOCK, String::as_str);
    if let Some(own) = config.stocks.get(id) {
        return definition(own).stock(id, &request).map_err(|errors| match errors.as_slice() {
            [error @ StockError::Margin { .. }] => {
                StockFault::Usage(Failure::usage(format!("--margin: {error}")).hint(error.hint()))
            }
            _ => StockFault::Findings(stock_findings(vault, &["stocks", id], &errors)),
        });
    }
    let found = stock::find(id).map_err(|e| vec![e]).and_then(|entry| entry.on(&request));
    found.map_err(|errors| {
        if flags.stock.is_none() && flags.margin.is_none() {
            return StockFault::Findings(stock_findings(vault, &["cards", "stock"], &errors));
        }
        let own: Vec<&str> = config.stocks.keys().map(String::as_str).collect();
        let message: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let mut hints: Vec<String> = errors.iter().map(StockError::hint).collect();
        if !own.is_empty() {
            hints.push(format!("the pack's own stocks: {}", own.join(", ")));
        }
        StockFault::Usage(Failure::usage(message.join("; ")).hint(hints.join("; ")))
    })
}

/// A stock of `recto.yaml` in the plan's terms.
pub fn definition(own: &config::StockDef) -> Definition {
    let size = |(w, h): (Length, Length)| Size::new(w.to_mm(), h.to_mm());
    Definition {
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
    }
}

/// What is wrong with a stock, at the key that names it.
pub fn stock_findings(vault: &Vault, key: &[&str], errors: &[StockError]) -> Vec<Finding> {
    let place = vault.config_place(key);
    errors.iter().map(|e| Finding::error("stock", place.clone(), e.to_string()).hint(e.hint())).collect()
}

/// A length on the command line: millimetres where no unit is given.
pub fn flag_length(flag: &str, text: &str) -> Result<Mm, Failure> {
    let plain = text.trim().parse::<f64>().is_ok();
    let length = if plain { format!("{}mm", text.trim()).parse() } else { text.parse::<Mm>() };
    length.map_err(|e| Failure::usage(format!("{flag}: {e}")))
}

/// A size on the command line, `90x60` or `3.5in x 2in`.
pub fn flag_size(flag: &str, text: &str) -> Result<Size, Failure> {
    let lower = text.to_lowercase();
    let Some((width, height)) = lower.split_once(['x', '×']) else {
        return Err(Failure::usage(format!("{flag} takes width and height such as 90x60, not `{text}`")));
    };
    Ok(Size { width: flag_length(flag, width)?, height: flag_length(flag, height)? })
}

/// Whose fault a stock is.
pub enum StockFault {
    Usage(Failure),
    Findings(Vec<Finding>),
}

/// The sheet that cards are wanted on.
///
/// # Errors
/// A flag with a value that it does not have.
pub fn request(config: &Config, flags: &CardFlags) -> Result<SheetRequest, Failure> {
    let names = [("portrait", Orientation::Portrait), ("landscape", Orientation::Landscape)];
    Ok(SheetRequest {
        paper: paper(config),
        orientation: choice("--orientation", flags.orientation.as_deref(), &names, Orientation::Portrait)?,
        margin: flags.margin.as_deref().map(|m| flag_length("--margin", m)).transpose()?,
        small_margin: flags.small_margin,
    })
}

/// How sheets and cards are turned, and in which order the cards lie.
///
/// # Errors
/// A flag with a value that it does not have.
pub fn turning(
    config: &Config,
    flags: &CardFlags,
) -> Result<(impose::Flip, impose::Turn, impose::Order), Failure> {
    let flip = match choice("--flip", flags.flip.as_deref(), &config::Flip::NAMES, config.cards.flip)? {
        config::Flip::LongEdge => impose::Flip::LongEdge,
        config::Flip::ShortEdge => impose::Flip::ShortEdge,
    };
    let turn = match choice("--turn", flags.turn.as_deref(), &config::Turn::NAMES, config.cards.turn)? {
        config::Turn::Book => impose::Turn::Book,
        config::Turn::Calendar => impose::Turn::Calendar,
    };
    let order = match choice("--order", flags.order.as_deref(), &config::Order::NAMES, config.cards.order)? {
        config::Order::CutStack => impose::Order::CutStack,
        config::Order::Row => impose::Order::Row,
    };
    Ok((flip, turn, order))
}

/// The value of a flag that takes one of a few names.
///
/// # Errors
/// Any other name.
pub fn choice<T: Copy>(
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
        pocket: sheets.fold == config::SheetFold::Pocket,
        qr: sheets.qr.clone(),
        book: handbook::Options::default(),
    }
}

/// The poster: ISO sizes, lying.
pub fn poster(config: &Config) -> PosterOptions {
    let (width, height) = match config.mindmap.page {
        config::PosterPage::A3 => (420.0, 297.0),
        config::PosterPage::A2 => (594.0, 420.0),
        config::PosterPage::A1 => (841.0, 594.0),
        config::PosterPage::A0 => (1189.0, 841.0),
    };
    let shape = match config.mindmap.shape {
        config::MapShape::Radial => Shape::Radial,
        config::MapShape::Tree => Shape::Tree,
    };
    PosterOptions { page: Size::new(width, height), shape }
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
    options.exam_visits = own.visits.map(|n| n as usize);
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
            let front = card.front.as_ref().map_or("", |front| front.plain.as_str());
            let own = CardInfo::of_text(chapter, [front, card.back.plain.as_str()]);
            CardInfo { minutes: config.schedule.minutes_per_card.unwrap_or(own.minutes), ..own }
        })
        .collect()
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
