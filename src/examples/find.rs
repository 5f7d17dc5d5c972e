//! A vault's examples, and what their fences ask for.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::vault::ast::{Block, BlockKind, Code};
use crate::vault::config::Command;
use crate::vault::{FileNo, Finding, Note, Place, Requirement, Vault};

/// The language of the block that holds what an example prints.
const OUTPUT: &str = "output";
/// Commands of languages for which `run:` in recto.yaml names none.
const BUILT_IN: [(&str, &str); 1] = [("python", "python3 {file}")];
/// Languages of blocks that are no programs, whatever follows them.
const NO_PROGRAMS: [&str; 5] = ["", OUTPUT, "text", "txt", "console"];

/// A code block that can be run, and what it should print.
#[derive(Debug, Clone)]
pub struct Example<'v> {
    pub file: FileNo,
    /// Of the fence, in lower case; `py` and `python3` are `python`.
    pub lang: String,
    pub code: &'v Code,
    /// Bytes of the whole code block.
    pub range: Range<usize>,
    /// `None` only for a block that is not to be run.
    pub output: Option<&'v Code>,
    /// With which code the program should end.
    pub exit: i32,
    pub asks: Asks,
}

/// Under which condition an example is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    Nothing,
    /// To be run by these versions only; where that is written.
    Version(Requirement, Range<usize>),
    /// Not to be run, and why.
    NoRun(String),
    /// Its fence is wrong: a finding says so.
    Wrong,
}

impl Example<'_> {
    /// The line of the fence.
    pub fn place(&self) -> Place {
        Place { file: self.file, range: self.range.start..self.code.text_range.start.max(self.range.start) }
    }
}

/// All examples of a vault.
#[derive(Debug, Clone, Default)]
pub struct Examples<'v> {
    /// In the order of the files and of their text.
    pub list: Vec<Example<'v>>,
    /// How each language is run.
    pub commands: BTreeMap<String, Command>,
}

/// Finds the examples of a vault; nothing is run. The findings are about fences that ask for what cannot be.
pub fn find(vault: &Vault) -> (Examples<'_>, Vec<Finding>) {
    let mut commands: BTreeMap<String, Command> = BUILT_IN
        .iter()
        .filter_map(|(lang, command)| Some(((*lang).to_owned(), Command::parse(command).ok()?)))
        .collect();
    for (lang, command) in &vault.config.run {
        commands.insert(canonical(lang).to_owned(), command.clone());
    }
    let mut finder = Finder { commands: &commands, list: Vec::new(), findings: Vec::new() };
    for (file, _, note) in vault.notes() {
        finder.blocks(file, note, &note.parsed.blocks);
    }
    let Finder { list, findings, .. } = finder;
    (Examples { list, commands }, findings)
}

fn canonical(lang: &str) -> &str {
    match lang {
        "py" | "python3" => "python",
        other => other,
    }
}

struct Finder<'v, 'c> {
    commands: &'c BTreeMap<String, Command>,
    list: Vec<Example<'v>>,
    findings: Vec<Finding>,
}

