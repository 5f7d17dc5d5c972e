//! Invisible characters, odd spaces, and lookalikes of quotes and dashes.
//!
//! Each of these characters has a right use somewhere: the joiners in emoji, Indic and Arabic scripts, zero-width spaces
//! in Thai and Khmer, the no-break space before French punctuation, the prime in feet and minutes. Only what has no such
//! use where it stands is changed.

use super::Rule;
use super::code;
use super::patch::{Edit, tidy};

/// How far a neighbour is looked for.
const NEAR: usize = 16;
/// How far apart quotes of a pair may stand.
const QUOTED: usize = 500;

pub(super) fn edits(text: &str) -> Vec<Edit> {
    let code = code::code(text);
    let mut out = Vec::new();
    for (start, line) in code::lines(text) {
        // All these characters lie above ASCII.
        if line.is_ascii() {
            continue;
        }
        let line = Line::new(start, line, &code);
        line.invisible(&mut out);
        line.spaces(&mut out);
        line.quotes(&mut out);
        line.dashes(&mut out);
    }
    tidy(out)
}

/// A line's characters with their places.
struct Line {
    chars: Vec<(usize, char, bool)>,
    /// Writes from right to left somewhere.
    rtl: bool,
    /// Latin letters and no other script's.
    latin: bool,
    /// `[[…]]`, as indices of characters: a link with a hard space finds no file.
    links: Vec<std::ops::Range<usize>>,
}

impl Line {
    fn new(start: usize, line: &str, code: &[std::ops::Range<usize>]) -> Self {
        let chars: Vec<(usize, char, bool)> =
            line.char_indices().map(|(i, c)| (start + i, c, code::inside(code, start + i))).collect();
        let rtl =
            line.chars().any(|c| matches!(u32::from(c), 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfefc));
        let latin = line.chars().any(|c| c.is_ascii_alphabetic())
            && line.chars().all(|c| !c.is_alphabetic() || is_latin(c));
        let links = links(&chars);
        Self { chars, rtl, latin, links }
    }

    fn at(&self, i: usize) -> Option<char> {
        self.chars.get(i).map(|(_, c, _)| *c)
    }

    /// The next character before `i` that is not invisible.
    ///
    /// Of many in a row some count as neighbours, so that the time stays linear.
    fn before(&self, i: usize) -> Option<char> {
        let mut near = self.chars.get(..i)?.iter().rev().map(|(_, c, _)| *c).take(NEAR);
        near.find(|c| !is_invisible(*c))
    }

    fn after(&self, i: usize) -> Option<char> {
        let mut near = self.chars.get(i + 1..)?.iter().map(|(_, c, _)| *c).take(NEAR);
        near.find(|c| !is_invisible(*c))
    }

    fn edit(&self, i: usize, insert: &str, rule: Rule) -> Option<Edit> {
        let (at, c, in_code) = self.chars.get(i)?;
        (!in_code).then(|| Edit::new(*at..at + c.len_utf8(), insert, rule))
    }

    fn invisible(&self, out: &mut Vec<Edit>) {
        for (i, (at, c, _)) in self.chars.iter().enumerate() {
            let (before, after) = (self.before(i), self.after(i));
            let plain = |c: Option<char>| {
                c.is_none_or(|c| c.is_ascii() || is_latin(c) || is_european(c) || is_space(c))
            };
            let twice = i.checked_sub(1).and_then(|i| self.at(i)) == Some(*c);
            let idle = match c {
                // A byte order mark at the file's start is the editor's business.
                '\u{feff}' => *at > 0,
                '\u{200b}' => (plain(before) && plain(after)) || twice,
                '\u{2060}' => before.is_none_or(is_space) || after.is_none_or(is_space) || twice,
                '\u{200d}' => {
                    let emoji = before.is_some_and(is_pictograph) && after.is_some_and(is_pictograph);
                    (!emoji && plain(before) && plain(after)) || before.is_none() || twice
                }
                // Between letters it parts a ligature (`Auflage`); beside a space or a sign it parts nothing.
                '\u{200c}' => {
                    let lone = |c: Option<char>| c.is_none_or(|c| c.is_ascii() && !c.is_ascii_alphanumeric());
                    (plain(before) && plain(after) && (lone(before) || lone(after))) || twice
                }
                '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' => {
                    !self.rtl
                }
                _ => false,
            };
            if idle {
                out.extend(self.edit(i, "", Rule::Invisible));
            }
        }
    }

