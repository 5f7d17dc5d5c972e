//! How card faces look: plain, saving ink, or in large print.

use serde_json::{Value, json};

use super::fonts::Fonts;
use crate::plan::balance::{self, Size};

/// Safe distance of content from the trim, mm.
pub const INSET: f64 = 5.0;
/// Leading of a term's lines, em; with the line itself 1.22.
const TERM_PITCH: f64 = 1.22;

/// The design of the faces.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Default)]
pub enum Faces {
    #[default]
    Plain,
    /// Lighter and smaller heads, black only, a slim tick.
    InkSaving,
    /// Type of 14 pt and more, sans serif, nothing in grey or italics.
    Large,
}

/// Which side of which card.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// A name, large and centred.
    Term,
    /// Something asked, left-aligned.
    Question,
    Answer,
}

/// The measures of a design; type sizes in pt, largest first, lengths in mm.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub faces: Faces,
    /// The smallest type of what asks and answers.
    pub floor: f64,
    /// The smallest type that the user accepts: what a word needs that is wider than the card at the floor.
    least: f64,
    /// The head line of a face with the gap below it.
    pub head: f64,
    /// The foot line of a front.
    pub foot: f64,
    /// Between an answer and the back's foot.
    pub foot_gap: f64,
    /// Type of head and foot.
    pub small: f64,
    /// Type of the memory anchor.
    pub anchor: f64,
    term: &'static [f64],
    question: &'static [f64],
    answer: &'static [f64],
}

const TERM: &[f64] = &[24.0, 21.0, 18.5, 16.5, 14.5, 13.0, 11.5, 10.5, 9.5, 8.5, 7.5, 7.0];
const QUESTION: &[f64] = &[13.5, 12.5, 11.5, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0];
const ANSWER: &[f64] = &[11.5, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0];
const LIGHT_TERM: &[f64] = &[17.0, 15.0, 13.5, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0];
const LIGHT_QUESTION: &[f64] = &[11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0];
const LIGHT_ANSWER: &[f64] = &[9.5, 9.0, 8.5, 8.0, 7.5, 7.0];
const LARGE_TERM: &[f64] = &[32.0, 28.0, 25.0, 22.0, 20.0, 18.0, 16.0, 15.0, 14.0];
const LARGE_QUESTION: &[f64] = &[19.0, 18.0, 17.0, 16.0, 15.0, 14.0];
const LARGE_ANSWER: &[f64] = &[18.0, 17.0, 16.0, 15.0, 14.0];

impl Look {
    /// `floor`: the smallest type that the user wants; large print has none below 14 pt.
    pub fn new(faces: Faces, floor: f64) -> Self {
        let plain = Self {
            faces,
            floor,
            least: floor,
            head: 6.0,
            foot: 4.5,
            foot_gap: 1.6,
            small: 6.5,
            anchor: 7.6,
            term: TERM,
            question: QUESTION,
            answer: ANSWER,
        };
        match faces {
            Faces::Plain => plain,
            Faces::InkSaving => Self {
                anchor: 7.0,
                term: LIGHT_TERM,
                question: LIGHT_QUESTION,
                answer: LIGHT_ANSWER,
                ..plain
            },
            Faces::Large => Self {
                floor: floor.max(14.0),
                head: 7.0,
                foot: 5.5,
                foot_gap: 2.0,
                small: 9.0,
                anchor: 12.0,
                term: LARGE_TERM,
                question: LARGE_QUESTION,
                answer: LARGE_ANSWER,
                ..plain
            },
        }
    }

    /// Sizes of a form down to the floor.
    pub fn ladder(&self, form: Form) -> Vec<f64> {
        let all = match form {
            Form::Term => self.term,
            Form::Question => self.question,
            Form::Answer => self.answer,
        };
        let mut sizes: Vec<f64> = all.iter().copied().filter(|size| *size > self.floor).collect();
        sizes.push(self.floor);
        sizes
    }

    /// Sizes of a form below the floor, for words that are too wide at it: a large print that cannot be printed helps nobody.
    pub fn below(&self) -> impl Iterator<Item = f64> + '_ {
        [12.0, 10.5, 9.0, 8.0, 7.0].into_iter().filter(|size| *size < self.floor && *size >= self.least)
    }

    /// From one short line to the next, pt.
    pub fn pitch(&self) -> f64 {
        self.small * 1.54
    }

    /// The tick at the edge: its width, and its height at most, mm.
    pub fn tick(&self) -> (f64, f64) {
        if self.faces == Faces::InkSaving { (1.1, 3.0) } else { (2.2, 6.0) }
    }

    /// The part of the width that references may take where there is an anchor: beside it, or below.
    pub fn beside_anchor(&self) -> f64 {
        if self.faces == Faces::Large { 1.0 } else { 0.45 }
    }

    /// As the layout takes it.
    pub fn json(&self) -> Value {
        let name = match self.faces {
            Faces::Plain => "plain",
            Faces::InkSaving => "ink-saving",
            Faces::Large => "large",
        };
        json!({
            "name": name, "small": self.small, "pitch": self.pitch(), "anchor": self.anchor, "tick": self.tick().0 })
    }

    /// Size (a step of the ladder) and lines of a term on a card, mm. `None` where its words do not fit as they are.
    pub fn lines(&self, fonts: &Fonts, term: &str, width: f64, height: f64) -> Option<(usize, Vec<String>)> {
        let term = curled(term);
        let words: Vec<&str> = term.split_whitespace().collect();
        let em = |text: &str| fonts.width(true, text);
        let widths: Vec<f64> = words.iter().map(|word| em(word)).collect();
        // A hundredth less, since faces of a pack's own may be a little wider.
        let room = (width - 2.0 * INSET) * 72.0 / 25.4 * 0.99;
        let down = (height - 2.0 * INSET - self.head - self.foot) * 72.0 / 25.4;
        let sizes: Vec<Size> = self
            .ladder(Form::Term)
            .into_iter()
            .map(|pt| Size { pt, room: room / pt, lines: (down / (pt * TERM_PITCH)).floor() as usize })
            .collect();
        let setting = balance::balance(&words, &widths, em(" "), &sizes)?;
        let lines = setting.lines.into_iter().filter_map(|line| Some(words.get(line)?.join(" "))).collect();
        Some((setting.size, lines))
    }
}

/// Apostrophes between letters as they are printed.
fn curled(text: &str) -> String {
    let mut before = ' ';
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let within = before.is_alphabetic() && rest.peek().is_some_and(|next| next.is_alphabetic());
        out.push(if c == '\'' && within { '’' } else { c });
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ladders_end_at_the_floor() {
        for faces in [Faces::Plain, Faces::InkSaving, Faces::Large] {
            let look = Look::new(faces, 8.0);
            for form in [Form::Term, Form::Question, Form::Answer] {
                let sizes = look.ladder(form);
                assert!(sizes.is_sorted_by(|a, b| a > b) && sizes.last() == Some(&look.floor), "{sizes:?}");
            }
        }
        assert_eq!(Look::new(Faces::Large, 8.0).floor, 14.0);
        assert_eq!(Look::new(Faces::Large, 8.0).below().collect::<Vec<_>>(), [12.0, 10.5, 9.0, 8.0]);
        assert_eq!(Look::new(Faces::Plain, 8.0).below().count(), 0);
        assert_eq!(Look::new(Faces::Large, 16.0).floor, 16.0);
    }

    #[test]
    fn apostrophes_are_curled_and_quotes_left() {
        assert_eq!(curled("Don't 'quote' it"), "Don’t 'quote' it");
    }
}