// The depth of blocks is bounded by the parser (`vault::markdown::MAX_QUOTES` and its like).
impl<'v> Finder<'v, '_> {
    fn blocks(&mut self, file: FileNo, note: &'v Note, blocks: &'v [Block]) {
        for (i, block) in blocks.iter().enumerate() {
            match &block.kind {
                BlockKind::Code(code) => {
                    let output = match blocks.get(i + 1).map(|next| &next.kind) {
                        Some(BlockKind::Code(next)) if next.lang == OUTPUT => Some(next),
                        _ => None,
                    };
                    self.code(file, note, block, code, output);
                }
                BlockKind::Quote(body) | BlockKind::FootnoteDef { body, .. } => self.blocks(file, note, body),
                BlockKind::Callout(callout) => self.blocks(file, note, &callout.body),
                BlockKind::List(list) => {
                    list.items.iter().for_each(|item| self.blocks(file, note, &item.body));
                }
                _ => {}
            }
        }
    }

    fn code(
        &mut self,
        file: FileNo,
        note: &'v Note,
        block: &Block,
        code: &'v Code,
        output: Option<&'v Code>,
    ) {
        let lang = canonical(&code.lang).to_owned();
        let known = self.commands.contains_key(&lang);
        let no_run = code.attribute("no-run").filter(|_| known);
        // A block that prints nothing to compare is no example, but one that says it is not run is a gap to be seen.
        if NO_PROGRAMS.contains(&lang.as_str()) || (output.is_none() && no_run.is_none()) {
            return;
        }
        let mut example =
            Example { file, lang, code, range: block.range.clone(), output, exit: 0, asks: Asks::Nothing };
        example.asks = self.asks(note, &mut example, no_run, known);
        self.list.push(example);
    }

    fn asks(&mut self, note: &Note, example: &mut Example<'_>, no_run: Option<&str>, known: bool) -> Asks {
        match no_run.map(str::trim) {
            Some("") => return self.wrong(example, "`no-run` gives no reason", "write `no-run=\"why not\"`"),
            Some(reason) => return Asks::NoRun(reason.to_owned()),
            None => {}
        }
        if !known {
            let lang = &example.lang;
            return Asks::NoRun(format!("`{lang}` has no command: name one in recto.yaml (`run:`)"));
        }
        if let Some(exit) = example.code.attribute("exit") {
            match exit.trim().parse::<u8>() {
                Ok(code) => example.exit = i32::from(code),
                Err(_) => {
                    let message = format!("`exit` must be an exit code, not `{exit}`");
                    return self.wrong(
                        example,
                        &message,
                        "write a whole number from 0 to 255, like `exit=1`",
                    );
                }
            }
        }
        if let Some(written) = example.code.attribute(&example.lang) {
            return match Requirement::parse(written) {
                Ok(requirement) => Asks::Version(requirement, example.place().range),
                Err(message) => self.wrong(example, &message, Requirement::HINT),
            };
        }
        let front = &note.front;
        let key = example.lang.as_str();
        let written = match key {
            "python" => front.python.as_deref(),
            _ => front.other.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str()),
        };
        match (written.map(Requirement::parse), front.place(key)) {
            (Some(Ok(requirement)), Some(place)) => Asks::Version(requirement, place),
            // Of `python:` reading the note has told; another language's name may be a property of any kind.
            (Some(Err(_)), _) if key == "python" => Asks::Wrong,
            _ => Asks::Nothing,
        }
    }

    fn wrong(&mut self, example: &Example<'_>, message: &str, hint: &str) -> Asks {
        self.findings.push(Finding::error("example-fence", Some(example.place()), message).hint(hint));
        Asks::Wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Language, code, output, condition.
    type Found = (String, String, Option<String>, Asks);

    fn of(note: &str, config: &str) -> (Vec<Found>, Vec<String>) {
        let (vault, problems) = Vault::from_texts([("a.md", note), ("recto.yaml", config)]);
        assert_eq!(problems, []);
        let (examples, findings) = find(&vault);
        let list = examples.list.into_iter().map(|e| {
            let output = e.output.map(|o| o.text.clone());
            (e.lang, e.code.text.clone(), output, e.asks)
        });
        (list.collect(), findings.into_iter().map(|f| f.message).collect())
    }

    #[test]
    fn a_block_and_its_output() {
        let note = "```py\n1\n```\n```output\na\n```\n\n```python\n2\n```\n\nText.\n\n```output\nb\n```\n\n\
                    > [!tip]\n> ```Python\n> 3\n> ```\n>\n> ```output\n> c\n> ```\n\n- x\n\n  ```python3\n  4\n  ```\n  ```output\n  ```\n\n\
                    ```text\n5\n```\n```output\nd\n```\n```python\n6\n```\n";
        let (list, findings) = of(note, "");
        assert_eq!(findings, [""; 0]);
        let list: Vec<(&str, &str, Option<&str>)> =
            list.iter().map(|(l, c, o, _)| (l.as_str(), c.as_str(), o.as_deref())).collect();
        assert_eq!(
            list,
            [("python", "1", Some("a")), ("python", "3", Some("c")), ("python", "4", Some("")),]
        );
    }

    #[test]
    fn conditions() {
        let note = "---\npython: '>=3.12'\nsh: unrelated\n---\n\
                    ```python\na\n```\n```output\n```\n\
                    ```python python='>=3.14'\nb\n```\n```output\n```\n\
                    ```python no-run='needs a network'\nc\n```\n\
                    ```sh\nd\n```\n```output\n```\n\
                    ```rust\ne\n```\n```output\n```\n\
                    ```python exit=2\nf\n```\n```output\n```\n";
        let (list, findings) = of(note, "run: {sh: 'sh {file}'}");
        assert_eq!(findings, [""; 0]);
        let asks: Vec<String> = list
            .into_iter()
            .map(|(_, code, _, asks)| match asks {
                Asks::Nothing => code,
                Asks::Version(requirement, _) => format!("{code} {requirement}"),
                Asks::NoRun(reason) => format!("{code} not: {reason}"),
                Asks::Wrong => format!("{code} wrong"),
            })
            .collect();
        assert_eq!(
            asks,
            [
                "a >=3.12",
                "b >=3.14",
                "c not: needs a network",
                "d",
                "e not: `rust` has no command: name one in recto.yaml (`run:`)",
                "f >=3.12",
            ]
        );
    }

    #[test]
    fn fences_that_are_wrong() {
        let note = "```sh no-run\na\n```\n```output\n```\n```sh no-run=' '\nb\n```\n```sh exit=x\nc\n```\n```output\n```\n\
                    ```sh sh=5\nd\n```\n```output\n```\n```ruby no-run\ne\n```\n";
        let (list, findings) = of(note, "run: {sh: 'sh {file}'}");
        assert_eq!(list.len(), 4, "ruby has no command: its fence is not ours");
        assert!(list.iter().all(|(.., asks)| *asks == Asks::Wrong));
        assert_eq!(
            findings,
            [
                "`no-run` gives no reason",
                "`no-run` gives no reason",
                "`exit` must be an exit code, not `x`",
                "`5` asks for no version",
            ]
        );
    }
}
