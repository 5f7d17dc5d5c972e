//! What recto.lock remembers of a card's side: enough to know it again, and to know it again after an edit.
//!
//! A fingerprint is 24 bytes, written as 32 characters of base64url. The first 8 bytes are SipHash-1-3 of the text
//! with white space collapsed and Unicode composed: two sides have the same *text* if these are the same (of 100,000
//! different sides, two share them with a chance of 3 in 10¹⁰). The other 16 bytes are a *sketch*: 32 minima of hashes over the set of
//! character trigrams (Broder 1997, “On the resemblance and containment of documents”), 4 bits kept of each (Li and
//! König 2010, “b-bit minwise hashing”). Two sketches estimate how much two texts share without holding either.
//!
//! The estimate of the Jaccard index *J* of the trigram sets has no bias and a standard deviation of
//! √(p(1−p)/32)·16/15 with p = J + (1−J)/16: at most 0.1. An edit in one place of 30 % of a text leaves *J* near 0.54,
//! which is taken for less than [`ALIKE`] once in 1,000 times; unrelated sentences of one language share about 0.1, which is taken for
//! more once in 50 times, so that a sketch never decides alone (see `identity`).

use std::fmt;
use std::hash::Hasher;
use std::str::FromStr;

use siphasher::sip::SipHasher13;
use unicode_normalization::UnicodeNormalization;

/// Similarity from which on a text counts as an edit of another.
pub const ALIKE: f64 = 0.25;

const MINIMA: usize = 32;
/// Keys of the exact hash: “recto.lock front” in ASCII. To change them is to forget every card.
const KEYS: (u64, u64) = (0x7265_6374_6f2e_6c6f, 0x636b_2066_726f_6e74);

/// A side of a card, as recto.lock holds it.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Fingerprint {
    exact: u64,
    /// 32 numbers of 4 bits, the first in the lowest bits.
    sketch: u128,
}

impl Fingerprint {
    /// The fingerprint of a side's plain text.
    pub fn of(text: &str) -> Self {
        let text = collapse(text);
        Self { exact: exact(&text), sketch: sketch(&text) }
    }

    /// The same, with a look at what is known already: a sketch takes a thousand times as long as the exact hash, and
    /// most sides did not change since the last build.
    pub fn of_with(text: &str, known: impl Fn(u64) -> Option<Self>) -> Self {
        let text = collapse(text);
        let exact = exact(&text);
        known(exact).unwrap_or_else(|| Self { exact, sketch: sketch(&text) })
    }

    /// The hash of the text itself.
    pub fn exact(&self) -> u64 {
        self.exact
    }

    /// The share of character trigrams that both texts hold, of those that either holds: 0 to 1, estimated.
    pub fn similarity(&self, other: &Self) -> f64 {
        if self.exact == other.exact {
            return 1.0;
        }
        let differ = self.sketch ^ other.sketch;
        let equal = (0..MINIMA).filter(|i| (differ >> (4 * i)) & 0xf == 0).count();
        // Of minima that differ, one in 16 has the same 4 bits.
        let share = (equal as f64 / MINIMA as f64 - 1.0 / 16.0) / (15.0 / 16.0);
        share.clamp(0.0, 1.0)
    }
}

/// White space as single spaces, none at the ends, composed.
fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        match word.is_ascii() {
            true => out.push_str(word),
            false => out.extend(word.nfc()),
        }
    }
    out
}

fn exact(text: &str) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(KEYS.0, KEYS.1);
    hasher.write(text.as_bytes());
    hasher.finish()
}

