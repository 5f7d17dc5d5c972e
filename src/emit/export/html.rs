//! A note's tree as HTML for Anki's fields. All text is escaped, so that nothing in it is a tag, a field, a cloze
//! deletion, a formula or a sound.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::ops::Range;

use siphasher::sip::SipHasher13;

use super::source::{Source, on_the_web, written};
use super::{Loss, markdown};
use crate::typeset::highlight::{self, Token};
use crate::vault::ast::{
    Align, Block, BlockKind, Callout, Code, ImageSize, Inline, InlineKind, Item, List, Table,
};
use crate::vault::markdown::shown_target;
use crate::vault::{FileNo, Place, Selection};

/// Pictures that fields show, by the name under which Anki keeps them: one folder for all decks, so a name tells the
/// bytes apart.
#[derive(Debug, Default)]
pub struct Media {
    pub files: BTreeMap<String, Vec<u8>>,
    /// What was read already, by path.
    known: BTreeMap<(FileNo, String), Option<String>>,
    /// Diagrams, by the start of their block; `None` where one cannot be drawn.
    diagrams: BTreeMap<(FileNo, usize), Option<(String, String)>>,
    pub losses: Vec<Loss>,
}

impl Media {
    fn add(&mut self, bytes: Vec<u8>, ending: &str) -> String {
        let mut hasher = SipHasher13::new();
        hasher.write(&bytes);
        let name = format!("recto-{:016x}.{ending}", hasher.finish());
        self.files.insert(name.clone(), bytes);
        name
    }

    fn picture(&mut self, source: &Source<'_>, from: FileNo, to: &str, place: Place) -> Option<String> {
        let key = (from, to.to_owned());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let name = match source.picture(from, to) {
            Ok((path, bytes)) => {
                let ending = path.rsplit_once('.').map_or("png", |(_, e)| e).to_ascii_lowercase();
                Some(self.add(bytes, &ending))
            }
            Err(why) => {
                self.losses.push(Loss::new(format!("a picture was left out: {why}"), Some(place)));
                None
            }
        };
        self.known.insert(key, name.clone());
        name
    }

    /// The name and alternative text of a drawn diagram.
    fn diagram(&mut self, code: &Code, place: Place) -> Option<(String, String)> {
        let key = (place.file, place.range.start);
        if let Some(known) = self.diagrams.get(&key) {
            return known.clone();
        }
        let drawn = match crate::typeset::mermaid::draw(&code.text) {
            Ok(picture) => {
                let alt = picture.alt.clone().or_else(|| picture.caption.clone());
                let alt = alt.unwrap_or_else(|| "diagram".to_owned());
                Some((self.add(picture.svg.clone().into_bytes(), "svg"), alt))
            }
            Err(why) => {
                self.losses.push(Loss::new(format!("a diagram became its source: {why}"), Some(place)));
                None
            }
        };
        self.diagrams.insert(key, drawn.clone());
        drawn
    }
}

/// Words of a cloze note that are hidden: their bytes in the file, and the number of their deletion.
pub type Clozes = [(Range<usize>, u32)];

/// The HTML of a part of a note; footnotes follow at the end.
pub fn html(
    source: &Source<'_>,
    file: FileNo,
    selection: &Selection,
    media: &mut Media,
    clozes: &Clozes,
) -> String {
    let mut writer =
        Writer { source, file, media, clozes, inside: false, notes: Vec::new(), out: String::new() };
    match selection {
        Selection::Inlines(inlines) => writer.inlines(inlines),
        Selection::Blocks(blocks) => match blocks.as_slice() {
            [Block { kind: BlockKind::Paragraph(inlines), .. }] => writer.inlines(inlines),
            blocks => writer.blocks(blocks),
        },
    }
    let mut done = 0;
    while let Some(label) = writer.notes.get(done).cloned() {
        done += 1;
        writer.out.push_str(&format!("<div style=\"font-size:smaller\"><sup>{done}</sup> "));
        let body = source.footnote(file, &label).unwrap_or_default();
        match body {
            [Block { kind: BlockKind::Paragraph(inlines), .. }] => writer.inlines(inlines),
            body => writer.blocks(body),
        }
        writer.out.push_str("</div>");
    }
    writer.out
}

struct Writer<'w, 'a> {
    source: &'w Source<'a>,
    file: FileNo,
    media: &'w mut Media,
    clozes: &'w Clozes,
    /// A deletion is open.
    inside: bool,
    /// Labels of footnotes, as they are referred to.
    notes: Vec<String>,
    out: String,
}

