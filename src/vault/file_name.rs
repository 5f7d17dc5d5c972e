//! Names of files that Recto writes into a vault.

/// Bytes of a name, at most: file systems allow 255, an ending and a number must fit too.
const MAX_BYTES: usize = 200;

/// A file's name (without ending) for a concept or chapter, as CONTRACTS says: what Obsidian, Windows or a link cannot
/// take becomes `-`, so `CPython / GIL / GC` is `CPython - GIL - GC`.
///
/// The name is never empty, never hidden (no dot at its start), and never a device's name on Windows.
pub fn file_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut chars = name.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let bad = match c {
            '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '#' | '^' | '[' | ']' => true,
            '%' if chars.peek() == Some(&'%') => {
                chars.next();
                true
            }
            c => c.is_control(),
        };
        if !bad {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    if let Some(rest) = out.strip_prefix('.') {
        out = format!("-{rest}");
    }
    if is_device(&out) {
        out.insert(0, '-');
    }
    let mut end = out.len().min(MAX_BYTES);
    while !out.is_char_boundary(end) {
        end -= 1;
    }
    out.truncate(end);
    // Windows drops dots and spaces at the end of a name.
    out.truncate(out.trim_end_matches(|c: char| c == '.' || c.is_whitespace()).len());
    if out.is_empty() { "untitled".to_owned() } else { out }
}

/// Whether Windows takes a name for a device: `NUL`, `com1.txt`.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device).is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_concepts() {
        for (name, file) in [
            ("CPython / GIL / GC", "CPython - GIL - GC"),
            ("Coroutines & async/await", "Coroutines & async-await"),
            ("Iterator Protocol (__iter__, __next__)", "Iterator Protocol (__iter__, __next__)"),
            ("C#", "C-"),
            ("C", "C"),
            ("50%% off: what?", "50- off- what-"),
            (".NET", "-NET"),
            ("etc.", "etc"),
            ("nul", "-nul"),
            ("com1.port", "-com1.port"),
            ("  ", "untitled"),
            ("...", "-"),
            ("[[x]]", "-x-"),
        ] {
            assert_eq!(file_name(name), file, "{name}");
        }
        assert_eq!(file_name(&"é".repeat(300)).len(), 200);
    }

    proptest! {
        #[test]
        fn every_name_is_a_file_and_stays_one(name in any::<String>()) {
            let file = file_name(&name);
            prop_assert!(!file.is_empty() && file.len() <= MAX_BYTES);
            prop_assert!(!file.starts_with('.') && !file.ends_with(['.', ' ']));
            prop_assert!(!file.contains(['\\', '/', ':', '*', '?', '"', '<', '>', '|', '#', '^', '[', ']', '\n']));
            prop_assert!(!file.contains("%%"));
            prop_assert_eq!(file_name(&file), file);
        }
    }
}
