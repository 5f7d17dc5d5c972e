//! Where code may be broken: words of code in running text, and lines too wide for their column.

/// The mark before the rest of a code line that was too wide.
pub const WRAP_MARK: char = '↪';

/// Code of a line in pieces between which it may be broken: behind punctuation in words longer than `most` characters,
/// and anywhere in what is left longer than that.
pub(super) fn code_pieces(code: &str, most: usize) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    for word in code.split_inclusive(char::is_whitespace) {
        let begin = word.as_ptr() as usize - code.as_ptr() as usize;
        if word.chars().count() <= most {
            continue;
        }
        let mut since = 0;
        let mut before = ' ';
        for (at, c) in word.char_indices() {
            let joint =
                matches!(before, '.' | ',' | '_' | '(' | '[' | '{' | '/' | '=' | ':' | '-' | '&' | '?');
            let joint = joint && c.is_alphanumeric() && since > 3;
            if at > 0 && (joint || since >= most) {
                out.push(&code[start..begin + at]);
                start = begin + at;
                since = 0;
            }
            since += 1;
            before = c;
        }
    }
    out.push(&code[start..]);
    out
}

/// Columns that a character takes in code: what comes from a CJK face is wider than the code's own characters.
fn columns(c: char) -> usize {
    let wide = matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}');
    1 + usize::from(wide)
}

/// Breaks a code line into pieces of at most `width` columns, at a space or behind punctuation where there is one in
/// the last third; the rest is indented like the line and begins with [`WRAP_MARK`].
pub(super) fn wrap_code(line: &str, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    let chars: Vec<char> = line.chars().collect();
    if chars.iter().map(|c| columns(*c)).sum::<usize>() <= width || width < 16 {
        out.push(line.into());
        return out;
    }
    let indent = chars.iter().take_while(|c| **c == ' ').count().min(width / 3);
    let lead: String = " ".repeat(indent) + &WRAP_MARK.to_string() + " ";
    let mut start = 0;
    while start < chars.len() {
        let room = if start == 0 { width } else { width - indent - 2 };
        let mut used = 0;
        let fits = |c: &&char| {
            used += columns(**c);
            used <= room
        };
        let mut end = start + chars[start..].iter().take_while(fits).count();
        if end < chars.len() {
            let earliest = start + (end - start) * 2 / 3;
            if let Some(i) = (earliest..end).rev().find(|i| matches!(chars[*i], ' ' | ',' | ';' | '(' | '.'))
            {
                end = i + 1;
            }
        }
        let piece: String = chars[start..end].iter().collect();
        out.push(if start == 0 { piece } else { format!("{lead}{piece}") });
        start = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns_of_code() {
        let pieces = wrap_code(&"日月".repeat(30), 40);
        assert_eq!(pieces.iter().map(|p| p.chars().count()).collect::<Vec<_>>(), [20, 21, 21, 4]);
        assert!(pieces[1].starts_with("↪ 日"));
    }

    #[test]
    fn long_words_of_code_have_places_to_break() {
        assert_eq!(code_pieces("a_short_one", 24), ["a_short_one"]);
        let long = "package.module.some_function(argument)";
        assert_eq!(code_pieces(long, 24), ["package.", "module.", "some_", "function(", "argument)"]);
        assert_eq!(
            code_pieces(&format!("x = {}", "y".repeat(50)), 24).concat(),
            format!("x = {}", "y".repeat(50))
        );
        assert!(code_pieces(&"é".repeat(90), 24).iter().all(|p| p.chars().count() <= 24));
        assert_eq!(code_pieces(&long.repeat(20), usize::MAX).len(), 1);
    }

    #[test]
    fn code_lines_wrap_at_spaces_and_lose_nothing() {
        let line = "    result = some_function(argument_one, argument_two, argument_three)";
        let pieces = wrap_code(line, 40);
        assert!(pieces.len() > 1);
        assert!(pieces.iter().all(|p| p.chars().count() <= 40), "{pieces:?}");
        let joined: String = pieces
            .iter()
            .enumerate()
            .map(|(i, p)| if i == 0 { p.clone() } else { p.trim_start()[3..].trim_start().into() })
            .collect();
        assert_eq!(joined.replace(' ', ""), line.replace(' ', ""));
        assert_eq!(wrap_code("short", 40), ["short"]);
    }
}
