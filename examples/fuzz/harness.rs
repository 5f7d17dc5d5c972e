//! One case of fuzzing: what is done with it and what may not happen. The tests replay cases through the same door.

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use recto::import::{self, Format, Source, Wishes, source};
use recto::pack::{self, lint};
use recto::plan::random::Random;
use recto::vault::ast::BlockKind;
use recto::vault::{Vault, parse, repair};

/// What a build of one case may take: by the clock, and so much more than it needs alone on a machine.
const BUILD_LIMIT: Duration = Duration::from_secs(300);

/// What went wrong.
#[derive(Debug)]
pub enum Fault {
    Panic(&'static str, String),
    /// A word of a table is nowhere in what was written or set aside.
    Lost(String),
    /// Repairing twice is not repairing once.
    Unstable(&'static str),
    Build(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panic(step, message) => write!(f, "{step} panicked: {message}"),
            Self::Lost(word) => write!(f, "the word `{word}` of a table was lost"),
            Self::Unstable(step) => write!(f, "{step} twice is not {step} once"),
            Self::Build(message) => write!(f, "build: {message}"),
        }
    }
}

/// Files of a folder with their names, sorted.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, std::fs::read(entry.path()).ok()?)))
        .filter(|(name, _)| !name.starts_with('.'))
        .collect();
    out.sort();
    out
}

fn guarded<T>(step: &'static str, work: impl FnOnce() -> T) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        Fault::Panic(step, text.unwrap_or_default())
    })
}

/// Repairs, imports and checks one case; builds it too where there is a program.
pub fn run(name: &str, bytes: &[u8], program: Option<&Path>) -> Result<(), Fault> {
    let Some((text, _)) = guarded("decode", || source::decode(bytes))? else { return Ok(()) };

    let once = guarded("repair", || repair::repair(&text))?;
    let twice = guarded("repair", || repair::repair(&once.text))?;
    if twice.text != once.text {
        return Err(Fault::Unstable("repair"));
    }

    // As a document of its own, and as a note of a vault beside another document.
    let alone = Source::text(name, &text, None);
    let format = alone.format;
    let made = guarded("import", || import::import(&[alone], &Wishes::default()))?;
    nothing_lost(&once.text, format, &made)?;
    let note = Source { in_vault: true, ..Source::text(name, &text, Some(Format::Markdown)) };
    let other = Source::text("other.md", "# A\n\n|Concept|Brief|\n|---|---|\n|[[Amphora]]|A jar.|\n", None);
    guarded("import", || import::import(&[note, other], &Wishes::default()))?;

    // What was written is a vault, and the case itself is one.
    let today = jiff::civil::date(2026, 11, 20);
    let check = |texts: Vec<(String, String)>| {
        let (vault, _) = Vault::from_texts(texts);
        let (pack, _) = pack::build(&vault);
        let findings = lint::lint(&vault, &pack, today).len();
        (pack.concepts.len(), findings)
    };
    let texts = made
        .files
        .iter()
        .filter_map(|f| Some((f.path.clone(), String::from_utf8(f.bytes.clone()).ok()?)))
        .collect();
    guarded("check of an import", || check(texts))?;
    guarded("check", || check(vec![("1 Note.md".to_owned(), text.clone())]))?;
    match program {
        Some(program) => build(name, bytes, program),
        None => Ok(()),
    }
}

