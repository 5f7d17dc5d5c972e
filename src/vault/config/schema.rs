//! The keys of `recto.yaml` and what each may be.

use std::ops::RangeInclusive;

use super::read::Reader;
use super::*;
use crate::vault::yaml::{self, Node};

/// Smallest and largest type, in mm: 4 to 24 pt.
const TYPE: RangeInclusive<f64> = 4.0 * 25.4 / 72.0..=24.0 * 25.4 / 72.0;
/// Cards and their grid, in mm.
const ON_SHEET: RangeInclusive<f64> = 0.0..=420.0;
const CARD: RangeInclusive<f64> = 10.0..=300.0;

const KEYS: [&str; 29] = [
    "title",
    "subtitle",
    "authors",
    "language",
    "edition",
    "date",
    "licence",
    "paper",
    "theme",
    "variant",
    "chapters",
    "ignore",
    "documents",
    "tables",
    "sections",
    "fonts",
    "footer",
    "select",
    "handbook",
    "cheatsheets",
    "mindmap",
    "cards",
    "stocks",
    "schedule",
    "calendar",
    "quizzes",
    "run",
    "freshness",
    "lint",
];

pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Config {
    let mut config = Config::default();
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let Some(root) = yaml::parse(text, start..text.len(), problems) else { return config };
    if root.is_null() {
        return config;
    }
    let mut reader = Reader::new("config", problems);
    reader.map(&root, &KEYS, |reader, key, node| top(&mut config, reader, key, node));
    config.places = std::mem::take(&mut reader.places);
    check(&config, problems);
    problems.sort_by_key(|problem| (problem.range.start, problem.range.end));
    config
}

/// Sets `target` where there is a value.
fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

fn top(config: &mut Config, reader: &mut Reader<'_>, key: &str, node: &Node) {
    match key {
        "title" => config.title = reader.text(node),
        "subtitle" => config.subtitle = reader.text(node),
        "authors" => config.authors = reader.texts(node),
        "language" => config.language = reader.language(node),
        "edition" => config.edition = reader.text(node),
        "date" => config.date = reader.date(node),
        "licence" => config.licence = reader.text(node),
        "paper" => set(&mut config.paper, reader.word(node, &Paper::NAMES)),
        "theme" => config.theme = reader.text(node),
        "variant" => set(&mut config.variant, reader.word(node, &Variant::NAMES)),
        "chapters" => config.chapters = globs(reader, node),
        "ignore" => config.ignore = globs(reader, node),
        "documents" => reader.list(node, |reader, item| {
            config.documents.extend(reader.word(item, &Document::NAMES));
        }),
        "tables" => {
            reader.map(node, &["headers"], |reader, _, node| config.table_headers = reader.texts(node));
        }
        "sections" => reader.free_map(node, |reader, heading, node| {
            config.sections.extend(reader.text(node).map(|name| (heading.to_owned(), name)));
        }),
        "fonts" => reader.map(node, &["serif", "sans", "mono"], |reader, key, node| {
            let text = reader.text(node);
            match key {
                "serif" => config.fonts.serif = text,
                "sans" => config.fonts.sans = text,
                _ => config.fonts.mono = text,
            }
        }),
        "footer" => config.footer = reader.text(node),
        "select" => select(&mut config.select, reader, node),
        "handbook" => reader.map(node, &["edition", "per-chapter"], |reader, key, node| match key {
            "edition" => set(&mut config.handbook_edition, reader.word(node, &HandbookEdition::NAMES)),
            _ => set(&mut config.handbook_per_chapter, reader.bool(node)),
        }),
        "cheatsheets" => cheatsheets(&mut config.cheatsheets, reader, node),
        "mindmap" => reader.map(node, &["page", "shape"], |reader, key, node| match key {
            "page" => set(&mut config.mindmap.page, reader.word(node, &PosterPage::NAMES)),
            _ => set(&mut config.mindmap.shape, reader.word(node, &MapShape::NAMES)),
        }),
        "cards" => cards(&mut config.cards, reader, node),
        "stocks" => reader.free_map(node, |reader, name, node| {
            config.stocks.extend(stock(reader, node).map(|stock| (name.to_owned(), stock)));
        }),
        "schedule" => schedule(&mut config.schedule, reader, node),
        "calendar" => reader.map(node, &["page"], |reader, _, node| {
            config.calendar.page = reader.word(node, &CalendarPage::NAMES);
        }),
        "quizzes" => quizzes(&mut config.quizzes, reader, node),
        "run" => reader.free_map(node, |reader, lang, node| {
            let Some(text) = reader.text(node) else { return };
            match Command::parse(&text) {
                Ok(command) => {
                    config.run.insert(lang.to_lowercase(), command);
                }
                Err((message, hint)) => reader.error(node, message, hint),
            }
        }),
        "freshness" => reader.map(node, &["days", "end-of-life"], |reader, key, node| match key {
            "days" => config.freshness_days = reader.whole(node, 1..=36_500),
            _ => reader.free_map(node, |reader, version, node| {
                config.end_of_life.extend(reader.date(node).map(|date| (version.trim().to_owned(), date)));
            }),
        }),
        "lint" => lint(&mut config.lint, reader, node),
        _ => {}
    }
}

