//! A note's tree as Markdown again: for formats that take Markdown, each with its own habits.
//!
//! Everything that is text is escaped, so that it reads as text.

use super::source::{Source, written};
use crate::vault::ast::{Block, BlockKind, Callout, CalloutKind, Inline, InlineKind, Item, List, Table};
use crate::vault::markdown::{plain_text, shown_target};
use crate::vault::{FileNo, Selection};

/// Whose Markdown.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Dialect {
    /// Wikilinks, highlights, callouts: as the notes are written.
    Obsidian,
    /// Notion's importer: callouts are `<aside>`, formulas stand in dollars, no highlights.
    Notion,
    /// Mochi: formulas stand in two dollars, `{{…}}` is a cloze deletion.
    Mochi,
}

/// Where links and pictures lead in the exported files.
pub trait Places {
    /// The address of what a link leads to; `None` leaves its text.
    fn link(&mut self, from: FileNo, written: &str) -> Option<String>;
    /// The path of a picture; `None` leaves its alternative text.
    fn picture(&mut self, from: FileNo, written: &str) -> Option<String>;
}

/// Links and pictures as they are written.
pub struct AsWritten;

impl Places for AsWritten {
    fn link(&mut self, _: FileNo, written: &str) -> Option<String> {
        Some(written.to_owned())
    }

    fn picture(&mut self, _: FileNo, written: &str) -> Option<String> {
        Some(written.to_owned())
    }
}

/// The Markdown of a part of a note, without a line feed at its end. Footnotes follow at the end.
pub fn markdown(
    source: &Source<'_>,
    file: FileNo,
    selection: &Selection,
    dialect: Dialect,
    places: &mut dyn Places,
) -> String {
    let mut writer = Writer { source, file, dialect, places, notes: Vec::new(), depth: 0 };
    let mut out = match selection {
        Selection::Inlines(inlines) => writer.inlines(inlines),
        Selection::Blocks(blocks) => writer.blocks(blocks, false),
    };
    let mut done = 0;
    while let Some(label) = writer.notes.get(done).cloned() {
        done += 1;
        let body = writer.source.footnote(file, &label).unwrap_or_default();
        let text = writer.blocks(body, true).replace('\n', "\n    ");
        let mark = escape(&label, dialect);
        out.push_str(&match dialect {
            Dialect::Obsidian => format!("\n\n[^{label}]: {text}"),
            _ => format!("\n\n({mark}) {text}"),
        });
    }
    out
}

struct Writer<'w, 'a> {
    source: &'w Source<'a>,
    file: FileNo,
    dialect: Dialect,
    places: &'w mut dyn Places,
    /// Labels of footnotes, as they are referred to.
    notes: Vec<String>,
    /// Of tables: pipes are escaped inside.
    depth: usize,
}

impl Writer<'_, '_> {
    fn blocks(&mut self, blocks: &[Block], tight: bool) -> String {
        let mut out = String::new();
        for block in blocks {
            let text = self.block(block);
            if text.is_empty() {
                continue;
            }
            if !out.is_empty() {
                let lists = matches!(block.kind, BlockKind::List(_)) && tight;
                out.push_str(if lists { "\n" } else { "\n\n" });
            }
            out.push_str(&text);
        }
        out
    }

    fn block(&mut self, block: &Block) -> String {
        match &block.kind {
            BlockKind::Heading { level, content } => {
                let level = match self.dialect {
                    Dialect::Notion => (*level).clamp(1, 3),
                    _ => *level,
                };
                format!("{} {}", "#".repeat(usize::from(level)), self.inlines(content).replace('\n', " "))
            }
            BlockKind::Paragraph(content) => lines_escaped(&self.inlines(content)),
            BlockKind::Quote(body) => quoted(&self.blocks(body, false)),
            BlockKind::Callout(callout) => self.callout(callout),
            BlockKind::List(list) => self.list(list),
            BlockKind::Code(code) => fenced(&code.lang, &code.info, &code.text),
            BlockKind::Table(table) => self.table(table),
            BlockKind::Rule => match self.dialect {
                // `---` parts the sides of a Mochi card.
                Dialect::Mochi => "***".to_owned(),
                _ => "---".to_owned(),
            },
            BlockKind::FootnoteDef { .. } => String::new(),
            BlockKind::Math(source) => format!("$$\n{}\n$$", source.trim()),
            BlockKind::Html(source) => fenced("html", "", source.trim_end()),
        }
    }

