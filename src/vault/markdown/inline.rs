//! Obsidian's marks inside runs of text: `==highlights==`, `#tags`, `^[footnotes]`, bare addresses, `^block-ids`.

use std::ops::Range;

use super::Problem;
use crate::vault::ast::{ImageSize, Inline, InlineKind, LinkTarget};

/// What was found beside the inlines themselves.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Inline footnotes: label, text, bytes.
    pub footnotes: Vec<(String, Vec<Inline>, Range<usize>)>,
    pub problems: Vec<Problem>,
}

/// A piece of a run of siblings.
enum Token {
    Node(Inline),
    /// `==`, and whether text stands close to its right and to its left.
    Mark {
        range: Range<usize>,
        opens: bool,
        closes: bool,
    },
    /// `^[`
    NoteOpen(Range<usize>),
    /// `[`
    Open(Range<usize>),
    /// `]`
    Close(Range<usize>),
}

/// Finds Obsidian's marks among siblings. `in_link` leaves tags, footnotes and addresses alone.
pub(super) fn refine(source: &str, siblings: Vec<Inline>, in_link: bool, found: &mut Found) -> Vec<Inline> {
    let merged = merge(source, siblings);
    if !merged.iter().any(|inline| matches!(&inline.kind, InlineKind::Text(text) if has_mark(text))) {
        return merged;
    }
    let notes = !in_link
        && merged.iter().any(|inline| matches!(&inline.kind, InlineKind::Text(text) if text.contains("^[")));
    let mut tokens = Vec::with_capacity(merged.len() + 8);
    let mut siblings = merged.into_iter().peekable();
    let mut previous = Edge::Border;
    let mut previous_end = None;
    while let Some(inline) = siblings.next() {
        let next = siblings.peek().map_or(Edge::Border, Edge::left_of);
        let edge = Edge::right_of(&inline);
        match inline.kind {
            InlineKind::Text(text) if source.get(inline.range.clone()) == Some(text.as_str()) => {
                let start = inline.range.start;
                // The parser leaves the backslash of an escape out, so there is a gap before the escaped sign.
                let escaped =
                    previous_end != Some(start) && source.get(..start).is_some_and(|s| s.ends_with('\\'));
                if !in_link {
                    missing_footnotes(&text, start, &mut found.problems);
                }
                Lexer { text: &text, start, previous, next, in_link, notes }.run(escaped, &mut tokens);
                previous_end = Some(inline.range.end);
            }
            _ => {
                previous_end = Some(inline.range.end);
                tokens.push(Token::Node(inline));
            }
        }
        previous = edge;
    }
    let tokens = if notes { pair_notes(source, tokens, found) } else { tokens };
    merge(source, pair_highlights(source, tokens))
}

/// Whether a text is worth a closer look.
fn has_mark(text: &str) -> bool {
    text.contains("==")
        || text.contains('#')
        || text.contains("^[")
        || text.contains("[^")
        || text.contains("http")
}

/// Joins neighbouring texts that are also neighbours in the source, so that text and source stay equal.
fn merge(source: &str, inlines: Vec<Inline>) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::with_capacity(inlines.len());
    let literal = |text: &str, range: &Range<usize>| source.get(range.clone()) == Some(text);
    // Whether the last text of `out` is known to equal its source: asked once a text, or joining would be quadratic.
    let mut last_literal = false;
    for inline in inlines {
        let InlineKind::Text(text) = &inline.kind else {
            out.push(inline);
            last_literal = false;
            continue;
        };
        if text.is_empty() {
            continue;
        }
        let this_literal = literal(text, &inline.range);
        if this_literal
            && last_literal
            && let Some(Inline { kind: InlineKind::Text(before), range }) = out.last_mut()
            && range.end == inline.range.start
        {
            before.push_str(text);
            range.end = inline.range.end;
            continue;
        }
        last_literal = this_literal;
        out.push(inline);
    }
    out
}

/// What stands beside a text.
#[derive(Debug, Copy, Clone)]
enum Edge {
    /// Start or end of the siblings.
    Border,
    /// White space.
    Space,
    /// Something printed.
    Ink,
}

impl Edge {
    fn right_of(inline: &Inline) -> Self {
        match &inline.kind {
            InlineKind::SoftBreak | InlineKind::HardBreak => Self::Space,
            InlineKind::Text(text) if text.ends_with(char::is_whitespace) => Self::Space,
            _ => Self::Ink,
        }
    }

    fn left_of(inline: &Inline) -> Self {
        match &inline.kind {
            InlineKind::SoftBreak | InlineKind::HardBreak => Self::Space,
            InlineKind::Text(text) if text.starts_with(char::is_whitespace) => Self::Space,
            _ => Self::Ink,
        }
    }
}

