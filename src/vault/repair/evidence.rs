//! Whether a run that could be damaged UTF-8 can also be correct text.
//!
//! The question is asked of each UTF-8 sequence in a run: its lead and what follows it, as the wrong encoding shows them.
//! In Windows-1252 leads are letters (`Â`–`ô`) and followers mostly signs, so a correct text has them where a word in
//! capitals ends: `NÃO…`, `Fuß“`, `máš”`. In Mac Roman leads are mostly signs and followers letters: `«é`, `l’été`, `…à`.

use super::encoding::Table;

/// One UTF-8 sequence as the wrong encoding shows it.
pub(super) struct Sequence<'a> {
    /// Lead and followers.
    pub chars: &'a [char],
    pub decoded: char,
    /// The neighbours in the run.
    pub previous: Option<char>,
    pub next: Option<char>,
}

/// Whether a run of sequences cannot be correct text. `before` and `after` are the rest of its line.
pub(super) fn certain(table: Table, run: &[Sequence], before: &str, after: &str, cost: f32) -> bool {
    let any = run.iter().any(|sequence| {
        let before = Before {
            one: sequence.previous.or(before.chars().next_back()),
            two: match sequence.previous {
                Some(_) => None,
                None => before.chars().rev().nth(1),
            },
        };
        let after = sequence.next.or(after.chars().next());
        match table {
            Table::Windows => windows(sequence, &before, after),
            Table::Mac => mac(sequence, &before, after),
        }
    });
    if any {
        // A lone rare character is more likely a chance than damage, unless it shows what no text has.
        return cost < 1.0 || run.len() > 1 || run.iter().any(|s| s.chars.iter().any(|c| is_control(*c)));
    }
    match run {
        [] | [_] => false,
        [a, b] => script(a.decoded).is_some_and(|s| script(b.decoded) == Some(s)),
        [first, rest @ ..] => {
            cost <= 0.5
                || script(first.decoded).is_some_and(|s| rest.iter().all(|c| script(c.decoded) == Some(s)))
        }
    }
}

/// The two characters before a sequence.
struct Before {
    one: Option<char>,
    two: Option<char>,
}

impl Before {
    fn lower(&self) -> bool {
        self.one.is_some_and(char::is_lowercase)
    }

    fn upper(&self) -> bool {
        self.one.is_some_and(char::is_uppercase)
    }

    fn letter(&self) -> bool {
        self.one.is_some_and(char::is_alphabetic)
    }

    fn digit(&self) -> bool {
        self.one.is_some_and(|c| c.is_ascii_digit())
    }

    /// The end of a word rather than a variable of one letter.
    fn word(&self) -> bool {
        self.letter() && self.two.is_some_and(char::is_alphabetic)
    }
}

fn is_control(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{f8ff}')
}

/// What may follow the last letter of a word.
fn closes(c: char) -> bool {
    matches!(
        c,
        '\u{a0}'
            | '…'
            | '‘'
            | '’'
            | '“'
            | '”'
            | '„'
            | '–'
            | '—'
            | '•'
            | '™'
            | '®'
            | '©'
            | '°'
            | 'ª'
            | 'º'
            | '²'
            | '³'
            | '¹'
            | '·'
            | '»'
            | '«'
            | '›'
            | '‹'
    )
}

/// Windows-1252's letters among the followers.
fn letter_1252(c: char) -> bool {
    matches!(c, 'Š' | 'š' | 'Ž' | 'ž' | 'Œ' | 'œ' | 'Ÿ')
}

fn windows(s: &Sequence, before: &Before, after: Option<char>) -> bool {
    if s.chars.iter().any(|c| is_control(*c)) {
        return true;
    }
    match s.chars {
        // A diameter, a product, an ending: `Ø½`, `3×£5`, `Fuß“`; and scripts that never come as one letter.
        ['×' | 'Ø' | 'ß' | 'Þ' | 'Ü' | 'Ý', _] => false,
        [lead, follower] => {
            let common = matches!(lead, 'Â' | 'Ã' | 'Ä' | 'Å');
            if letter_1252(*follower) {
                return if common { !before.upper() } else { before.lower() };
            }
            if !closes(*follower) {
                return true;
            }
            let lower_after = after.is_some_and(char::is_lowercase);
            before.lower()
                || (before.digit() && matches!(lead, 'Â' | 'Ã'))
                || (common && !before.letter() && lower_after && *follower != '\u{a0}')
                || (*lead == 'Ã' && *follower == '\u{a0}' && after == Some(' '))
                || (*lead == 'É' && *follower == '™' && after.is_some_and(char::is_alphabetic))
                // Nobody writes a dash or a quote between a capital letter and the rest of its word.
                || (*lead == 'Ã'
                    && !before.letter()
                    && matches!(follower, '–' | '—' | '…' | '‘' | '’' | '“' | '”' | '™' | '•')
                    && after.is_some_and(char::is_uppercase))
        }
        [lead, one, two] => {
            let letters = letter_1252(*one) && letter_1252(*two);
            let ends = (closes(*one) || letter_1252(*one)) && closes(*two);
            let circumflex = *lead == 'â' && !matches!(one, '’' | '”' | '…' | '»');
            !(letters || ends) || circumflex
        }
        [lead, one, rest @ ..] => {
            (*lead == 'ð' && *one == 'Ÿ')
                || !(closes(*one) || letter_1252(*one))
                || !rest.iter().all(|c| closes(*c))
        }
        _ => false,
    }
}

