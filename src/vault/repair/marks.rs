//! What Markdown did to names with underscores, and asterisks that make nothing bold.
//!
//! `__iter__` is bold in Markdown, so a renderer shows **iter**, and whoever copies that back writes `**iter**`. A bold
//! word is made a dunder again only where bold makes no sense, or where the text says that it speaks of such names.

use std::ops::Range;

use super::Rule;
use super::code;
use super::patch::{Edit, tidy};
use crate::vault::markdown::open_pipes;

/// Names that are words or functions of their own: bold may be meant.
#[rustfmt::skip]
const ORDINARY: &[&str] = &[
    "abs", "add", "all", "and", "annotations", "await", "bool", "bytes", "call", "class", "code", "complex",
    "contains", "context", "debug", "defaults", "delete", "dict", "dir", "divmod", "doc", "enter", "eq", "exit",
    "file", "float", "format", "func", "ge", "get", "globals", "hash", "hex", "import", "index", "int", "invert", "iter",
    "le", "len", "loader", "lt", "main", "missing", "mod", "module", "mul", "name", "ne", "neg", "new", "next",
    "bases", "cached", "ceil", "closure", "del", "floor", "future", "gt", "init", "metaclass", "mro", "rand", "oct", "or",
    "package", "path", "pos", "pow", "prepare", "reduce", "repr", "reversed", "round", "self", "set",
    "sizeof", "slots", "spec", "str", "sub", "trunc", "version", "weakref", "wrapped", "xor", "author", "copy",
];

/// Names that are nothing else.
#[rustfmt::skip]
const SPECIAL: &[&str] = &[
    "aenter", "aexit", "aiter", "anext", "class_getitem", "deepcopy", "delattr", "delitem", "floordiv", "getattr",
    "getattribute", "getitem", "getnewargs", "getstate", "iadd", "iand", "ifloordiv", "ilshift", "imatmul", "imod", "imul",
    "init_subclass", "instancecheck", "ior", "ipow", "irshift", "isub", "itruediv", "ixor", "kwdefaults",
    "length_hint", "lshift", "matmul", "match_args", "mro_entries", "objclass", "post_init", "qualname", "radd", "rdivmod", "reduce_ex", "rfloordiv", "rlshift", "rmatmul", "rmod", "rmul", "ror", "rpow", "rrshift", "rshift",
    "rsub", "rtruediv", "rxor", "set_name", "setattr", "setitem", "setstate", "subclasscheck", "subclasses",
    "subclasshook", "truediv", "type_params",
];

pub(super) fn edits(text: &str) -> Vec<Edit> {
    let code = code::code(text);
    let python = text.to_lowercase().contains("python");
    let mut out = Vec::new();
    for (start, line) in code::lines(text) {
        if !line.contains("**") || code::inside(&code, start) && !line.trim_start().starts_with(['|', '`']) {
            continue;
        }
        let plain = |range: &Range<usize>| !code::inside(&code, start + range.start);
        dunders(line, start, python, &plain, &mut out);
        stray_bold(line, start, &plain, &mut out);
    }
    tidy(out)
}

/// A bold word: bytes of the whole, and the word.
fn bold_words(line: &str) -> Vec<(Range<usize>, &str)> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(open) = line.get(at..).and_then(|rest| rest.find("**")).map(|i| at + i) {
        let inner = open + 2;
        let rest = line.get(inner..).unwrap_or_default();
        let len = rest.bytes().take_while(|b| b.is_ascii_lowercase() || *b == b'_').count();
        if len > 0 && rest.get(len..).is_some_and(|r| r.starts_with("**")) {
            out.push((open..inner + len + 2, rest.get(..len).unwrap_or_default()));
            at = inner + len + 2;
        } else {
            at = inner;
        }
    }
    out
}

fn dunders(
    line: &str,
    start: usize,
    python: bool,
    plain: &dyn Fn(&Range<usize>) -> bool,
    out: &mut Vec<Edit>,
) {
    let words: Vec<(Range<usize>, &str)> = bold_words(line)
        .into_iter()
        .filter(|(range, word)| plain(range) && (SPECIAL.contains(word) || ORDINARY.contains(word)))
        .collect();
    if words.is_empty() {
        return;
    }
    let lower = line.to_lowercase();
    // One line of many megabytes names no lists; the look around each name would take too long.
    if words.len() > 200 {
        return;
    }
    let spoken = [
        "dunder",
        "magic method",
        "special method",
        "special name",
        "protocol",
        "constructor",
        "initializer",
    ]
    .iter()
    .any(|word| lower.contains(word));
    let links = links(line);
    let strong = |(range, word): &(Range<usize>, &str)| {
        let before = line.get(..range.start).unwrap_or_default();
        let after = line.get(range.end..).unwrap_or_default();
        // Bold inside a link's name, a call, an attribute, a string.
        code::inside(&links, range.start)
            || (after.starts_with('(') && !after.starts_with("(s)"))
            || (before.ends_with('.')
                && before
                    .trim_end_matches('.')
                    .ends_with(|c: char| c.is_alphanumeric() || c == ')' || c == '_'))
            || (before.ends_with(['"', '\'']) && after.starts_with(['"', '\'']) && *word == "main")
            || before.ends_with("def ")
            || (SPECIAL.contains(word) && (python || spoken))
    };
    let mut certain: Vec<bool> = words
        .iter()
        .map(|found| strong(found) || (spoken && python && in_parentheses(line, &found.0)))
        .collect();
    // Beside a certain one in a list the others are meant alike.
    let listed = |a: usize, b: usize| {
        let gap = words.get(a).zip(words.get(b)).and_then(|(a, b)| line.get(a.0.end..b.0.start));
        gap.is_some_and(parts_a_list)
    };
    for i in 1..words.len() {
        let lead = certain.get(i - 1) == Some(&true) && listed(i - 1, i);
        certain.iter_mut().skip(i).take(1).for_each(|own| *own |= lead);
    }
    for i in (1..words.len()).rev() {
        let lead = certain.get(i) == Some(&true) && listed(i - 1, i);
        certain.iter_mut().skip(i - 1).take(1).for_each(|own| *own |= lead);
    }
    for (found, certain) in words.iter().zip(certain) {
        if certain {
            out.push(Edit::new(
                start + found.0.start..start + found.0.end,
                format!("__{}__", found.1),
                Rule::Dunder,
            ));
        }
    }
}

