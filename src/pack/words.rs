//! The words by which tables, sections and chapters are known, in eleven languages.

use super::{PartKind, fold};

/// What a section's heading says it is.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum SectionWord {
    /// A part of a concept note.
    Part(PartKind),
    /// Holds cards, in concept notes.
    Cards,
    /// Inside an exercise.
    Solution,
    /// The chapter's review.
    Review,
    /// What a chapter's reader will be able to do.
    Objectives,
}

impl SectionWord {
    /// The names that `sections:` in recto.yaml takes, and what they mean.
    pub const NAMES: [(&'static str, Self); 13] = [
        ("explanation", Self::Part(PartKind::Explanation)),
        ("example", Self::Part(PartKind::Example)),
        ("exercise", Self::Part(PartKind::Exercise)),
        ("interview", Self::Part(PartKind::Interview)),
        ("memory-anchor", Self::Part(PartKind::MemoryAnchor)),
        ("see-also", Self::Part(PartKind::SeeAlso)),
        ("cheatsheet", Self::Part(PartKind::Cheatsheet)),
        ("quiz", Self::Part(PartKind::Quiz)),
        ("sources", Self::Part(PartKind::Sources)),
        ("cards", Self::Cards),
        ("solution", Self::Solution),
        ("review", Self::Review),
        ("objectives", Self::Objectives),
    ];

    /// The meaning of a value in `sections:`.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, word)| *word)
    }

    /// The name in `sections:`.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, word)| *word == self).map_or("other", |(name, _)| name)
    }
}

/// First header cells that make a concept table: en, de, fr, es, pt-BR, it, nl, pl, ru, ja, zh. Folded.
#[rustfmt::skip]
const CONCEPT_HEADERS: &[&str] = &[
    "concept", "concepts", "key concept", "term", "terms", "key term", "konzept", "konzepte", "begriff",
    "begriffe", "fachbegriff", "notion", "notions", "terme", "termes", "concepto", "conceptos", "término",
    "términos", "termino", "conceito", "conceitos", "termo", "termos", "concetto", "concetti", "termine",
    "termini", "begrip", "begrippen", "concepten", "termen", "pojęcie", "pojęcia", "koncepcja", "termin",
    "terminy", "понятие", "понятия", "концепция", "концепции", "термин", "термины", "概念", "用語", "コンセプト",
    "术语", "術語",
];