/// Cuts one text, equal to its source, into tokens.
struct Lexer<'a> {
    text: &'a str,
    start: usize,
    previous: Edge,
    next: Edge,
    in_link: bool,
    notes: bool,
}

impl Lexer<'_> {
    fn run(self, escaped: bool, tokens: &mut Vec<Token>) {
        let mut done = 0;
        let mut at = if escaped { self.text.chars().next().map_or(0, char::len_utf8) } else { 0 };
        while let Some(rest) = self.text.get(at..) {
            let Some(skip) = rest.find(['=', '#', '^', '[', ']', 'h']) else { break };
            at += skip;
            let Some((token, len)) = self.token(at) else {
                at += 1;
                continue;
            };
            self.push_text(done..at, tokens);
            if let Some(token) = token {
                tokens.push(token);
            } else {
                self.push_text(at..at + len, tokens);
            }
            at += len;
            done = at;
        }
        self.push_text(done..self.text.len(), tokens);
    }

    fn push_text(&self, range: Range<usize>, tokens: &mut Vec<Token>) {
        if let Some(text) = self.text.get(range.clone())
            && !text.is_empty()
        {
            tokens.push(Token::Node(self.inline(InlineKind::Text(text.to_owned()), range)));
        }
    }

    fn inline(&self, kind: InlineKind, range: Range<usize>) -> Inline {
        Inline { kind, range: self.start + range.start..self.start + range.end }
    }

    /// The token at `at` and its length; `Some((None, n))` is `n` bytes of text to step over.
    fn token(&self, at: usize) -> Option<(Option<Token>, usize)> {
        let rest = self.text.get(at..)?;
        let place = |len: usize| self.start + at..self.start + at + len;
        let before = self.text.get(..at).and_then(|s| s.chars().next_back());
        match *rest.as_bytes().first()? {
            b'=' => {
                let run = rest.bytes().take_while(|b| *b == b'=').count();
                if run != 2 {
                    return Some((None, run));
                }
                let closes = match before {
                    Some(c) => !c.is_whitespace(),
                    None => matches!(self.previous, Edge::Ink),
                };
                let opens = match rest.get(2..).and_then(|s| s.chars().next()) {
                    Some(c) => !c.is_whitespace(),
                    None => matches!(self.next, Edge::Ink),
                };
                Some((Some(Token::Mark { range: place(2), opens, closes }), 2))
            }
            b'#' if !self.in_link => {
                let free = match before {
                    Some(c) => c.is_whitespace() || c == '(',
                    None => !matches!(self.previous, Edge::Ink),
                };
                let run = rest.bytes().take_while(|b| *b == b'#').count();
                if !free || run != 1 {
                    return Some((None, run));
                }
                let name = tag(rest.get(1..)?);
                if name.is_empty() {
                    return Some((None, 1));
                }
                let len = 1 + name.len();
                let node = self.inline(InlineKind::Tag(name.to_owned()), at..at + len);
                Some((Some(Token::Node(node)), len))
            }
            b'^' if self.notes && rest.starts_with("^[") => Some((Some(Token::NoteOpen(place(2))), 2)),
            b'[' if self.notes => Some((Some(Token::Open(place(1))), 1)),
            b']' if self.notes => Some((Some(Token::Close(place(1))), 1)),
            b'h' if !self.in_link => {
                let free = before.is_none_or(|c| !c.is_alphanumeric());
                let len = address(rest);
                if len == 0 || !free {
                    return None;
                }
                let url = rest.get(..len)?;
                let shown = self.inline(InlineKind::Text(url.to_owned()), at..at + len);
                let kind =
                    InlineKind::Link { dest: url.to_owned(), title: String::new(), content: vec![shown] };
                Some((Some(Token::Node(self.inline(kind, at..at + len))), len))
            }
            _ => None,
        }
    }
}

/// Reports footnote marks without a text; the parser has left them as text.
fn missing_footnotes(text: &str, start: usize, problems: &mut Vec<Problem>) {
    for (at, _) in text.match_indices("[^") {
        let rest = text.get(at + 2..).unwrap_or_default();
        let Some(len) = rest.bytes().take(80).position(|b| matches!(b, b']' | b'[' | b' ' | b'^')) else {
            continue;
        };
        if len == 0 || rest.as_bytes().get(len) != Some(&b']') {
            continue;
        }
        let label = rest.get(..len).unwrap_or_default();
        let range = start + at..start + at + len + 3;
        problems.push(
            Problem::warning("footnote", range, format!("the footnote `{label}` has no text"))
                .hint(format!("add a line `[^{label}]: …` to the note")),
        );
    }
}

