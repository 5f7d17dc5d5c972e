//! PDF syntax (ISO 32000-1, 7.2 and 7.3), as the exporter writes it.

/// A token; text and names are raw, escapes and all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Token<'a> {
    Name(&'a [u8]),
    /// A literal string without its brackets.
    Text(&'a [u8]),
    /// A hexadecimal string without its brackets.
    Hex(&'a [u8]),
    Number,
    Int(u32),
    /// `N 0 R`.
    Ref(u32),
    ArrayOpen,
    ArrayClose,
    DictOpen,
    DictClose,
    Word(&'a [u8]),
}

/// Tokens of a piece of a file. What is no token ends it.
pub struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    start: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, start: at }
    }

    /// Where the last token begins.
    pub fn start(&self) -> usize {
        self.start
    }

    /// Where the last token ends.
    pub fn end(&self) -> usize {
        self.at
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn between(&self, from: usize, to: usize) -> &'a [u8] {
        self.bytes.get(from..to).unwrap_or_default()
    }

    /// Bytes up to the next that ends a token.
    fn regular(&mut self) -> &'a [u8] {
        let from = self.at;
        while self.peek(0).is_some_and(is_regular) {
            self.at += 1;
        }
        self.between(from, self.at)
    }

    fn literal(&mut self) -> Option<Token<'a>> {
        let from = self.at + 1;
        let mut depth = 0;
        loop {
            match self.peek(0)? {
                b'\\' => self.at += 1,
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(Token::Text(self.between(from, self.at - 1)));
            }
        }
    }

    fn number(&mut self) -> Token<'a> {
        let digits = self.regular();
        let Some(value) = decimal(digits) else { return Token::Number };
        if self.peek(0) == Some(b' ')
            && self.peek(1) == Some(b'0')
            && self.peek(2) == Some(b' ')
            && self.peek(3) == Some(b'R')
            && !self.peek(4).is_some_and(is_regular)
        {
            self.at += 4;
            return Token::Ref(value);
        }
        Token::Int(value)
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        while self.peek(0).is_some_and(is_space) {
            self.at += 1;
        }
        self.start = self.at;
        let skip = |lexer: &mut Self, n: usize, token| {
            lexer.at += n;
            Some(token)
        };
        match self.peek(0)? {
            b'/' => {
                self.at += 1;
                Some(Token::Name(self.regular()))
            }
            b'(' => self.literal(),
            b'[' => skip(self, 1, Token::ArrayOpen),
            b']' => skip(self, 1, Token::ArrayClose),
            b'<' if self.peek(1) == Some(b'<') => skip(self, 2, Token::DictOpen),
            b'>' if self.peek(1) == Some(b'>') => skip(self, 2, Token::DictClose),
            b'<' => {
                while self.peek(0)? != b'>' {
                    self.at += 1;
                }
                let digits = self.between(self.start + 1, self.at);
                skip(self, 1, Token::Hex(digits))
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => Some(self.number()),
            byte if is_regular(byte) => Some(Token::Word(self.regular())),
            _ => None,
        }
    }
}

/// The bytes that a literal or hexadecimal string stands for (ISO 32000-1, 7.3.4).
pub fn decode(token: &Token) -> Option<Vec<u8>> {
    match token {
        Token::Text(raw) => {
            let mut out = Vec::with_capacity(raw.len());
            let mut rest = raw.iter().copied().peekable();
            while let Some(byte) = rest.next() {
                if byte != b'\\' {
                    out.push(byte);
                    continue;
                }
                match rest.next()? {
                    b'n' => out.push(b'\n'),
                    b'r' => out.push(b'\r'),
                    b't' => out.push(b'\t'),
                    b'b' => out.push(8),
                    b'f' => out.push(12),
                    digit @ b'0'..=b'7' => {
                        let mut value = u32::from(digit - b'0');
                        for _ in 0..2 {
                            let Some(digit) = rest.next_if(|b| matches!(b, b'0'..=b'7')) else { break };
                            value = 8 * value + u32::from(digit - b'0');
                        }
                        out.push(value as u8);
                    }
                    other => out.push(other),
                }
            }
            Some(out)
        }
        Token::Hex(digits) => {
            let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
            let digits: Option<Vec<u8>> = digits.iter().map(digit).collect();
            Some(
                digits?
                    .chunks(2)
                    .map(|pair| match pair {
                        [high, low] => 16 * high + low,
                        half => 16 * half.first().copied().unwrap_or_default(),
                    })
                    .collect(),
            )
        }
        _ => None,
    }
}