    fn callout(&mut self, callout: &Callout) -> String {
        let title = callout.title.as_ref().map(|title| self.inlines(title));
        let body = self.blocks(&callout.body, false);
        match self.dialect {
            Dialect::Obsidian => {
                let title = title.map(|t| format!(" {t}")).unwrap_or_default();
                let fold = match callout.fold {
                    crate::vault::ast::Fold::None => "",
                    crate::vault::ast::Fold::Open => "+",
                    crate::vault::ast::Fold::Closed => "-",
                };
                quoted(format!("[!{}]{fold}{title}\n{body}", callout.word).trim_end())
            }
            Dialect::Notion => {
                let title = title.unwrap_or_else(|| escape(&capital(&callout.word), self.dialect));
                format!("<aside>\n{} **{title}**\n\n{body}\n\n</aside>", icon(callout.kind))
            }
            Dialect::Mochi => {
                let title = title.unwrap_or_else(|| escape(&capital(&callout.word), self.dialect));
                quoted(format!("**{title}**\n\n{body}").trim_end())
            }
        }
    }

    fn list(&mut self, list: &List) -> String {
        let mut out = Vec::new();
        for (i, item) in list.items.iter().enumerate() {
            let mark = match list.start {
                Some(start) => format!("{}. ", start + i as u64),
                None => "- ".to_owned(),
            };
            out.push(self.item(item, &mark, list.tight));
        }
        out.join(if list.tight { "\n" } else { "\n\n" })
    }

    fn item(&mut self, item: &Item, mark: &str, tight: bool) -> String {
        let task = item.task.map(|c| format!("[{c}] ")).unwrap_or_default();
        let body = self.blocks(&item.body, tight);
        let indent = match self.dialect {
            // Notion's importer counts four spaces for a level.
            Dialect::Notion => "    ".to_owned(),
            _ => " ".repeat(mark.len()),
        };
        let mut lines = body.lines();
        let mut out = format!("{mark}{task}{}", lines.next().unwrap_or_default());
        for line in lines {
            out.push('\n');
            if !line.is_empty() {
                out.push_str(&indent);
                out.push_str(line);
            }
        }
        out
    }

    fn table(&mut self, table: &Table) -> String {
        self.depth += 1;
        let mut row = |cells: &[crate::vault::ast::Cell]| {
            let cells: Vec<String> =
                cells.iter().map(|c| self.inlines(&c.content).replace('\n', " ")).collect();
            format!("| {} |", cells.join(" | "))
        };
        let mut out = vec![row(&table.head.cells)];
        let align = |a: &crate::vault::ast::Align| match a {
            crate::vault::ast::Align::None => "---",
            crate::vault::ast::Align::Left => ":--",
            crate::vault::ast::Align::Center => ":-:",
            crate::vault::ast::Align::Right => "--:",
        };
        out.push(format!("| {} |", table.align.iter().map(align).collect::<Vec<_>>().join(" | ")));
        out.extend(table.rows.iter().map(|r| row(&r.cells)));
        self.depth -= 1;
        out.join("\n")
    }

    fn inlines(&mut self, inlines: &[Inline]) -> String {
        inlines.iter().map(|inline| self.inline(inline)).collect()
    }

    fn wrapped(&mut self, mark: &str, body: &[Inline]) -> String {
        let text = self.inlines(body);
        let inner = text.trim();
        if inner.is_empty() {
            return text;
        }
        // White space inside the marks would undo them.
        let (lead, tail) = (&text[..text.len() - text.trim_start().len()], &text[text.trim_end().len()..]);
        format!("{lead}{mark}{inner}{mark}{tail}")
    }

