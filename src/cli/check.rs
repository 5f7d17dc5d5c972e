//! `recto check`: what is wrong with a pack, without printing it.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::{CheckArgs, Failure, Outcome, find_pack, print, session};
use crate::examples::{self, Examples, Interrupt, Report};
use crate::pack::{self, lint};
use crate::vault::{Finding, LineIndex, Place, Severity, Vault};

/// Places that a line about skipped examples names.
const PLACES: usize = 4;

pub fn run(args: &CheckArgs) -> Result<Outcome, Failure> {
    if args.rules {
        rules(args.json);
        return Ok(Outcome::Done);
    }
    let root = find_pack(args.pack.as_deref())?;
    let today = super::build::today(args.date)?;
    let fixed = if args.fix { Some(super::fix::run(&root, args.dry_run, args.json)?) } else { None };
    let (vault, mut findings) = session::open(&root, None)?;
    let (mut pack, found) = pack::build(&vault);
    findings.extend(found);
    let lock = session::read_lock(&vault, &mut findings)?;
    findings.extend(pack::assign(&mut pack, lock.lock.as_ref(), today).1);
    findings.extend(lint::lint(&vault, &pack, today));
    findings.extend(lint::unknown_rules(&vault));
    let (examples, found) = examples::find(&vault);
    findings.extend(found);
    let report = if args.run_examples { Some(run_examples(&vault, &examples, args.timeout)?) } else { None };
    findings.extend(report.iter().flat_map(|report| report.findings.iter().cloned()));
    pack::plain::soften(&vault, &mut findings);
    findings.retain(|finding| !vault.allows(finding));
    print::sort(&mut findings);
    if args.json {
        let mut value = json!({
            "chapters": pack.chapters.len(), "concepts": pack.concepts.len(), "cards": pack.cards.len(),
            "left_out": vault.left_out, "findings": findings_json(&vault, &findings),
        });
        if let (Some(fixed), Value::Object(map)) = (fixed, &mut value) {
            map.insert("fixed".into(), fixed.json);
            map.insert("written".into(), json!(fixed.written));
        }
        if let (Some(report), Value::Object(map)) = (&report, &mut value) {
            map.insert("examples".into(), report_json(&vault, report));
        }
        println!("{value}");
    } else {
        let _ = print::findings(Some(&vault), &findings, &mut std::io::stderr().lock());
        println!(
            "{}, {}, {}: {}",
            print::noun(pack.chapters.len(), "chapter"),
            print::noun(pack.concepts.len(), "concept"),
            print::noun(pack.cards.len(), "card"),
            print::tally(&findings)
        );
        for line in print::left_out(&vault) {
            println!("{line}");
        }
        if let Some(report) = &report {
            for line in told(&vault, report) {
                println!("{line}");
            }
        }
    }
    let failed =
        findings.iter().any(|f| f.severity == Severity::Error) || (args.strict && !findings.is_empty());
    Ok(if failed { Outcome::Content } else { Outcome::Done })
}

/// All rules that can be allowed, with one line each.
fn rules(as_json: bool) {
    if as_json {
        let list: Vec<Value> = lint::RULES.iter().map(|r| json!({ "rule": r.name, "asks": r.doc })).collect();
        println!("{}", Value::Array(list));
        return;
    }
    let width = lint::RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    for rule in lint::RULES {
        println!("{:<width$}  {}", rule.name, rule.doc);
    }
}

fn run_examples(vault: &Vault, examples: &Examples<'_>, timeout: f64) -> Result<Report, Failure> {
    let time = Duration::try_from_secs_f64(timeout)
        .ok()
        .filter(|time| (Duration::from_millis(100)..=Duration::from_secs(3600)).contains(time))
        .ok_or_else(|| Failure::usage(format!("--timeout takes 0.1 to 3600 seconds, not {timeout}")))?;
    let interrupt = Interrupt::default();
    listen(&interrupt)?;
    let bar = progress_bar(examples.list.len());
    let progress = || bar.inc(1);
    let report = examples::run(
        vault,
        examples,
        &examples::Options { time, interrupt: &interrupt, progress: &progress },
    );
    bar.finish_and_clear();
    if interrupt.is_set() {
        return Err(Failure::system("interrupted: what was running is ended, the rest was not run"));
    }
    Ok(report)
}

