//! Bytes to lines and columns, as an editor counts them.

/// Where the lines of a text start.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        Self { starts }
    }

    /// How many lines there are: at least one.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    ///
    /// `text` is the one the index was made of. A byte behind its end is at the end, one inside a character at that
    /// character.
    pub fn position(&self, text: &str, byte: usize) -> (usize, usize) {
        let mut byte = byte.min(text.len());
        while !text.is_char_boundary(byte) {
            byte -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= byte).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = text.get(start..byte).map_or(0, |s| s.chars().count()) + 1;
        (line, column)
    }

    /// The first byte of a line, counted from 1.
    pub fn line_start(&self, line: usize) -> Option<usize> {
        self.starts.get(line.checked_sub(1)?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "a\né→x\n";
        let index = LineIndex::new(text);
        assert_eq!(index.lines(), 3);
        assert_eq!(index.position(text, 0), (1, 1));
        assert_eq!(index.position(text, 1), (1, 2), "the line end belongs to its line");
        assert_eq!(index.position(text, 2), (2, 1));
        assert_eq!(index.position(text, 3), (2, 1), "inside a character");
        assert_eq!(index.position(text, 7), (2, 3));
        assert_eq!(index.position(text, 999), (3, 1));
        assert_eq!(index.line_start(2), Some(2));
        assert_eq!(index.line_start(0), None);
    }
}
