//! The three note types, as Anki's collection of schema 11 holds them.

use serde_json::{Value, json};

use crate::pack::CardKind;

/// How a note asks.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoteType {
    Basic,
    /// Two cards.
    BothWays,
    /// A card for each deletion.
    Cloze,
}

/// Seconds of the last change to templates or style: Anki takes over those of a later time.
const CHANGED: i64 = 1_795_132_800;

impl NoteType {
    pub const ALL: [Self; 3] = [Self::Basic, Self::BothWays, Self::Cloze];

    pub fn of(kind: CardKind) -> Self {
        match kind {
            CardKind::Row | CardKind::Basic | CardKind::Multi => Self::Basic,
            CardKind::Forward | CardKind::Backward | CardKind::MultiForward | CardKind::MultiBackward => {
                Self::BothWays
            }
            CardKind::Cloze => Self::Cloze,
        }
    }

    /// In `recto.lock`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::BothWays => "both-ways",
            Self::Cloze => "cloze",
        }
    }

    /// In Anki's list.
    pub fn title(self) -> &'static str {
        match self {
            Self::Basic => "Recto",
            Self::BothWays => "Recto (both ways)",
            Self::Cloze => "Recto (cloze)",
        }
    }

    /// The type of the same shape that every Anki has, by its English name.
    pub fn stock(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::BothWays => "Basic (and reversed card)",
            Self::Cloze => "Cloze",
        }
    }

    /// Its number, where `recto.lock` has none: the same for all packs, so that Anki's list holds three, not three for
    /// each pack.
    pub fn id(self) -> i64 {
        match self {
            Self::Basic => 1_763_683_200_001,
            Self::BothWays => 1_763_683_200_002,
            Self::Cloze => 1_763_683_200_003,
        }
    }

    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Basic | Self::BothWays => &["Front", "Back", "Code", "Concept", "Chapter"],
            Self::Cloze => &["Text", "Code", "Concept", "Chapter"],
        }
    }

    /// Name, question and answer of each card.
    fn templates(self) -> Vec<(&'static str, String, String)> {
        let answer = |text: &str| format!("{{{{FrontSide}}}}<hr id=answer>{text}{FOOT}");
        match self {
            Self::Basic => vec![("Card 1", "{{Front}}".to_owned(), answer("{{Back}}"))],
            Self::BothWays => vec![
                ("Forwards", "{{Front}}".to_owned(), answer("{{Back}}")),
                ("Backwards", "{{Back}}".to_owned(), answer("{{Front}}")),
            ],
            Self::Cloze => vec![("Cloze", "{{cloze:Text}}".to_owned(), format!("{{{{cloze:Text}}}}{FOOT}"))],
        }
    }

    /// The entry of `col.models`.
    pub fn json(self, id: i64, deck: i64) -> Value {
        let fields: Vec<Value> = self
            .fields()
            .iter()
            .enumerate()
            .map(|(i, name)| {
                json!({"name": name, "ord": i, "sticky": false, "rtl": false, "font": "Arial", "size": 20, "media": []})
            })
            .collect();
        let templates: Vec<Value> = self
            .templates()
            .into_iter()
            .enumerate()
            .map(|(i, (name, question, answer))| {
                json!({
                    "name": name, "ord": i, "qfmt": question, "afmt": answer,
                    "bqfmt": "", "bafmt": "", "did": null, "bfont": "", "bsize": 0,
                })
            })
            .collect();
        let needs: Value = match self {
            Self::Basic | Self::Cloze => json!([[0, "any", [0]]]),
            Self::BothWays => json!([[0, "any", [0]], [1, "any", [1]]]),
        };
        json!({
            "id": id, "name": self.title(), "type": i32::from(self == Self::Cloze), "mod": CHANGED, "usn": -1,
            "sortf": 0, "did": deck, "tmpls": templates, "flds": fields, "css": CSS, "req": needs,
            "latexPre": LATEX_PRE, "latexPost": "\\end{document}", "latexsvg": false, "tags": [], "vers": [],
        })
    }
}

const FOOT: &str = "<div class=foot>{{Code}} · {{Concept}} · {{Chapter}}</div>";

const CSS: &str = "\
.card { font-family: Georgia, 'Source Serif 4', serif; font-size: 20px; line-height: 1.45; text-align: center; }
.card img { max-width: 100%; height: auto; }
.foot { margin-top: 1.5em; font-size: 12px; color: #888; }
.cloze { font-weight: bold; color: #1d4f7c; }
.nightMode .cloze { color: #8cc0f0; }
";

const LATEX_PRE: &str = "\\documentclass[12pt]{article}\n\\special{papersize=3in,5in}\n\\usepackage[utf8]{inputenc}\n\
                         \\usepackage{amssymb,amsmath}\n\\pagestyle{empty}\n\\setlength{\\parindent}{0in}\n\\begin{document}\n";