const MONO: &str = "font-family:monospace";
const BOX: &str = "text-align:left;white-space:pre-wrap;overflow-x:auto;background:#f6f6f4;color:#1c1c1e;\
                   padding:0.6em 0.8em;border-radius:4px;font-size:0.85em;line-height:1.4";

impl Writer<'_, '_> {
    fn place(&self, range: &Range<usize>) -> Place {
        Place { file: self.file, range: range.clone() }
    }

    fn wrap(&mut self, open: &str, close: &str, body: impl FnOnce(&mut Self)) {
        self.out.push_str(open);
        body(self);
        self.out.push_str(close);
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match &block.kind {
            BlockKind::Heading { content, .. } => self.wrap("<p><b>", "</b></p>", |w| w.inlines(content)),
            BlockKind::Paragraph(content) => self.wrap("<p>", "</p>", |w| w.inlines(content)),
            BlockKind::Quote(body) => self.wrap(QUOTE, "</blockquote>", |w| w.blocks(body)),
            BlockKind::Callout(callout) => self.callout(callout),
            BlockKind::List(list) => self.list(list),
            BlockKind::Code(code) => self.code(block, code),
            BlockKind::Table(table) => self.table(table),
            BlockKind::Rule => self.out.push_str("<hr>"),
            BlockKind::FootnoteDef { .. } => {}
            BlockKind::Math(text) => {
                self.out.push_str("<p>\\[");
                plain(text.trim(), &mut self.out);
                self.out.push_str("\\]</p>");
            }
            BlockKind::Html(text) => self.pre(text.trim_end()),
        }
    }

    fn callout(&mut self, callout: &Callout) {
        self.wrap(QUOTE, "</blockquote>", |w| {
            w.wrap("<p><b>", "</b></p>", |w| match &callout.title {
                Some(title) => w.inlines(title),
                None => escape(&markdown::capital(&callout.word), &mut w.out),
            });
            w.blocks(&callout.body);
        });
    }

    fn list(&mut self, list: &List) {
        let (open, close) = match list.start {
            None => ("<ul style=\"text-align:left\">".to_owned(), "</ul>"),
            Some(1) => ("<ol style=\"text-align:left\">".to_owned(), "</ol>"),
            Some(n) => (format!("<ol start=\"{n}\" style=\"text-align:left\">"), "</ol>"),
        };
        self.wrap(&open, close, |w| {
            list.items.iter().for_each(|item| w.wrap("<li>", "</li>", |w| w.item(item, list.tight)));
        });
    }

    fn item(&mut self, item: &Item, tight: bool) {
        if let Some(mark) = item.task {
            self.out.push_str(if mark == ' ' { "☐ " } else { "☑ " });
        }
        for (i, block) in item.body.iter().enumerate() {
            match &block.kind {
                BlockKind::Paragraph(inlines) if tight || (i == 0 && item.body.len() == 1) => {
                    self.inlines(inlines);
                }
                _ => self.block(block),
            }
        }
    }

    fn table(&mut self, table: &Table) {
        let cell = |w: &mut Self, tag: &str, align: Option<&Align>, content: &[Inline]| {
            let align = match align {
                Some(Align::Center) => "center",
                Some(Align::Right) => "right",
                _ => "left",
            };
            let open = format!("<{tag} style=\"text-align:{align};padding:0.2em 0.5em\">");
            w.wrap(&open, &format!("</{tag}>"), |w| w.inlines(content));
        };
        self.wrap("<table border=\"1\" style=\"border-collapse:collapse;margin:auto\">", "</table>", |w| {
            for (tag, row) in
                std::iter::once(("th", &table.head)).chain(table.rows.iter().map(|row| ("td", row)))
            {
                w.wrap("<tr>", "</tr>", |w| {
                    for (i, c) in row.cells.iter().enumerate() {
                        cell(w, tag, table.align.get(i), &c.content);
                    }
                });
            }
        });
    }

    fn code(&mut self, block: &Block, code: &Code) {
        if code.lang == "mermaid"
            && let Some((name, alt)) = self.media.diagram(code, self.place(&block.range))
        {
            self.img(&name, &alt, ImageSize::default());
            return;
        }
        if !highlight::knows(&code.lang) {
            self.pre(&code.text);
            return;
        }
        self.out.push_str(&format!("<pre style=\"{BOX}\"><code>"));
        let mut state = highlight::State::default();
        for (i, line) in code.text.split('\n').enumerate() {
            if i > 0 {
                self.out.push('\n');
            }
            let mut last = Token::Plain;
            for (token, piece) in highlight::tokens(&code.lang, line, &mut state) {
                if token != last {
                    if last != Token::Plain {
                        self.out.push_str("</span>");
                    }
                    if let Some(style) = colour(token) {
                        self.out.push_str(&format!("<span style=\"{style}\">"));
                    }
                    last = token;
                }
                plain(piece, &mut self.out);
            }
            if last != Token::Plain {
                self.out.push_str("</span>");
            }
        }
        self.out.push_str("</code></pre>");
    }