    fn inline(&mut self, inline: &Inline) -> String {
        let in_table = self.depth > 0;
        match &inline.kind {
            InlineKind::Text(text) => escape(text, self.dialect),
            InlineKind::Code(code) => inline_code(code, in_table),
            InlineKind::Strong(body) => self.wrapped("**", body),
            InlineKind::Emph(body) => self.wrapped("*", body),
            InlineKind::Strike(body) => self.wrapped("~~", body),
            InlineKind::Highlight(body) => match self.dialect {
                Dialect::Obsidian => self.wrapped("==", body),
                _ => self.inlines(body),
            },
            InlineKind::Answer(body) => self.wrapped("**", body),
            InlineKind::Gap => escape("[…]", self.dialect),
            InlineKind::Link { dest, content, .. } => {
                let shown = self.inlines(content);
                if super::source::on_the_web(dest) {
                    return format!("[{shown}]({})", address(dest, self.dialect));
                }
                match self.places.link(self.file, dest) {
                    Some(to) => format!("[{shown}]({})", address(&to, self.dialect)),
                    None => shown,
                }
            }
            InlineKind::WikiLink(link) => {
                let to = written(&link.target);
                let shown = match &link.shown {
                    Some(shown) => self.inlines(shown),
                    None => escape(&shown_target(&link.target), self.dialect),
                };
                if self.dialect == Dialect::Obsidian {
                    let pipe = if in_table { "\\|" } else { "|" };
                    return match &link.shown {
                        Some(text) => format!("[[{to}{pipe}{}]]", plain_text(text)),
                        None => format!("[[{to}]]"),
                    };
                }
                match self.places.link(self.file, &to) {
                    Some(to) => format!("[{shown}]({})", address(&to, self.dialect)),
                    None => shown,
                }
            }
            InlineKind::Embed(embed) => {
                let to = written(&embed.target);
                if self.dialect == Dialect::Obsidian {
                    return format!("![[{to}]]");
                }
                let alt = embed.alt.clone().unwrap_or_else(|| to.clone());
                self.picture(&to, &alt)
            }
            InlineKind::Image { dest, alt, .. } => self.picture(dest, alt),
            InlineKind::FootnoteRef(label) => {
                if !self.notes.contains(label) {
                    self.notes.push(label.clone());
                }
                match self.dialect {
                    Dialect::Obsidian => format!("[^{label}]"),
                    _ => format!(" ({})", escape(label, self.dialect)),
                }
            }
            InlineKind::Math(source) => match self.dialect {
                Dialect::Mochi => format!("$${source}$$"),
                _ => format!("${source}$"),
            },
            InlineKind::Tag(tag) => match self.dialect {
                Dialect::Obsidian => format!("#{tag}"),
                _ => format!("\\#{}", escape(tag, self.dialect)),
            },
            InlineKind::Html(source) => escape(source, self.dialect),
            InlineKind::SoftBreak => "\n".to_owned(),
            InlineKind::HardBreak if in_table => " ".to_owned(),
            InlineKind::HardBreak => "\\\n".to_owned(),
        }
    }

    fn picture(&mut self, to: &str, alt: &str) -> String {
        let shown = escape(alt, self.dialect);
        match self.places.picture(self.file, to) {
            Some(path) => format!("![{shown}]({})", address(&path, self.dialect)),
            None => match self.places.link(self.file, to) {
                Some(to) if self.dialect != Dialect::Obsidian => {
                    format!("[{shown}]({})", address(&to, self.dialect))
                }
                _ => shown,
            },
        }
    }
}

