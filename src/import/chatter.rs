//! Lines of a chat export that talk to the reader instead of teaching.

/// What assistants say around what they were asked for, folded.
#[rustfmt::skip]
const PHRASES: &[&str] = &[
    "if you'd like", "if you like,", "if you want,", "would you like", "do you want me", "want me to", "shall i ",
    "should i ", "let me know", "which option", "which direction", "which one would", "what should we do",
    "next step", "next option", "what next", "what's next", "reply with", "(reply", "reply:", "i can also",
    "i now understand", "i understand clearly", "here is the", "here's the", "here are the", "happy to help",
    "just say ", "tell me which", "feel free to", "hope this helps", "as requested", "as you requested", "you want the",
    "would be helpful to", "pick one", "choose one", "just tell me", "i'll ", "i will now", "i've ",
    "soll ich", "möchtest du", "möchten sie", "sag mir", "lass mich wissen", "wie soll es weitergehen",
    "voulez-vous que", "souhaitez-vous", "veux-tu que", "dites-moi", "voici la version",
    "¿quieres que", "¿te gustaría", "¿quiere que", "dime si", "avísame", "quer que eu", "gostaria que eu", "me avise",
    "vuoi che", "fammi sapere", "wil je dat ik", "laat me weten", "czy chcesz", "daj znać", "хотите, чтобы", "хочешь",
    "дайте знать", "しましょうか", "お知らせください", "需要我", "要不要我", "请告诉我",
];

/// Openers of a short paragraph that answers a request.
const OPENERS: &[&str] = &[
    "sure",
    "certainly",
    "of course",
    "absolutely",
    "perfect",
    "great question",
    "great!",
    "got it",
    "understood",
    "done!",
];

/// Words of a paragraph that may be chat between content; longer ones are content that happens to hold a phrase.
const LONGEST: usize = 60;

fn folded(text: &str) -> String {
    text.to_lowercase().replace('’', "'").replace(['*', '_'], "")
}

/// Whether a text talks to the reader, where that is likely: before and after the content.
pub(super) fn talks(text: &str) -> bool {
    let text = folded(text);
    PHRASES.iter().any(|phrase| text.contains(phrase))
}

/// Whether a paragraph between content talks to the reader: only what is short and asks or announces.
pub(super) fn interrupts(text: &str) -> bool {
    let text = folded(text);
    let text = text.trim();
    if text.split_whitespace().count() > LONGEST {
        return false;
    }
    let opener = OPENERS.iter().any(|o| {
        text.strip_prefix(o).is_some_and(|rest| rest.starts_with([',', '!', '.', ' ', '—', '-', ':']))
    });
    let phrase = PHRASES.iter().any(|phrase| text.contains(phrase));
    phrase
        && (opener
            || text.ends_with(['?', '？', ':'])
            || text.starts_with("let me know")
            || text.starts_with("if you"))
}