    fn pre(&mut self, text: &str) {
        self.out.push_str(&format!("<pre style=\"{BOX}\"><code>"));
        plain(text, &mut self.out);
        self.out.push_str("</code></pre>");
    }

    fn cloze_of(&self, range: &Range<usize>) -> Option<u32> {
        let holds =
            |own: &Range<usize>| own.start <= range.start && range.end <= own.end && !range.is_empty();
        self.clozes.iter().find(|(own, _)| holds(own)).map(|(_, number)| *number)
    }

    fn inlines(&mut self, inlines: &[Inline]) {
        // Inside a deletion no other begins.
        if self.inside {
            inlines.iter().for_each(|inline| self.inline(inline));
            return;
        }
        let mut open: Option<u32> = None;
        for inline in inlines {
            let inside = self.cloze_of(&inline.range);
            if inside != open {
                if open.is_some() {
                    self.out.push_str("}}");
                }
                if let Some(number) = inside {
                    self.out.push_str(&format!("{{{{c{number}::"));
                }
                open = inside;
            }
            self.inside = open.is_some();
            self.inline(inline);
            self.inside = false;
        }
        if open.is_some() {
            self.out.push_str("}}");
        }
    }

    fn inline(&mut self, inline: &Inline) {
        match &inline.kind {
            InlineKind::Text(text) => escape(text, &mut self.out),
            InlineKind::Code(code) => {
                self.out.push_str(&format!("<code style=\"{MONO}\">"));
                plain(code, &mut self.out);
                self.out.push_str("</code>");
            }
            InlineKind::Strong(body) => self.wrap("<b>", "</b>", |w| w.inlines(body)),
            InlineKind::Emph(body) => self.wrap("<i>", "</i>", |w| w.inlines(body)),
            InlineKind::Strike(body) => self.wrap("<s>", "</s>", |w| w.inlines(body)),
            InlineKind::Highlight(body) => self.wrap("<mark>", "</mark>", |w| w.inlines(body)),
            InlineKind::Answer(body) if self.inside => self.inlines(body),
            InlineKind::Answer(body) => self.wrap("<b>", "</b>", |w| w.inlines(body)),
            InlineKind::Gap => self.out.push_str("&#91;…&#93;"),
            InlineKind::Link { dest, content, .. } if on_the_web(dest) => {
                let mut open = String::from("<a href=\"");
                plain(dest, &mut open);
                open.push_str("\">");
                self.wrap(&open, "</a>", |w| w.inlines(content));
            }
            InlineKind::Link { content, .. } => self.inlines(content),
            InlineKind::WikiLink(link) => match &link.shown {
                Some(shown) => self.inlines(shown),
                None => escape(&shown_target(&link.target), &mut self.out),
            },
            InlineKind::Embed(embed) => {
                let to = written(&embed.target);
                let alt = embed.alt.clone().unwrap_or_default();
                self.picture(&to, &alt, embed.size, &inline.range);
            }
            InlineKind::Image { dest, alt, size, .. } => self.picture(dest, alt, *size, &inline.range),
            InlineKind::FootnoteRef(label) => {
                let at = self.notes.iter().position(|known| known == label).unwrap_or_else(|| {
                    self.notes.push(label.clone());
                    self.notes.len() - 1
                });
                self.out.push_str(&format!("<sup>{}</sup>", at + 1));
            }
            InlineKind::Math(text) => {
                self.out.push_str("\\(");
                plain(text.trim(), &mut self.out);
                self.out.push_str("\\)");
            }
            InlineKind::Tag(tag) => escape(&format!("#{tag}"), &mut self.out),
            InlineKind::Html(text) => {
                self.out.push_str(&format!("<code style=\"{MONO}\">"));
                plain(text, &mut self.out);
                self.out.push_str("</code>");
            }
            InlineKind::SoftBreak => self.out.push(' '),
            InlineKind::HardBreak => self.out.push_str("<br>"),
        }
    }

