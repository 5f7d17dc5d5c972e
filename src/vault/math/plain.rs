//! A formula as a line of text: for names, bookmarks, the index and programs.

use super::{Node, RowsKind, parse};

/// The formula in words and signs, such as `O(n log n)` or `a² + b²`; its source where it cannot be read.
pub fn plain(source: &str) -> String {
    match parse(source) {
        Ok(nodes) => plain_nodes(&nodes),
        Err(_) => source.trim().to_owned(),
    }
}

/// The same of a formula that is read already, or of a part of it.
pub fn plain_nodes(nodes: &[Node]) -> String {
    let mut out = String::new();
    sequence(nodes, &mut out);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sequence(nodes: &[Node], out: &mut String) {
    nodes.iter().for_each(|node| one(node, out));
}

fn text_of(nodes: &[Node]) -> String {
    let mut out = String::new();
    sequence(nodes, &mut out);
    out.trim().to_owned()
}

/// In brackets, unless it is one sign or word.
fn bracketed(nodes: &[Node]) -> String {
    let text = text_of(nodes);
    let simple = text.chars().all(char::is_alphanumeric) || text.chars().count() == 1;
    if simple { text } else { format!("({text})") }
}

fn one(node: &Node, out: &mut String) {
    match node {
        Node::Text(text) | Node::Number(text) => out.push_str(text),
        Node::Function(name) => {
            // `n log n`, but `-sin x`.
            if out.ends_with(|c: char| c.is_alphanumeric() || c == ')') {
                out.push(' ');
            }
            out.push_str(name);
            out.push(' ');
        }
        Node::Symbol { text, class } => match class {
            super::Class::Binary | super::Class::Relation => out.push_str(&format!(" {text} ")),
            super::Class::Punctuation => out.push_str(&format!("{text} ")),
            _ => out.push_str(text),
        },
        Node::Delimiter { char, .. } => {
            // `log (n)` is `log(n)`.
            if *char == '(' && out.ends_with(' ') && out.trim_end().ends_with(char::is_alphabetic) {
                out.truncate(out.trim_end().len());
            }
            out.push(*char);
        }
        Node::Group(body) | Node::Styled { body, .. } | Node::Cancel(body) | Node::Boxed { body, .. } => {
            sequence(body, out)
        }
        Node::Fenced { open, close, body } => {
            out.extend(open);
            sequence(body, out);
            out.extend(close);
        }
        Node::Fraction { top, bottom, line } => {
            let mark = if *line { "/" } else { " over " };
            out.push_str(&format!("{}{mark}{}", bracketed(top), bracketed(bottom)));
        }
        Node::Root { body, index } => {
            out.push_str(&index.as_ref().map(|index| raised(&text_of(index), SUPER, "")).unwrap_or_default());
            out.push_str(&format!("√{}", bracketed(body)));
        }
        Node::Script { base, below, above, .. } => {
            let trailing = out.len();
            sequence(base, out);
            let ended = out.get(trailing..).is_some_and(|text| text.ends_with(' '));
            out.truncate(if ended { out.trim_end().len() } else { out.len() });
            if let Some(below) = below {
                out.push_str(&raised(&text_of(below), SUB, "_"));
            }
            if let Some(above) = above {
                out.push_str(&raised(&text_of(above), SUPER, "^"));
            }
            out.push_str(if ended { " " } else { "" });
        }
        Node::Primes(count) => out.extend(std::iter::repeat_n('′', *count)),
        Node::Accent { base, accent, .. } => {
            sequence(base, out);
            out.push(*accent);
        }
        Node::Spread { base, .. } => sequence(base, out),
        Node::Space(width) => out.push_str(if *width > 0.0 { " " } else { "" }),
        Node::Rows(rows) => {
            let parted = if matches!(rows.kind, RowsKind::Grid { .. }) { ", " } else { " " };
            let lines: Vec<String> = rows
                .rows
                .iter()
                .map(|row| row.iter().map(|cell| text_of(cell)).collect::<Vec<_>>().join(parted))
                .collect();
            out.push_str(&lines.join("; "));
        }
    }
}

const SUPER: &[(char, char)] = &[
    ('0', '⁰'),
    ('1', '¹'),
    ('2', '²'),
    ('3', '³'),
    ('4', '⁴'),
    ('5', '⁵'),
    ('6', '⁶'),
    ('7', '⁷'),
    ('8', '⁸'),
    ('9', '⁹'),
    ('+', '⁺'),
    ('−', '⁻'),
    ('n', 'ⁿ'),
    ('i', 'ⁱ'),
    ('′', '′'),
    (' ', ' '),
];
const SUB: &[(char, char)] = &[
    ('0', '₀'),
    ('1', '₁'),
    ('2', '₂'),
    ('3', '₃'),
    ('4', '₄'),
    ('5', '₅'),
    ('6', '₆'),
    ('7', '₇'),
    ('8', '₈'),
    ('9', '₉'),
];

/// A script in small signs where Unicode has them, else behind a mark.
fn raised(text: &str, signs: &[(char, char)], mark: &str) -> String {
    let small: Option<String> =
        text.chars().map(|c| signs.iter().find(|(plain, _)| *plain == c).map(|(_, small)| *small)).collect();
    match small {
        Some(small) => small.replace(' ', ""),
        None if text.chars().count() == 1 => format!("{mark}{text}"),
        None => format!("{mark}({text})"),
    }
}
