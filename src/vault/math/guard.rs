//! What is refused before it is read, and where the fault of a formula lies.

use std::ops::Range;

use pulldown_latex::{Parser, Storage};

use super::{Fault, MAX_BYTES, MAX_DEPTH};

/// Commands that define others or name signs by numbers: a note's formulas stand for themselves.
const DEFINITIONS: &[&str] = &[
    "def",
    "edef",
    "gdef",
    "xdef",
    "let",
    "futurelet",
    "newcommand",
    "renewcommand",
    "providecommand",
    "DeclareMathOperator",
    "newenvironment",
    "renewenvironment",
    "require",
    "input",
    "include",
    "csname",
    "catcode",
    "char",
];

/// Commands that take the next sign for their argument when no brace follows. The parser calls itself for each, so a
/// chain of them is bounded here.
const TAKING: &[&str] = &[
    "frac",
    "dfrac",
    "tfrac",
    "cfrac",
    "genfrac",
    "binom",
    "dbinom",
    "tbinom",
    "sqrt",
    "overset",
    "underset",
    "stackrel",
    "buildrel",
    "not",
    "cancel",
    "pmod",
    "hat",
    "bar",
    "overline",
    "underline",
    "tilde",
    "vec",
    "dot",
    "ddot",
    "acute",
    "grave",
    "breve",
    "check",
    "mathring",
    "widehat",
    "widetilde",
    "widecheck",
    "overbrace",
    "underbrace",
    "textcolor",
    "xrightarrow",
    "xleftarrow",
    "underbar",
    "wideparen",
    "overparen",
    "underparen",
    "overgroup",
    "undergroup",
    "overbracket",
    "underbracket",
    "sideset",
    "boldsymbol",
    "operatorname",
    "boxed",
    "fbox",
];

/// Unbraced arguments in one formula, at most.
const MAX_UNBRACED: usize = 64;

/// A command in the source.
struct Command<'a> {
    name: &'a str,
    /// With the backslash.
    range: Range<usize>,
}

/// All `\name` and `\x`, in order.
fn commands(source: &str) -> impl Iterator<Item = Command<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + source.get(at..)?.find('\\')?;
        let rest = source.get(start + 1..)?;
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let length = letters.max(rest.chars().next()?.len_utf8());
        at = start + 1 + length;
        Some(Command { name: rest.get(..length)?, range: start..at })
    })
}

fn takes(name: &str) -> bool {
    TAKING.contains(&name)
        || name.starts_with("math")
        || name.starts_with("sym")
        || name.starts_with("over")
        || name.starts_with("under")
        || name.starts_with("Over")
}

/// Refuses what no formula for people is.
pub(super) fn check(source: &str) -> Result<(), Fault> {
    let whole = || 0..source.len();
    if source.len() > MAX_BYTES {
        return Err(Fault {
            range: 0..source.char_indices().nth(40).map_or(source.len(), |(i, _)| i),
            message: format!("this formula has {} bytes, at most {MAX_BYTES} are typeset", source.len()),
            hint: "part it into several",
        });
    }
    if source.trim().is_empty() {
        return Err(Fault {
            range: whole(),
            message: "this formula is empty".into(),
            hint: "write something between the dollars, or `\\$` for a dollar",
        });
    }
    if let Some(control) = source.find(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Fault {
            range: control..control + 1,
            message: "this formula holds a control character".into(),
            hint: "take it out",
        });
    }
    let mut unbraced = 0;
    for (at, _) in source.match_indices("{#") {
        // The parser cuts a colour by bytes.
        let colour =
            source.get(at + 2..).and_then(|rest| rest.split_once('}')).map_or("", |(colour, _)| colour);
        if colour.len() != 6 || !colour.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Fault {
                range: at..at + 2,
                message: "this is no colour".into(),
                hint: "write six digits, such as `#7a1f3d`, or a name",
            });
        }
    }
    for command in commands(source) {
        // Numbers, which the parser reads by bytes.
        let rest = source.get(command.range.end..).unwrap_or_default();
        let pairs = rest.strip_prefix("{alignat}").or_else(|| rest.strip_prefix("{alignat*}"));
        if let Some(after) = pairs.or_else(|| rest.strip_prefix("{alignedat}"))
            && command.name == "begin"
        {
            let number = after.trim_start().strip_prefix('{').and_then(|after| after.split_once('}'));
            if number
                .is_none_or(|(n, _)| n.is_empty() || n.len() > 2 || !n.bytes().all(|b| b.is_ascii_digit()))
            {
                return Err(Fault {
                    range: command.range,
                    message: "this environment has no number of column pairs".into(),
                    hint: "write `\\begin{alignat}{2}`",
                });
            }
        }
        if DEFINITIONS.contains(&command.name) {
            return Err(Fault {
                message: format!("`\\{}` changes the language, which formulas here cannot", command.name),
                range: command.range,
                hint: "write the formula out",
            });
        }
        let next = source.get(command.range.end..).unwrap_or_default().trim_start();
        // A script takes a sign too.
        let before = source.get(..command.range.start).unwrap_or_default().trim_end();
        unbraced += usize::from(takes(command.name) && !next.starts_with(['{', '[']));
        unbraced += usize::from(before.ends_with(['^', '_']) && takes(command.name));
        if unbraced > MAX_UNBRACED {
            return Err(Fault {
                range: command.range,
                message: format!("more than {MAX_UNBRACED} arguments of this formula have no braces"),
                hint: "put braces around the arguments",
            });
        }
    }
    deep(source).map_or(Ok(()), |at| {
        Err(Fault {
            range: at..at + 1,
            message: format!("more than {MAX_DEPTH} things of this formula stand in one another"),
            hint: "part the formula into several",
        })
    })
}