/// Text that a Markdown parser gives back as it is; lines' starts are left to [`lines_escaped`].
pub fn escape(text: &str, dialect: Dialect) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '$' | '~' | '|' | '^' => true,
            // `snake_case` stays as it is.
            '_' => !(before.is_alphanumeric() && next.is_alphanumeric()),
            '=' | '%' => before == c || next == c,
            '#' => next.is_alphanumeric(),
            '&' => next.is_ascii_alphabetic() || next == '#',
            '{' | '}' => dialect == Dialect::Mochi,
            '!' => next == '[',
            _ => false,
        };
        if special {
            out.push('\\');
        }
        match c {
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// A paragraph none of whose lines is a list, a heading, a quote or a rule.
fn lines_escaped(text: &str) -> String {
    let line = |line: &str| {
        let line = line.trim_start();
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let rest = line.get(digits..).unwrap_or_default();
        let numbered = digits > 0 && rest.starts_with(['.', ')']);
        if numbered {
            return format!("{}\\{rest}", line.get(..digits).unwrap_or_default());
        }
        let rule = !line.is_empty() && line.chars().all(|c| matches!(c, '-' | '_' | '=' | ' '));
        if line.starts_with(['#', '+']) || line.starts_with("- ") || line == "-" || rule {
            return format!("\\{line}");
        }
        line.to_owned()
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn quoted(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { ">".to_owned() } else { format!("> {line}") };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A fence longer than any run of backticks in the code.
fn fenced(lang: &str, info: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    let info = if info.is_empty() { lang.to_owned() } else { format!("{lang} {info}") };
    format!("{fence}{}\n{text}\n{fence}", info.trim_end())
}

fn inline_code(code: &str, in_table: bool) -> String {
    let fence = "`".repeat(longest_run(code) + 1);
    let pad = if code.starts_with(['`', ' ']) || code.ends_with(['`', ' ']) { " " } else { "" };
    let code = code.replace('\n', " ");
    let code = if in_table { code.replace('|', "\\|") } else { code };
    format!("{fence}{pad}{code}{pad}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A link's destination: in angle brackets as the notes have it, percent-encoded for others.
fn address(dest: &str, dialect: Dialect) -> String {
    let mut out = String::with_capacity(dest.len() + 2);
    for c in dest.chars() {
        match c {
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            '\n' | '\r' => out.push_str("%20"),
            ' ' if dialect != Dialect::Obsidian => out.push_str("%20"),
            '(' if dialect != Dialect::Obsidian => out.push_str("%28"),
            ')' if dialect != Dialect::Obsidian => out.push_str("%29"),
            c => out.push(c),
        }
    }
    if dialect == Dialect::Obsidian { format!("<{out}>") } else { out }
}

/// `tip` as `Tip`.
pub fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// The sign that Notion shows beside a callout.
fn icon(kind: CalloutKind) -> &'static str {
    match kind {
        CalloutKind::Note => "📝",
        CalloutKind::Abstract => "📋",
        CalloutKind::Info => "ℹ️",
        CalloutKind::Todo => "☑️",
        CalloutKind::Tip => "💡",
        CalloutKind::Success => "✅",
        CalloutKind::Question => "❓",
        CalloutKind::Warning => "⚠️",
        CalloutKind::Failure => "❌",
        CalloutKind::Danger => "🛑",
        CalloutKind::Bug => "🐞",
        CalloutKind::Example => "📎",
        CalloutKind::Quote => "💬",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::emit::export::testing;
    use crate::vault::{blocks_text, parse};

    /// Reads a note and writes it in the notes' own Markdown.
    fn again(note: &str) -> String {
        testing::with_note(note, |source, file| {
            let blocks = source.note(file).unwrap().parsed.blocks.clone();
            markdown(source, file, &Selection::Blocks(blocks), Dialect::Obsidian, &mut AsWritten)
        })
    }

    #[test]
    fn every_construct_comes_back() {
        let note = "# Head *one*\n\nText `a|b` **bold** ==high== [web](<https://x.org/a b>) [[Note|shown]] $x_1$ #tag\\\nnext\n\n\
                    > quote\n> more\n\n> [!tip]- Title\n> body\n\n1. one\n2. two\n   - deep\n\n- [x] done\n\n\
                    ````python title=\"x\"\n```\nx = 1\n````\n\n| a | b |\n| :-- | --: |\n| `x\\|y` | \\| |\n\n$$\nx^2\n$$\n\n---\n\nNote[^1]\n\n[^1]: said";
        let once = again(note);
        assert_eq!(once.trim(), again(&once).trim(), "writing is stable");
        for piece in [
            "# Head *one*",
            "`a|b`",
            "**bold**",
            "==high==",
            "[[Note|shown]]",
            "$x_1$",
            "#tag",
            "> [!tip]- Title",
            "   - deep",
            "- [x] done",
            "````python title=\"x\"",
            "| `x\\|y` |",
            "[^1]: said",
        ] {
            assert!(once.contains(piece), "{piece} in\n{once}");
        }
    }

    proptest! {
        #[test]
        fn text_is_read_back_as_text(text in "[a-z<>&*_`\\[\\]|$=~#\\\\!{}%+.1 -]{1,40}") {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assume!(!text.is_empty());
            let written = lines_escaped(&escape(&text, Dialect::Obsidian));
            let read = blocks_text(&parse(&written).blocks);
            prop_assert_eq!(read, text, "{}", written);
        }
    }
}