/// Headings of known sections, folded. The first row of each meaning is English, then the languages as above.
#[rustfmt::skip]
const SECTIONS: &[(SectionWord, &[&str])] = &[
    (
        SectionWord::Part(PartKind::Explanation),
        &[
            "explanation", "explained", "deep dive", "erklärung", "erläuterung", "explication",
            "explicación", "explicação", "spiegazione", "uitleg", "toelichting", "wyjaśnienie",
            "objaśnienie", "объяснение", "пояснение", "説明", "解説", "解释", "讲解", "說明", "说明",
        ],
    ),
    (
        SectionWord::Part(PartKind::Example),
        &[
            "example", "examples", "code example", "code examples", "beispiel", "beispiele", "exemple",
            "exemples", "ejemplo", "ejemplos", "exemplo", "exemplos", "esempio", "esempi", "voorbeeld",
            "voorbeelden", "przykład", "przykłady", "пример", "примеры", "例", "使用例", "コード例", "示例", "例子",
            "代码示例",
        ],
    ),
    (
        SectionWord::Part(PartKind::Exercise),
        &[
            "exercise", "exercises", "micro-project", "micro-projects", "challenge", "übung", "übungen",
            "aufgabe", "aufgaben", "exercice", "exercices", "ejercicio", "ejercicios", "exercício",
            "exercícios", "esercizio", "esercizi", "oefening", "oefeningen", "ćwiczenie", "ćwiczenia",
            "zadanie", "упражнение", "упражнения", "задача", "задание", "演習", "練習", "練習問題", "练习", "习题",
        ],
    ),
    (
        SectionWord::Part(PartKind::Interview),
        &[
            "interview", "interview question", "interview questions", "vorstellungsgespräch",
            "interviewfrage", "interviewfragen", "entretien", "question d'entretien",
            "questions d'entretien", "entrevista", "pregunta de entrevista", "preguntas de entrevista",
            "pergunta de entrevista", "perguntas de entrevista", "colloquio", "domanda di colloquio",
            "domande di colloquio", "sollicitatiegesprek", "sollicitatievraag", "interviewvraag",
            "rozmowa kwalifikacyjna", "pytanie rekrutacyjne", "pytania rekrutacyjne", "собеседование",
            "вопрос на собеседовании", "вопросы на собеседовании", "面接", "面接質問", "面接の質問", "面试", "面试题",
        ],
    ),
    (
        SectionWord::Part(PartKind::MemoryAnchor),
        &[
            "memory anchor", "memory anchors", "mnemonic", "mnemonics", "merkhilfe", "eselsbrücke",
            "gedächtnisanker", "merksatz", "moyen mnémotechnique", "ancre mnésique", "aide-mémoire",
            "ancla de memoria", "mnemotecnia", "regla mnemotécnica", "âncora de memória", "mnemônico",
            "ancora mnemonica", "mnemonica", "trucco mnemonico", "geheugensteun", "geheugensteuntje",
            "ezelsbruggetje", "kotwica pamięci", "mnemotechnika", "якорь памяти", "мнемоника", "記憶のコツ",
            "語呂合わせ", "记忆锚点", "记忆法", "助记",
        ],
    ),
    (
        SectionWord::Part(PartKind::SeeAlso),
        &[
            "see also", "related", "related concepts", "siehe auch", "verwandt", "voir aussi",
            "véase también", "ver también", "veja também", "ver também", "vedi anche", "zie ook",
            "zobacz też", "zobacz także", "см. также", "смотрите также", "関連項目", "関連", "参照", "另见", "参见",
            "相关概念",
        ],
    ),
    (
        SectionWord::Part(PartKind::Cheatsheet),
        &[
            "cheatsheet", "cheat sheet", "spickzettel", "kurzfassung", "antisèche", "pense-bête",
            "chuleta", "hoja de referencia", "folha de consulta", "cola", "foglietto", "promemoria",
            "spiekbriefje", "spiekbrief", "ściąga", "ściągawka", "шпаргалка", "チートシート", "早見表", "速查表", "小抄",
        ],
    ),
    (
        SectionWord::Part(PartKind::Quiz),
        &[
            "quiz", "quizzes", "test yourself", "multiple choice", "selbsttest", "quizfragen",
            "cuestionario", "questionário", "quiz te", "toets", "тест", "викторина", "クイズ", "小テスト", "测验",
            "测试题",
        ],
    ),
    (
        SectionWord::Part(PartKind::Sources),
        &[
            "sources", "source", "references", "further reading", "quellen", "quelle", "literatur",
            "références", "sources et références", "fuentes", "referencias", "fontes", "referências",
            "fonti", "riferimenti", "bronnen", "źródła", "źródło", "bibliografia", "источники", "источник",
            "литература", "出典", "参考文献", "来源", "参考资料",
        ],
    ),
    (
        SectionWord::Cards,
        &[
            "cards", "flashcards", "flash cards", "karten", "karteikarten", "lernkarten", "cartes",
            "fiches", "cartes mémoire", "tarjetas", "tarjetas de memoria", "cartões",
            "flashcards e cartões", "carte", "schede", "flashcard", "kaarten", "flitskaarten",
            "leerkaarten", "fiszki", "karty", "карточки", "флеш-карточки", "カード", "フラッシュカード", "单词卡", "卡片",
            "抽认卡", "闪卡",
        ],
    ),
    (
        SectionWord::Solution,
        &[
            "solution", "solutions", "answer", "lösung", "lösungen", "corrigé", "solución", "soluciones",
            "solução", "soluções", "soluzione", "soluzioni", "oplossing", "oplossingen", "rozwiązanie",
            "rozwiązania", "решение", "решения", "ответ", "解答", "解答例", "答え", "答案", "参考答案",
        ],
    ),
    (
        SectionWord::Review,
        &[
            "review", "50-word review", "50 word review", "chapter review", "summary", "rückblick",
            "zusammenfassung", "wiederholung", "bilan", "résumé", "révision", "repaso", "resumen",
            "revisión", "revisão", "resumo", "ripasso", "riepilogo", "terugblik", "samenvatting",
            "herhaling", "powtórka", "podsumowanie", "повторение", "обзор", "итоги", "резюме", "復習", "まとめ",
            "要約", "复习", "回顾", "小结", "总结",
        ],
    ),
    (
        SectionWord::Objectives,
        &[
            "objectives", "learning objectives", "what you will be able to do", "what you will learn",
            "lernziele", "ziele", "objectifs", "objectifs d'apprentissage", "objetivos",
            "objetivos de aprendizaje", "objetivos de aprendizagem", "obiettivi",
            "obiettivi di apprendimento", "leerdoelen", "doelen", "cele", "cele nauki", "цели",
            "цели обучения", "学習目標", "到達目標", "目標", "学习目标", "目标",
        ],
    ),
];

