//! All examples, a few at a time.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayon::prelude::*;

use super::compare::{difference, shown};
use super::find::{Asks, Example, Examples};
use super::process::{self, End, Folder, Interrupt, Limits, Ran};
use crate::vault::ast::Code;
use crate::vault::config::Command;
use crate::vault::{Finding, LineIndex, Place, Requirement, Vault, Version};

/// Bytes that an example may print.
const MAX_OUTPUT: usize = 1 << 20;
/// At most so many examples run at once.
const MOST_AT_ONCE: usize = 8;

pub struct Options<'a> {
    /// Of one example.
    pub time: Duration,
    /// Ends the run: examples that have not ended are not tested.
    pub interrupt: &'a Interrupt,
    /// Called after each example.
    pub progress: &'a (dyn Fn() + Sync),
}

/// What became of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It printed what the note says.
    Passed,
    /// It was run, and a finding says what is wrong with it.
    Failed,
    /// By its own wish; the reason.
    Skipped(String),
    /// It could not be run; a finding says why.
    NotRun,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// Of the fence.
    pub place: Place,
    pub lang: String,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Default)]
pub struct Report {
    /// One for each example, in their order.
    pub tested: Vec<Tested>,
    /// In the same order; all are errors.
    pub findings: Vec<Finding>,
}

impl Report {
    pub fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        self.tested.iter().filter(|tested| wanted(&tested.outcome)).count()
    }
}

/// Runs examples and compares what they print.
pub fn run(vault: &Vault, examples: &Examples<'_>, options: &Options<'_>) -> Report {
    let tester = Tester { vault, options, root: vault.root.canonicalize().unwrap_or_default() };
    let interpreters = tester.interpreters(examples);
    let test = |example: &Example<'_>| {
        let verdict = tester.test(example, interpreters.get(&example.lang));
        (options.progress)();
        verdict
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_AT_ONCE);
    let verdicts: Vec<Verdict> = match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(|| examples.list.par_iter().map(test).collect()),
        Err(_) => examples.list.iter().map(test).collect(),
    };
    tester.report(examples, verdicts, &interpreters)
}

/// What is known of how a language is run.
struct Interpreter<'c> {
    command: &'c Command,
    program: PathBuf,
    /// `None` where no example asks; an error says why it is not known.
    version: Option<Result<Version, Unknown>>,
}

enum Unknown {
    /// The program cannot be started.
    NotStarted(std::io::Error),
    /// It was asked like this, and told no version.
    Silent(String),
}

enum Verdict {
    Passed,
    Failed(Finding),
    Skipped(String),
    /// The program cannot be started.
    NotStarted(String),
    /// Its version is not known.
    NoVersion(Requirement, Range<usize>),
    /// Told elsewhere, or nobody wants to know any more.
    Silent,
}

struct Tester<'v, 'o> {
    vault: &'v Vault,
    options: &'o Options<'o>,
    root: PathBuf,
}

impl Tester<'_, '_> {
    /// The languages of the examples; where one asks for a version, the interpreter is asked once.
    fn interpreters<'c>(&self, examples: &'c Examples<'_>) -> BTreeMap<String, Interpreter<'c>> {
        let mut found: BTreeMap<String, Interpreter<'c>> = BTreeMap::new();
        for example in &examples.list {
            let Some(command) = examples.commands.get(&example.lang) else { continue };
            let entry = found.entry(example.lang.clone()).or_insert_with(|| Interpreter {
                command,
                program: program(&self.root, command.program()),
                version: None,
            });
            if entry.version.is_none() && matches!(example.asks, Asks::Version(..)) {
                entry.version = Some(self.version(entry));
            }
        }
        found
    }

    fn version(&self, interpreter: &Interpreter<'_>) -> Result<Version, Unknown> {
        let arguments = interpreter.command.version_arguments();
        let asked = format!("{} {}", interpreter.command.program(), arguments.join(" "));
        let ran = self.process(interpreter, &arguments, None).map_err(Unknown::NotStarted)?;
        match ran.end {
            End::NotStarted(error) => Err(Unknown::NotStarted(error)),
            // Old programs tell it on standard error.
            _ => Version::find(&ran.out).or_else(|| Version::find(&ran.err)).ok_or(Unknown::Silent(asked)),
        }
    }

    /// Runs the program in a new folder that holds the file, if there is one.
    fn process(
        &self,
        interpreter: &Interpreter<'_>,
        arguments: &[String],
        file: Option<(&str, &str)>,
    ) -> std::io::Result<Ran> {
        let folder = Folder::new()?;
        if let Some((name, text)) = file {
            std::fs::write(folder.work().join(name), text)?;
        }
        let limits = Limits { time: self.options.time, output: MAX_OUTPUT };
        Ok(process::run(&interpreter.program, arguments, &folder, limits, self.options.interrupt))
    }

