//! UTF-8 that was read as Mac Roman, Windows-1252 or Latin-1, also more than once.
//!
//! Every character above ASCII is two to four bytes in UTF-8, all of them above 0x7F, so damage shows as a run of
//! characters above ASCII whose bytes in the wrong encoding are whole UTF-8 sequences. Nearly no correct text has such
//! runs, and the few that do (`«é`, `É…`, `√π`) are known: see [`super::evidence`]. A run is repaired if it cannot be
//! correct, or if it could but the rest of its line, or the whole file, is damaged in the same way.

use std::ops::Range;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::Rule;
use super::code;
use super::evidence::{self, Sequence};
use super::patch::Edit;

/// Damage upon damage, at most.
const DEPTH: usize = 4;
/// Certain runs that a file must have before its doubtful ones are repaired too.
const SUPPORT: usize = 3;

/// What UTF-8 was taken for.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
pub(super) enum Table {
    /// Windows-1252 as browsers read it, and Latin-1: they differ in 0x80–0x9F, where no character has two bytes.
    Windows,
    Mac,
}

const TABLES: [Table; 2] = [Table::Windows, Table::Mac];

static WINDOWS: LazyLock<FxHashMap<char, u8>> = LazyLock::new(|| {
    let latin = (0x80..=0xffu8).map(|b| (char::from(b), b));
    latin.chain(high(encoding_rs::WINDOWS_1252)).collect()
});

static MAC: LazyLock<FxHashMap<char, u8>> = LazyLock::new(|| {
    // Before 1998 the euro's place was the currency sign's.
    std::iter::once(('¤', 0xdb)).chain(high(encoding_rs::MACINTOSH)).collect()
});

/// The upper half of an encoding.
fn high(encoding: &'static encoding_rs::Encoding) -> impl Iterator<Item = (char, u8)> {
    (0x80..=0xffu8).filter_map(move |b| {
        let (text, _) = encoding.decode_without_bom_handling(std::slice::from_ref(&b));
        Some((text.chars().next()?, b))
    })
}

impl Table {
    fn byte(self, c: char) -> Option<u8> {
        match self {
            Self::Windows => WINDOWS.get(&c).copied(),
            Self::Mac => MAC.get(&c).copied(),
        }
    }
}

/// A run of characters above ASCII in a line.
#[derive(Debug, Clone)]
struct Run {
    /// Bytes in the file.
    range: Range<usize>,
    /// As it stands now.
    text: String,
    in_code: bool,
}

/// A run read back in one table.
#[derive(Debug, Clone)]
struct Reading {
    text: String,
    /// It cannot be correct as it stands.
    certain: bool,
    /// 0 for common characters, more for rare ones; a mean.
    cost: f32,
}

/// A line that has runs.
struct Line<'a> {
    text: &'a str,
    start: usize,
    runs: Vec<Run>,
}

pub(super) fn edits(text: &str) -> Vec<Edit> {
    let code = code::code(text);
    let mut lines: Vec<Line> = code::lines(text)
        .filter(|(_, line)| !line.is_ascii())
        .map(|(start, line)| Line { text: line, start, runs: runs(line, start, &code) })
        .collect();
    // Damage shown in code (a note about encodings) is no damage, unless the text around it is damaged too.
    let outside = lines.iter().any(|line| line.certain(|run| !run.in_code));
    if !outside {
        for line in &mut lines {
            line.runs.retain(|run| !run.in_code);
        }
    }
    let before: Vec<Run> = lines.iter().flat_map(|line| line.runs.clone()).collect();
    for _ in 0..DEPTH {
        let file = Support::of(&lines);
        let mut any = false;
        for line in &mut lines {
            any |= line.undo(&file);
        }
        if !any {
            break;
        }
    }
    let after = lines.into_iter().flat_map(|line| line.runs);
    before
        .into_iter()
        .zip(after)
        // What leaves control characters behind was no damage of this kind.
        .filter(|(before, after)| before.text != after.text && odd(&after.text) <= odd_kept(&before.text))
        .map(|(before, after)| Edit::new(before.range, after.text, Rule::Encoding))
        .collect()
}

/// Characters that no text has: C1 controls, private use.
fn odd(text: &str) -> usize {
    text.chars().filter(|c| matches!(c, '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}')).count()
}

/// How many of them a run may keep: none that a table explains.
fn odd_kept(text: &str) -> usize {
    text.chars().filter(|c| matches!(c, '\u{e000}'..='\u{f8fe}')).count()
}

fn runs(line: &str, start: usize, code: &[Range<usize>]) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    for (i, c) in line.char_indices().filter(|(_, c)| !c.is_ascii()) {
        let at = start + i;
        match out.last_mut() {
            Some(run) if run.range.end == at => {
                run.text.push(c);
                run.range.end += c.len_utf8();
            }
            _ => out.push(Run {
                range: at..at + c.len_utf8(),
                text: c.to_string(),
                in_code: code::inside(code, at),
            }),
        }
    }
    out
}

