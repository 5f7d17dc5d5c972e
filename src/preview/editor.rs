//! Opening a note in the editor, at its line.

use std::path::Path;

/// How notes are opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Editor {
    /// An address that the browser follows, with places to fill in.
    Address(String),
    /// A program and its arguments, with places to fill in; started without a shell.
    Command(Vec<String>),
    /// The place is shown, and nothing opened.
    None,
}

/// What the places in an address or command stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Absolute path of the note.
    pub file: String,
    /// Path from the pack's folder.
    pub path: String,
    /// The folder's name: what Obsidian calls the vault.
    pub vault: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// Editors known by name: their address.
pub const PRESETS: &[(&str, &str)] = &[
    ("obsidian", "obsidian://open?path={file}"),
    ("obsidian-advanced", "obsidian://adv-uri?vault={vault}&filepath={path}&line={line}&column={column}"),
    ("vscode", "vscode://file{file/}:{line}:{column}"),
    ("vscodium", "vscodium://file{file/}:{line}:{column}"),
    ("cursor", "cursor://file{file/}:{line}:{column}"),
    ("zed", "zed://file{file/}:{line}:{column}"),
];

impl Editor {
    /// Reads `--editor`: a preset, an address with `://`, `none`, or a command.
    ///
    /// # Errors
    /// In words, where it would open nothing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self::None);
        }
        if let Some((_, address)) = PRESETS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Ok(Self::Address((*address).to_owned()));
        }
        if let Some((scheme, _)) = text.split_once("://")
            && !scheme.contains(char::is_whitespace)
        {
            if ["javascript", "data", "file", "http", "https"].contains(&scheme.to_ascii_lowercase().as_str())
            {
                return Err(format!("`{scheme}:` addresses open no editor"));
            }
            if !text.contains("{file") && !text.contains("{path}") {
                return Err("the address names no note: it needs {file} or {path}".to_owned());
            }
            return Ok(Self::Address(text.to_owned()));
        }
        let words = split(text)?;
        if words.is_empty() {
            return Err("it is empty".to_owned());
        }
        if !words.iter().any(|word| word.contains("{file}") || word.contains("{path}")) {
            return Err("the command names no note: it needs {file} or {path}".to_owned());
        }
        Ok(Self::Command(words))
    }

    /// What suits a pack: Obsidian where the folder is a vault of it, else Visual Studio Code.
    pub fn of_folder(root: &Path) -> Self {
        let name = if root.join(".obsidian").is_dir() { "obsidian" } else { "vscode" };
        let address = PRESETS.iter().find(|(preset, _)| *preset == name).map_or("", |(_, address)| address);
        Self::Address(address.to_owned())
    }

    /// The address that the browser is to follow.
    pub fn address(&self, spot: &Spot) -> Option<String> {
        let Self::Address(address) = self else { return None };
        let slashed = if spot.file.starts_with('/') { spot.file.clone() } else { format!("/{}", spot.file) };
        Some(
            fill(address, spot, &|value| percent(value, ""))
                .replace("{file/}", &percent(&slashed.replace('\\', "/"), "/:")),
        )
    }

    /// Starts the command, if it is one, and does not wait for it.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(&self, spot: &Spot) -> Result<bool, String> {
        let Self::Command(words) = self else { return Ok(false) };
        let mut words = words.iter().map(|word| fill(word, spot, &|value| value.to_owned()));
        let Some(program) = words.next() else { return Ok(false) };
        let mut child = std::process::Command::new(&program)
            .args(words)
            .stdin(std::process::Stdio::null())
            .spawn()
            .map_err(|error| format!("`{program}` cannot be started: {error}"))?;
        // Its end is waited for elsewhere, so that it leaves no trace in the process table.
        std::thread::spawn(move || child.wait());
        Ok(true)
    }
}

fn fill(template: &str, spot: &Spot, quote: &dyn Fn(&str) -> String) -> String {
    template
        .replace("{line}", &spot.line.to_string())
        .replace("{column}", &spot.column.to_string())
        .replace("{vault}", &quote(&spot.vault))
        .replace("{path}", &quote(&spot.path))
        .replace("{file}", &quote(&spot.file))
}

/// Percent-encodes all but letters, digits, `-._~` and `keep`.
fn percent(text: &str, keep: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-._~".contains(c) || (c.is_ascii() && keep.contains(c)) {
            out.push(c);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Words of a command line; quotes keep what they enclose together.
fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot() -> Spot {
        Spot {
            file: "/home/ann/my notes/a&b.md".into(),
            path: "a&b.md".into(),
            vault: "my notes".into(),
            line: 4,
            column: 7,
        }
    }

    #[test]
    fn presets_make_addresses_that_hold_any_path() {
        let address = |name: &str| Editor::parse(name).unwrap().address(&spot()).unwrap();
        assert_eq!(address("vscode"), "vscode://file/home/ann/my%20notes/a%26b.md:4:7");
        assert_eq!(address("obsidian"), "obsidian://open?path=%2Fhome%2Fann%2Fmy%20notes%2Fa%26b.md");
        assert_eq!(
            address("obsidian-advanced"),
            "obsidian://adv-uri?vault=my%20notes&filepath=a%26b.md&line=4&column=7"
        );
        assert_eq!(
            address("idea://open?file={file}&line={line}"),
            "idea://open?file=%2Fhome%2Fann%2Fmy%20notes%2Fa%26b.md&line=4"
        );
    }

    #[test]
    fn a_command_is_split_once_and_a_path_stays_one_argument() {
        let editor = Editor::parse("code -g \"{file}:{line}\" --reuse-window").unwrap();
        let Editor::Command(words) = &editor else { panic!("{editor:?}") };
        assert_eq!(words, &["code", "-g", "{file}:{line}", "--reuse-window"]);
        assert_eq!(fill(&words[2], &spot(), &|v| v.to_owned()), "/home/ann/my notes/a&b.md:4");
        assert_eq!(editor.address(&spot()), None);
    }

    #[test]
    fn what_would_open_nothing_is_refused() {
        for wrong in ["javascript://{file}", "vscode://file", "vim", "code '{file}", "", "http://x/{file}"] {
            assert!(Editor::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Editor::parse("none"), Ok(Editor::None));
    }
}