/// A whole number without a sign.
pub fn decimal(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u32, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | 0 | 12)
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

/// A dictionary: keys and the bytes of their values.
pub struct Dict<'a>(Vec<(&'a [u8], &'a [u8])>);

impl<'a> Dict<'a> {
    /// Reads the dictionary that the bytes begin with.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut lexer = Lexer::new(bytes, 0);
        if lexer.next()? != Token::DictOpen {
            return None;
        }
        let mut entries = Vec::new();
        loop {
            let key = match lexer.next()? {
                Token::Name(key) => key,
                Token::DictClose => return Some(Self(entries)),
                _ => return None,
            };
            let mut depth = 0;
            let mut start = None;
            loop {
                match lexer.next()? {
                    Token::ArrayOpen | Token::DictOpen => depth += 1,
                    Token::ArrayClose | Token::DictClose => depth -= 1,
                    _ => {}
                }
                start.get_or_insert(lexer.start());
                if depth == 0 {
                    break;
                }
            }
            entries.push((key, bytes.get(start?..lexer.end())?));
        }
    }

    pub fn keys(&self) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().map(|entry| entry.0)
    }

    pub fn get(&self, key: &[u8]) -> Option<&'a [u8]> {
        self.0.iter().find(|entry| entry.0 == key).map(|entry| entry.1)
    }

    /// The object that an entry refers to.
    pub fn reference(&self, key: &[u8]) -> Option<u32> {
        match Lexer::new(self.get(key)?, 0).next()? {
            Token::Ref(to) => Some(to),
            _ => None,
        }
    }
}

/// An item of an array.
pub enum Item<'a> {
    Ref(u32),
    Int(u32),
    Text(Token<'a>),
    Other,
}

/// The items of an array; of a nested one, all of its tokens.
pub fn items(array: &[u8]) -> Vec<Item<'_>> {
    let inner = array.strip_prefix(b"[").and_then(|a| a.strip_suffix(b"]")).unwrap_or(array);
    let item = |token| match token {
        Token::Ref(to) => Item::Ref(to),
        Token::Int(value) => Item::Int(value),
        Token::Text(_) | Token::Hex(_) => Item::Text(token),
        _ => Item::Other,
    };
    Lexer::new(inner, 0).map(item).collect()
}

/// The references in an array.
pub fn refs(array: &[u8]) -> Vec<u32> {
    let reference = |item| match item {
        Item::Ref(to) => Some(to),
        _ => None,
    };
    items(array).into_iter().filter_map(reference).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_references() {
        let source = br"<</K[12 0 R 3]/T(a \) (b) 1 0 R)/X<FEFF>/V -.5/B true>>";
        let tokens: Vec<Token> = Lexer::new(source, 0).collect();
        assert_eq!(
            tokens,
            [
                Token::DictOpen,
                Token::Name(b"K"),
                Token::ArrayOpen,
                Token::Ref(12),
                Token::Int(3),
                Token::ArrayClose,
                Token::Name(b"T"),
                Token::Text(br"a \) (b) 1 0 R"),
                Token::Name(b"X"),
                Token::Hex(b"FEFF"),
                Token::Name(b"V"),
                Token::Number,
                Token::Name(b"B"),
                Token::Word(b"true"),
                Token::DictClose,
            ]
        );
    }

    #[test]
    fn strings_in_both_forms() {
        let text = |source: &'static [u8]| decode(&Lexer::new(source, 0).next().expect("a token"));
        assert_eq!(text(br"(a\(b\)\\\101\n)").as_deref(), Some(&b"a(b)\\A\n"[..]));
        assert_eq!(text(b"<48692>").as_deref(), Some(&b"Hi "[..]));
        assert_eq!(text(b"<4x>"), None);
    }

    #[test]
    fn what_is_cut_off_ends_the_tokens() {
        for source in [&b"(ab"[..], b"<FE", b"(a\\", b")"] {
            assert_eq!(Lexer::new(source, 0).count(), 0, "{source:?}");
        }
    }
}
