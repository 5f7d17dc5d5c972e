//! Changes to a note's text that leave all else to the letter.

use std::ops::Range;

/// Replacements by byte range; they must not overlap.
#[derive(Debug, Default)]
pub struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    pub fn replace(&mut self, range: Range<usize>, text: String) {
        self.0.push((range, text));
    }

    /// Takes out the lines that a range touches.
    pub fn remove_lines(&mut self, text: &str, range: Range<usize>) {
        let start = text.get(..range.start).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
        let end =
            text.get(range.end..).and_then(|t| t.find('\n')).map_or(text.len(), |at| range.end + at + 1);
        // The row's end may be the line feed itself.
        let end = if text.get(..range.end).is_some_and(|t| t.ends_with('\n')) { range.end } else { end };
        self.0.push((start..end, String::new()));
    }

    /// Whether a change was made that holds the range.
    pub fn covers(&self, range: &Range<usize>) -> bool {
        self.0.iter().any(|(own, _)| own.start <= range.start && range.end <= own.end)
    }

    pub fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (range, new) in self.0 {
            if range.start < at {
                continue;
            }
            out.push_str(text.get(at..range.start).unwrap_or_default());
            out.push_str(&new);
            at = range.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }
}

/// What of `[shown](dest "title")` stands before the destination, and the title with the space before it.
pub struct InlineLink<'t> {
    pub before: &'t str,
    pub title: &'t str,
}

/// `None` for a link by reference or an address in angle brackets alone.
pub fn inline_link(own: &str) -> Option<InlineLink<'_>> {
    let at = own.rfind("](")?;
    let before = own.get(..at)?;
    let inner = own.get(at + 2..)?.strip_suffix(')')?;
    let end = match inner.strip_prefix('<') {
        Some(rest) => rest.find('>')? + 2,
        None => inner.find(char::is_whitespace).unwrap_or(inner.len()),
    };
    let title = inner.get(end..)?;
    Some(InlineLink { before, title: if title.trim().is_empty() { "" } else { title } })
}

/// Puts properties into a note's front matter: a key that is there gets the new value, others are added. Nothing else of
/// it changes; a key with an empty value goes. `None` where the front matter is not made of lines `key: value`.
pub fn set_properties(text: &str, properties: &[(&str, String)]) -> Option<String> {
    if properties.is_empty() {
        return Some(text.to_owned());
    }
    let parsed = crate::vault::parse(text);
    let (old, body) = match parsed.front.clone() {
        Some(range) => (text.get(range)?, text.get(parsed.body..)?),
        None => ("", text.trim_start_matches('\u{feff}')),
    };
    let mut yaml = without_keys(old, &properties.iter().map(|(key, _)| *key).collect::<Vec<_>>())?;
    for (key, value) in properties.iter().filter(|(_, value)| !value.is_empty()) {
        yaml.push_str(&format!("{key}: {value}\n"));
    }
    Some(format!("---\n{yaml}---\n{body}"))
}

/// YAML without some of its top-level keys. `None` where it is not a block mapping.
pub fn without_keys(yaml: &str, keys: &[&str]) -> Option<String> {
    let mut out = String::with_capacity(yaml.len());
    let mut skipping = false;
    for line in yaml.split_inclusive('\n') {
        let first = line.chars().next().unwrap_or('\n');
        let goes_on =
            first.is_whitespace() || first == '#' || line.starts_with("- ") || line.trim_end() == "-";
        if !goes_on {
            let (key, _) = line.split_once(':')?;
            let key = key.trim().trim_matches(['"', '\'']);
            if key.is_empty() || key.starts_with(['{', '[', '?', '&']) {
                return None;
            }
            skipping = keys.contains(&key);
        } else if first == '#' {
            skipping = false;
        }
        if !skipping {
            out.push_str(line);
        }
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    Some(out)
}

/// A text as YAML's double-quoted scalar, which is JSON's string.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Texts as YAML's flow sequence.
pub fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_set_and_the_rest_stays() {
        let set = |text: &str| set_properties(text, &[("id", "x".into()), ("aliases", "[\"a\"]".into())]);
        assert_eq!(set("# T\n").unwrap(), "---\nid: x\naliases: [\"a\"]\n---\n# T\n");
        let text = "---\ntags: # why\n  - a\naliases:\n- b\n- c\npriority: 1\n---\n# T\n";
        let expected = "---\ntags: # why\n  - a\npriority: 1\nid: x\naliases: [\"a\"]\n---\n# T\n";
        assert_eq!(set(text).unwrap(), expected);
        assert_eq!(set("---\n{tags: a}\n---\n"), None);
    }

    #[test]
    fn parts_of_an_inline_link() {
        for (own, expected) in [
            ("[a](b.md)", Some(("[a", ""))),
            ("![x](<b c.png> \"cap (1)\")", Some(("![x", " \"cap (1)\""))),
            ("[a][b]", None),
        ] {
            assert_eq!(inline_link(own).map(|l| (l.before, l.title)), expected, "{own}");
        }
    }

    #[test]
    fn lines_go_whole() {
        let text = "a\n| b |\nc";
        let mut edits = Edits::default();
        edits.remove_lines(text, 2..7);
        assert_eq!(edits.apply(text), "a\nc");
    }
}
