//! Small packs in memory, for the exports' tests.

use jiff::civil::date;

use super::{Export, Kind, Source, export};
use crate::pack::{self, ConceptNo, Lock, Pack};
use crate::vault::{FileNo, Vault};

/// A pack with codes from texts by path.
pub fn pack(files: &[(&str, &str)]) -> (Vault, Pack, Lock) {
    let (vault, _) = Vault::from_texts(files.iter().copied());
    let (mut pack, _) = pack::build(&vault);
    let (lock, _) = pack::assign(&mut pack, None, date(2026, 11, 20));
    (vault, pack, lock)
}

/// Looks at a note that stands alone.
pub fn with_note<T>(note: &str, look: impl FnOnce(&Source<'_>, FileNo) -> T) -> T {
    let (vault, pack, lock) = pack(&[("1 A.md", "# A\n\n|Concept|B|\n|---|---|\n|X|y|\n"), ("n.md", note)]);
    let file = vault.find("n.md").unwrap();
    look(&Source::new(&vault, &pack, &lock, None), file)
}

/// A pack whose every text is hostile.
pub fn hostile() -> (Vault, Pack, Lock) {
    let chapter = "# Ch, \"1\" <b> & {{c1::x}}\n\n|Concept|Brief|\n|---|---|\n\
                   |**[[Evil]]**|=cmd() \"q\", `{{c1::code}}` \\<i>no\\</i> \\\\(x\\\\) [sound:x]|\n|+Plus; \\<b>|-1 @x|\n";
    let evil = "---\naliases: ['=alias()', \"tab\\there\"]\ntags: [a, b/c]\n---\n# Evil\n\n## Explanation\n\nA \\<b>tag\\</b> {{c1::x}}.\n\n\
                ```html\n<b>{{c1::x}}</b>\t\"q\"\n```\n\n## Cards\n\n\
                =cmd()|'x' \\<b> {{c1::x}} :: +1 \"q\" \\<i> & \\\\(x\\\\) [sound:a.mp3]\n\n\
                Both \\<b> ::: ways {{c2::y}}\n\n\
                A ==gap with }} and a::b== in \\<b>it {{c1::z}}, and ==another==.\n\n\
                Front\n?\n```python\nprint(\"<b>\\t{{c1::x}}\")\n```\n";
    pack(&[("recto.yaml", "title: '=Title() <b>'\n"), ("1 Ch.md", chapter), ("concepts/Evil.md", evil)])
}

/// Exports all of a pack.
pub fn all(kind: Kind, (vault, pack, lock): &(Vault, Pack, Lock)) -> Export {
    export(kind, &Source::new(vault, pack, lock, None)).unwrap()
}

/// Exports a chapter of a pack.
pub fn some(kind: Kind, (vault, pack, lock): &(Vault, Pack, Lock), kept: &[usize]) -> Export {
    let kept = kept.iter().map(|i| ConceptNo(*i)).collect();
    export(kind, &Source::new(vault, pack, lock, Some(kept))).unwrap()
}

/// A file of an export, as text.
pub fn text(export: &Export, path: &str) -> String {
    let (_, bytes) = export.files.iter().find(|(p, _)| p == path).unwrap();
    String::from_utf8(bytes.clone()).unwrap()
}
