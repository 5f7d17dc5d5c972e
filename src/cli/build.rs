//! `recto build`.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use serde_json::json;

use super::calendar::CalendarFlags;
use super::session::{BuildOptions, Built, Report, Session, State};
use super::{BuildArgs, Failure, Outcome, SelectArgs, ask, find_pack, print};
use crate::emit::write;
use crate::pack::select::{Selection, parse_chapters};
use crate::plan::schedule::DayOff;
use crate::timings;
use crate::vault::Severity;
use crate::vault::config::{CalendarPage, Document};

pub fn run(args: &BuildArgs) -> Result<Outcome, Failure> {
    let (pack, documents) = split(&args.what)?;
    let pack = find_pack(pack.map(Path::new))?;
    let today = today(args.date)?;
    let options = BuildOptions {
        documents: (!documents.is_empty()).then_some(documents),
        select: selection(&args.select)?,
        jobs: args.jobs.filter(|n| *n > 0),
        locked: args.locked,
        strict: args.strict,
        system_fonts: args.system_fonts,
        force: args.force,
        dry: args.plan,
        png: png(args)?,
        cards: args.cards.clone(),
        booklet: args.booklet.clone(),
        quizzes: args.quizzes.clone(),
        book: args.book.clone(),
        calendar: calendar_flags(args, today)?,
        once: true,
        ..BuildOptions::new(pack, &args.out, today)
    };
    if args.timings.is_some() {
        timings::start();
    }
    let start = Instant::now();
    let bar = progress_bar();
    let mut session = Session::default();
    session.asker = ask::asker(args.ask, &options, args.json, &bar);
    let report = session.build(&options, &|done| bar.set_message(format!("{done} done")));
    bar.finish_and_clear();
    if let Some(path) = &args.timings {
        write::atomic(path, timings::finish().to_string().as_bytes())
            .map_err(|e| Failure::system(e.to_string()))?;
    }
    let mut report = report?;
    print::sort(&mut report.findings);
    let _ = print::findings(Some(&report.vault), &report.findings, &mut std::io::stderr().lock());
    if args.json {
        println!("{}", as_json(&report, start.elapsed(), &options));
    } else {
        summary(&report, start.elapsed(), &options);
    }
    let failed = report.has(Severity::Error) || (args.strict && !report.findings.is_empty());
    // The process ends here: the system takes its memory back faster than we could give it.
    std::mem::forget((session, report));
    Ok(if failed { Outcome::Content } else { Outcome::Done })
}

/// Pixels to the inch of the pictures, if there are to be any.
fn png(args: &BuildArgs) -> Result<Option<f64>, Failure> {
    if !(10.0..=1200.0).contains(&args.ppi) {
        return Err(Failure::usage(format!("--ppi takes 10 to 1200, not {}", args.ppi)));
    }
    Ok(args.png.then_some(args.ppi))
}

/// The first word is the pack unless it is a document's name.
pub fn split(what: &[String]) -> Result<(Option<&str>, Vec<Document>), Failure> {
    let document = |word: &str| Document::NAMES.iter().find(|(name, _)| *name == word).map(|(_, d)| *d);
    let (pack, rest) = match what.split_first() {
        Some((first, rest)) if document(first).is_none() => (Some(first.as_str()), rest),
        _ => (None, what),
    };
    let mut documents = Vec::new();
    for word in rest {
        documents.push(document(word).ok_or_else(|| unknown_document(word))?);
    }
    Ok((pack, documents))
}

fn calendar_flags(args: &BuildArgs, today: Date) -> Result<CalendarFlags, Failure> {
    let missed = match &args.missed {
        None => None,
        Some(text) => {
            let days = match text.parse() {
                Ok(DayOff::Date(day)) => (day, day),
                Ok(DayOff::Range(first, last)) => (first, last),
                _ => {
                    return Err(Failure::usage(format!("--missed takes days, not `{text}`"))
                        .hint("write --missed 2027-01-28..2027-02-03, or one day"));
                }
            };
            if days.1 >= today {
                return Err(Failure::usage(format!(
                    "{} is not before {today}, the day from which is planned again",
                    days.1
                ))
                .hint("name that day with --date"));
            }
            Some(days)
        }
    };
    let page = match &args.page {
        None => None,
        Some(text) => match CalendarPage::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            Some((_, page)) => Some(*page),
            None => return Err(Failure::usage(format!("--page takes a4, us-letter or e-ink, not `{text}`"))),
        },
    };
    let flags = CalendarFlags { replan: args.replan, missed, keep: args.keep, page };
    let selects = args.select.chapters.is_some()
        || args.select.priority.is_some()
        || !(args.select.tags.is_empty() && args.select.concepts.is_empty());
    if flags.act() && selects {
        return Err(Failure::usage("a plan is kept for the whole pack, not for a selection")
            .hint("leave out --chapters, --tags, --priority and --concepts"));
    }
    Ok(flags)
}

