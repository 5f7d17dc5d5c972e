//! `anki.txt`: tab-separated text with the headers that Anki reads since 2.1.54. Its notes are of Anki's own types, which
//! every collection has.

use super::Note;
use super::model::NoteType;

pub fn text(notes: &[Note]) -> String {
    let mut out = String::from(
        "#separator:tab\n#html:true\n#guid column:1\n#notetype column:2\n#deck column:3\n#tags column:6\n",
    );
    for note in notes {
        let foot = |code: &str| format!("<div style=\"font-size:12px;color:#888\">{code}</div>");
        let (front, back) = match (note.kind, note.fields.as_slice()) {
            (NoteType::Cloze, [text, code, ..]) => (text.clone(), foot(code)),
            (NoteType::Basic, [front, back, code, ..]) => (front.clone(), format!("{back}{}", foot(code))),
            // Backwards the back is the question: nothing is added to it.
            (_, [front, back, ..]) => (front.clone(), back.clone()),
            _ => continue,
        };
        let tags = note.tags.join(" ");
        let cells = [&note.guid, note.kind.stock(), &note.deck, &front, &back, &tags];
        out.push_str(&cells.map(quoted).join("\t"));
        out.push('\n');
    }
    out
}

/// In quotes, quotes doubled; so a line that starts with # is no header either.
fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}