/// Where braces, `\left` and `\begin` get too deep.
fn deep(source: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut escaped = false;
    for (at, byte) in source.bytes().enumerate() {
        if escaped {
            escaped = false;
            let rest = source.get(at..).unwrap_or_default();
            let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            match rest.get(..letters) {
                Some("left" | "begin" | "begingroup") => depth += 1,
                Some("right" | "end" | "endgroup") => depth = depth.saturating_sub(1),
                _ => {}
            }
        } else {
            match byte {
                b'\\' => escaped = true,
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if depth > MAX_DEPTH * 2 {
            return Some(if source.is_char_boundary(at) { at } else { 0 });
        }
    }
    None
}

/// Whether a column mark stands outside of every environment.
pub(super) fn bare_ampersand(source: &str) -> bool {
    let mut inside = 0usize;
    let mut previous = 0;
    for command in commands(source) {
        let between = source.get(previous..command.range.start).unwrap_or_default();
        if inside == 0 && between.contains('&') {
            return true;
        }
        previous = command.range.end;
        match command.name {
            "begin" => inside += 1,
            "end" => inside = inside.saturating_sub(1),
            _ => {}
        }
    }
    inside == 0 && source.get(previous..).unwrap_or_default().contains('&')
}

/// The fault of a formula that was refused with `error`: the first command or environment that is not known, else what the
/// parser says.
pub(super) fn explain(source: &str, error: &str) -> Fault {
    let hint = "Recto knows the mathematics of LaTeX and AMS that is listed in the README";
    for command in commands(source) {
        let alone = source.get(command.range.clone()).unwrap_or_default();
        if command.name == "begin" {
            let rest = source.get(command.range.end..).unwrap_or_default();
            let name = rest.strip_prefix('{').and_then(|r| r.split_once('}')).map(|(name, _)| name);
            if let Some(name) = name {
                let plain = name.chars().all(|c| c.is_ascii_alphabetic() || c == '*');
                let empty = format!("\\begin{{{name}}}\\end{{{name}}}");
                if plain && says(&super::prepare::prepare(&empty), "mathematical environment") {
                    let end = command.range.end + name.len() + 2;
                    let message = format!("`{name}` is no environment that can be typeset");
                    return Fault { range: command.range.start..end, message, hint };
                }
            }
            continue;
        }
        if matches!(command.name, "end" | "right" | "limits" | "nolimits" | "\\") {
            continue;
        }
        if says(&super::prepare::prepare(alone), "unknown primitive") {
            let message = format!("`{alone}` is no command that can be typeset");
            return Fault { range: command.range, message, hint };
        }
    }
    Fault {
        range: 0..source.len(),
        message: format!("this is no formula: {error}"),
        hint: "look for a brace, an `\\end` or a `\\right` that is missing; `\\$` is a dollar",
    }
}

/// Whether the parser refuses a source with these words.
fn says(source: &str, words: &str) -> bool {
    let storage = Storage::new();
    let mut parser = Parser::new(source, &storage);
    let error = parser.by_ref().take(64).find_map(Result::err);
    error.is_some_and(|error| error.to_string().contains(words))
}