/// A heading or header cell as it is compared: what is bracketed (instructions), emoji and end marks left out.
pub fn bare(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut depth = 0usize;
    for c in text.chars() {
        match c {
            '(' | '（' | '[' | '【' => depth += 1,
            ')' | '）' | ']' | '】' => depth = depth.saturating_sub(1),
            _ if depth > 0 || is_emoji(c) || matches!(c, '*' | '_' | '`' | '#') => {}
            '’' => bare.push('\''),
            _ => bare.push(c),
        }
    }
    fold(bare.trim().trim_end_matches([':', '：', '.', '!', '?']))
}

/// Whether a table with this first header cell holds concepts; `more` are the pack's own words.
pub fn is_concept_header(cell: &str, more: &[String]) -> bool {
    let cell = bare(cell);
    !cell.is_empty()
        && (CONCEPT_HEADERS.contains(&cell.as_str()) || more.iter().any(|word| bare(word) == cell))
}

/// What a section with this heading is; `more` are the pack's own words and go before ours.
pub fn section_word<'a>(
    heading: &str,
    more: impl IntoIterator<Item = (&'a str, SectionWord)>,
) -> Option<SectionWord> {
    let heading = bare(heading);
    if heading.is_empty() {
        return None;
    }
    more.into_iter().find(|(word, _)| bare(word) == heading).map(|(_, word)| word).or_else(|| {
        let known =
            |words: &[&str]| words.contains(&heading.as_str()) || is_word_count_review(&heading, words);
        SECTIONS.iter().find(|(_, words)| known(words)).map(|(word, _)| *word)
    })
}

/// `80-word review`, `50 Wörter Rückblick`: a number, then words that end in one for review.
fn is_word_count_review(heading: &str, words: &[&str]) -> bool {
    words.first() == Some(&"review")
        && heading.starts_with(|c: char| c.is_ascii_digit())
        && words.iter().any(|word| heading.ends_with(word))
}

/// Pictures and stars that authors put beside words; arrows and mathematical signs are no emoji.
pub fn is_emoji(c: char) -> bool {
    matches!(u32::from(c),
        0x2300..=0x23ff | 0x2600..=0x27bf | 0x2b00..=0x2bff | 0x1f000..=0x1faff | 0xfe0f | 0x200d | 0x20e3)
}

/// The words for “chapter” that stand before a number.
#[rustfmt::skip]
const CHAPTER: &[&str] = &[
    "chapter", "ch.", "part", "unit", "kapitel", "teil", "chapitre", "partie", "capítulo", "capitulo",
    "tema", "capitolo", "parte", "hoofdstuk", "deel", "rozdział", "część", "глава", "часть",
];

/// A chapter's title from its heading: without stray asterisks and without `Chapter 1 —`, `1.`, `第1章`; all capitals
/// become title case, but for a single word of up to four letters, which is an acronym.
pub fn chapter_title(heading: &str) -> String {
    let cleaned: String = heading.chars().filter(|c| *c != '*').collect();
    let cleaned = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = strip_number(&cleaned).filter(|rest| !rest.is_empty()).unwrap_or(&cleaned);
    let letters = title.chars().filter(|c| c.is_alphabetic()).count();
    let shouted = title.chars().any(char::is_uppercase) && !title.chars().any(char::is_lowercase);
    if shouted && (letters > 4 || title.contains(' ')) { title_case(title) } else { title.to_owned() }
}

/// Whether a heading starts with a chapter's number: `Chapter 1 —`, `1.`, `第1章`.
pub fn is_counted(heading: &str) -> bool {
    strip_number(&heading.replace('*', "")).is_some()
}