/// What stands between two names of a list: a comma, a slash, a short word.
fn parts_a_list(text: &str) -> bool {
    matches!(text.trim(), "," | "/" | "and" | "or" | "&" | ", and" | ", or" | "+" | "und" | "et" | "y" | "e")
}

fn in_parentheses(line: &str, range: &Range<usize>) -> bool {
    let before = line.get(..range.start).unwrap_or_default();
    let after = line.get(range.end..).unwrap_or_default();
    before.rfind('(').is_some_and(|i| !before.get(i..).unwrap_or_default().contains(')'))
        && after.contains(')')
}

/// What stands between `[[` and `]]`.
fn links(line: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(open) = line.get(at..).and_then(|rest| rest.find("[[")).map(|i| at + i + 2) {
        let Some(close) = line.get(open..).and_then(|rest| rest.find("]]")).map(|i| open + i) else { break };
        out.push(open..close);
        at = close + 2;
    }
    out
}

/// Asterisks at the edges of a heading, a list's item or a cell that open or close nothing.
fn stray_bold(line: &str, start: usize, plain: &dyn Fn(&Range<usize>) -> bool, out: &mut Vec<Edit>) {
    for cell in cells(line) {
        let text = line.get(cell.clone()).unwrap_or_default();
        let lead = text.len() - text.trim_start().len();
        let text = text.trim();
        let at = cell.start + lead;
        let stars: Vec<usize> = text.match_indices("**").map(|(i, _)| i).collect();
        let run = |i: usize| text.get(i..).map_or(0, |t| t.bytes().take_while(|b| *b == b'*').count());
        let mut cut = |range: Range<usize>| {
            let range = at + range.start..at + range.end;
            if plain(&range) {
                out.push(Edit::new(start + range.start..start + range.end, "", Rule::StrayBold));
            }
        };
        match stars.as_slice() {
            // `**Name|`: `**kwargs` is no bold.
            [0] if run(0) == 2 => {
                let opens = text.get(2..).is_some_and(|rest| {
                    rest.starts_with("[[") || (rest.starts_with(char::is_uppercase) && !rest.contains('*'))
                });
                if opens && is_cell(line, &cell) {
                    cut(0..2);
                }
            }
            [i] if *i > 0 && i + 2 == text.len() && run(*i) == 2 => {
                let closes = text.get(..*i).is_some_and(|t| {
                    (t.ends_with("]]") || t.ends_with(|c: char| c.is_alphabetic())) && !t.contains('*')
                });
                if closes && is_cell(line, &cell) {
                    cut(*i..i + 2);
                }
            }
            // `** Name **` as a whole cell or heading is no bold in Markdown.
            [0, i] if i + 2 == text.len() && run(0) == 2 && run(*i) == 2 => {
                let inner = text.get(2..*i).unwrap_or_default();
                let worded = inner.trim().starts_with(|c: char| c.is_alphanumeric() || c == '[');
                if worded && is_cell(line, &cell) && !inner.contains('*') {
                    let (left, right) = (inner.len() - inner.trim_start().len(), inner.trim_end().len());
                    if left > 0 {
                        cut(2..2 + left);
                    }
                    if right < inner.len() {
                        cut(2 + right..*i);
                    }
                }
            }
            _ => {}
        }
        // `****Name****` and `**Name****`: an empty bold beside a full one.
        if is_cell(line, &cell) && text.starts_with("****") && text.ends_with("****") && text.len() > 8 {
            let inner = text.get(4..text.len() - 4).unwrap_or_default();
            if !inner.contains('*') && inner.starts_with(|c: char| c.is_alphanumeric() || c == '[') {
                cut(0..2);
                cut(text.len() - 2..text.len());
            }
        }
    }
}

/// Whether the bytes are a table's cell or a heading's text: elsewhere asterisks may run on to the next line.
fn is_cell(line: &str, cell: &Range<usize>) -> bool {
    line.trim_start().starts_with('|') || line.get(..cell.start).is_some_and(|mark| mark.starts_with('#'))
}

/// The cells of a row, or the text behind a heading's or list's mark.
fn cells(line: &str) -> Vec<Range<usize>> {
    if !line.trim_start().starts_with('|') {
        let mark = line.len() - line.trim_start_matches(['#', ' ', '\t']).len();
        return std::iter::once(mark..line.len()).collect();
    }
    let pipes = open_pipes(line);
    let mut out: Vec<Range<usize>> = Vec::new();
    for pair in pipes.windows(2) {
        if let [a, b] = pair {
            out.push(a + 1..*b);
        }
    }
    if let Some(last) = pipes.last() {
        out.push(last + 1..line.len());
    }
    out
}
