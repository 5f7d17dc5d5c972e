//! The `.apkg`: a zip of `collection.anki2`, a SQLite database of schema 11, and the pictures. Every Anki from 2.1 on
//! imports it, and so do AnkiDroid and AnkiMobile.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};

use super::model::NoteType;
use super::state::hash;
use super::{Deck, Note};
use crate::emit::export::{Source, archive};

/// 1 January 2024, ms. Anki shows a note's number as the moment it was made; a pack's are numbered from a moment of that
/// year on that is its own. A number that a collection has already is no harm: Anki takes the next that is free.
const FIRST_ID: i64 = 1_704_067_200_000;
const SPREAD: u64 = 366 * 86_400_000;
const DEFAULT_DECK: i64 = 1;

/// The package's bytes.
///
/// # Errors
/// SQLite's or the archiver's, in words.
pub(super) fn package(source: &Source<'_>, deck: &Deck) -> Result<Vec<u8>, String> {
    let database = database(source, deck).map_err(|e| format!("the collection cannot be written: {e}"))?;
    let mut names = Map::new();
    let mut files: Vec<(String, &[u8])> = vec![("collection.anki2".to_owned(), &database)];
    for (i, (name, bytes)) in deck.media.files.iter().enumerate() {
        names.insert(i.to_string(), json!(name));
        files.push((i.to_string(), bytes));
    }
    let names = serde_json::to_vec(&Value::Object(names)).map_err(|e| e.to_string())?;
    files.push(("media".to_owned(), &names));
    archive::zip(files.iter().map(|(path, bytes)| (path.as_str(), *bytes)))
}

#[derive(Debug)]
enum Fault {
    Sql(rusqlite::Error),
    Io(std::io::Error),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sql(error) => write!(f, "{error}"),
            Self::Io(error) => write!(f, "{error}"),
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// The database's bytes: the same rows in the same order by the same SQLite give the same.
fn database(source: &Source<'_>, deck: &Deck) -> Result<Vec<u8>, Fault> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("collection.anki2");
    let mut db = Connection::open(&path)?;
    db.execute_batch("PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")?;
    let work = db.transaction()?;
    work.execute_batch(SCHEMA)?;
    let decks = deck_ids(&deck.notes);
    collection(&work, source, deck, &decks)?;
    {
        let mut add_note =
            work.prepare("INSERT INTO notes VALUES (?1, ?2, ?3, ?4, -1, ?5, ?6, ?7, ?8, 0, '')")?;
        let mut add_card = work.prepare(
            "INSERT INTO cards VALUES (?1, ?2, ?3, ?4, ?5, -1, 0, 0, ?6, 0, 0, 0, 0, 0, 0, 0, 0, '')",
        )?;
        let first = Ids::default().take(&deck.state.seed);
        let mut card = first;
        for (position, note) in (1_i64..).zip(&deck.notes) {
            let id = first + position;
            let tags =
                if note.tags.is_empty() { String::new() } else { format!(" {} ", note.tags.join(" ")) };
            let sort = note.fields.first().map(|field| shown(field)).unwrap_or_default();
            let model = deck.state.model(note.kind);
            let text = note.fields.join("\u{1f}");
            add_note.execute(params![
                id,
                note.guid,
                model,
                note.modified,
                tags,
                text,
                sort,
                checksum(&sort)
            ])?;
            let did = decks.get(note.deck.as_str()).copied().unwrap_or(DEFAULT_DECK);
            for number in &note.cards {
                card += 1;
                add_card.execute(params![card, id, did, number, note.modified, position])?;
            }
        }
    }
    work.commit()?;
    db.close().map_err(|(_, error)| error)?;
    Ok(std::fs::read(path)?)
}

/// Numbers that follow from names, each once.
#[derive(Default)]
struct Ids(BTreeSet<i64>);

impl Ids {
    fn take(&mut self, name: &str) -> i64 {
        let mut id = FIRST_ID + i64::try_from(hash(&[name]) % SPREAD).unwrap_or(0);
        while !self.0.insert(id) {
            id += 1;
        }
        id
    }
}

/// All decks with their parents.
fn deck_ids(notes: &[Note]) -> BTreeMap<String, i64> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for note in notes {
        if let Some((parent, _)) = note.deck.split_once("::") {
            names.insert(parent.to_owned());
        }
        names.insert(note.deck.clone());
    }
    let mut ids = Ids::default();
    names.into_iter().map(|name| (name.clone(), ids.take(&name))).collect()
}