/// The tag at the start of a text (after its hash); empty where there is none.
fn tag(text: &str) -> &str {
    let end = text.find(|c| !is_tag_char(c)).unwrap_or(text.len());
    let name = text.get(..end).unwrap_or_default().trim_end_matches('/');
    if name.chars().all(|c| c.is_ascii_digit() || c == '/') { "" } else { name }
}

fn is_tag_char(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '_' | '-' | '/' | '\u{200d}')
        || !c.is_ascii()
            && !c.is_whitespace()
            && !c.is_control()
            // Punctuation, arrows excepted: general, supplemental, CJK, Latin-1 quotes.
            && !matches!(c, '\u{2000}'..='\u{206f}' | '\u{2e00}'..='\u{2e7f}' | '\u{3000}'..='\u{303f}')
            && !matches!(c, '«' | '»' | '¡' | '¿' | '·' | '§' | '¶' | '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}')
}

/// The length of the web address at the start of a text, without closing punctuation.
fn address(text: &str) -> usize {
    let Some(host) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return 0 };
    if !host.starts_with(char::is_alphanumeric) {
        return 0;
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(text.len());
    let mut url = text.get(..end).unwrap_or_default();
    let mut parens = url.bytes().fold(0i64, |n, b| n + i64::from(b == b'(') - i64::from(b == b')'));
    while let Some(last) = url.chars().next_back() {
        match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | ']' | '*' | '_' | '=' => {}
            ')' if parens < 0 => parens += 1,
            _ => break,
        }
        url = url.get(..url.len() - last.len_utf8()).unwrap_or_default();
    }
    url.len()
}

/// The text a mark stands for where it has no partner.
fn as_text(source: &str, range: Range<usize>) -> Inline {
    let text = source.get(range.clone()).unwrap_or_default().to_owned();
    Inline { kind: InlineKind::Text(text), range }
}

/// Takes `^[…]` out; the texts go to `found`, a mark stays.
fn pair_notes(source: &str, tokens: Vec<Token>, found: &mut Found) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut open: Vec<usize> = Vec::new();
    for token in tokens {
        match token {
            Token::NoteOpen(_) | Token::Open(_) => {
                open.push(out.len());
                out.push(token);
            }
            Token::Close(ref close) => {
                let opener = open.pop();
                if let Some(i) = opener
                    && let Some(Token::NoteOpen(range)) = out.get(i)
                    && i + 1 < out.len()
                {
                    let whole = range.start..close.end;
                    let inner = out.split_off(i + 1);
                    out.pop();
                    let label = format!("^{}", whole.start);
                    let body = merge(source, pair_highlights(source, inner));
                    found.footnotes.push((label.clone(), body, whole.clone()));
                    out.push(Token::Node(Inline { kind: InlineKind::FootnoteRef(label), range: whole }));
                } else {
                    out.push(token);
                }
            }
            _ => out.push(token),
        }
    }
    out
}

/// Pairs `==`; whatever mark is left over is text.
fn pair_highlights(source: &str, tokens: Vec<Token>) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::with_capacity(tokens.len());
    let mut pending: Option<usize> = None;
    for token in tokens {
        match token {
            Token::Node(node) => out.push(node),
            Token::Mark { range, opens, closes } => match pending {
                Some(i) if closes && i + 1 < out.len() => {
                    let content = out.split_off(i + 1);
                    let start = out.pop().map_or(range.start, |mark| mark.range.start);
                    out.push(Inline { kind: InlineKind::Highlight(content), range: start..range.end });
                    pending = None;
                }
                _ => {
                    if opens && pending.is_none() {
                        pending = Some(out.len());
                    }
                    out.push(as_text(source, range));
                }
            },
            Token::NoteOpen(range) | Token::Open(range) | Token::Close(range) => {
                out.push(as_text(source, range));
            }
        }
    }
    out
}

/// Reads what stands between `[[` and `]]`, without the alias.
pub fn link_target(written: &str) -> LinkTarget {
    // In a table the pipe is escaped, and the parser leaves the backslash with the target.
    let written = written.strip_suffix('\\').unwrap_or(written).trim();
    let (note, inner) = match written.split_once('#') {
        Some((note, inner)) => (note, Some(inner.trim())),
        None => (written, None),
    };
    let note = note.trim();
    let note = note.strip_suffix(".md").unwrap_or(note).to_owned();
    let (mut heading, mut block) = (None, None);
    if let Some(inner) = inner {
        match inner.rsplit('#').next().and_then(|last| last.trim().strip_prefix('^')) {
            Some(id) => block = Some(id.to_owned()),
            None if inner.is_empty() => {}
            None => heading = Some(inner.to_owned()),
        }
    }
    LinkTarget { note, heading, block }
}

