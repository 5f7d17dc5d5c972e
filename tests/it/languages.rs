//! Books in other languages: their own words, quotes, hyphens, and the side from which they are read.

use std::collections::BTreeSet;

use crate::book::Book;
use crate::readback::{self, Seen};
use crate::support::{Folder, letters};

fn text(book: &Book) -> String {
    letters(&book.pages.iter().map(Seen::text).collect::<String>())
}

/// A pack that has every part of a book, in a language.
fn pack(language: &str) -> Folder {
    let folder = Folder::small();
    folder.write(
        "pack/recto.yaml",
        format!(
            "title: Small\nedition: \"2\"\nlicence: CC0\nlanguage: {language}\ndate: 2026-11-20\n\
             schedule: {{start: 2027-01-04}}\n"
        ),
    );
    folder.write(
        "pack/1 Birds.md",
        "# Birds\n\n## Objectives\n\n- Swim.\n\n## Ducks\n\n|Concept|Brief Description|\n|---|---|\n\
         |**[[Mallard]]**|A dabbling duck.|\n|**[[Teal]]**|A small duck.|\n\n## Review\n\nDucks swim.\n",
    );
    folder.write(
        "pack/concepts/Mallard.md",
        "---\naliases: [Wild duck]\nverified: 2026-11-01\nsources: [A book of ducks]\n---\n## Explanation\n\nSee [[Teal]].\n\n\
         > [!tip]\n> Look.\n\n## Example\n\nThis.\n\n## Exercise\n\nDo.\n\n### Solution\n\nDone.\n\n## Interview\n\nWhy.\n\n\
         ## Memory anchor\n\nGreen.\n\n## See also\n\n[[Teal]]\n\n## Cards\n\nWhich colour? :: Green\n",
    );
    folder.write("pack/concepts/Teal.md", "## Explanation\n\nSee [[Mallard]].\n");
    folder
}

/// Contents, chapter, exercise, answers, glossary, index, see also, mentioned on, self-test, checklist, example, as they
/// stand in books of each language.
const WORDS: [(&str, [&str; 11]); 11] = [
    (
        "en",
        [
            "Contents",
            "Chapter",
            "Exercise",
            "Answers",
            "Glossary",
            "Index",
            "See also",
            "Mentioned on",
            "Self-test",
            "Checklist",
            "Example",
        ],
    ),
    (
        "de",
        [
            "Inhalt",
            "Kapitel",
            "Aufgabe",
            "Lösungen",
            "Glossar",
            "Register",
            "Siehe auch",
            "Erwähnt auf",
            "Selbsttest",
            "Checkliste",
            "Beispiel",
        ],
    ),
    (
        "fr",
        [
            "Sommaire",
            "Chapitre",
            "Exercice",
            "Corrigés",
            "Glossaire",
            "Index",
            "Voir aussi",
            "Mentions",
            "Autoévaluation",
            "Liste de contrôle",
            "Exemple",
        ],
    ),
    (
        "es",
        [
            "Índice",
            "Capítulo",
            "Ejercicio",
            "Soluciones",
            "Glosario",
            "Índice alfabético",
            "Véase también",
            "Mencionado en",
            "Autoevaluación",
            "Lista de comprobación",
            "Ejemplo",
        ],
    ),
    (
        "pt-BR",
        [
            "Sumário",
            "Capítulo",
            "Exercício",
            "Respostas",
            "Glossário",
            "Índice remissivo",
            "Veja também",
            "Mencionado em",
            "Autoavaliação",
            "Lista de verificação",
            "Exemplo",
        ],
    ),
    (
        "it",
        [
            "Indice",
            "Capitolo",
            "Esercizio",
            "Soluzioni",
            "Glossario",
            "Indice analitico",
            "Vedi anche",
            "Citato a",
            "Autovalutazione",
            "Lista di controllo",
            "Esempio",
        ],
    ),
    (
        "nl",
        [
            "Inhoud",
            "Hoofdstuk",
            "Oefening",
            "Antwoorden",
            "Begrippenlijst",
            "Register",
            "Zie ook",
            "Genoemd op",
            "Zelftest",
            "Checklist",
            "Voorbeeld",
        ],
    ),
    (
        "pl",
        [
            "Spis treści",
            "Rozdział",
            "Ćwiczenie",
            "Odpowiedzi",
            "Słowniczek",
            "Indeks",
            "Zobacz też",
            "Wzmianki",
            "Sprawdź się",
            "Lista kontrolna",
            "Przykład",
        ],
    ),
    (
        "ru",
        [
            "Содержание",
            "Глава",
            "Упражнение",
            "Ответы",
            "Глоссарий",
            "Предметный указатель",
            "См. также",
            "Упоминается на",
            "Проверьте себя",
            "Контрольный список",
            "Пример",
        ],
    ),
    (
        "ja",
        [
            "目次",
            "章",
            "演習",
            "解答",
            "用語集",
            "索引",
            "関連項目",
            "言及箇所",
            "自己テスト",
            "チェックリスト",
            "例",
        ],
    ),
    ("zh", ["目录", "章", "练习", "答案", "术语表", "索引", "另见", "提及处", "自测", "检查清单", "示例"]),
];

/// Fixed words of the handbook that such a pack prints.
const KEYS: [&str; 25] = [
    "contents",
    "how-to-use",
    "use-handbook",
    "use-exercises",
    "use-cards",
    "use-calendar",
    "chapter",
    "objectives",
    "concepts",
    "mind-map-note",
    "example",
    "exercise",
    "interview",
    "callout-tip",
    "chapter-review",
    "self-test",
    "checklist",
    "memory-anchor",
    "see-also",
    "also-known-as",
    "cards",
    "checked",
    "answers",
    "glossary",
    "licence",
];

