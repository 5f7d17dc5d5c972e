//! What a quiz can ask of a pack: from concepts, cards, examples and `## Quiz` sections to plain topics.

use std::collections::HashMap;

use super::Failure;
use crate::examples;
use crate::pack::{CardKind, Pack, PartKind, Target};
use crate::plan::quiz::{Gap, Program, Topic, Written};
use crate::typeset::press::Press;
use crate::typeset::quizzes::QuizOptions;
use crate::vault::ast::{Block, BlockKind, List};
use crate::vault::cards::{self, CardTextKind};
use crate::vault::config::Config;
use crate::vault::{FileNo, Finding, Note, Part, Place, Vault, blocks_text};

/// What the command line says of quizzes; what it leaves open `recto.yaml` says.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "Quizzes")]
pub struct QuizFlags {
    /// Versions A, B, C …: 1 to 26 (default: `quizzes.versions`, else 3)
    #[arg(long, value_name = "N")]
    pub versions: Option<u32>,
    /// Which questions, in which order: the same number gives the same quizzes (default: `quizzes.seed`, else 1)
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Most questions of a quiz, 1 to 200 (default: `quizzes.questions`, else 20)
    #[arg(long, value_name = "N")]
    pub questions: Option<u32>,
}

/// # Errors
/// A flag with a value that it does not have.
pub fn options(config: &Config, flags: &QuizFlags) -> Result<QuizOptions, Failure> {
    let own = &config.quizzes;
    let (versions, questions) =
        (flags.versions.unwrap_or(own.versions), flags.questions.unwrap_or(own.questions));
    if !(1..=26).contains(&versions) {
        return Err(Failure::usage(format!("--versions takes 1 to 26, not {versions}")));
    }
    if !(1..=200).contains(&questions) {
        return Err(Failure::usage(format!("--questions takes 1 to 200, not {questions}")));
    }
    Ok(QuizOptions { versions, seed: flags.seed.unwrap_or(own.seed), questions: questions as usize })
}

/// Longest texts that a line of a quiz takes, in characters.
const QUESTION: usize = 220;
const ANSWER: usize = 70;
/// Largest program that a quiz shows: lines, and characters of a line.
const PROGRAM: (usize, usize) = (16, 78);
const OUTPUT: (usize, usize) = (5, 60);

/// The pack's concepts in their order.
pub fn topics(press: &Press, vault: &Vault) -> Vec<Topic> {
    let pack = press.pack;
    let notes: HashMap<FileNo, &Note> = vault.notes().map(|(no, _, note)| (no, note)).collect();
    let mut programs = programs(vault);
    let linked = links(pack);
    pack.concepts
        .iter()
        .enumerate()
        .map(|(i, concept)| {
            let mut topic = Topic {
                number: concept.number.clone(),
                name: concept.name.clone(),
                aliases: concept.aliases.clone(),
                brief: line(&concept.brief.plain),
                chapter: concept.chapter,
                section: concept.section,
                linked: linked.get(&i).cloned().unwrap_or_default(),
                priority: concept.priority,
                asked: press.keeps(concept),
                programs: concept.note.and_then(|file| programs.remove(&file)).unwrap_or_default(),
                ..Topic::default()
            };
            for card in concept.cards.iter().filter_map(|no| pack.cards.get(no.0)) {
                let Some(front) = &card.front else { continue };
                match card.kind {
                    CardKind::Cloze => topic.gaps.extend(gap(&front.plain, &card.back.plain)),
                    CardKind::Basic | CardKind::Forward => {
                        topic.short.extend(short(&front.plain, &card.back.plain));
                    }
                    _ => {}
                }
            }
            for part in concept.parts.iter().filter(|p| p.kind == PartKind::Quiz) {
                if let (Some(note), Part::Blocks(range)) = (notes.get(&part.body.file), &part.body.part)
                    && let Some(blocks) = note.parsed.blocks.get(range.clone())
                {
                    written(&mut topic, blocks, note, part.body.file, press);
                }
            }
            topic
        })
        .collect()
}