/// On Ctrl-C examples are ended in good order, for they run in groups of their own; a second Ctrl-C ends this program.
#[cfg(unix)]
fn listen(interrupt: &Interrupt) -> Result<(), Failure> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 128 + signal, interrupt.flag())
            .and_then(|_| flag::register(signal, interrupt.flag()))
            .map_err(|error| Failure::system(format!("signals cannot be listened to: {error}")))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn listen(_: &Interrupt) -> Result<(), Failure> {
    Ok(())
}

/// On a terminal only.
fn progress_bar(examples: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(examples as u64);
    if let Ok(style) = ProgressStyle::with_template("{spinner} running examples … {pos} of {len} {elapsed}")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// How many examples passed, and which were skipped and why.
fn told(vault: &Vault, report: &Report) -> Vec<String> {
    use examples::Outcome::{Failed, NotRun, Passed, Skipped};
    let all = report.tested.len();
    if all == 0 {
        return vec![
            "no examples: no code block in a language with a command is followed by an `output` block".into(),
        ];
    }
    let [passed, failed, not_run] =
        [Passed, Failed, NotRun].map(|one| report.count(|outcome| *outcome == one));
    let skipped = all - passed - failed - not_run;
    let mut first = format!("{}: {} run, {passed} passed", print::noun(all, "example"), passed + failed);
    for (count, word) in [(failed, "failed"), (not_run, "could not be run")] {
        if count > 0 {
            first.push_str(&format!(", {count} {word}"));
        }
    }
    first.push_str(&format!("; {skipped} skipped ({:.1} %)", skipped as f64 * 100.0 / all as f64));
    let mut reasons: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
    for tested in &report.tested {
        if let Skipped(reason) = &tested.outcome {
            reasons.entry(reason).or_default().push(&tested.place);
        }
    }
    let mut lines = vec![first];
    for (reason, places) in reasons {
        let mut names: Vec<String> = places.iter().take(PLACES).map(|place| line_of(vault, place)).collect();
        if places.len() > PLACES {
            names.push(format!("{} more", places.len() - PLACES));
        }
        lines.push(format!("  {} skipped: {reason} ({})", places.len(), names.join(", ")));
    }
    lines
}

/// `concepts/Duck Typing.md:12`
fn line_of(vault: &Vault, place: &Place) -> String {
    let text = vault.source(place.file);
    let (line, _) = LineIndex::new(&text).position(&text, place.range.start);
    format!("{}:{line}", vault.file(place.file).map_or("", |file| file.path.as_str()))
}

fn report_json(vault: &Vault, report: &Report) -> Value {
    use examples::Outcome::{Failed, NotRun, Passed, Skipped};
    let list: Vec<Value> = report
        .tested
        .iter()
        .map(|tested| {
            let (outcome, reason) = match &tested.outcome {
                Passed => ("passed", None),
                Failed => ("failed", None),
                NotRun => ("not-run", None),
                Skipped(reason) => ("skipped", Some(reason)),
            };
            let place = place_json(vault, &tested.place);
            json!({ "place": place, "language": tested.lang, "outcome": outcome, "reason": reason })
        })
        .collect();
    json!({
        "count": list.len(),
        "run": report.count(|outcome| matches!(outcome, Passed | Failed)),
        "passed": report.count(|outcome| *outcome == Passed),
        "skipped": report.count(|outcome| matches!(outcome, Skipped(_))),
        "list": list,
    })
}

/// Findings for programs: lines and columns from 1, columns in characters.
pub fn findings_json(vault: &Vault, findings: &[Finding]) -> Vec<Value> {
    findings
        .iter()
        .map(|f| {
            let place = f.place.as_ref().and_then(|place| place_json(vault, place));
            json!({ "severity": f.severity, "rule": f.rule, "message": f.message, "hints": f.hints, "place": place })
        })
        .collect()
}

fn place_json(vault: &Vault, place: &Place) -> Option<Value> {
    let file = vault.file(place.file)?;
    let text = vault.source(place.file);
    let (line, column) = LineIndex::new(&text).position(&text, place.range.start);
    let (start, end) = (place.range.start, place.range.end);
    Some(json!({ "file": file.path, "line": line, "column": column, "start": start, "end": end }))
}