/// Every word of a table's rows, or of a set of cards, is in a file or in the report.
fn nothing_lost(text: &str, format: Format, made: &import::Import) -> Result<(), Fault> {
    if made.files.is_empty() {
        return Ok(());
    }
    let mut kept = BTreeSet::new();
    for file in &made.files {
        words(&String::from_utf8_lossy(&file.bytes), &mut kept);
        words(&file.path, &mut kept);
    }
    for aside in &made.report.aside {
        words(&aside.text, &mut kept);
    }
    for merged in &made.report.merged {
        words(&merged.other_brief, &mut kept);
        words(&merged.other, &mut kept);
    }
    let mut wanted = BTreeSet::new();
    match format {
        Format::Markdown => {
            for block in parse(text).blocks {
                if let BlockKind::Table(table) = block.kind {
                    for row in table.rows {
                        words(text.get(row.range).unwrap_or_default(), &mut wanted);
                    }
                }
            }
        }
        Format::Delimited(separator) => {
            let mut reader =
                csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
            // A chapter's title loses its number.
            let numbered = |name: &str| matches!(name.trim().to_lowercase().as_str(), "chapter" | "section");
            let numbered: Vec<bool> =
                reader.headers().map(|head| head.iter().map(numbered).collect()).unwrap_or_default();
            for record in reader.records().filter_map(Result::ok) {
                let cells = record.iter().enumerate();
                cells
                    .filter(|(i, _)| numbered.get(*i) != Some(&true))
                    .for_each(|(_, cell)| words(cell, &mut wanted));
            }
        }
        Format::Quizlet => words(text, &mut wanted),
        _ => {}
    }
    match wanted.into_iter().find(|word| !kept.contains(word)) {
        Some(word) => Err(Fault::Lost(word)),
        None => Ok(()),
    }
}

/// Runs of letters and digits. The name of an entity, and that of a line's end in a cell, are none.
fn words(text: &str, out: &mut BTreeSet<String>) {
    let text = text.replace("&amp;", "&").replace("<br>", " ");
    out.extend(text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase));
    // Arrows, stars, dashes, quotes: what a font has a picture for. Joiners and the like are the repair's business.
    let sign = |c: &char| !c.is_ascii() && !c.is_alphanumeric() && !c.is_whitespace() && !c.is_control();
    let shown = |c: &char| !matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    out.extend(text.chars().filter(|c| sign(c) && shown(c)).map(|c| c.to_string()));
}

/// Imports and builds a case with the program itself.
pub fn build(name: &str, bytes: &[u8], program: &Path) -> Result<(), Fault> {
    let Ok(folder) = tempfile::tempdir() else { return Ok(()) };
    let plain = folder.path().join("plain");
    let _ = std::fs::create_dir_all(&plain);
    let _ = std::fs::write(folder.path().join(name), bytes);
    let _ = std::fs::write(plain.join("1 Note.md"), bytes);
    for args in [
        vec!["import", name, "--into", "vault"],
        vec!["build", "vault", "--out", "out"],
        vec!["build", "plain", "--out", "out2"],
    ] {
        let child = Command::new(program)
            .args(&args)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = child else { return Ok(()) };
        let start = Instant::now();
        let code = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status.code(),
                Ok(None) if start.elapsed() > BUILD_LIMIT => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(Fault::Build(format!("`{}` hangs", args.join(" "))));
                }
                _ => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        // 0 to 2 are answers; 101 is a panic, none is a signal.
        if !matches!(code, Some(0..=2)) {
            return Err(Fault::Build(format!("`{}` ends with {code:?}", args.join(" "))));
        }
        if args.first() == Some(&"import") && code != Some(0) {
            let _ = std::fs::create_dir_all(folder.path().join("vault"));
        }
    }
    Ok(())
}

/// A smaller case with a fault of the same kind: lines that do not matter are left out.
pub fn shrink(name: &str, bytes: &[u8], fault: &Fault) -> Vec<u8> {
    let same = |bytes: &[u8]| {
        let again = match fault {
            Fault::Build(_) => return false,
            _ => run(name, bytes, None),
        };
        again.is_err_and(|again| std::mem::discriminant(&again) == std::mem::discriminant(fault))
    };
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    let mut step = lines.len().div_ceil(2);
    let end = Instant::now() + Duration::from_secs(20);
    while step > 0 && Instant::now() < end {
        let mut at = 0;
        while at < lines.len() && Instant::now() < end {
            let mut fewer = lines.clone();
            fewer.drain(at..(at + step).min(lines.len()));
            if same(&fewer.concat()) {
                lines = fewer;
            } else {
                at += step;
            }
        }
        step /= 2;
    }
    lines.concat()
}