/// Concepts to which each one's note or brief links, by position.
fn links(pack: &Pack) -> HashMap<usize, Vec<usize>> {
    let mut of_file: HashMap<FileNo, Vec<usize>> = HashMap::new();
    for (i, concept) in pack.concepts.iter().enumerate() {
        of_file.entry(concept.note.unwrap_or(concept.brief.file)).or_default().push(i);
    }
    let mut linked: HashMap<usize, Vec<usize>> = HashMap::new();
    for (i, concept) in pack.concepts.iter().enumerate() {
        let others = concept.see_also.iter().chain(&concept.mentioned_by).map(|no| no.0);
        linked.entry(i).or_default().extend(others);
    }
    for link in &pack.links {
        let Target::Concept(to) = link.to else { continue };
        // A chapter's note is no concept's own: its links are its rows.
        if let Some([from]) = of_file.get(&link.from).map(Vec::as_slice)
            && pack.concepts.get(*from).is_some_and(|c| c.note == Some(link.from))
        {
            linked.entry(*from).or_default().push(to.0);
        }
    }
    linked
}

/// A text in one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fits(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most
}

/// A cloze card's sentence: its front has the mark of the gap where its back has the answer.
fn gap(front: &str, back: &str) -> Option<Gap> {
    let (before, after) = front.split_once("[…]")?;
    let answer = back.strip_prefix(before)?.strip_suffix(after)?;
    let sound = !after.contains("[…]") && fits(answer, ANSWER) && front.chars().count() <= QUESTION + 60;
    (sound && !front.contains('\n')).then(|| Gap {
        before: before.into(),
        answer: answer.into(),
        after: after.into(),
    })
}

fn short(front: &str, back: &str) -> Option<(String, String)> {
    let (front, back) = (line(front), line(back));
    (fits(&front, QUESTION) && fits(&back, ANSWER)).then_some((front, back))
}

/// Examples by note, as far as they fit on a sheet.
fn programs(vault: &Vault) -> HashMap<FileNo, Vec<Program>> {
    let small = |text: &str, most: (usize, usize)| {
        !text.trim().is_empty()
            && text.lines().count() <= most.0
            && text.lines().all(|l| l.chars().count() <= most.1)
    };
    let mut programs: HashMap<FileNo, Vec<Program>> = HashMap::new();
    for example in examples::find(vault).0.list {
        let Some(output) = example.output else { continue };
        if small(&example.code.text, PROGRAM) && small(&output.text, OUTPUT) {
            let (code, output) = (example.code.text.clone(), output.text.trim_end().to_owned());
            let program = Program { lang: example.lang, code, output };
            programs.entry(example.file).or_default().push(program);
        }
    }
    programs
}

/// A `## Quiz` section: a paragraph and the task list below it is a choice, its ticked item the key; card lines are short
/// answers and gaps.
fn written(topic: &mut Topic, blocks: &[Block], note: &Note, file: FileNo, press: &Press) {
    for pair in blocks.windows(2) {
        let (BlockKind::Paragraph(_), BlockKind::List(list)) = (&pair[0].kind, &pair[1].kind) else {
            continue;
        };
        if list.items.iter().all(|item| item.task.is_none()) {
            continue;
        }
        match choice(list) {
            Some((options, right)) => topic.written.push(Written::Choice {
                question: line(&blocks_text(&pair[..1])),
                options,
                right,
            }),
            None => press.report(
                Finding::warning(
                    "quiz",
                    Some(Place { file, range: pair[1].range.clone() }),
                    "this question needs two to six answers, one of them ticked",
                )
                .hint("write `- [x] right` once, and `- [ ] wrong`"),
            ),
        }
    }
    for card in cards::extract(blocks, &note.text).cards {
        let (front, back) = (blocks_text(&card.front), blocks_text(&card.back));
        match card.kind {
            CardTextKind::Cloze => topic.gaps.extend(gap(&front, &back)),
            _ => topic.written.push(Written::Short { question: line(&front), answer: line(&back) }),
        }
    }
}

fn choice(list: &List) -> Option<(Vec<String>, usize)> {
    let options: Vec<String> = list.items.iter().map(|item| line(&blocks_text(&item.body))).collect();
    let mut right = list.items.iter().enumerate().filter(|(_, i)| matches!(i.task, Some('x' | 'X')));
    let (at, _) = right.next()?;
    let sound =
        right.next().is_none() && (2..=6).contains(&options.len()) && options.iter().all(|o| !o.is_empty());
    sound.then_some((options, at))
}
