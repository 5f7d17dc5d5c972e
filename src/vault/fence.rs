//! What stands behind a fence's language: ```` ```python title="Sort" no-run="needs a network" ````.

use super::ast::Code;

impl Code {
    /// An attribute's value: `key="a b"`, `key='a b'` or `key=ab`; empty where only the key stands there.
    ///
    /// A quote that is never closed ends with the line. Of two with one key the first counts.
    pub fn attribute(&self, key: &str) -> Option<&str> {
        let mut rest = self.info.as_str();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}'));
            if rest.is_empty() {
                return None;
            }
            let end = rest.find(|c: char| c == '=' || c.is_whitespace() || c == '}').unwrap_or(rest.len());
            let (own, after) = rest.split_at(end);
            let (value, after) = match after.strip_prefix('=') {
                Some(after) => value(after),
                None => ("", after),
            };
            if own.eq_ignore_ascii_case(key) {
                return Some(value);
            }
            rest = after;
        }
    }
}

/// A value at the start of a text, and what follows it.
fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_whitespace() || c == '}').unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes() {
        let read = |info: &str, key: &str| {
            let code = Code {
                lang: "python".into(),
                info: info.into(),
                text: String::new(),
                text_range: 0..0,
                fenced: true,
            };
            code.attribute(key).map(ToOwned::to_owned)
        };
        let info = r#"title="a no-run=b" no-run='needs "it"' exit=2 python=">=3.13" lone"#;
        assert_eq!(read(info, "title").as_deref(), Some("a no-run=b"));
        assert_eq!(read(info, "no-run").as_deref(), Some("needs \"it\""));
        assert_eq!(read(info, "NO-RUN").as_deref(), Some("needs \"it\""));
        assert_eq!(read(info, "exit").as_deref(), Some("2"));
        assert_eq!(read(info, "python").as_deref(), Some(">=3.13"));
        assert_eq!(read(info, "lone").as_deref(), Some(""));
        assert_eq!(read(info, "b\""), None);
        assert_eq!(read("{no-run}", "no-run").as_deref(), Some(""));
        assert_eq!(read("no-run=\"open", "no-run").as_deref(), Some("open"));
        assert_eq!(read("=x ==y", "no-run"), None);
        assert_eq!(read("", ""), None);
    }
}