    fn spaces(&self, out: &mut Vec<Edit>) {
        let hard = |c: char| matches!(c, '\u{a0}' | '\u{202f}' | '\u{2007}');
        let last = self.chars.iter().rposition(|(_, c, _)| !is_space(*c));
        let first = self.chars.iter().position(|(_, c, _)| !is_space(*c) && !matches!(c, '>' | '\u{feff}'));
        // A paste from a word processor: hard spaces everywhere, plain ones hardly anywhere.
        let inner = |c: char| {
            self.chars.iter().enumerate().filter(move |(i, (_, d, _))| {
                *d == c && first.is_some_and(|f| *i > f) && last.is_some_and(|l| *i < l)
            })
        };
        let all_hard = inner('\u{a0}').count() >= 3 && inner(' ').count() == 0;
        for (i, (_, c, _)) in self.chars.iter().enumerate() {
            let (one, two) = (i.checked_sub(1).and_then(|i| self.at(i)), self.at(i + 1));
            let replace = match c {
                '\u{a0}' | '\u{202f}' => {
                    // A list's or heading's mark, a cell's or line's edge, another space beside.
                    let edge = |c: Option<char>| c.is_none_or(|c| c == '|' || (is_space(c) && !hard(c)));
                    let mark = first.is_some_and(|f| i > f && i - f <= 6 && self.is_mark(f, i));
                    edge(one)
                        || edge(two)
                        || mark
                        || one == Some(*c)
                        || code::inside(&self.links, i)
                        || (all_hard && !self.wanted(i))
                }
                _ => false,
            };
            if replace {
                out.extend(self.edit(i, " ", Rule::Space));
            }
        }
    }

    /// Whether the characters from `first` up to `i` are a heading's, list's or quote's mark.
    fn is_mark(&self, first: usize, i: usize) -> bool {
        let mark: String = self.chars.get(first..i).unwrap_or_default().iter().map(|(_, c, _)| *c).collect();
        let number = mark
            .strip_suffix(['.', ')'])
            .is_some_and(|n| !n.is_empty() && n.len() <= 3 && n.bytes().all(|b| b.is_ascii_digit()));
        number
            || matches!(mark.as_str(), "-" | "*" | "+" | ">")
            || (!mark.is_empty() && mark.len() <= 6 && mark.bytes().all(|b| b == b'#'))
    }

    /// Whether typography wants a hard space here: numbers and units, French punctuation, one-letter words.
    fn wanted(&self, i: usize) -> bool {
        let (one, two) = (i.checked_sub(1).and_then(|i| self.at(i)), self.at(i + 1));
        let punctuation = two
            .is_some_and(|c| matches!(c, ':' | ';' | '!' | '?' | '»' | '%' | '›' | '–' | '—'))
            || one.is_some_and(|c| matches!(c, '«' | '‹' | '§' | '№'));
        let number = one.is_some_and(|c| c.is_numeric());
        punctuation || number
    }