/// The same, with the word for “chapter”: `1.` alone may number a section.
pub fn is_counted_chapter(heading: &str) -> bool {
    let heading = heading.replace('*', "");
    let numbered = heading.trim_start().starts_with(|c: char| c.is_ascii_digit());
    !numbered && strip_number(heading.trim()).is_some()
}

/// What follows `Chapter 1 —`, `1.`, `I)`, `第1章`; `None` where there is no such number.
fn strip_number(title: &str) -> Option<&str> {
    if let Some(rest) = title.strip_prefix('第') {
        let end = rest.find('章')?;
        let number = &rest[..end];
        let counts = number.chars().all(|c| c.is_numeric() || "一二三四五六七八九十百〇零".contains(c));
        return (counts && !number.is_empty())
            .then(|| rest[end..].trim_start_matches(['章', ' ', ':', '：', '—', '–', '-', '　']));
    }
    let (first, after) = title.split_once(' ').unwrap_or((title, ""));
    let word = CHAPTER.contains(&first.to_lowercase().as_str());
    let numbered = if word { after } else { title };
    let digits = numbered.chars().take_while(char::is_ascii_digit).count();
    let roman = numbered.chars().take_while(|c| "IVXLC".contains(*c)).count();
    let length = if digits > 0 {
        digits
    } else if word {
        roman
    } else {
        0
    };
    let rest = numbered.get(length..)?;
    if length == 0 {
        return None;
    }
    let text = rest.trim_start_matches([' ', '.', ':', ')', '—', '–', '-', '·', '|']);
    let gap = &rest[..rest.len() - text.len()];
    // `Chapter 12` alone has no other title, `3 Ways to Fail` and `3.13 News` are titles.
    let parted = gap.contains(char::is_whitespace) && (word || gap.trim() != "");
    parted.then_some(text)
}

/// Words that stay small inside a title, in the languages with capitals.
#[rustfmt::skip]
const SMALL: &[&str] = &[
    "a", "an", "and", "as", "at", "by", "for", "in", "of", "on", "or", "the", "to", "vs", "with", "und",
    "oder", "der", "die", "das", "mit", "von", "zu", "et", "ou", "le", "la", "les", "de", "du", "des", "y",
    "el", "los", "las", "del", "e", "o", "do", "da", "dos", "das", "di", "il", "gli", "della", "en", "het",
    "een", "van", "i", "w", "z", "и", "в", "на", "с", "о",
];

fn title_case(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    for (i, word) in text.split(' ').enumerate() {
        if i > 0 {
            titled.push(' ');
        }
        let lower = word.to_lowercase();
        if i > 0 && SMALL.contains(&lower.as_str()) {
            titled.push_str(&lower);
            continue;
        }
        // A letter after a hyphen or a bracket starts a word too.
        let mut start = true;
        for c in word.chars() {
            if c.is_alphanumeric() {
                if start {
                    titled.push(c)
                } else {
                    titled.extend(c.to_lowercase())
                }
                start = false;
            } else {
                titled.push(c);
                start = !matches!(c, '\'' | '’');
            }
        }
    }
    titled
}

/// A name and the badge at its end: an emoji and up to three words after it, `Enhanced REPL ⭐ NEW`.
pub fn split_badge(name: &str) -> (&str, Option<&str>) {
    let trimmed = name.trim();
    let Some(at) = trimmed.char_indices().find(|(i, c)| *i > 0 && is_emoji(*c)).map(|(i, _)| i) else {
        return (trimmed, None);
    };
    let (before, badge) = (trimmed[..at].trim_end(), trimmed[at..].trim());
    if before.is_empty() || !is_badge(badge) { (trimmed, None) } else { (before, Some(badge)) }
}