/// Parts the alt text of a picture from its size: `alt|300x200`, or the size alone.
pub(super) fn alt_and_size(text: &str) -> (Option<String>, ImageSize) {
    let (alt, last) = match text.rsplit_once('|') {
        Some((alt, last)) => (alt.trim_end_matches('\\').trim(), last.trim()),
        None => ("", text.trim()),
    };
    let kept = |alt: &str| (!alt.is_empty()).then(|| alt.to_owned());
    match size(last) {
        Some(size) => (kept(alt), size),
        None => (kept(text.trim()), ImageSize::default()),
    }
}

fn size(text: &str) -> Option<ImageSize> {
    let number = |s: &str| {
        let plain = !s.is_empty() && s.len() <= 5 && s.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| s.parse::<u32>().ok()).flatten()
    };
    match text.split_once(['x', 'X']) {
        Some((w, h)) => Some(ImageSize { width: Some(number(w)?), height: Some(number(h)?) }),
        None => Some(ImageSize { width: Some(number(text)?), height: None }),
    }
}

/// Takes Obsidian's ` ^block-id` off the end of a block's inlines.
pub(super) fn take_block_id(source: &str, inlines: &mut Vec<Inline>) -> Option<String> {
    let before_is_break = match inlines.len().checked_sub(2) {
        None => true,
        Some(i) => inlines
            .get(i)
            .is_some_and(|inline| matches!(inline.kind, InlineKind::SoftBreak | InlineKind::HardBreak)),
    };
    let Some(Inline { kind: InlineKind::Text(text), range }) = inlines.last_mut() else { return None };
    let end = text.trim_end();
    let caret = end.rfind('^')?;
    let id = end.get(caret + 1..)?;
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return None;
    }
    if source.get(range.clone()) != Some(text.as_str()) {
        return None;
    }
    // The backslash of `\^a` is before the text's first byte.
    if caret == 0 && source.get(..range.start).is_some_and(|before| before.ends_with('\\')) {
        return None;
    }
    let lead = text.get(..caret)?;
    if !(lead.ends_with(char::is_whitespace) || lead.is_empty() && before_is_break) {
        return None;
    }
    let id = id.to_owned();
    let kept = lead.trim_end().len();
    text.truncate(kept);
    range.end = range.start + kept;
    if kept == 0 {
        inlines.pop();
        while inlines
            .last()
            .is_some_and(|inline| matches!(inline.kind, InlineKind::SoftBreak | InlineKind::HardBreak))
        {
            inlines.pop();
        }
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_as_obsidian_writes_them() {
        let t = |note: &str, heading: Option<&str>, block: Option<&str>| LinkTarget {
            note: note.into(),
            heading: heading.map(Into::into),
            block: block.map(Into::into),
        };
        assert_eq!(link_target("Duck Typing\\"), t("Duck Typing", None, None));
        assert_eq!(link_target(" sub/Note.md "), t("sub/Note", None, None));
        assert_eq!(link_target("Note#A#B"), t("Note", Some("A#B"), None));
        assert_eq!(link_target("#^ab-1"), t("", None, Some("ab-1")));
        assert_eq!(link_target("Note#Head#^ab-1"), t("Note", None, Some("ab-1")));
        assert_eq!(link_target("Iterator (__iter__)"), t("Iterator (__iter__)", None, None));
        assert_eq!(link_target("N#"), t("N", None, None));
    }

    #[test]
    fn sizes_in_pixels() {
        let s = |width, height| ImageSize { width, height };
        assert_eq!(alt_and_size("300x200"), (None, s(Some(300), Some(200))));
        assert_eq!(alt_and_size("A cat|300"), (Some("A cat".into()), s(Some(300), None)));
        assert_eq!(alt_and_size("A cat"), (Some("A cat".into()), s(None, None)));
        assert_eq!(alt_and_size("300xx"), (Some("300xx".into()), s(None, None)));
    }

    #[test]
    fn addresses_end_before_punctuation() {
        assert_eq!(address("https://a.org/x_(y)."), "https://a.org/x_(y)".len());
        assert_eq!(address("https://a.org) and"), "https://a.org".len());
        assert_eq!(address("https:// x"), 0);
    }

    #[test]
    fn tags_need_more_than_digits() {
        assert_eq!(tag("exam/2026 x"), "exam/2026");
        assert_eq!(tag("2026"), "");
        assert_eq!(tag("übung…"), "übung");
        assert_eq!(tag("a-b/, c"), "a-b");
    }
}