fn collection(
    db: &Connection,
    source: &Source<'_>,
    deck: &Deck,
    decks: &BTreeMap<String, i64>,
) -> rusqlite::Result<()> {
    let used: BTreeSet<NoteType> = deck.notes.iter().map(|n| n.kind).collect();
    let home = decks.values().next().copied().unwrap_or(DEFAULT_DECK);
    let mut models = Map::new();
    for kind in used {
        let id = deck.state.model(kind);
        models.insert(id.to_string(), kind.json(id, home));
    }
    let newest = deck.notes.iter().map(|n| n.modified).max().unwrap_or(0);
    let mut all = Map::new();
    all.insert("1".to_owned(), deck_json(DEFAULT_DECK, "Default", "", 0));
    for (name, id) in decks {
        let about = if name.contains("::") { String::new() } else { about(source) };
        all.insert(id.to_string(), deck_json(*id, name, &about, newest));
    }
    let config = json!({
        "activeDecks": [1], "addToCur": true, "collapseTime": 1200, "creationOffset": 0, "curDeck": 1,
        "curModel": deck.state.model(NoteType::Basic), "dayLearnFirst": false, "dueCounts": true, "estTimes": true,
        "newSpread": 0, "nextPos": deck.notes.len() + 1, "sched2021": true, "schedVer": 2, "sortBackwards": false,
        "sortType": "noteFld", "timeLim": 0,
    });
    let options = json!({"1": {
        "id": 1, "mod": 0, "name": "Default", "usn": 0, "maxTaken": 60, "autoplay": true, "timer": 0, "replayq": true,
        "dyn": false,
        "new": {"bury": false, "delays": [1.0, 10.0], "initialFactor": 2500, "ints": [1, 4, 0], "order": 1, "perDay": 20},
        "rev": {"bury": false, "ease4": 1.3, "ivlFct": 1.0, "maxIvl": 36500, "perDay": 200, "hardFactor": 1.2},
        "lapse": {"delays": [10.0], "leechAction": 1, "leechFails": 8, "minInt": 1, "mult": 0.0},
    }});
    db.execute(
        "INSERT INTO col VALUES (1, ?1, ?2, ?2, 11, 0, 0, 0, ?3, ?4, ?5, ?6, '{}')",
        params![
            FIRST_ID / 1000,
            newest.saturating_mul(1000),
            config.to_string(),
            Value::Object(models).to_string(),
            Value::Object(all).to_string(),
            options.to_string()
        ],
    )?;
    Ok(())
}

/// Who wrote the pack, under which licence.
fn about(source: &Source<'_>) -> String {
    let pack = source.pack;
    let mut lines = vec![pack.title.clone()];
    lines.extend(pack.subtitle.clone());
    if !pack.authors.is_empty() {
        lines.push(pack.authors.join(", "));
    }
    lines.extend(pack.edition.clone());
    lines.extend(pack.licence.clone());
    lines.iter().map(|line| super::escaped(line)).collect::<Vec<_>>().join("<br>")
}

fn deck_json(id: i64, name: &str, about: &str, modified: i64) -> Value {
    json!({
        "id": id, "mod": modified, "name": name, "usn": -1, "lrnToday": [0, 0], "revToday": [0, 0],
        "newToday": [0, 0], "timeToday": [0, 0], "collapsed": false, "browserCollapsed": false, "desc": about,
        "dyn": 0, "conf": 1, "extendNew": 0, "extendRev": 0,
    })
}

/// The text of a field without its tags, as Anki sorts and compares it.
fn shown(field: &str) -> String {
    let mut out = String::with_capacity(field.len());
    let mut inside = false;
    for c in field.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// Anki's own is the first 32 bits of the text's SHA-1; every importer computes it anew, so any number does here.
fn checksum(text: &str) -> i64 {
    i64::from((hash(&[text]) >> 32) as u32)
}

const SCHEMA: &str = "
CREATE TABLE col (
  id integer PRIMARY KEY, crt integer NOT NULL, mod integer NOT NULL, scm integer NOT NULL, ver integer NOT NULL,
  dty integer NOT NULL, usn integer NOT NULL, ls integer NOT NULL, conf text NOT NULL, models text NOT NULL,
  decks text NOT NULL, dconf text NOT NULL, tags text NOT NULL
);
CREATE TABLE notes (
  id integer PRIMARY KEY, guid text NOT NULL, mid integer NOT NULL, mod integer NOT NULL, usn integer NOT NULL,
  tags text NOT NULL, flds text NOT NULL, sfld integer NOT NULL, csum integer NOT NULL, flags integer NOT NULL,
  data text NOT NULL
);
CREATE TABLE cards (
  id integer PRIMARY KEY, nid integer NOT NULL, did integer NOT NULL, ord integer NOT NULL, mod integer NOT NULL,
  usn integer NOT NULL, type integer NOT NULL, queue integer NOT NULL, due integer NOT NULL, ivl integer NOT NULL,
  factor integer NOT NULL, reps integer NOT NULL, lapses integer NOT NULL, left integer NOT NULL,
  odue integer NOT NULL, odid integer NOT NULL, flags integer NOT NULL, data text NOT NULL
);
CREATE TABLE revlog (
  id integer PRIMARY KEY, cid integer NOT NULL, usn integer NOT NULL, ease integer NOT NULL, ivl integer NOT NULL,
  lastIvl integer NOT NULL, factor integer NOT NULL, time integer NOT NULL, type integer NOT NULL
);
CREATE TABLE graves (usn integer NOT NULL, oid integer NOT NULL, type integer NOT NULL);
CREATE INDEX ix_notes_usn ON notes (usn);
CREATE INDEX ix_cards_usn ON cards (usn);
CREATE INDEX ix_revlog_usn ON revlog (usn);
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_cards_sched ON cards (did, queue, due);
CREATE INDEX ix_revlog_cid ON revlog (cid);
CREATE INDEX ix_notes_csum ON notes (csum);
";