/// Mac Roman's letters among the followers.
fn letter_mac(c: char) -> bool {
    c.is_alphabetic() && !matches!(c, 'Ω' | 'π' | 'µ')
}

/// Signs of mathematics among the followers.
fn math(c: char) -> bool {
    matches!(c, 'π' | 'µ' | 'Ω' | '∑' | '∏' | '∂' | '∫' | '∞')
}

fn mac(s: &Sequence, before: &Before, after: Option<char>) -> bool {
    if s.chars.contains(&'\u{f8ff}') {
        return true;
    }
    let letter_after = after.is_some_and(char::is_alphabetic);
    match s.chars {
        ['»', follower] => before.letter() && letter_mac(*follower),
        [
            '«' | '…' | '\u{a0}' | '–' | '—' | '“' | '”' | '‘' | '’' | '÷' | '◊' | '⁄' | '€' | '¤' | '‹'
            | '›' | 'ﬁ' | 'ﬂ',
            _,
        ] => false,
        ['¬', follower] => !math(*follower) || before.letter() || before.digit(),
        ['√', follower] => !math(*follower) || before.word(),
        ['≈' | '∆', follower] => {
            let quantity = math(*follower) || matches!(follower, '£' | '¥' | '¢' | '±' | '≤' | '≥' | '°');
            !quantity || before.letter() || (letter_after && !math(*follower))
        }
        ['ƒ', _] => true,
        ['À' | 'Ã' | 'Õ', _] => before.lower(),
        ['Œ' | 'œ' | 'ÿ' | 'Ÿ', follower] => !letter_mac(*follower),
        ['‡' | '·' | '‰', ..] => true,
        // A quoted word: `‚Ähnlich‘`, `„Öö”`. Other pairs of letters start none.
        ['‚' | '„', one, two] => {
            let word = letter_mac(*one) && matches!(two, 'ä' | 'ö' | 'ü' | 'õ' | 'ß');
            !word || before.letter() || !after.is_some_and(char::is_lowercase)
        }
        [_, rest @ ..] => !rest.iter().all(|c| letter_mac(*c)),
        [] => false,
    }
}

/// Scripts whose words have more than one letter each; the block's number stands for the script.
fn script(c: char) -> Option<u32> {
    match u32::from(c) {
        0x0370..=0x03ff => Some(1),
        0x0400..=0x052f => Some(2),
        0x0530..=0x058f => Some(3),
        0x0590..=0x05ff => Some(4),
        0x0600..=0x06ff => Some(5),
        0x0700..=0x074f => Some(6),
        0x0780..=0x07bf => Some(7),
        0x07c0..=0x07ff => Some(8),
        c @ 0x0900..=0x109f => Some(c >> 7),
        0x10a0..=0x10ff => Some(10),
        0x1100..=0x11ff | 0x3130..=0x318f | 0xac00..=0xd7a3 => Some(11),
        0x1200..=0x139f => Some(12),
        0x1780..=0x17ff => Some(13),
        0x3000..=0x30ff | 0x3400..=0x9fff | 0xff00..=0xffef => Some(14),
        _ => None,
    }
}

/// How unlikely a character is as the outcome of a repair: 0 is common.
pub(super) fn cost(c: char, last: Option<char>) -> f32 {
    match u32::from(c) {
        0x80..=0x9f | 0xf8ff => 0.5,
        0xa0..=0x17f | 0x1a0 | 0x1a1 | 0x1af | 0x1b0 | 0x218..=0x21b | 0x259 | 0x18f => 0.0,
        // Pinyin; African letters.
        0x1cd..=0x1dc | 0x254 | 0x25b | 0x256 | 0x263 | 0x2bb | 0x2bc => 0.5,
        0x300..=0x36f => {
            if last.is_some_and(char::is_alphabetic) {
                0.25
            } else {
                1.0
            }
        }
        0x180..=0x2ff => 1.0,
        0x0700..=0x08ff | 0x1400..=0x177f | 0x1a00..=0x1dff => 1.0,
        0xe000..=0xf8fe => 2.0,
        0x10000..=0x1cfff | 0xe0000.. => 0.75,
        _ => 0.0,
    }
}