    fn test(&self, example: &Example<'_>, interpreter: Option<&Interpreter<'_>>) -> Verdict {
        match &example.asks {
            Asks::Wrong => return Verdict::Silent,
            Asks::NoRun(reason) => return Verdict::Skipped(reason.clone()),
            Asks::Version(requirement, range) => match interpreter.and_then(|i| i.version.as_ref()) {
                Some(Ok(version)) if requirement.allows(version) => {}
                Some(Ok(version)) => {
                    let lang = &example.lang;
                    return Verdict::Skipped(format!("needs {lang} {requirement}, and this is {version}"));
                }
                Some(Err(Unknown::NotStarted(error))) => return Verdict::NotStarted(error_text(error)),
                Some(Err(Unknown::Silent(_))) | None => {
                    return Verdict::NoVersion(requirement.clone(), range.clone());
                }
            },
            Asks::Nothing => {}
        }
        let (Some(interpreter), Some(output)) = (interpreter, example.output) else { return Verdict::Silent };
        if self.options.interrupt.is_set() {
            return Verdict::Silent;
        }
        let name = file_name(&example.lang);
        // Files of programs end with a line end.
        let text = format!("{}\n", example.code.text);
        let arguments = interpreter.command.arguments(&name);
        match self.process(interpreter, &arguments, Some((name.as_str(), text.as_str()))) {
            Ok(ran) => self.verdict(example, output, &name, ran),
            Err(error) => {
                let message = format!("this example has no temporary folder to run in: {error}");
                Verdict::Failed(Finding::error("example-failed", Some(example.place()), message))
            }
        }
    }

    fn verdict(&self, example: &Example<'_>, output: &Code, name: &str, ran: Ran) -> Verdict {
        let failed = |rule, place: Place, message: String| Finding::error(rule, Some(place), message);
        match ran.end {
            End::NotStarted(error) => return Verdict::NotStarted(error_text(&error)),
            End::Interrupted => return Verdict::Silent,
            End::TimedOut => {
                let time = self.options.time.as_secs_f64();
                let message = format!("this example was still running after {time} s, and was ended");
                let hint = "make it shorter, give it more time (`--timeout`), or write `no-run=\"why not\"`";
                return Verdict::Failed(failed("example-time", example.place(), message).hint(hint));
            }
            End::TooLong => {
                let message = format!("this example printed more than {MAX_OUTPUT} bytes, and was ended");
                let hint = "print less: the page has to hold it";
                return Verdict::Failed(failed("example-size", example.place(), message).hint(hint));
            }
            End::Signal(number) => {
                let message = format!("this example was ended by signal {number}");
                let finding = failed("example-failed", example.place(), message);
                return Verdict::Failed(with_last_words(finding, &ran.err));
            }
            End::Exit(code) if code != example.exit => {
                let place = line_named(&ran.err, name)
                    .filter(|line| (1..=line_count(example.code)).contains(line))
                    .map_or_else(|| example.place(), |line| self.line(example, example.code, line - 1, None));
                let message = match example.exit {
                    0 => format!("this example ends with exit code {code}"),
                    wanted => format!("this example ends with exit code {code}, not {wanted}"),
                };
                let finding = with_last_words(failed("example-failed", place, message), &ran.err);
                return Verdict::Failed(match example.exit {
                    0 => finding.hint(format!("if that is what it shows, write `exit={code}` on its fence")),
                    _ => finding,
                });
            }
            End::Exit(_) => {}
        }
        let Some(found) = difference(&output.text, &ran.out) else { return Verdict::Passed };
        let message = match (found.expected, found.got) {
            (Some(_), None) => "this example prints less than the note says",
            (None, _) => "this example prints more than the note says",
            _ => "this example prints something else",
        };
        let place = self.line(example, output, found.line, found.expected.map(|line| (line, found.column)));
        let finding = failed("example-output", place, message.to_owned())
            .hint(format!("the note says {}", shown(found.expected, found.column)))
            .hint(format!("it prints {}", shown(found.got, found.column)));
        Verdict::Failed(finding)
    }

    /// The place of a line of a code block: from the column of the text that is expected there, if it stands there.
    /// Behind the last line it is the closing fence.
    fn line(&self, example: &Example<'_>, code: &Code, line: usize, text: Option<(&str, usize)>) -> Place {
        let source = self.vault.note(example.file).map_or("", |note| note.text.as_str());
        let index = LineIndex::new(source);
        let (first, _) = index.position(source, code.text_range.start);
        let line = first + line.min(line_count(code));
        let start = index.line_start(line).unwrap_or(code.text_range.end).min(source.len());
        let whole = source.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let end = start + whole.trim_end().len();
        let lead = whole.len() - whole.trim_start().len();
        let from = text.and_then(|(text, column)| {
            // Quotes and lists put marks before it.
            let before: usize = text.chars().take(column).map(char::len_utf8).sum();
            Some(whole.find(text).filter(|_| !text.is_empty())? + before)
        });
        let from = start + from.unwrap_or(lead);
        Place { file: example.file, range: from.min(end)..end }
    }

