//! A field of an Anki note as Markdown.

use super::markdown::cell_text;
use super::plain::escape;

/// A field, read.
#[derive(Debug, Clone, Default)]
pub(super) struct Read {
    /// Without marks.
    pub text: String,
    pub markdown: String,
    /// What a text export cannot bring.
    pub lost: Vec<String>,
}

impl Read {
    /// As a cell of a table.
    pub fn cell(&self) -> String {
        self.markdown
            .trim()
            .lines()
            .map(|line| cell_text(line.trim()))
            .filter(|l| !l.is_empty())
            .collect::<Vec<_>>()
            .join("<br>")
    }

    /// With `{{c1::gap::hint}}` as `==gap==`, if it has any.
    pub fn cloze(&self) -> Option<String> {
        let mut out = String::new();
        let mut rest = self.markdown.as_str();
        let mut any = false;
        while let Some(open) = rest.find("{{c") {
            let (before, after) = rest.split_at(open);
            let inner = after.strip_prefix("{{c")?;
            let digits = inner.bytes().take_while(u8::is_ascii_digit).count();
            let Some(body) = inner.get(digits..).and_then(|r| r.strip_prefix("::")).filter(|_| digits > 0)
            else {
                out.push_str(before);
                out.push_str("{{c");
                rest = inner;
                continue;
            };
            let Some(end) = body.find("}}") else { break };
            let (gap, hint) = match body.get(..end).unwrap_or_default().split_once("::") {
                Some((gap, hint)) => (gap, Some(hint)),
                None => (body.get(..end).unwrap_or_default(), None),
            };
            out.push_str(before);
            out.push_str("==");
            out.push_str(gap);
            out.push_str("==");
            if let Some(hint) = hint {
                out.push_str(&format!(" ({hint})"));
            }
            any = true;
            rest = body.get(end + 2..).unwrap_or_default();
        }
        out.push_str(rest);
        any.then_some(out)
    }
}

/// A field of a note without HTML.
pub(super) fn plain(field: &str) -> Read {
    let (text, lost) = without_sounds(field.trim());
    let markdown = text.lines().map(escape).collect::<Vec<_>>().join("\n");
    Read { text, markdown, lost }
}

/// `[sound:x.mp3]` is no text.
fn without_sounds(field: &str) -> (String, Vec<String>) {
    let mut text = String::new();
    let mut lost = Vec::new();
    let mut rest = field;
    while let Some(open) = rest.find("[sound:") {
        let Some(close) = rest.get(open..).and_then(|r| r.find(']')).map(|i| open + i) else { break };
        text.push_str(rest.get(..open).unwrap_or_default());
        lost.push(rest.get(open..=close).unwrap_or_default().to_owned());
        rest = rest.get(close + 1..).unwrap_or_default();
    }
    text.push_str(rest);
    (text, lost)
}

/// A field of a note with HTML: marks that Markdown has stay, others go, their text stays.
pub(super) fn read(field: &str) -> Read {
    let (field, mut lost) = without_sounds(field.trim());
    let mut markdown = String::new();
    let mut text = String::new();
    let mut rest = field.as_str();
    let mut in_code = false;
    // Ends of inline marks stand beside a letter, not a space.
    let mut open: Vec<&'static str> = Vec::new();
    while !rest.is_empty() {
        let Some(at) = rest.find('<') else {
            push(rest, in_code, &mut markdown, &mut text);
            break;
        };
        let (before, tag) = rest.split_at(at);
        push(before, in_code, &mut markdown, &mut text);
        let starts = tag
            .get(1..)
            .is_some_and(|t| t.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!'));
        let Some(end) = tag.find('>').filter(|_| starts) else {
            push("<", in_code, &mut markdown, &mut text);
            rest = tag.get(1..).unwrap_or_default();
            continue;
        };
        let inner = tag.get(1..end).unwrap_or_default();
        rest = tag.get(end + 1..).unwrap_or_default();
        let closing = inner.starts_with('/');
        let name: String = inner
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_lowercase();
        let line_end = |markdown: &mut String, text: &mut String| {
            if !markdown.is_empty() && !markdown.ends_with('\n') {
                markdown.push('\n');
                text.push('\n');
            }
        };
        match name.as_str() {
            "br" => {
                markdown.push('\n');
                text.push('\n');
            }
            "div" | "p" | "ul" | "ol" | "tr" | "table" | "h1" | "h2" | "h3" | "h4" => {
                line_end(&mut markdown, &mut text)
            }
            "li" if !closing => {
                line_end(&mut markdown, &mut text);
                markdown.push_str("- ");
            }
            "b" | "strong" | "i" | "em" if !in_code => {
                let mark = if matches!(name.as_str(), "b" | "strong") { "**" } else { "*" };
                if !closing {
                    open.push(mark);
                    markdown.push_str(mark);
                } else if open.last() == Some(&mark) {
                    open.pop();
                    if markdown.ends_with(mark) {
                        markdown.truncate(markdown.len() - mark.len());
                    } else {
                        markdown.push_str(mark);
                    }
                }
            }
            "code" | "pre" | "tt" if in_code == closing => {
                in_code = !closing;
                markdown.push('`');
            }
            "img" => lost.push(format!("<{inner}>")),
            _ => {}
        }
    }
    if in_code {
        markdown.push('`');
    }
    for mark in open.into_iter().rev() {
        markdown.push_str(mark);
    }
    Read { text: text.trim().to_owned(), markdown: markdown.trim().to_owned(), lost }
}

fn push(part: &str, in_code: bool, markdown: &mut String, text: &mut String) {
    let shown = entities(part);
    text.push_str(&shown);
    if in_code {
        markdown.push_str(&shown.replace('`', "'"));
        return;
    }
    let lead = shown.len() - shown.trim_start().len();
    markdown.push_str(shown.get(..lead).unwrap_or_default());
    // Braces of a gap are no marks; the rest is escaped.
    markdown.push_str(&escape_kept(shown.get(lead..).unwrap_or_default()));
}

fn escape_kept(text: &str) -> String {
    text.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

/// The entities that Anki and Markdown's authors write.
pub(super) fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at(at);
        out.push_str(before);
        let end = entity.bytes().take(12).position(|b| b == b';');
        let name = end.and_then(|end| entity.get(1..end));
        let c = name.and_then(|name| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code).filter(|c| !c.is_control())
            }
        });
        match (c, end) {
            (Some(c), Some(end)) => {
                out.push(c);
                rest = entity.get(end + 1..).unwrap_or_default();
            }
            _ => {
                out.push('&');
                rest = entity.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let of = |field: &str| read(field).markdown;
        assert_eq!(of("a <b>bold</b> &amp; <i>it</i>"), "a **bold** & *it*");
        assert_eq!(of("one<br>two<div>three</div>"), "one\ntwo\nthree");
        assert_eq!(of("<ul><li>x</li><li>y</li></ul>"), "- x\n- y");
        assert_eq!(of("use <code>a*b</code> &lt;tag&gt;"), "use `a*b` \\<tag>");
        assert_eq!(of("2 < 3 and __init__"), "2 \\< 3 and \\_\\_init\\_\\_");
        assert_eq!(of("<b></b>x"), "x");
        let read = read("say [sound:a.mp3] <img src=\"p.png\">");
        assert_eq!((read.text.as_str(), read.lost.len()), ("say", 2));
        let cloze = super::read("A name is bound to {{c1::an object::what}}, {{c2::never}} more");
        assert_eq!(cloze.cloze().as_deref(), Some("A name is bound to ==an object== (what), ==never== more"));
        assert_eq!(super::read("no {{c}} here").cloze(), None);
    }
}
