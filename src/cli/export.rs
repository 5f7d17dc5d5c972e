//! `recto export`: the pack in another program's format, and what that format could not hold.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use super::session::{self, BuildOptions};
use super::{ExportArgs, Failure, Outcome, build, find_pack, print};
use crate::emit::export::anki::state::SECTION;
use crate::emit::export::{self, Export, Kind, Loss, Source};
use crate::emit::{manifest, write};
use crate::pack;
use crate::vault::{LineIndex, Place, Severity, Vault};

/// Places that the report names for each kind of loss; `--json` names all.
const PLACES: usize = 5;

pub fn run(args: &ExportArgs) -> Result<Outcome, Failure> {
    let start = Instant::now();
    let kind = kind(&args.kind)?;
    let root = find_pack(args.pack.as_deref())?;
    let today = build::today(args.date)?;
    let options = BuildOptions {
        select: build::selection(&args.select)?,
        locked: args.locked,
        ..BuildOptions::new(root, &args.out, today)
    };
    let (vault, mut findings) = session::open(&options.pack, Some(&options.out))?;
    let (mut pack, found) = pack::build(&vault);
    findings.extend(found);
    let usable = !findings.iter().any(|f| session::is_config_error(&vault, f)) && !pack.chapters.is_empty();
    let mut written = None;
    if usable {
        let locked = session::codes(&vault, &mut pack, &options, &mut findings, &mut None, None)?;
        // With a damaged lock cards have no identity: Anki would take them all for new ones.
        if !findings.iter().any(|f| f.rule == "lock-file" && f.severity == Severity::Error) {
            let kept = session::selection(&vault, &pack, &options)?;
            let lock = locked.lock();
            let source = Source::new(&vault, &pack, &lock, kept);
            let made = export::export(kind, &source).map_err(Failure::system)?;
            if let Some(state) = &made.anki {
                locked.change(&options, " for Anki", |lock| {
                    let before = lock.to_text();
                    lock.set_section(SECTION, Some(state))?;
                    Ok(lock.to_text() != before)
                })?;
            }
            store(&options.out, kind, &made)?;
            written = Some(made);
        }
    }
    findings.retain(|finding| !vault.allows(finding));
    print::sort(&mut findings);
    let _ = print::findings(Some(&vault), &findings, &mut std::io::stderr().lock());
    match &written {
        Some(made) if args.json => println!("{}", as_json(&vault, kind, made, &options.out)),
        Some(made) => summary(&vault, kind, made, &options.out, start),
        None => {}
    }
    let failed = findings.iter().any(|f| f.severity == Severity::Error) || written.is_none();
    Ok(if failed { Outcome::Content } else { Outcome::Done })
}

fn kind(name: &str) -> Result<Kind, Failure> {
    let found = Kind::NAMES.iter().find(|(own, _)| *own == name).map(|(_, kind)| *kind);
    found.ok_or_else(|| {
        let names: Vec<&str> = Kind::NAMES.iter().map(|(name, _)| *name).collect();
        let failure = Failure::usage(format!("there is no export `{name}`"));
        match crate::vault::suggest::nearest(name, names.iter().copied()) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint(format!("exports are: {}", names.join(", "))),
        }
    })
}

/// Writes the files that changed, and removes what an earlier export of this kind wrote and nobody changed since.
fn store(out: &Path, kind: Kind, made: &Export) -> Result<(), Failure> {
    let system = |e: std::io::Error| Failure::system(e.to_string());
    let list = out.join(format!(".recto/export-{}.json", kind.name()));
    let old: BTreeMap<String, String> =
        std::fs::read(&list).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let mut new = BTreeMap::new();
    for (path, bytes) in &made.files {
        write::if_changed(&out.join(path), bytes).map_err(system)?;
        new.insert(path.clone(), manifest::key(bytes));
    }
    let gone = old.iter().filter(|(path, _)| !new.contains_key(*path) && is_inside(path));
    for (path, key) in gone {
        let path = out.join(path);
        if std::fs::read(&path).is_ok_and(|bytes| manifest::key(&bytes) == *key) {
            let _ = std::fs::remove_file(&path);
        }
    }
    let bytes = serde_json::to_vec_pretty(&new).map_err(|e| Failure::system(e.to_string()))?;
    write::if_changed(&list, &bytes).map_err(system)?;
    Ok(())
}

/// A damaged list must not lead out of the folder.
fn is_inside(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// Losses of one kind together, in the order in which each came up first.
fn grouped(losses: &[Loss]) -> Vec<(&str, Vec<Option<&Place>>)> {
    let mut groups: Vec<(&str, Vec<Option<&Place>>)> = Vec::new();
    for loss in losses {
        match groups.iter_mut().find(|(what, _)| *what == loss.what) {
            Some((_, places)) => places.push(loss.place.as_ref()),
            None => groups.push((&loss.what, vec![loss.place.as_ref()])),
        }
    }
    groups
}

fn where_is(vault: &Vault, place: &Place) -> Option<(String, usize)> {
    let path = vault.file(place.file)?.path.clone();
    let text = vault.source(place.file);
    Some((path, LineIndex::new(&text).position(&text, place.range.start).0))
}

fn summary(vault: &Vault, kind: Kind, made: &Export, out: &Path, start: Instant) {
    let bytes: usize = made.files.iter().map(|(_, bytes)| bytes.len()).sum();
    println!(
        "{}: {}, {}, {} ({:.1} kB) in {}, {:.1} s",
        kind.name(),
        print::noun(made.concepts, "concept"),
        print::noun(made.cards, "card"),
        print::noun(made.files.len(), "file"),
        bytes as f64 / 1000.0,
        out.display(),
        start.elapsed().as_secs_f64()
    );
    if made.losses.is_empty() {
        println!("nothing was lost");
        return;
    }
    println!("what {} cannot hold:", kind.name());
    for (what, places) in grouped(&made.losses) {
        let named: Vec<String> = places
            .iter()
            .flatten()
            .take(PLACES)
            .filter_map(|place| where_is(vault, place))
            .map(|(path, line)| format!("{path}:{line}"))
            .collect();
        let more = places.len().saturating_sub(named.len());
        let more = if more > 0 && !named.is_empty() { format!(" and {more} more") } else { String::new() };
        let places = if named.is_empty() { String::new() } else { format!(": {}{more}", named.join(", ")) };
        println!("  {what}{places}");
    }
}

fn as_json(vault: &Vault, kind: Kind, made: &Export, out: &Path) -> Value {
    let files: Vec<Value> = made
        .files
        .iter()
        .map(|(path, bytes)| json!({"path": out.join(path), "bytes": bytes.len()}))
        .collect();
    let lost: Vec<Value> = grouped(&made.losses)
        .into_iter()
        .map(|(what, places)| {
            let places: Vec<Value> = places
                .into_iter()
                .flatten()
                .filter_map(|place| where_is(vault, place))
                .map(|(file, line)| json!({"file": file, "line": line}))
                .collect();
            json!({"what": what, "places": places})
        })
        .collect();
    json!({
        "kind": kind.name(), "concepts": made.concepts, "cards": made.cards, "files": files, "lost": lost,
    })
}