/// Pieces that mean something to a parser.
#[rustfmt::skip]
const TOKENS: &[&str] = &[
    "|", "\\|", "**", "__", "*", "_", "[[", "]]", "![[", "`", "``", "```\n", "~~~\n", "> ", "- ", "1. ", "# ", "## ", "### ",
    "---\n", "\n\n", "\n", "==", "%%", "$", "$$\n", " :: ", " ::: ", "\n?\n", "\n??\n", "‚Äî", "â€”", "√©", "Ã©", "\u{200b}",
    "\u{a0}", "\0", "^[", "[^1]", "[^1]: ", "<!--", "-->", "<br>", "&amp;", "&", "🚀", "👨‍👩‍👧", "\u{202e}", "\u{301}", "שלום",
    "|Concept|Brief|\n|---|---|\n", "|---|---|\n", "|a|b|c|d|\n", "**[[X / Y]]**", "(**iter**, **next**)", "[!tip]- ", "^id\n",
    "#tag", "\t", "\r\n", "\r", "\\", "<div>", "</div>", "https://x.y/z", "![a](b.png)", "::", "- [ ] ", "\u{feff}", "Chapter 1 — ",
    "$\\frac{a}{", "\\begin{matrix}", "```mermaid\ngraph TD\n", "```dataview\n", "{{c1::", "}}", "\"", ",", ";", "#separator:pipe\n",
    "If you'd like, which option next?", "\u{f8ff}", "\u{85}", "\u{2028}",
];

/// A case made of the corpus.
pub fn case(random: &mut Random, corpus: &[(String, Vec<u8>)]) -> (String, Vec<u8>) {
    let Some((name, bytes)) = corpus.get(random.below(corpus.len())) else { return Default::default() };
    if random.below(20) == 0 {
        let len = random.below(400);
        return (name.clone(), (0..len).map(|_| random.draw() as u8).collect());
    }
    let mut bytes = bytes.clone();
    // Most cases are small: a window of a document.
    if random.below(4) > 0 {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
        let from = random.below(lines.len());
        let to = (from + 1 + random.below(30)).min(lines.len());
        bytes = lines.get(from..to).unwrap_or_default().concat();
    }
    for _ in 0..1 + random.below(8) {
        mutate(random, corpus, &mut bytes);
    }
    (name.clone(), bytes)
}

fn mutate(random: &mut Random, corpus: &[(String, Vec<u8>)], bytes: &mut Vec<u8>) {
    let at = random.below(bytes.len() + 1);
    match random.below(12) {
        0..=3 => {
            let token = TOKENS.get(random.below(TOKENS.len())).copied().unwrap_or_default();
            let times = if random.below(30) == 0 { 1 + random.below(3000) } else { 1 };
            bytes.splice(at..at, token.repeat(times).into_bytes());
        }
        4 => {
            let end = (at + random.below(40)).min(bytes.len());
            bytes.drain(at..end);
        }
        5 => bytes.truncate(at),
        6 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.draw() as u8;
            }
        }
        7 => {
            // Lines change places, or stand twice.
            let mut lines: Vec<Vec<u8>> =
                bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            let (a, b) = (random.below(lines.len()), random.below(lines.len()));
            if random.below(2) == 0 && a < lines.len() && b < lines.len() {
                lines.swap(a, b);
            } else if let Some(line) = lines.get(a).cloned() {
                lines.insert(b, line);
            }
            *bytes = lines.concat();
        }
        8 => {
            // A piece of another document.
            if let Some((_, other)) = corpus.get(random.below(corpus.len())) {
                let from = random.below(other.len());
                let to = (from + random.below(300)).min(other.len());
                bytes.splice(at..at, other.get(from..to).unwrap_or_default().iter().copied());
            }
        }
        9 | 10 => {
            // A line, or all, in the wrong encoding.
            let text = String::from_utf8_lossy(bytes).into_owned();
            let all = random.below(2) == 0;
            let chosen = random.below(text.lines().count());
            let table = if random.below(2) == 0 { encoding_rs::MACINTOSH } else { encoding_rs::WINDOWS_1252 };
            let damaged: String = text
                .split_inclusive('\n')
                .enumerate()
                .map(|(i, line)| {
                    if all || i == chosen {
                        table.decode_without_bom_handling(line.as_bytes()).0.into_owned()
                    } else {
                        line.to_owned()
                    }
                })
                .collect();
            *bytes = damaged.into_bytes();
        }
        _ => {
            let byte = b"|*_`[]#->\n "[random.below(11)];
            bytes.insert(at, byte);
        }
    }
}