    fn report(
        &self,
        examples: &Examples<'_>,
        verdicts: Vec<Verdict>,
        interpreters: &BTreeMap<String, Interpreter<'_>>,
    ) -> Report {
        let mut report = Report::default();
        // Of each language: the first example that could not be run, why, and how many there are.
        let mut missing: BTreeMap<&str, (Place, String, usize)> = BTreeMap::new();
        let mut mute: BTreeMap<&str, (Place, Requirement)> = BTreeMap::new();
        for (example, verdict) in examples.list.iter().zip(verdicts) {
            let lang = example.lang.as_str();
            let outcome = match verdict {
                Verdict::Passed => Outcome::Passed,
                Verdict::Failed(finding) => {
                    report.findings.push(finding);
                    Outcome::Failed
                }
                Verdict::Skipped(reason) => Outcome::Skipped(reason),
                Verdict::NotStarted(error) => {
                    missing.entry(lang).or_insert_with(|| (example.place(), error, 0)).2 += 1;
                    Outcome::NotRun
                }
                Verdict::NoVersion(requirement, range) => {
                    mute.entry(lang).or_insert((Place { file: example.file, range }, requirement));
                    Outcome::NotRun
                }
                Verdict::Silent => Outcome::NotRun,
            };
            report.tested.push(Tested { place: example.place(), lang: lang.to_owned(), outcome });
        }
        for (lang, (place, error, count)) in missing {
            let program = interpreters.get(lang).map_or("", |interpreter| interpreter.command.program());
            let place = self.vault.config_place(&["run", lang]).unwrap_or(place);
            let examples =
                if count == 1 { "one example was".into() } else { format!("{count} examples were") };
            let message = format!("`{program}` {error}, so {examples} not run");
            let hint = format!(
                "install it, or name another command in recto.yaml: `run: {{{lang}: \"… {{file}}\"}}`"
            );
            report.findings.push(Finding::error("no-interpreter", Some(place), message).hint(hint));
        }
        for (lang, (place, requirement)) in mute {
            let asked = match interpreters.get(lang).and_then(|interpreter| interpreter.version.as_ref()) {
                Some(Err(Unknown::Silent(asked))) => asked.as_str(),
                _ => lang,
            };
            let message = format!("`{asked}` tells no version, so `{requirement}` cannot be checked");
            let hint = "leave the requirement out, or name a command in recto.yaml that tells its version";
            report.findings.push(Finding::error("no-interpreter", Some(place), message).hint(hint));
        }
        report
    }
}

/// A program with a slash in its name is found from the pack's root.
fn program(root: &Path, name: &str) -> PathBuf {
    if name.contains(['/', '\\']) { root.join(name) } else { PathBuf::from(name) }
}

/// What an example's file is called: interpreters look at what stands behind the dot, and at nothing else.
fn file_name(lang: &str) -> String {
    let ending = match lang {
        "python" => "py",
        "javascript" => "js",
        "typescript" => "ts",
        "ruby" => "rb",
        "rust" => "rs",
        "bash" | "shell" => "sh",
        "perl" => "pl",
        "haskell" => "hs",
        "kotlin" => "kts",
        "elixir" => "exs",
        "julia" => "jl",
        other => other,
    };
    let plain: String = ending.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    format!("example.{plain}")
}

fn line_count(code: &Code) -> usize {
    if code.text_range.is_empty() { 0 } else { code.text.split('\n').count() }
}

fn error_text(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "is not found".to_owned(),
        _ => format!("cannot be started ({error})"),
    }
}

/// Quotes the last line of standard error: there an interpreter says what is wrong.
fn with_last_words(finding: Finding, err: &str) -> Finding {
    match err.lines().rev().map(str::trim).find(|line| !line.is_empty()) {
        Some(line) => finding.hint(format!("it says {}", shown(Some(line), 0))),
        None => finding,
    }
}

/// The line, from 1, of the example's own file that an interpreter names last: `File "example.py", line 3`,
/// `example.sh: 3:`, `example.rb:3:in`.
fn line_named(err: &str, name: &str) -> Option<usize> {
    let named = err.match_indices(name).filter_map(|(at, _)| {
        let rest = err.get(at + name.len()..)?;
        let rest = rest.trim_start_matches(['"', '\'', ':', ',', ' ']);
        let rest = rest.strip_prefix("line ").unwrap_or(rest);
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..digits)?.parse().ok()
    });
    named.last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_interpreters_name() {
        let python = "Traceback (most recent call last):\n  File \"/tmp/x/example.py\", line 9, in <module>\n    f()\n  \
                      File \"/tmp/x/example.py\", line 3, in f\n  File \"/usr/lib/json.py\", line 7\nValueError: no\n";
        assert_eq!(line_named(python, "example.py"), Some(3));
        assert_eq!(line_named("example.sh: 2: foo: not found", "example.sh"), Some(2));
        assert_eq!(line_named("example.sh: line 4: foo: command not found", "example.sh"), Some(4));
        assert_eq!(line_named("example.rb:5:in `<main>': x (RuntimeError)", "example.rb"), Some(5));
        assert_eq!(line_named("example.py is wrong", "example.py"), None);
        assert_eq!(line_named("", "example.py"), None);
    }

    #[test]
    fn names_of_files() {
        assert_eq!(file_name("python"), "example.py");
        assert_eq!(file_name("go"), "example.go");
        assert_eq!(file_name("../x"), "example.x");
        assert_eq!(file_name("c++"), "example.c");
    }
}