#[test]
fn the_book_speaks_each_language() {
    let english = recto::plan::locale::Locale::of("en").words();
    for (language, words) in WORDS {
        let folder = pack(language);
        folder.recto(&["build", "pack", "handbook", "--out", "out"]).ends(0);
        let text = text(&Book::read(&folder.bytes("out/handbook.pdf")));
        for word in words {
            assert!(text.contains(&letters(word)), "{language}: no “{word}” in {text}");
        }
        let locale = recto::plan::locale::Locale::of(language);
        for key in KEYS {
            let word = locale.words().get(key).unwrap_or_else(|| panic!("{language} has no word for {key}"));
            assert!(text.contains(&letters(word)), "{language}: no {key}, “{word}”");
            // What is long is never the same in two languages.
            let other = &english[key];
            if language != "en" && other.chars().count() > 12 {
                assert!(!text.contains(&letters(other)), "{language}: “{other}” is English");
            }
        }
    }
}

#[test]
fn every_document_prints_in_each_language() {
    for (language, _) in WORDS {
        pack(language).recto(&["build", "pack", "--out", "out"]).ends(0);
    }
}

/// Straight quotes become the language's own, and words are divided where it divides them.
#[test]
fn quotes_and_hyphens_are_the_languages_own() {
    for (language, quotes, divided) in [
        ("en", ["“", "”"], "rep-re-sen-ta-tion"),
        ("de", ["„", "“"], "Sil-ben-tren-nung"),
        ("fr", ["«", "»"], "ty-po-gra-phique"),
        ("es", ["«", "»"], "ti-po-grá-fi-co"),
        ("pt-BR", ["“", "”"], "pro-gra-ma-ção"),
        ("it", ["«", "»"], "pro-gram-ma-zio-ne"),
        ("nl", ["“", "”"], "pro-gram-me-ring"),
        ("pl", ["„", "”"], "pro-gra-mo-wa-nie"),
        ("ru", ["«", "»"], "про-грам-ми-ро-ва-ние"),
    ] {
        let folder = Folder::small();
        folder.write("pack/recto.yaml", format!("title: Small\nlanguage: {language}\ndate: 2026-11-20\n"));
        let word = divided.replace('-', "");
        // Lines that end at all places of the word.
        let lines: String = (0..60).map(|n| format!("{} {word} ", "x".repeat(n % 9 + 1))).collect();
        let text = format!("## Explanation\n\nOne \"word\" more.\n\n{lines}\n");
        folder.write("pack/concepts/Mallard.md", text);
        folder.recto(&["build", "pack", "handbook", "--out", "out"]).ends(0);
        let book = Book::read(&folder.bytes("out/handbook.pdf"));
        let text: String = book.pages.iter().map(Seen::text).collect();
        let text = text.replace(['-', '\u{2010}'], "\u{ad}");
        assert!(quotes.iter().all(|q| text.contains(q)) && !text.contains('"'), "{language}: {text}");
        let places: Vec<&str> = divided.match_indices('-').map(|(at, _)| &divided[..at]).collect();
        let places: Vec<String> = places.iter().map(|start| start.replace('-', "")).collect();
        let found: BTreeSet<&str> = text
            .split(' ')
            .filter(|piece| piece.replace('\u{ad}', "") == word)
            .filter_map(|piece| Some(piece.split_once('\u{ad}')?.0))
            .collect();
        assert!(!found.is_empty(), "{language}: divided at {found:?}");
        assert!(found.iter().all(|start| places.contains(&(*start).to_owned())), "{language}: {found:?}");
    }
}

/// Sheets of a language that is read from the right: the first column stands there. Cards keep their codes.
#[test]
fn cheatsheets_and_cards_are_read_from_the_right_too() {
    let folder = Folder::small();
    let mut rows = String::from("# Birds\n\n## Ducks\n\n|Concept|Brief Description|\n|---|---|\n");
    for n in 0..30 {
        rows.push_str(&format!(
            "|**Bird{n}x**|The bird that bears the number {n} and swims in circles on the lake.|\n"
        ));
    }
    folder.write("pack/1 Birds.md", rows);
    let mut first = Vec::new();
    for language in ["en", "he"] {
        folder.write("pack/recto.yaml", format!("title: Small\nlanguage: {language}\ndate: 2026-11-20\n"));
        folder.recto(&["build", "pack", "cheatsheets", "flashcards", "--out", "out"]).ends(0);
        let sheet = &readback::read(&folder.bytes("out/cheatsheets/01-birds.pdf"))[0];
        let at = |n: usize| {
            let word = format!("Bird{n}x");
            let mut windows = sheet.glyphs.windows(word.len());
            let found = windows.find(|w| w.iter().map(|g| g.text.as_str()).collect::<String>() == word);
            found.map(|w| w[0].origin.x)
        };
        let entries: Vec<f64> = (0..30).filter_map(at).collect();
        assert!(entries.len() > 4, "{}", sheet.text());
        first.push(entries[0] < entries[entries.len() - 1]);
        let faces = readback::read(&folder.bytes("out/flashcards.pdf"));
        let fronts: String = faces.iter().step_by(2).map(Seen::text).collect();
        for code in 1..=30 {
            assert!(fronts.contains(&format!("B-{code:03}")), "{language}: B-{code:03} is not on its card");
        }
    }
    assert_eq!(first, [true, false], "whether the first column is at the left");
}
