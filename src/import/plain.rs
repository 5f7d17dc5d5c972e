//! Plain text as Markdown that shows the same text.

use std::collections::BTreeSet;

use crate::pack::fold;
use crate::vault::parse;

/// What Markdown shows of a line.
pub(super) fn shown(markdown: &str) -> String {
    crate::vault::blocks_text(&parse(markdown).blocks)
}

/// Plain text as inline Markdown: marks are escaped, balanced code spans and wikilinks stay.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(kept) = whole(rest) {
            out.push_str(kept);
            rest = rest.get(kept.len()..).unwrap_or_default();
            continue;
        }
        let next = rest.get(c.len_utf8()..).unwrap_or_default();
        let bare = match c {
            '\\' | '*' | '_' | '`' | '[' | ']' | '<' | '$' | '~' => false,
            '&' => !next.starts_with(|c: char| c.is_ascii_alphabetic() || c == '#'),
            '^' => !next.starts_with('['),
            '=' | '%' => !(next.starts_with(c) || out.ends_with(c)),
            '#' => !next.starts_with(|c: char| c.is_alphanumeric()) && !out.is_empty(),
            '!' => !next.starts_with('['),
            '+' | '-' | '>' => !out.is_empty(),
            _ => true,
        };
        if !bare {
            out.push('\\');
        }
        out.push(c);
        rest = next;
    }
    // `1. text` at the start is no list.
    let digits = out.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && out.get(digits..).is_some_and(|r| r.starts_with(". ") || r.starts_with(") ")) {
        out.insert(digits, '\\');
    }
    out
}

/// A code span or a wikilink at the text's start.
fn whole(text: &str) -> Option<&str> {
    if let Some(inner) = text.strip_prefix("[[") {
        let end = inner.find("]]")?;
        let name = inner.get(..end)?;
        let plain = !name.trim().is_empty() && !name.contains(['[', ']', '\n', '`', '*', '_', '<', '\\']);
        return plain.then(|| text.get(..end + 4)).flatten();
    }
    let inner = text.strip_prefix('`').filter(|inner| !inner.starts_with('`'))?;
    let end = inner.find('`')?;
    let code = inner.get(..end)?;
    let after = inner.get(end + 1..).unwrap_or_default();
    let plain = !code.trim().is_empty() && !code.contains(['\n', '|', '\\']) && !after.starts_with('`');
    plain.then(|| text.get(..end + 2)).flatten()
}

/// The same for a cell of a table: lines are parted by `<br>`, pipes escaped.
pub(super) fn escape_cell(text: &str) -> String {
    let lines: Vec<String> =
        text.trim().lines().map(|line| super::markdown::cell_text(&escape(line.trim()))).collect();
    lines.join("<br>")
}

/// A cell's Markdown as paragraphs: pipes need no escape there.
pub(super) fn uncell(cell: &str) -> String {
    cell.replace("<br>", "\n").replace("\\|", "|")
}

/// Whether a cell holds words that none of the `known` texts has: a picture's or a link's address, say.
pub(super) fn says_more(cell: &str, known: &[&str]) -> bool {
    let known = fold(&known.join(" "));
    let known: BTreeSet<&str> = runs(&known).collect();
    let cell = fold(&super::html::entities(&uncell(cell)));
    runs(&cell).any(|word| !known.contains(word))
}

/// Runs of letters and digits.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty())
}
