//! Wikilinks in a text: finding them, and pointing them at files that can exist.

use super::names::{Link, Names};
use crate::pack::words::split_badge;
use crate::vault::ast::{Block, BlockKind, Inline, InlineKind};

/// All wikilinks and embeds of a note, in order.
pub(super) fn collect(text: &str, blocks: &[Block]) -> Vec<Link> {
    let mut found = Vec::new();
    let mut todo: Vec<&Block> = blocks.iter().collect();
    while let Some(block) = todo.pop() {
        match &block.kind {
            BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => {
                inlines(content, false, &mut found)
            }
            BlockKind::Quote(body) | BlockKind::FootnoteDef { body, .. } => todo.extend(body),
            BlockKind::Callout(callout) => {
                inlines(callout.title.as_deref().unwrap_or_default(), false, &mut found);
                todo.extend(&callout.body);
            }
            BlockKind::List(list) => todo.extend(list.items.iter().flat_map(|item| &item.body)),
            BlockKind::Table(table) => {
                let rows = std::iter::once(&table.head).chain(&table.rows);
                for cell in rows.flat_map(|row| &row.cells) {
                    inlines(&cell.content, true, &mut found);
                }
            }
            BlockKind::Code(_) | BlockKind::Rule | BlockKind::Math(_) | BlockKind::Html(_) => {}
        }
    }
    let mut links: Vec<Link> = found
        .into_iter()
        .filter_map(|(range, embed, in_table)| {
            let written = text.get(range.clone())?;
            let inner = written.trim_start_matches('!').strip_prefix("[[")?.strip_suffix("]]")?;
            let (target, shown) = match inner.split_once('|') {
                Some((target, shown)) => {
                    (target.strip_suffix('\\').unwrap_or(target), Some(shown.to_owned()))
                }
                None => (inner, None),
            };
            // `[[C#]]` is a name, `[[#Heading]]` and `[[Note#Heading]]` are places.
            let (target, anchor) = match target.find('#') {
                Some(at) if at + 1 < target.trim_end().len() => target.split_at(at),
                _ => (target, ""),
            };
            let target = target.trim();
            let target = target.strip_suffix(".md").unwrap_or(target).to_owned();
            Some(Link { range, target, anchor: anchor.trim().to_owned(), shown, in_table, embed })
        })
        .collect();
    links.sort_by_key(|link| link.range.start);
    links.dedup_by(|b, a| b.range.start < a.range.end);
    links
}

type Found = (std::ops::Range<usize>, bool, bool);

fn inlines(content: &[Inline], in_table: bool, found: &mut Vec<Found>) {
    let mut todo: Vec<&Inline> = content.iter().collect();
    while let Some(inline) = todo.pop() {
        match &inline.kind {
            InlineKind::WikiLink(_) => found.push((inline.range.clone(), false, in_table)),
            InlineKind::Embed(_) => found.push((inline.range.clone(), true, in_table)),
            InlineKind::Strong(inner)
            | InlineKind::Emph(inner)
            | InlineKind::Strike(inner)
            | InlineKind::Highlight(inner)
            | InlineKind::Answer(inner)
            | InlineKind::Link { content: inner, .. } => todo.extend(inner),
            _ => {}
        }
    }
}

/// The text with every link pointing at the file of its concept: `[[A / B]]` becomes `[[A - B|A / B]]`.
pub(super) fn rewrite(text: &str, links: &[Link], names: &Names) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for link in links {
        let Some(new) = written(link, names) else { continue };
        out.push_str(text.get(at..link.range.start).unwrap_or_default());
        out.push_str(&new);
        at = link.range.end;
        // A badge that comes out of the link is no part of the next word.
        let next = text.get(at..).and_then(|rest| rest.chars().next());
        if !new.ends_with(']') && next.is_some_and(char::is_alphanumeric) {
            out.push(' ');
        }
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// How a link is written, if not as it stands.
fn written(link: &Link, names: &Names) -> Option<String> {
    if link.embed || link.target.is_empty() || names.is_note(&link.target) {
        return None;
    }
    let (name, badge) = split_badge(&link.target);
    let stem = names.known(name)?;
    if stem == link.target {
        return None;
    }
    let own = link.shown.as_deref().filter(|shown| !shown.trim().is_empty());
    let shown = own.or((stem != name).then_some(name));
    let pipe = if link.in_table { "\\|" } else { "|" };
    let shown = shown.map(|shown| format!("{pipe}{shown}")).unwrap_or_default();
    // The file is named without the badge: it stands beside the link, unless the text shown has it.
    let badge = badge.filter(|badge| !own.is_some_and(|own| own.contains(badge)));
    let badge = badge.map(|badge| format!(" {badge}")).unwrap_or_default();
    Some(format!("[[{stem}{}{shown}]]{badge}", link.anchor))
}