/// Whether a text after a concept's link is a badge: an emoji or capitals, up to three words besides.
pub fn is_badge(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().filter(|w| !w.chars().all(is_emoji)).collect();
    let emoji = text.starts_with(is_emoji);
    let capitals =
        words.iter().all(|w| !w.chars().any(char::is_lowercase)) && text.chars().any(char::is_uppercase);
    words.len() <= 3 && (emoji || capitals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_with_instructions() {
        for cell in
            ["Concept", "**Concept**", "concept (link it)", " Begriff: ", "Понятие", "概念（太字）", "TERM"]
        {
            assert!(is_concept_header(cell, &[]), "{cell}");
        }
        for cell in ["", "Year", "(concept)", "Conceptual model"] {
            assert!(!is_concept_header(cell, &[]), "{cell}");
        }
        assert!(is_concept_header("Stichwort (kurz)", &["stichwort".into()]));
    }

    #[test]
    fn sections_in_many_languages() {
        for (heading, word) in [
            ("Explanation", SectionWord::Part(PartKind::Explanation)),
            ("**See Also:**", SectionWord::Part(PartKind::SeeAlso)),
            ("Eselsbrücke", SectionWord::Part(PartKind::MemoryAnchor)),
            ("Question d’entretien", SectionWord::Part(PartKind::Interview)),
            ("Решение", SectionWord::Solution),
            ("🃏 Fiszki", SectionWord::Cards),
            ("練習問題", SectionWord::Part(PartKind::Exercise)),
            ("50-Word Review", SectionWord::Review),
            ("Learning objectives:", SectionWord::Objectives),
            ("Lernziele", SectionWord::Objectives),
            ("80-word review", SectionWord::Review),
            ("Rückblick (50 Wörter)", SectionWord::Review),
            ("参考资料", SectionWord::Part(PartKind::Sources)),
        ] {
            assert_eq!(section_word(heading, []), Some(word), "{heading}");
        }
        assert_eq!(section_word("History", []), None);
        assert_eq!(section_word("3 examples", []), None);
        assert_eq!(
            section_word("history", [("History", SectionWord::Part(PartKind::Explanation))]),
            Some(SectionWord::Part(PartKind::Explanation))
        );
        assert_eq!(section_word("Cards", [("cards", SectionWord::Review)]), Some(SectionWord::Review));
    }

    #[test]
    fn no_word_means_two_things() {
        let mut seen: Vec<&str> = Vec::new();
        for (_, words) in SECTIONS {
            for word in *words {
                assert!(!seen.contains(word), "{word}");
                assert_eq!(bare(word), *word, "the table holds folded words");
                seen.push(word);
            }
        }
        for word in CONCEPT_HEADERS {
            assert_eq!(bare(word), *word);
        }
        for (name, word) in SectionWord::NAMES {
            assert_eq!(SectionWord::named(name), Some(word));
            assert_eq!(word.name(), name);
        }
    }

    #[test]
    fn titles() {
        for (heading, title) in [
            ("**Chapter 1 — Foundations**", "Foundations"),
            ("**1. FOUNDATIONS**", "Foundations"),
            ("Kapitel IV: Das Laufzeitmodell", "Das Laufzeitmodell"),
            ("第3章 データ構造", "データ構造"),
            ("Глава 2. Практика", "Практика"),
            ("2) STATE OF THE ART", "State of the Art"),
            ("3 Ways to Fail", "3 Ways to Fail"),
            ("3.13 News", "3.13 News"),
            ("Chapter 7", "Chapter 7"),
            ("Part of the Whole", "Part of the Whole"),
            ("GIL", "GIL"),
            ("MULTI-THREADING AND DON’T CARE", "Multi-Threading and Don’t Care"),
            ("Living with the GIL", "Living with the GIL"),
        ] {
            assert_eq!(chapter_title(heading), title, "{heading}");
        }
        assert!(is_counted("**1. A**") && is_counted("Chapter 2 — B") && !is_counted("3.13 News"));
        assert!(is_counted_chapter("**Chapter 2 — B**") && is_counted_chapter("第1章 あ"));
        assert!(!is_counted_chapter("1. A") && !is_counted_chapter("Part of it"));
    }

    #[test]
    fn badges() {
        assert_eq!(split_badge("Enhanced REPL ⭐ NEW"), ("Enhanced REPL", Some("⭐ NEW")));
        assert_eq!(split_badge("JIT 🆕"), ("JIT", Some("🆕")));
        assert_eq!(split_badge("Source → Bytecode → PVM"), ("Source → Bytecode → PVM", None));
        assert_eq!(split_badge("⭐ Stars"), ("⭐ Stars", None));
        assert_eq!(
            split_badge("Emoji ⭐ in the middle of a long name"),
            ("Emoji ⭐ in the middle of a long name", None)
        );
        assert!(is_badge("NEW"));
        assert!(is_badge("✨ neu seit 3.14"));
        assert!(!is_badge("and friends"));
    }
}