/// What the file says about its doubtful runs.
struct Support {
    table: Option<Table>,
}

impl Support {
    /// The table in which every run of the file can be read, several of them certainly.
    fn of(lines: &[Line]) -> Self {
        let table = TABLES.into_iter().find(|table| {
            let mut certain = 0;
            let all = lines.iter().all(|line| {
                (0..line.runs.len()).all(|i| match line.read(i, *table) {
                    Some(reading) => {
                        certain += usize::from(reading.certain);
                        true
                    }
                    None => false,
                })
            });
            all && certain >= SUPPORT
        });
        Self { table }
    }
}

impl Line<'_> {
    fn certain(&self, of: impl Fn(&Run) -> bool) -> bool {
        self.runs.iter().enumerate().any(|(i, run)| {
            of(run) && TABLES.into_iter().any(|table| self.read(i, table).is_some_and(|r| r.certain))
        })
    }

    fn read(&self, i: usize, table: Table) -> Option<Reading> {
        let run = self.runs.get(i)?;
        let before = self.text.get(..run.range.start - self.start)?;
        let after = self.text.get(run.range.end - self.start..)?;
        read(&run.text, table, before, after)
    }

    /// Undoes one layer of damage. Returns whether there was any.
    fn undo(&mut self, file: &Support) -> bool {
        let readings: Vec<[Option<Reading>; 2]> =
            (0..self.runs.len()).map(|i| TABLES.map(|table| self.read(i, table))).collect();
        // The table that explains the line best.
        let rank = |table: usize| {
            let all = || readings.iter().filter_map(|r| r.get(table)?.as_ref());
            let certain = all().filter(|r| r.certain).count();
            let cost: f32 = all().map(|r| r.cost).sum();
            (certain, all().count(), cost)
        };
        let [windows, mac] = [rank(0), rank(1)];
        let best = match windows.0.cmp(&mac.0).then(windows.1.cmp(&mac.1)) {
            std::cmp::Ordering::Greater => 0,
            std::cmp::Ordering::Less => 1,
            std::cmp::Ordering::Equal => usize::from(mac.2 < windows.2),
        };
        let (certain, readable, _) = if best == 0 { windows } else { mac };
        let whole_line = certain > 0 && readable == self.runs.len();
        let mut any = false;
        for (run, readings) in self.runs.iter_mut().zip(readings) {
            let [windows, mac] = readings;
            let (first, second) = if best == 0 { (windows, mac) } else { (mac, windows) };
            let by_file = file.table.is_some_and(|table| (table == Table::Windows) == (best == 0));
            let chosen = match (first, second) {
                (Some(a), Some(b)) if a.certain && b.certain && b.cost < a.cost => Some(b),
                (Some(a), _) if a.certain || whole_line || (by_file && a.cost == 0.0) => Some(a),
                (_, Some(b)) if b.certain => Some(b),
                _ => None,
            };
            if let Some(reading) = chosen {
                run.text = reading.text;
                any = true;
            }
        }
        any
    }
}

/// Reads a run's bytes in a table as UTF-8; `None` where they are none, or give what no text has.
fn read(run: &str, table: Table, before: &str, after: &str) -> Option<Reading> {
    let bytes = run.chars().map(|c| table.byte(c)).collect::<Option<Vec<u8>>>()?;
    let text = String::from_utf8(bytes).ok()?;
    if !text.chars().all(possible) {
        return None;
    }
    let mut cost = 0.0;
    let mut last = before.chars().next_back();
    for c in text.chars() {
        cost += evidence::cost(c, last);
        last = Some(c);
    }
    let count = text.chars().count();
    let cost = cost / count as f32;
    let damaged: Vec<char> = run.chars().collect();
    let mut at = 0;
    let sequences: Vec<Sequence> = text
        .chars()
        .map(|decoded| {
            let chars = damaged.get(at..at + decoded.len_utf8()).unwrap_or_default();
            let previous = at.checked_sub(1).and_then(|i| damaged.get(i)).copied();
            at += decoded.len_utf8();
            Sequence { chars, decoded, previous, next: damaged.get(at).copied() }
        })
        .collect();
    let certain = evidence::certain(table, &sequences, before, after, cost);
    Some(Reading { text, certain, cost })
}

/// What may come out of a repair: assigned characters, and what the next layer of damage may hold.
fn possible(c: char) -> bool {
    match c {
        '\u{80}'..='\u{9f}' | '\u{f8ff}' => true,
        c => !matches!(
            c.general_category(),
            GeneralCategory::Unassigned | GeneralCategory::PrivateUse | GeneralCategory::Surrogate
        ),
    }
}
