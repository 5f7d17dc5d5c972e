//! Findings for people: the user's file, line and column, the line itself, a caret, what to do.

use std::io::{self, IsTerminal, Write};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::vault::{Finding, LineIndex, Severity, Vault};

/// Lines longer than this are shown in part.
const LONGEST_LINE: usize = 400;

/// Whether to write colours: on a terminal, unless `NO_COLOR` says otherwise.
pub fn colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && io::stderr().is_terminal()
}

/// Sorts findings by file, place and severity; the same finding stands once.
pub fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| {
        let key = |f: &Finding| f.place.as_ref().map(|p| (p.file, p.range.start, p.range.end));
        (key(a), a.severity, a.rule, &a.message).cmp(&(key(b), b.severity, b.rule, &b.message))
    });
    findings.dedup();
}

/// Writes findings to standard error.
pub fn findings(vault: Option<&Vault>, findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    let renderer = if colours() { Renderer::styled() } else { Renderer::plain() };
    for finding in findings {
        writeln!(out, "{}\n", render(vault, finding, &renderer))?;
    }
    Ok(())
}

/// One finding as text.
pub fn render(vault: Option<&Vault>, finding: &Finding, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = visible(&finding.message);
    let title = level.primary_title(message.as_str()).id(finding.rule);
    let mut excerpt = None;
    if let (Some(place), Some(vault)) = (&finding.place, vault)
        && let Some(file) = vault.file(place.file)
    {
        excerpt = Some(Excerpt::new(&file.path, &vault.source(place.file), place.range.clone()));
    }
    let hints: Vec<String> = finding.hints.iter().map(|h| visible(h)).collect();
    let mut group = match &excerpt {
        Some(excerpt) => title.element(
            Snippet::source(excerpt.text.as_str())
                .path(excerpt.path.as_str())
                .line_start(excerpt.line)
                .annotation(AnnotationKind::Primary.span(excerpt.range.clone())),
        ),
        None => title.elements(std::iter::empty::<Snippet<'_, annotate_snippets::Annotation<'_>>>()),
    };
    for hint in &hints {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    renderer.render(&[group])
}

/// The lines a finding is about, cut to what a terminal can show.
struct Excerpt {
    path: String,
    text: String,
    line: usize,
    range: std::ops::Range<usize>,
}

impl Excerpt {
    fn new(path: &str, source: &str, range: std::ops::Range<usize>) -> Self {
        let floor = |mut at: usize| {
            at = at.min(source.len());
            while !source.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (start, end) = (floor(range.start), floor(range.end.max(range.start)));
        let line_start = source[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |i| start + i);
        let index = LineIndex::new(source);
        let line = index.position(source, start).0;
        // A finding over several lines is shown by its first.
        let end = end.clamp(start, line_end);
        if line_end - line_start <= LONGEST_LINE {
            let text = source[line_start..line_end].to_owned();
            return Self { path: path.into(), text, line, range: start - line_start..end - line_start };
        }
        let from = floor(start.saturating_sub(LONGEST_LINE / 2).max(line_start));
        let to = floor((start + LONGEST_LINE / 2).min(line_end));
        let text = source[from..to].to_owned();
        let column = index.position(source, start).1;
        Self {
            path: format!("{path}:{line}:{column}"),
            text,
            line,
            range: start - from..end.min(to).max(start) - from,
        }
    }
}

/// Control characters as symbols, so that a hostile file name cannot drive the terminal.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// What of the vault is not printed and why its chapters are what they are, a line each.
pub fn left_out(vault: &Vault) -> Vec<String> {
    let mut lines = Vec::new();
    if vault.generated().next().is_some() {
        lines.push(
            "chapters are made of folders, briefs of first sentences: no note holds a concept table"
                .to_owned(),
        );
    }
    let told = vault.left_out.told();
    if !told.is_empty() {
        lines.push(format!("left out: {told}"));
    }
    lines
}

/// `1 card`, `2 cards`.
pub fn noun(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

/// `2 errors, 1 warning`.
pub fn tally(findings: &[Finding]) -> String {
    let count = |severity: Severity| findings.iter().filter(|f| f.severity == severity).count();
    match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => "no findings".into(),
        (0, warnings) => noun(warnings, "warning"),
        (errors, 0) => noun(errors, "error"),
        (errors, warnings) => format!("{}, {}", noun(errors, "error"), noun(warnings, "warning")),
    }
}