fn globs(reader: &mut Reader<'_>, node: &Node) -> Vec<String> {
    let mut out = Vec::new();
    reader.list(node, |reader, item| {
        let Some(text) = reader.text(item) else { return };
        match globset::Glob::new(&text) {
            Ok(_) => out.push(text),
            Err(error) => {
                let message = format!("`{text}` is no pattern of file names: {}", error.kind());
                reader.error(item, message, "`*` stands for any letters, `**` for any folders");
            }
        }
    });
    out
}

fn select(select: &mut Select, reader: &mut Reader<'_>, node: &Node) {
    reader.map(node, &["chapters", "tags", "priority", "concepts"], |reader, key, node| match key {
        "chapters" => select.chapters = reader.chapters(node),
        "tags" => {
            select.tags =
                reader.texts(node).into_iter().map(|t| t.trim_start_matches('#').to_owned()).collect();
        }
        "priority" => select.priority = reader.whole(node, 1..=9),
        _ => select.concepts = reader.texts(node),
    });
}

fn cheatsheets(sheets: &mut Cheatsheets, reader: &mut Reader<'_>, node: &Node) {
    let keys = ["pages", "pack-pages", "floor", "orientation", "fold", "qr"];
    reader.map(node, &keys, |reader, key, node| match key {
        "pages" => set(&mut sheets.pages, reader.whole(node, 1..=20)),
        "pack-pages" => set(&mut sheets.pack_pages, reader.whole(node, 1..=20)),
        "floor" => set(&mut sheets.floor, reader.length(node, TYPE)),
        "fold" => set(&mut sheets.fold, reader.word(node, &SheetFold::NAMES)),
        "qr" => sheets.qr = reader.text(node),
        _ => set(&mut sheets.orientation, reader.word(node, &Orientation::NAMES)),
    });
}

fn cards(cards: &mut Cards, reader: &mut Reader<'_>, node: &Node) {
    let keys = ["stock", "flip", "turn", "order", "faces", "floor", "from-rows", "anywhere"];
    reader.map(node, &keys, |reader, key, node| match key {
        "stock" => cards.stock = reader.text(node),
        "flip" => set(&mut cards.flip, reader.word(node, &Flip::NAMES)),
        "turn" => set(&mut cards.turn, reader.word(node, &Turn::NAMES)),
        "order" => set(&mut cards.order, reader.word(node, &Order::NAMES)),
        "faces" => set(&mut cards.faces, reader.word(node, &Faces::NAMES)),
        "floor" => set(&mut cards.floor, reader.length(node, TYPE)),
        "from-rows" => set(&mut cards.from_rows, reader.bool(node)),
        _ => set(&mut cards.anywhere, reader.bool(node)),
    });
}

fn stock(reader: &mut Reader<'_>, node: &Node) -> Option<StockDef> {
    let keys = ["sheet", "card", "columns", "rows", "left", "top", "pitch"];
    let (mut sheet, mut card, mut columns, mut rows) = (None, None, None, None);
    let (mut left, mut top, mut pitch) = (None, None, None);
    let before = reader.problems.len();
    reader.map(node, &keys, |reader, key, node| match key {
        "sheet" => sheet = reader.word(node, &Paper::NAMES),
        "card" => card = reader.lengths(node, CARD),
        "columns" => columns = reader.whole(node, 1..=20),
        "rows" => rows = reader.whole(node, 1..=20),
        "left" => left = reader.length(node, ON_SHEET),
        "top" => top = reader.length(node, ON_SHEET),
        _ => pitch = reader.lengths(node, CARD),
    });
    let missing: Vec<&str> = [
        ("sheet", sheet.is_none()),
        ("card", card.is_none()),
        ("columns", columns.is_none()),
        ("rows", rows.is_none()),
        ("left", left.is_none()),
        ("top", top.is_none()),
    ]
    .into_iter()
    .filter_map(|(key, missing)| missing.then_some(key))
    .collect();
    if !missing.is_empty() && reader.problems.len() == before {
        let message = format!("this stock has no `{}`", missing.join("`, `"));
        reader.error(
            node,
            message,
            "a stock has sheet, card, columns, rows, left, top, and pitch where cards do not touch",
        );
    }
    Some(StockDef {
        sheet: sheet?,
        card: card?,
        columns: columns?,
        rows: rows?,
        left: left?,
        top: top?,
        pitch,
    })
}