fn sketch(text: &str) -> u128 {
    let mut minima = [u64::MAX; MINIMA];
    let padded = format!(" {} ", text.to_lowercase());
    let mut window = (' ', ' ');
    for (i, c) in padded.chars().enumerate() {
        if i >= 2 {
            // A code point has 21 bits: three of them fit without a collision.
            let trigram = (u64::from(window.0) << 42) | (u64::from(window.1) << 21) | u64::from(c);
            for (minimum, salt) in minima.iter_mut().zip(1u64..) {
                *minimum = (*minimum).min(scatter(trigram ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            }
        }
        window = (window.1, c);
    }
    minima.iter().rev().fold(0, |sketch, minimum| (sketch << 4) | u128::from(minimum & 0xf))
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection whose every bit depends on every bit.
fn scatter(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.exact.to_be_bytes());
        bytes[8..].copy_from_slice(&self.sketch.to_be_bytes());
        let mut text = String::with_capacity(32);
        for three in bytes.chunks_exact(3) {
            let bits = three.iter().fold(0usize, |bits, byte| (bits << 8) | usize::from(*byte));
            for shift in [18, 12, 6, 0] {
                text.push(char::from(DIGITS[(bits >> shift) & 63]));
            }
        }
        f.write_str(&text)
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let error = || format!("`{s}` is not a fingerprint, which has 32 letters, digits, `-` or `_`");
        if s.len() != 32 {
            return Err(error());
        }
        // 32 digits of 6 bits are 64 + 128 bits.
        let mut exact: u64 = 0;
        let mut sketch: u128 = 0;
        for byte in s.bytes() {
            let digit = DIGITS.iter().position(|d| *d == byte).ok_or_else(error)? as u64;
            exact = (exact << 6) | u64::try_from(sketch >> 122).unwrap_or(0);
            sketch = (sketch << 6) | u128::from(digit);
        }
        Ok(Self { exact, sketch })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sentences of one style, so that unrelated ones share what English shares.
    const SENTENCES: [&str; 8] = [
        "A name is bound to an object at run time and may be bound to another type later.",
        "The interpreter compiles source to bytecode and runs it on a stack machine.",
        "A generator keeps its frame between two values, so memory stays flat.",
        "An object that can be hashed never changes the value its hash is made from.",
        "The lock lets one thread at a time run bytecode within one process.",
        "A decorator takes a function and gives back what the name shall stand for.",
        "Modules are run once, then found in a dictionary by their full name.",
        "Weak references let a cache forget what nobody else holds any more.",
    ];

    #[test]
    fn text_is_what_counts() {
        assert_eq!(Fingerprint::of("a  b\n c"), Fingerprint::of(" a b c "));
        assert_eq!(Fingerprint::of("e\u{301}"), Fingerprint::of("é"));
        assert_ne!(Fingerprint::of("a b").exact(), Fingerprint::of("A b").exact());
        assert_ne!(Fingerprint::of(""), Fingerprint::of("a"));
    }

    #[test]
    fn the_lock_of_last_year_still_reads() {
        // A change here makes every pack's cards strangers.
        let print = Fingerprint::of("Behaviour decides.");
        assert_eq!(print.to_string(), "DgsKeOlS5Gga9Gc7N8xKe_3XvrO1i7F_");
        assert_eq!(print.to_string().parse(), Ok(print));
        assert!("short".parse::<Fingerprint>().is_err());
        assert!("é".repeat(16).parse::<Fingerprint>().is_err());
    }

    #[test]
    fn what_is_known_is_not_computed_again() {
        let print = Fingerprint::of("same");
        let asked = std::cell::Cell::new(0);
        let again = Fingerprint::of_with(" same ", |exact| {
            asked.set(asked.get() + 1);
            (exact == print.exact()).then_some(print)
        });
        assert_eq!((again, asked.get()), (print, 1));
    }

    /// The error rates of the module's documentation.
    #[test]
    fn edits_are_alike_and_strangers_are_not() {
        let mut missed = 0;
        let mut edits = 0;
        for sentence in SENTENCES {
            let chars: Vec<char> = sentence.chars().collect();
            let length = chars.len() * 3 / 10;
            for start in 0..chars.len() - length {
                let mut edited = chars.clone();
                for (i, c) in edited[start..start + length].iter_mut().enumerate() {
                    *c = "qjxzwvkpyg fbm".chars().nth((i * 5 + start) % 14).unwrap();
                }
                let edited: String = edited.into_iter().collect();
                edits += 1;
                missed +=
                    usize::from(Fingerprint::of(sentence).similarity(&Fingerprint::of(&edited)) < ALIKE);
            }
        }
        assert!(edits > 400 && missed * 100 <= edits, "{missed} of {edits} edits missed");
        let mut worst: f64 = 0.0;
        for (i, a) in SENTENCES.iter().enumerate() {
            for b in &SENTENCES[i + 1..] {
                worst = worst.max(Fingerprint::of(a).similarity(&Fingerprint::of(b)));
            }
        }
        assert!(worst < 0.35, "{worst}");
    }

    proptest::proptest! {
        #[test]
        fn written_and_read(text in ".{0,60}") {
            let print = Fingerprint::of(&text);
            proptest::prop_assert_eq!(print.to_string().parse(), Ok(print));
            proptest::prop_assert_eq!(print.similarity(&print), 1.0);
        }
    }
}