    fn quotes(&self, out: &mut Vec<Edit>) {
        for (i, (_, c, _)) in self.chars.iter().enumerate() {
            let (one, two) = (i.checked_sub(1).and_then(|i| self.at(i)), self.at(i + 1));
            match c {
                // `don´t`, `it′s`: an English contraction's ending between a letter and the word's end.
                '´' | '′' | 'ʹ' | '‛' | '＇' if self.latin && one.is_some_and(char::is_alphabetic) => {
                    let tail: String = self
                        .chars
                        .get(i + 1..)
                        .unwrap_or_default()
                        .iter()
                        .map(|(_, c, _)| *c)
                        .take_while(|c| c.is_alphabetic())
                        .take(4)
                        .collect();
                    if matches!(tail.to_lowercase().as_str(), "s" | "t" | "re" | "ve" | "ll" | "d" | "m")
                        && self.word_before(i)
                    {
                        out.extend(self.edit(i, "’", Rule::Quote));
                    }
                }
                // `‘‘so’’`: two single quotes for a double one, on both sides.
                '‘' if two == Some('‘') && one != Some('‘') && self.at(i + 2) != Some('‘') => {
                    let close = (i + 2..self.chars.len().min(i + QUOTED)).find(|j| {
                        self.at(*j) == Some('’') && self.at(j + 1) == Some('’') && self.at(j + 2) != Some('’')
                    });
                    if let Some(close) = close {
                        for (at, insert) in [(i, "“"), (i + 1, ""), (close, "”"), (close + 1, "")] {
                            out.extend(self.edit(at, insert, Rule::Quote));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// At least two letters end before `i`; `5′`, `f′` are feet and derivatives.
    fn word_before(&self, i: usize) -> bool {
        let letter = |j: Option<usize>| j.and_then(|j| self.at(j)).is_some_and(char::is_alphabetic);
        letter(i.checked_sub(1)) && letter(i.checked_sub(2))
    }

    fn dashes(&self, out: &mut Vec<Edit>) {
        if !self.latin {
            return;
        }
        for (i, (_, c, _)) in self.chars.iter().enumerate() {
            let word = |range: &mut dyn Iterator<Item = usize>| {
                range
                    .take(NEAR)
                    .filter_map(|j| self.at(j))
                    .skip_while(|c| *c == ' ')
                    .take_while(|c| c.is_alphabetic())
                    .take(2)
                    .count()
                    == 2
            };
            let words = || word(&mut (0..i).rev()) && word(&mut (i + 1..self.chars.len()));
            let spaced =
                i.checked_sub(1).and_then(|i| self.at(i)) == Some(' ') && self.at(i + 1) == Some(' ');
            let insert = match c {
                // A minus sign, the horizontal bar and the box-drawing line between words are dashes.
                '−' if spaced && words() => "–",
                '―' | '─' if words() => "—",
                '﹘' if words() => "—",
                '﹣' | '－' if words() => "-",
                _ => continue,
            };
            out.extend(self.edit(i, insert, Rule::Dash));
        }
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

fn is_space(c: char) -> bool {
    c.is_whitespace()
}

fn is_latin(c: char) -> bool {
    matches!(u32::from(c), 0x41..=0x5a | 0x61..=0x7a | 0xaa | 0xb5 | 0xba | 0xc0..=0x24f | 0x1e00..=0x1eff)
}

/// Signs, and the other scripts of Europe and East Asia: none of them joins letters.
fn is_european(c: char) -> bool {
    matches!(u32::from(c), 0xa0..=0xbf | 0xd7 | 0xf7 | 0x370..=0x52f | 0x1f00..=0x1fff | 0x2000..=0x2bff | 0x3000..=0x9fff | 0xac00..=0xd7a3 | 0xff00..=0xffef)
        && !is_pictograph(c)
}

/// Parts of emoji: pictures, skin tones, variation selectors.
fn is_pictograph(c: char) -> bool {
    matches!(u32::from(c), 0x2190..=0x21ff | 0x2300..=0x23ff | 0x25a0..=0x27bf | 0x2900..=0x297f | 0x2b00..=0x2bff | 0xfe0f | 0x1f000..=0x1faff)
}

/// The wikilinks among a line's characters.
fn links(chars: &[(usize, char, bool)]) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut open = None;
    for (i, pair) in chars.windows(2).enumerate() {
        match pair {
            [(_, '[', _), (_, '[', _)] => open = Some(i + 2),
            [(_, ']', _), (_, ']', _)] => out.extend(open.take().map(|open| open..i)),
            _ => {}
        }
    }
    out
}