fn unknown_document(word: &str) -> Failure {
    let names: Vec<&str> = Document::NAMES.iter().map(|(name, _)| *name).collect();
    let failure = Failure::usage(format!("there is no document `{word}`"));
    match crate::vault::suggest::nearest(word, names.iter().copied()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!("documents are: {}", names.join(", "))),
    }
}

pub fn selection(args: &SelectArgs) -> Result<Selection, Failure> {
    let chapters = match &args.chapters {
        None => Vec::new(),
        Some(text) => parse_chapters(text).map_err(|e| Failure::usage(e.message).hint(e.hint))?,
    };
    Ok(Selection {
        chapters,
        tags: args.tags.clone(),
        priority: args.priority,
        concepts: args.concepts.clone(),
    })
}

/// `--date`, else `SOURCE_DATE_EPOCH`, else today.
pub fn today(flag: Option<Date>) -> Result<Date, Failure> {
    if let Some(date) = flag {
        return Ok(date);
    }
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => {
            let wrong =
                || Failure::usage(format!("SOURCE_DATE_EPOCH is `{text}`; it takes seconds since 1970"));
            let seconds: i64 = text.trim().parse().map_err(|_| wrong())?;
            let stamp = jiff::Timestamp::from_second(seconds).map_err(|_| wrong())?;
            Ok(stamp.to_zoned(jiff::tz::TimeZone::UTC).date())
        }
        Err(_) => Ok(jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::system()).date()),
    }
}

/// A spinner on a terminal; nothing in a pipe.
fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} typesetting … {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn summary(report: &Report, time: Duration, options: &BuildOptions) {
    let mut out = std::io::stdout().lock();
    let all_stand =
        !report.documents.is_empty() && report.documents.iter().all(|d| d.state == State::Unchanged);
    let tally = if report.findings.is_empty() {
        String::new()
    } else {
        format!("; {}", print::tally(&report.findings))
    };
    let _ = if options.dry {
        report
            .documents
            .iter()
            .filter(|d| d.state == State::Planned)
            .try_for_each(|d| writeln!(out, "{}", d.note))
    } else if all_stand {
        writeln!(out, "nothing changed: {} is as it was{tally}", options.out.display())
    } else {
        table(&mut out, report, time, options, &tally)
    };
}

fn table(
    out: &mut impl Write,
    report: &Report,
    time: Duration,
    options: &BuildOptions,
    tally: &str,
) -> std::io::Result<()> {
    if std::io::stdout().is_terminal() {
        writeln!(out, "{:<13}{:>6}  {:>9}  {:>8}", "document", "pages", "size", "time")?;
        for d in &report.documents {
            let note = match d.state {
                State::Written | State::Planned => d.note.clone(),
                State::Unchanged if d.note.is_empty() => "unchanged".into(),
                State::Unchanged => format!("unchanged; {}", d.note),
                State::Failed => "not written: it has errors".into(),
            };
            writeln!(
                out,
                "{:<13}{:>6}  {:>9}  {:>6.2} s  {note}",
                d.name,
                d.pages,
                size(d.bytes),
                d.time.as_secs_f64()
            )?;
        }
    } else {
        // From which day on the plan runs, and that it is kept now, is told in logs too.
        let calendar = |d: &&Built| {
            d.name == Document::Calendar.name() && d.state == State::Written && !d.note.is_empty()
        };
        report.documents.iter().filter(calendar).try_for_each(|d| writeln!(out, "{}: {}", d.name, d.note))?;
    }
    let written = report.documents.iter().filter(|d| d.state == State::Written).count();
    let failed = report.documents.iter().filter(|d| d.state == State::Failed).count();
    let (concepts, cards) = report.counts;
    let mut line = format!("{written} written into {}", options.out.display());
    if failed > 0 {
        line.push_str(&format!(", {failed} not"));
    }
    writeln!(out, "{line}: {concepts} concepts, {cards} cards, {:.2} s{tally}", time.as_secs_f64())?;
    report.documents.iter().flat_map(|d| &d.details).try_for_each(|detail| writeln!(out, "{detail}"))?;
    print::left_out(&report.vault).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// `12.3 MB`.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

fn as_json(report: &Report, time: Duration, options: &BuildOptions) -> String {
    let documents: Vec<_> = report
        .documents
        .iter()
        .map(|d: &Built| {
            let state = match d.state {
                State::Written => "written",
                State::Unchanged => "unchanged",
                State::Planned => "planned",
                State::Failed => "failed",
            };
            json!({ "name": d.name, "state": state, "pages": d.pages, "bytes": d.bytes, "seconds": d.time.as_secs_f64(), "note": d.note, "details": d.details, "print": d.print })
        })
        .collect();
    json!({
        "out": options.out, "documents": documents, "concepts": report.counts.0, "cards": report.counts.1,
        "seconds": time.as_secs_f64(), "left_out": report.vault.left_out, "findings": super::check::findings_json(&report.vault, &report.findings),
    })
    .to_string()
}
