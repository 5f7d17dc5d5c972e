//! Asking which card is which.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::ValueEnum;
use indicatif::ProgressBar;

use super::session::{Asker, BuildOptions};
use crate::pack::doubt::{Answer, Doubt};
use crate::vault::{LineIndex, Vault};

/// When cards that cannot be told apart are asked about.
#[derive(Debug, Copy, Clone, PartialEq, Eq, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

/// Somebody at the terminal. A strict build decides nothing, so it asks nothing.
pub fn asker(when: When, options: &BuildOptions, json: bool, bar: &ProgressBar) -> Option<Asker> {
    let asks = match when {
        When::Always => true,
        When::Never => false,
        When::Auto => !json && io::stdin().is_terminal() && io::stderr().is_terminal(),
    };
    let bar = bar.clone();
    (asks && !options.strict && !options.dry && !options.locked)
        .then(|| -> Asker { Box::new(move |vault, doubt| bar.suspend(|| ask(vault, doubt))) })
}

/// Asks until the answer is one. The end of the input leaves it open.
fn ask(vault: &Vault, doubt: &Doubt) -> Answer {
    let mut err = io::stderr().lock();
    let _ = write!(err, "{}", question(vault, doubt));
    let mut lines = io::stdin().lock().lines();
    loop {
        let _ =
            write!(err, "Which is it? 1–{}, n for a new card, Enter to leave it open: ", doubt.choices.len());
        let _ = err.flush();
        let Some(Ok(line)) = lines.next() else { return Answer::Unknown };
        if let Some(answer) = answer(&line, doubt.choices.len()) {
            return answer;
        }
    }
}

fn question(vault: &Vault, doubt: &Doubt) -> String {
    let source = vault.source(doubt.place.file);
    let (line, column) = LineIndex::new(&source).position(&source, doubt.place.range.start);
    let path = vault.file(doubt.place.file).map_or("", |file| file.path.as_str());
    let mut out = format!(
        "{path}:{line}:{column}: this card may be one that has a code already, with another text:\n  {}\n  {}\n",
        one_line(doubt.front),
        one_line(doubt.back)
    );
    for (i, choice) in doubt.choices.iter().enumerate() {
        let gone = if choice.retired { ", taken out since" } else { "" };
        out.push_str(&format!(
            "  {}  {} of `{}`, last changed on {}{gone}\n",
            i + 1,
            choice.code,
            choice.concept,
            choice.changed
        ));
    }
    out
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `None` where it is no answer.
fn answer(line: &str, choices: usize) -> Option<Answer> {
    match line.trim() {
        "" => Some(Answer::Unknown),
        "n" | "N" => Some(Answer::New),
        number => {
            let number: usize = number.parse().ok()?;
            (1..=choices).contains(&number).then(|| Answer::Is(number - 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        assert_eq!(answer(" 2 ", 2), Some(Answer::Is(1)));
        assert_eq!(answer("n", 2), Some(Answer::New));
        assert_eq!(answer("", 2), Some(Answer::Unknown));
        for wrong in ["0", "3", "-1", "yes"] {
            assert_eq!(answer(wrong, 2), None, "{wrong}");
        }
    }
}