    fn picture(&mut self, to: &str, alt: &str, size: ImageSize, range: &Range<usize>) {
        let place = self.place(range);
        if on_the_web(to) {
            self.media.losses.push(Loss::new("a picture on the web became a link to it", Some(place)));
            let mut open = String::from("<a href=\"");
            plain(to, &mut open);
            open.push_str("\">");
            self.wrap(&open, "</a>", |w| escape(if alt.is_empty() { to } else { alt }, &mut w.out));
            return;
        }
        if !crate::typeset::pictures::is_picture(to) {
            escape(if alt.is_empty() { to } else { alt }, &mut self.out);
            return;
        }
        match self.media.picture(self.source, self.file, to, place) {
            Some(name) => self.img(&name, alt, size),
            None => escape(if alt.is_empty() { to } else { alt }, &mut self.out),
        }
    }

    fn img(&mut self, name: &str, alt: &str, size: ImageSize) {
        self.out.push_str(&format!("<img src=\"{name}\" alt=\""));
        plain(alt, &mut self.out);
        self.out.push('"');
        if let Some(width) = size.width {
            self.out.push_str(&format!(" width=\"{width}\""));
        }
        if let Some(height) = size.height {
            self.out.push_str(&format!(" height=\"{height}\""));
        }
        self.out.push('>');
    }
}

const QUOTE: &str =
    "<blockquote style=\"text-align:left;border-left:3px solid #999;margin:0.6em 0;padding-left:0.8em\">";

/// The pages' own colours.
fn colour(token: Token) -> Option<&'static str> {
    Some(match token {
        Token::Plain => return None,
        Token::Keyword => "color:#7a1f3d;font-weight:bold",
        Token::Constant | Token::Number => "color:#7d480a",
        Token::String => "color:#1b5e4a",
        Token::Comment => "color:#5a6464;font-style:italic",
        Token::Name => "color:#1d4f7c;font-weight:bold",
        Token::Key => "color:#1d4f7c",
    })
}

/// Text as HTML that Anki takes for text: braces and brackets are entities, because `{{…}}`, `[sound:…]` and
/// `[latex]` are looked for in the field as it is stored; two colons would part a deletion from its hint.
pub fn plain(text: &str, out: &mut String) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '{' => out.push_str("&#123;"),
            '}' => out.push_str("&#125;"),
            '[' => out.push_str("&#91;"),
            ']' => out.push_str("&#93;"),
            ':' if chars.peek() == Some(&':') => out.push_str("&#58;"),
            // U+001F parts fields.
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

/// The same outside code and formulas, where MathJax looks for `\(` in what is shown: it does not look across elements.
pub fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, after) = rest.split_at(at);
        plain(before, out);
        out.push_str("<span>\\</span>");
        rest = after.get(1..).unwrap_or_default();
    }
    plain(rest, out);
}

/// [`escape`] into a string of its own.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    escape(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::export::testing;

    fn of(note: &str) -> String {
        testing::with_note(note, |source, file| {
            let blocks = source.note(file).unwrap().parsed.blocks.clone();
            html(source, file, &Selection::Blocks(blocks), &mut Media::default(), &[])
        })
    }

    #[test]
    fn nothing_in_a_text_is_mark_up() {
        let text = "<script>{{c1::x}} \\(y\\) [sound:z] a::b \"q\" & \u{1f}";
        let html = escaped(text);
        for bad in ["<script", "{{", "}}", "\\(", "[sound", "::", "\u{1f}"] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
        assert!(html.contains("&quot;q&quot; &amp;"));
    }

    #[test]
    fn what_notes_hold() {
        assert_eq!(
            of("A **b** *c* `d<` $x_{1}$ [w](https://x.org) [[n|m]]\n"),
            "A <b>b</b> <i>c</i> <code style=\"font-family:monospace\">d&lt;</code> \\(x_&#123;1&#125;\\) <a href=\"https://x.org\">w</a> m"
        );
        assert!(
            of("```python\ndef f(): pass\n```\n")
                .contains("<span style=\"color:#7a1f3d;font-weight:bold\">def</span>")
        );
        assert!(of("- [x] a\n- [ ] b\n").contains("<li>☑ a</li><li>☐ b</li>"));
        assert!(of("a[^1]\n\nb\n\n[^1]: said\n").ends_with("<sup>1</sup> said</div>"));
        assert!(of("```mermaid\nflowchart LR\n  a --> b\n```\n").starts_with("<img src=\"recto-"));
        assert!(of("| a | b |\n| - | -: |\n| 1 | 2 |\n").contains("text-align:right"));
        let xml = format!(
            "<x>{}</x>",
            of("> [!tip] T\n> b\n\n1. a\n2. b\n\n`x`\n\n---\n").replace("<hr>", "<hr/>")
        );
        roxmltree::Document::parse(&xml).unwrap();
    }
}