fn schedule(schedule: &mut Schedule, reader: &mut Reader<'_>, node: &Node) {
    let keys = [
        "mode",
        "leitner",
        "start",
        "exam",
        "length",
        "retention",
        "tolerance",
        "minutes-per-day",
        "minutes-per-card",
        "new-per-day",
        "days-off",
        "holidays",
        "first-weekday",
        "weights",
        "visits",
        "alarm",
        "feed",
    ];
    reader.map(node, &keys, |reader, key, node| match key {
        "mode" => set(&mut schedule.mode, reader.word(node, &ScheduleMode::NAMES)),
        "leitner" => set(&mut schedule.leitner, reader.word(node, &LeitnerBox::NAMES)),
        "start" => schedule.start = reader.date(node),
        "exam" => schedule.exam = reader.date(node),
        "length" => schedule.length = reader.whole(node, 1..=3660),
        "retention" => schedule.retention = reader.number(node, 0.5..=0.99),
        "tolerance" => schedule.tolerance = reader.number(node, 0.001..=0.2),
        "minutes-per-day" => schedule.minutes_per_day = reader.number(node, 0.5..=1440.0),
        "minutes-per-card" => schedule.minutes_per_card = reader.number(node, 0.01..=120.0),
        "new-per-day" => schedule.new_per_day = reader.whole(node, 1..=10_000),
        "days-off" => reader.list(node, |reader, item| schedule.days_off.extend(reader.day_off(item))),
        "holidays" => schedule.holidays = reader.text(node),
        "first-weekday" => {
            if node.text() != Some("auto") {
                schedule.first_weekday = reader.weekday(node);
            }
        }
        "visits" => schedule.visits = reader.whole(node, 1..=10),
        "alarm" => schedule.alarm = reader.time(node),
        "feed" => set(&mut schedule.feed, reader.word(node, &FeedKind::NAMES)),
        _ => schedule.weights = weights(reader, node),
    });
}

fn weights(reader: &mut Reader<'_>, node: &Node) -> Option<[f64; 21]> {
    let mut weights = Vec::new();
    let mut count = 0;
    reader.list(node, |reader, item| {
        count += 1;
        weights.extend(reader.number(item, -100.0..=1000.0));
    });
    if count != 21 {
        reader.error(
            node,
            format!("`schedule.weights` has {count} numbers"),
            "FSRS-6 has 21 parameters; copy all of them, or leave the key out",
        );
    }
    weights.try_into().ok()
}

fn quizzes(quizzes: &mut Quizzes, reader: &mut Reader<'_>, node: &Node) {
    reader.map(node, &["versions", "seed", "questions"], |reader, key, node| match key {
        "versions" => set(&mut quizzes.versions, reader.whole(node, 1..=26)),
        "seed" => set(&mut quizzes.seed, reader.whole(node, 0..=u64::MAX)),
        _ => set(&mut quizzes.questions, reader.whole(node, 1..=200)),
    });
}

fn lint(lint: &mut Lint, reader: &mut Reader<'_>, node: &Node) {
    reader.map(node, &["allow", "brief-words"], |reader, key, node| match key {
        "allow" => lint.allow = reader.texts(node),
        _ => set(&mut lint.brief_words, reader.span(node, 1000)),
    });
}

/// What no single value shows.
fn check(config: &Config, problems: &mut Vec<Problem>) {
    let place = |path: &[&str]| config.place(path).unwrap_or(0..0);
    let schedule = &config.schedule;
    if let (Some(start), Some(exam)) = (schedule.start, schedule.exam)
        && exam <= start
    {
        problems.push(
            Problem::error(
                "config",
                place(&["schedule", "exam"]),
                format!("the exam on {exam} is not after the start on {start}"),
            )
            .hint("move one of the two dates"),
        );
    }
    if schedule.mode == ScheduleMode::Exam && config.place(&["schedule", "exam"]).is_none() {
        problems.push(
            Problem::error(
                "config",
                place(&["schedule", "mode"]),
                "the mode is `exam`, but there is no date for it",
            )
            .hint("add `exam: 2027-03-15` to `schedule:`"),
        );
    }
}
