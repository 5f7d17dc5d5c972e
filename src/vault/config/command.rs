//! `run: {python: "python3 {file}"}`: how code in a language is run.

/// A program and its arguments; one of the words holds `{file}`. It is started without a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    words: Vec<String>,
}

/// What stands for the file's name.
const FILE: &str = "{file}";

impl Command {
    /// Splits at white space; quotes, `"…"` or `'…'`, keep it.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn parse(text: &str) -> Result<Self, (String, &'static str)> {
        let mut words: Vec<String> = Vec::new();
        let mut word: Option<String> = None;
        let mut quote: Option<char> = None;
        for c in text.chars() {
            match quote {
                Some(open) if c == open => quote = None,
                Some(_) => word.get_or_insert_default().push(c),
                None if c == '"' || c == '\'' => {
                    quote = Some(c);
                    word.get_or_insert_default();
                }
                None if c.is_whitespace() => words.extend(word.take()),
                None => word.get_or_insert_default().push(c),
            }
        }
        words.extend(word);
        if let Some(quote) = quote {
            return Err((format!("the quote {quote} is never closed"), "close it, or leave it out"));
        }
        let hint = "write a program and `{file}`, like `python3 {file}`";
        match words.first() {
            None => Err(("this command is empty".into(), hint)),
            Some(program) if program.contains(FILE) || program.is_empty() => {
                Err(("this command has no program".into(), hint))
            }
            _ if !words.iter().any(|word| word.contains(FILE)) => {
                Err(("this command does not name the file to run".into(), hint))
            }
            _ => Ok(Self { words }),
        }
    }

    /// The program; with a slash in it, it is looked for from the pack's root, else on `PATH`.
    pub fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// The arguments that run a file.
    pub fn arguments(&self, file: &str) -> Vec<String> {
        self.words.iter().skip(1).map(|word| word.replace(FILE, file)).collect()
    }

    /// The arguments that ask for the version: what stands before the file, and `--version`.
    pub fn version_arguments(&self) -> Vec<String> {
        let before = self.words.iter().skip(1).take_while(|word| !word.contains(FILE));
        before.cloned().chain(["--version".to_owned()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_a_shell() {
        let command = Command::parse("uv  run 'my python' \"-X dev\" --path={file}x $HOME; rm ''").unwrap();
        assert_eq!(command.program(), "uv");
        assert_eq!(
            command.arguments("a b.py"),
            ["run", "my python", "-X dev", "--path=a b.pyx", "$HOME;", "rm", ""]
        );
        assert_eq!(command.version_arguments(), ["run", "my python", "-X dev", "--version"]);
        for (wrong, message) in [
            ("", "is empty"),
            ("   ", "is empty"),
            ("python3", "does not name the file"),
            ("{file}", "no program"),
            ("'' {file}", "no program"),
            ("python3 '{file}", "never closed"),
        ] {
            let said = Command::parse(wrong).unwrap_err().0;
            assert!(said.contains(message), "{wrong}: {said}");
        }
    }
}
