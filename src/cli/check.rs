//! `recto check`: what is wrong with a pack, without printing it.

use serde_json::{Value, json};

use super::{CheckArgs, Failure, Outcome, find_pack, print, session};
use crate::pack::{self, lint};
use crate::vault::{Finding, LineIndex, Severity, Vault};

pub fn run(args: &CheckArgs) -> Result<Outcome, Failure> {
    let root = find_pack(args.pack.as_deref())?;
    let today = super::build::today(None)?;
    let (vault, mut findings) = session::open(&root, None)?;
    let (pack, found) = pack::build(&vault);
    findings.extend(found);
    findings.extend(lint::lint(&vault, &pack, today));
    print::sort(&mut findings);
    if args.json {
        let value = json!({
            "chapters": pack.chapters.len(), "concepts": pack.concepts.len(), "cards": pack.cards.len(),
            "findings": findings_json(&vault, &findings),
        });
        println!("{value}");
    } else {
        let _ = print::findings(Some(&vault), &findings, &mut std::io::stderr().lock());
        println!(
            "{} chapters, {} concepts, {} cards: {}",
            pack.chapters.len(),
            pack.concepts.len(),
            pack.cards.len(),
            print::tally(&findings)
        );
    }
    let failed =
        findings.iter().any(|f| f.severity == Severity::Error) || (args.strict && !findings.is_empty());
    Ok(if failed { Outcome::Content } else { Outcome::Done })
}

/// Findings for programs: lines and columns from 1, columns in characters.
pub fn findings_json(vault: &Vault, findings: &[Finding]) -> Vec<Value> {
    findings
        .iter()
        .map(|f| {
            let place = f.place.as_ref().and_then(|place| {
                let file = vault.file(place.file)?;
                let text = vault.source(place.file);
                let (line, column) = LineIndex::new(&text).position(&text, place.range.start);
                Some(json!({ "file": file.path, "line": line, "column": column, "start": place.range.start, "end": place.range.end }))
            });
            json!({ "severity": f.severity, "rule": f.rule, "message": f.message, "hints": f.hints, "place": place })
        })
        .collect()
}
