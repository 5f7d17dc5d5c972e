use std::io::Read;

use rusqlite::Connection;

use super::model::NoteType;
use super::*;
use crate::emit::export::{Kind, export, testing};
use crate::pack::{Lock, Pack};
use crate::vault::Vault;

/// Opens the collection in a package.
fn collection(export: &Export) -> (tempfile::NamedTempFile, Connection, BTreeMapOfFiles) {
    let (path, bytes) = &export.files[0];
    assert!(path.ends_with(".apkg"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut files = BTreeMapOfFiles::new();
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.insert(file.name().unwrap().to_string(), bytes);
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &files["collection.anki2"]).unwrap();
    let db = Connection::open(file.path()).unwrap();
    (file, db, files)
}

type BTreeMapOfFiles = std::collections::BTreeMap<String, Vec<u8>>;

/// guid, model, time, fields and tags of each note.
fn notes(db: &Connection) -> Vec<(String, i64, i64, Vec<String>, String)> {
    let mut query = db.prepare("SELECT guid, mid, mod, flds, tags FROM notes ORDER BY rowid").unwrap();
    let rows = query.query_map([], |r| {
        let fields: String = r.get(3)?;
        let fields = fields.split('\u{1f}').map(str::to_owned).collect();
        Ok((r.get(0)?, r.get(1)?, r.get(2)?, fields, r.get(4)?))
    });
    rows.unwrap().map(|r| r.unwrap()).collect()
}

fn count(db: &Connection, table: &str) -> usize {
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get::<_, i64>(0)).unwrap() as usize
}

#[test]
fn every_card_is_there_and_hostile_text_is_text() {
    let pack = testing::hostile();
    let export = testing::all(Kind::Anki, &pack);
    let (_file, db, files) = collection(&export);
    assert_eq!(count(&db, "cards"), pack.1.cards.len());
    assert_eq!(export.cards, pack.1.cards.len());
    assert_eq!(files["media"], b"{}");
    let check: String = db.query_row("PRAGMA integrity_check", [], |r| r.get(0)).unwrap();
    assert_eq!(check, "ok");
    let notes = notes(&db);
    let cloze = NoteType::Cloze.id();
    for (_, model, _, fields, tags) in &notes {
        for field in fields {
            let xml = format!("<x>{}</x>", field.replace("<br>", "<br/>").replace("<hr>", "<hr/>"));
            let read = roxmltree::Document::parse(&xml).unwrap_or_else(|e| panic!("{e}: {xml}"));
            assert!(read.descendants().all(|n| !n.has_tag_name("script")), "{field}");
            assert!(!field.contains("[sound") && !field.contains("\\("), "{field}");
            let deletions = field.matches("{{c").count();
            assert_eq!(deletions, field.matches("}}").count(), "{field}");
            assert!(deletions == 0 || *model == cloze, "{field}");
        }
        assert!(tags.contains(" a ") || !fields[2].contains("Evil") || tags.contains("::"), "{tags}");
    }
    let (.., fields, tags) = notes.iter().find(|n| n.1 == cloze).unwrap();
    assert!(fields[0].contains("{{c1::gap with &#125;&#125; and a&#58;:b}}"), "{}", fields[0]);
    assert!(
        fields[0].contains("{{c2::another}}") && fields[0].contains("&#123;&#123;c1&#58;:z"),
        "{}",
        fields[0]
    );
    assert!(tags.contains(" b::c "));
    let decks: String = db.query_row("SELECT decks FROM col", [], |r| r.get(0)).unwrap();
    let decks: serde_json::Value = serde_json::from_str(&decks).unwrap();
    let names: Vec<&str> = decks.as_object().unwrap().values().map(|d| d["name"].as_str().unwrap()).collect();
    assert!(names.iter().any(|n| n.starts_with("=Title() <b>::01 Ch,")), "{names:?}");
}

#[test]
fn the_same_pack_gives_the_same_bytes() {
    let pack = testing::hostile();
    assert_eq!(testing::all(Kind::Anki, &pack), testing::all(Kind::Anki, &pack));
    assert_eq!(testing::all(Kind::AnkiText, &pack), testing::all(Kind::AnkiText, &pack));
}

/// Exports a text, with what the last export left in the lock.
fn next(files: &[(&str, &str)], lock: Option<&Lock>) -> (Export, Lock) {
    let (vault, _) = Vault::from_texts(files.iter().copied());
    let (mut pack, _) = crate::pack::build(&vault);
    let (mut new, _) = crate::pack::assign(&mut pack, lock, jiff::civil::date(2026, 11, 20));
    let made = run(&vault, &pack, &new);
    new.set_section(state::SECTION, made.anki.as_ref()).unwrap();
    // As it is read again.
    let again = Lock::parse(&new.to_text()).unwrap();
    (made, again)
}

fn run(vault: &Vault, pack: &Pack, lock: &Lock) -> Export {
    export(Kind::Anki, &Source::new(vault, pack, lock, None)).unwrap()
}

#[test]
fn edits_keep_the_note_and_make_it_newer() {
    let chapter = "# A\n\n|Concept|B|\n|---|---|\n|[[X]]|A brief about x with som words.|\n";
    let note = "# X\n\n## Cards\n\nWhat is the first thing? :: One\n\nOld ==gap== and ==more== of it.\n";
    let (one, lock) = next(&[("recto.yaml", ""), ("1 A.md", chapter), ("X.md", note)], None);
    let (again, same) = next(&[("recto.yaml", ""), ("1 A.md", chapter), ("X.md", note)], Some(&lock));
    assert_eq!(one.files, again.files, "nothing changed, so nothing is newer");
    assert_eq!(lock.to_text(), same.to_text());
    let (chapter, note) = (
        chapter.replace("som words", "some words"),
        note.replace("first thing?", "very first thing?").replace("of it", "==of== it"),
    );
    let (two, _) = next(&[("recto.yaml", ""), ("1 A.md", &chapter), ("X.md", &note)], Some(&lock));
    let (_f, db, _) = collection(&one);
    let (_g, after, _) = collection(&two);
    let (before, after) = (notes(&db), notes(&after));
    assert_eq!(before.len(), after.len());
    for (old, new) in before.iter().zip(&after) {
        assert_eq!((&old.0, old.1), (&new.0, new.1), "the same note");
        assert!(new.2 > old.2 && old.3 != new.3, "with a later text: {new:?}");
    }
    assert!(after[2].3[0].contains("{{c1::gap}} and {{c2::more}} {{c3::of}} it"), "{:?}", after[2]);
}

#[test]
fn text_for_anki_is_read_back_by_another_parser() {
    let pack = testing::hostile();
    let export = testing::all(Kind::AnkiText, &pack);
    let text = testing::text(&export, "anki.txt");
    assert!(text.starts_with("#separator:tab\n#html:true\n#guid column:1\n"));
    let body: Vec<&str> = text.split_inclusive('\n').skip(6).collect();
    let body = body.concat();
    let mut reader =
        ::csv::ReaderBuilder::new().delimiter(b'\t').has_headers(false).from_reader(body.as_bytes());
    let rows: Vec<::csv::StringRecord> = reader.records().map(|r| r.unwrap()).collect();
    let (_f, db, _) = collection(&testing::all(Kind::Anki, &pack));
    let notes = notes(&db);
    assert_eq!(rows.len(), notes.len());
    for (row, note) in rows.iter().zip(notes) {
        assert_eq!(row.len(), 6);
        assert_eq!(row[0], note.0, "the same GUID as in the package");
        assert_eq!(row[3], note.3[0]);
    }
}
