//! The source as the parser reads it: what it lacks is written in what it knows.

/// The first sign of an operator's name whose limits move to the side in the line, as those of `\lim` do. The parser knows
/// only limits that stay.
pub(super) const MOVABLE: &str = "\u{e000}";

/// The name of an operator that draws a frame around what follows; the parser knows no `\boxed`.
pub(super) const BOXED: &str = "\u{e001}";

/// Names that stand for others.
const SAME: &[(&str, &str)] = &[
    ("mbox", "\\text"),
    ("hbox", "\\text"),
    ("textnormal", "\\text"),
    ("textup", "\\text"),
    ("emph", "\\textit"),
    ("bm", "\\boldsymbol"),
    ("pmb", "\\boldsymbol"),
    ("mathscr", "\\mathcal"),
    ("mathds", "\\mathbb"),
    ("mathbbm", "\\mathbb"),
    ("Bbb", "\\mathbb"),
    ("frak", "\\mathfrak"),
    ("hdots", "\\ldots"),
    ("hdotsfor", "\\ldots"),
    ("nonumber", ""),
    ("notag", ""),
    ("relax", ""),
    ("displaylimits", ""),
    ("allowbreak", ""),
    ("nobreak", ""),
    ("mathstrut", ""),
    ("strut", ""),
];

/// Operators of their own name, and whether limits stand below them.
const OPERATORS: &[(&str, &str, bool)] = &[
    ("argmax", "arg\\,max", true),
    ("argmin", "arg\\,min", true),
    ("plim", "plim", true),
    ("injlim", "inj\\,lim", true),
    ("projlim", "proj\\,lim", true),
    ("sech", "sech", false),
    ("csch", "csch", false),
    ("arcsec", "arcsec", false),
    ("arccot", "arccot", false),
    ("arccsc", "arccsc", false),
    ("tr", "tr", false),
    ("Tr", "Tr", false),
    ("rank", "rank", false),
    ("diag", "diag", false),
    ("lcm", "lcm", false),
    ("erf", "erf", false),
];

/// Rewrites a source. Linear in its length.
pub(super) fn prepare(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 16);
    // The parser takes one byte for a space.
    let spaced: String =
        source.chars().map(|c| if c.is_whitespace() && !c.is_ascii() { ' ' } else { c }).collect();
    let mut rest = spaced.as_str();
    while let Some(at) = rest.find(['\\', '%']) {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        if let Some(comment) = rest.strip_prefix('%') {
            // A comment ends with its line; without a line end it would swallow what is put around a formula.
            rest = comment.find('\n').and_then(|end| comment.get(end..)).unwrap_or_default();
            out.push(' ');
            continue;
        }
        let body = rest.get(1..).unwrap_or_default();
        let letters = body.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (name, after) = body.split_at(letters);
        if name.is_empty() {
            let sign = body.chars().next().map_or(0, char::len_utf8);
            out.push_str(rest.get(..=sign).unwrap_or(rest));
            rest = body.get(sign..).unwrap_or_default();
            continue;
        }
        rest = command(name, after, &mut out);
    }
    out.push_str(rest);
    out
}

/// Writes one command; returns what follows it.
fn command<'a>(name: &str, after: &'a str, out: &mut String) -> &'a str {
    if let Some((_, same)) = SAME.iter().find(|(other, _)| *other == name) {
        out.push_str(same);
        // `\bm x` stays two words.
        if after.starts_with(|c: char| c.is_ascii_alphabetic()) || same.is_empty() {
            out.push(' ');
        }
        return after;
    }
    if let Some((_, shown, limits)) = OPERATORS.iter().find(|(other, ..)| *other == name) {
        let (mark, limits) = if *limits { (MOVABLE, "\\limits") } else { ("", "") };
        out.push_str(&format!("\\operatorname{{{mark}{shown}}}{limits}"));
        return after;
    }
    let starred = after.strip_prefix('*');
    match name {
        "operatorname" if starred.is_some() => operator(starred.unwrap_or(after), out),
        "operatornamewithlimits" => operator(after, out),
        // As in Obsidian, where what follows in braces alone is coloured.
        "color" if braced(after).is_some_and(|(_, rest)| rest.trim_start().starts_with('{')) => {
            out.push_str("\\textcolor");
            after
        }
        "boxed" | "fbox" => {
            let text = if name == "fbox" { "\\text" } else { "" };
            match braced(after) {
                // In a group, so that a script is that of the box.
                Some((body, rest)) => {
                    let body = if name == "fbox" { body.to_owned() } else { prepare(body) };
                    out.push_str(&format!("{{\\operatorname{{{BOXED}}}{text}{{{body}}}}}"));
                    rest
                }
                None => {
                    out.push_str(&format!("\\operatorname{{{BOXED}}}{text}"));
                    after
                }
            }
        }
        "label" => braced(after).map_or(after, |(_, rest)| rest),
        "tag" => match braced(starred.unwrap_or(after)) {
            Some((text, rest)) => {
                let text = if starred.is_some() { text.to_owned() } else { format!("({text})") };
                out.push_str(&format!("\\qquad\\text{{{text}}}"));
                rest
            }
            None => after,
        },
        // The index of a root is one thing.
        "sqrt" => {
            out.push_str("\\sqrt");
            let trimmed = after.trim_start();
            match trimmed.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
                Some((index, rest)) if !index.contains(['[', '{', '}']) => {
                    out.push_str(&format!("[{{{index}}}]"));
                    rest
                }
                _ => after,
            }
        }
        "begin" | "end" => {
            out.push('\\');
            out.push_str(name);
            match after.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
                Some(("multline*", rest)) => {
                    out.push_str("{multline}");
                    rest
                }
                Some(("eqnarray" | "eqnarray*" | "flalign" | "flalign*", rest)) => {
                    out.push_str("{align*}");
                    rest
                }
                _ => after,
            }
        }
        _ => {
            out.push('\\');
            out.push_str(name);
            after
        }
    }
}

/// `\operatorname*{…}`: limits stand below.
fn operator<'a>(after: &'a str, out: &mut String) -> &'a str {
    match braced(after) {
        Some((text, rest)) => {
            out.push_str(&format!("\\operatorname{{{MOVABLE}{text}}}\\limits"));
            rest
        }
        None => {
            out.push_str("\\operatorname");
            after
        }
    }
}

/// `{…}` at the start, and what follows.
fn braced(source: &str) -> Option<(&str, &str)> {
    let inner = source.trim_start().strip_prefix('{')?;
    let mut depth = 0usize;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' if depth == 0 => return Some((inner.get(..at)?, inner.get(at + 1..)?)),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}
