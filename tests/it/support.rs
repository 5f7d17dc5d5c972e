//! Packs on disk and runs of the program.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A pack in a folder of its own, removed at the end.
pub struct Folder {
    dir: TempDir,
}

impl Folder {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder") }
    }

    /// The smallest pack: one chapter, two concepts, one note.
    pub fn small() -> Self {
        let folder = Self::new();
        folder.write(
            "pack/recto.yaml",
            "title: Small\nauthors: [Ann Author]\ndate: 2026-11-20\nschedule: {start: 2027-01-04}\n",
        );
        folder.write(
            "pack/1 Birds.md",
            "# Birds\n\nAbout birds.\n\n## Ducks\n\n|Concept|Brief Description|\n|---|---|\n\
             |**[[Mallard]]**|A dabbling duck whose drake has a green head.|\n|**Teal**|The smallest dabbling duck of Europe.|\n",
        );
        folder.write(
            "pack/concepts/Mallard.md",
            "---\naliases: [Wild duck]\ntags: [ducks]\n---\n## Explanation\n\nIt dabbles, see [[Teal]].\n\n## Exercise\n\nFind one.\n\n\
             ### Solution\n\nLook at the pond.\n\n## Cards\n\nWhat colour is a drake's head? :: Green\n",
        );
        folder
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    pub fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.path(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// Runs the program in this folder.
    pub fn recto(&self, args: &[&str]) -> Run {
        let start = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_recto"))
            .args(args)
            .current_dir(self.dir.path())
            .env("NO_COLOR", "1")
            .env_remove("SOURCE_DATE_EPOCH")
            .output()
            .expect("the program runs");
        Run::new(&output, start.elapsed())
    }

    /// Runs the program with something to read from its standard input.
    pub fn recto_reading(&self, args: &[&str], input: &str) -> Run {
        let start = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_recto"))
            .args(args)
            .current_dir(self.dir.path())
            .env("NO_COLOR", "1")
            .env_remove("SOURCE_DATE_EPOCH")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the program runs");
        // It may end without having read all.
        let _ = child.stdin.take().expect("an input").write_all(input.as_bytes());
        Run::new(&child.wait_with_output().expect("the program ends"), start.elapsed())
    }

    /// Builds `pack` into `out`.
    pub fn build(&self) -> Run {
        self.recto(&["build", "pack", "--out", "out"])
    }

    /// Files of a folder, relative and sorted.
    pub fn files(&self, path: &str) -> Vec<String> {
        let mut out = Vec::new();
        list(&self.path(path), &mut out);
        let base = self.path(path);
        let mut out: Vec<String> = out
            .iter()
            .map(|p| p.strip_prefix(&base).expect("below").to_string_lossy().into_owned())
            .collect();
        out.sort();
        out
    }
}

fn list(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() { list(&path, out) } else { out.push(path) }
    }
}

/// What a run did.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
    pub time: Duration,
}

impl Run {
    fn new(output: &Output, time: Duration) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let run = Self {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
            time,
        };
        assert!(!run.err.contains("panicked"), "the program panicked:\n{}", run.err);
        // Generous: a hang is what is looked for.
        assert!(run.time < Duration::from_secs(120), "the program took {:?}", run.time);
        run
    }

    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn says(self, what: &str) -> Self {
        assert!(self.err.contains(what), "`{what}` is not in:\n{}", self.err);
        self
    }

    #[track_caller]
    pub fn silent_about(self, what: &str) -> Self {
        assert!(!self.err.contains(what), "`{what}` is in:\n{}", self.err);
        self
    }
}

/// Text of a PDF's pages, read by a parser that is not the one that wrote it.
pub fn pdf_text(bytes: &[u8]) -> Vec<String> {
    let document = lopdf::Document::load_mem(bytes).expect("a PDF that parses");
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    pages.iter().map(|page| document.extract_text(&[*page]).unwrap_or_default()).collect()
}

/// Letters and digits only: hyphenation, ligatures and line breaks do not matter.
pub fn letters(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfkc().filter(|c| c.is_alphanumeric()).collect()
}
