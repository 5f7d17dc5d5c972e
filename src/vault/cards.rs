//! Flashcards in a note, in the syntax of Obsidian's spaced-repetition plug-in.
//!
//! - `front :: back` on a line, or `front ::: back` for both ways. The colons need white space, or the line's end, on
//!   one side at least: `std::vec` and `x[::-1]` are no cards. The first such colons part the sides.
//! - Lines, a line `?` (or `??` for both ways), lines: a side ends at a blank line, a heading, or a line that is a card
//!   of its own. A list, a code block or a table that touches the other lines belongs to the side.
//! - `==words==` in any other paragraph: one card for each, on which only these words are hidden.
//!
//! All of it also in list items, quotes and callouts; never in tables, code, math or inside other mark-up. Which
//! blocks hold cards at all is the caller's decision.

use std::ops::Range;

use super::ast::{Block, BlockKind, Inline, InlineKind, WikiLink};
use super::markdown::{Problem, blank_between};

/// Gaps of one paragraph, at most. Each is a card with the whole paragraph.
const MAX_GAPS: usize = 100;
/// Bytes of all cards of one paragraph, at most (the first gap aside).
const MAX_GAP_BYTES: usize = 4_000_000;

/// A card as the note has it; both ways are one here.
#[derive(Debug, Clone, PartialEq)]
pub struct CardText {
    pub kind: CardTextKind,
    pub front: Vec<Block>,
    pub back: Vec<Block>,
    /// Bytes of the whole card in the file.
    pub range: Range<usize>,
    pub front_range: Range<usize>,
    /// On a cloze card the words that are hidden.
    pub back_range: Range<usize>,
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum CardTextKind {
    /// `::`
    Basic,
    /// `:::`
    BasicBothWays,
    /// `?`
    Multi,
    /// `??`
    MultiBothWays,
    Cloze,
}

impl CardTextKind {
    /// Whether the card is also asked from back to front.
    pub fn both_ways(self) -> bool {
        matches!(self, Self::BasicBothWays | Self::MultiBothWays)
    }
}

/// The cards of some blocks, in order, and what looks like a card but is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extracted {
    pub cards: Vec<CardText>,
    pub problems: Vec<Problem>,
}

/// Finds the cards in blocks; `source` is the file they were read from.
pub fn extract(blocks: &[Block], source: &str) -> Extracted {
    let mut walk = Walk { source, out: Extracted::default() };
    walk.siblings(blocks);
    walk.out
}

struct Walk<'a> {
    source: &'a str,
    out: Extracted,
}

/// Colons between two sides: index of the text among a line's inlines, byte in it, and how many.
struct Separator {
    inline: usize,
    byte: usize,
    colons: usize,
}

impl Walk<'_> {
    fn siblings(&mut self, blocks: &[Block]) {
        let mut rest = blocks;
        while !rest.is_empty() {
            let len = self.touching(rest);
            let (group, more) = rest.split_at(len);
            self.group(group);
            rest = more;
        }
    }

    /// How many blocks from the first stand together without a blank line.
    fn touching(&self, blocks: &[Block]) -> usize {
        let alone = |block: &Block| {
            matches!(block.kind, BlockKind::Heading { .. } | BlockKind::Rule | BlockKind::FootnoteDef { .. })
        };
        let together = |pair: &[Block]| match pair {
            [a, b] => !alone(a) && !alone(b) && !blank_between(self.source, a.range.end, b.range.start),
            _ => false,
        };
        1 + blocks.windows(2).take_while(|pair| together(pair)).count()
    }

    fn group(&mut self, blocks: &[Block]) {
        let Some((at, both)) = blocks.iter().enumerate().find_map(|(i, b)| Some((i, separator_line(b)?)))
        else {
            blocks.iter().for_each(|block| self.block(block));
            return;
        };
        let (before, after) = blocks.split_at(at);
        let Some((mark, after)) = after.split_first() else { return };

        let mut front = Vec::new();
        let mut head = before;
        while let Some((last, more)) = head.split_last() {
            match self.last_card(last) {
                None => front.push(last.clone()),
                Some((cards, left)) => {
                    more.iter().for_each(|block| self.block(block));
                    self.block(&cards);
                    front.extend(left);
                    head = &[];
                    break;
                }
            }
            head = more;
        }
        head.iter().for_each(|block| self.block(block));
        front.reverse();

        let mut back = Vec::new();
        let mut tail: Vec<Block> = Vec::new();
        for (i, block) in after.iter().enumerate() {
            if separator_line(block).is_some() {
                self.out.problems.push(
                    Problem::error("card-sides", block.range.clone(), "this card has two lines `?`")
                        .hint("leave a blank line between two cards"),
                );
            }
            let Some((kept, cards)) = self.first_card(block) else {
                back.push(block.clone());
                continue;
            };
            back.extend(kept);
            tail.push(cards);
            tail.extend(after.iter().skip(i + 1).cloned());
            break;
        }
        self.multi(front, back, &mark.range, both);
        if !tail.is_empty() {
            self.group(&tail);
        }
    }

    fn multi(&mut self, front: Vec<Block>, back: Vec<Block>, mark: &Range<usize>, both: bool) {
        let side = |blocks: &[Block]| match (blocks.first(), blocks.last()) {
            (Some(first), Some(last)) => Some(first.range.start..last.range.end),
            _ => None,
        };
        let sides = (side(&front), side(&back));
        let (Some(front_range), Some(back_range)) = sides else {
            let which = if sides.0.is_none() { "front" } else { "back" };
            self.out.problems.push(
                Problem::error("card-sides", mark.clone(), format!("this card has no {which}"))
                    .hint("write the sides right above and below the `?`, without a blank line"),
            );
            return;
        };
        let kind = if both { CardTextKind::MultiBothWays } else { CardTextKind::Multi };
        let range = front_range.start..back_range.end;
        self.out.cards.push(CardText { kind, front, back, range, front_range, back_range });
    }

    fn block(&mut self, block: &Block) {
        match &block.kind {
            BlockKind::Paragraph(inlines) => self.paragraph(inlines),
            BlockKind::List(list) => list.items.iter().for_each(|item| self.siblings(&item.body)),
            BlockKind::Quote(body) => self.siblings(body),
            BlockKind::Callout(callout) => self.siblings(&callout.body),
            _ => {}
        }
    }

    fn paragraph(&mut self, inlines: &[Inline]) {
        let mut pending: Option<Range<usize>> = None;
        for line in lines(inlines) {
            let Some(content) = inlines.get(line.clone()) else { continue };
            match self.separator(content) {
                Some(separator) => {
                    if let Some(waiting) = pending.take() {
                        self.cloze(inlines.get(waiting).unwrap_or_default());
                    }
                    self.single(content, &separator);
                }
                None => pending = Some(pending.map_or(line.start, |waiting| waiting.start)..line.end),
            }
        }
        if let Some(waiting) = pending {
            let waiting = inlines.get(waiting).unwrap_or_default();
            self.cloze(waiting);
            self.look_for_close_colons(waiting);
        }
    }

    fn single(&mut self, line: &[Inline], separator: &Separator) {
        let (mut front, mut back) = (Vec::new(), Vec::new());
        let mut colons = 0..0;
        for (i, inline) in line.iter().enumerate() {
            if i < separator.inline {
                front.push(inline.clone());
            } else if i > separator.inline {
                back.push(inline.clone());
            } else if let InlineKind::Text(text) = &inline.kind {
                let (left, rest) = text.split_at_checked(separator.byte).unwrap_or((text, ""));
                let right = rest.get(separator.colons..).unwrap_or_default();
                let start = inline.range.start;
                colons = start + separator.byte..start + separator.byte + separator.colons;
                front.push(piece(left, start));
                back.push(piece(right, colons.end));
            }
        }
        let (front, back) = (trimmed(front), trimmed(back));
        let (Some(front_range), Some(back_range)) = (extent(&front), extent(&back)) else {
            let which = if front.is_empty() { "front" } else { "back" };
            self.out.problems.push(
                Problem::error("card-sides", colons, format!("this card has no {which}"))
                    .hint("write `front :: back` on one line, or part the sides by a line `?`"),
            );
            return;
        };
        let kind = if separator.colons == 3 { CardTextKind::BasicBothWays } else { CardTextKind::Basic };
        let range = front_range.start..back_range.end;
        let front = vec![paragraph(front, front_range.clone())];
        let back = vec![paragraph(back, back_range.clone())];
        self.out.cards.push(CardText { kind, front, back, range, front_range, back_range });
    }

    fn cloze(&mut self, inlines: &[Inline]) {
        let inlines = trimmed(inlines.to_vec());
        let Some(range) = extent(&inlines) else { return };
        let mut gaps = Vec::new();
        collect_gaps(&inlines, &mut gaps);
        let most = MAX_GAPS.min(1 + MAX_GAP_BYTES / range.len().max(1));
        if gaps.len() > most {
            let at = gaps.get(most).cloned().unwrap_or_else(|| range.clone());
            let message = format!(
                "only the first {most} gaps of a paragraph become cards; this one has {}",
                gaps.len()
            );
            self.out
                .problems
                .push(Problem::error("card-gaps", at, message).hint("split the paragraph by blank lines"));
        }
        for (wanted, back_range) in gaps.into_iter().enumerate().take(most) {
            let side = |answer: bool| {
                let mut seen = 0;
                let content = hide(&inlines, &mut seen, wanted, answer);
                vec![paragraph(content, range.clone())]
            };
            self.out.cards.push(CardText {
                kind: CardTextKind::Cloze,
                front: side(false),
                back: side(true),
                range: range.clone(),
                front_range: range.clone(),
                back_range,
            });
        }
    }

    /// The colons that part a line's sides.
    fn separator(&self, line: &[Inline]) -> Option<Separator> {
        self.colons(line).find(|(_, spaced)| *spaced).map(|(separator, _)| separator)
    }

    /// All `::` and `:::` of a line outside other mark-up, and whether white space stands beside them.
    fn colons<'b>(&'b self, line: &'b [Inline]) -> impl Iterator<Item = (Separator, bool)> + 'b {
        line.iter().enumerate().flat_map(move |(i, inline)| {
            let text = match &inline.kind {
                InlineKind::Text(text) if self.source.get(inline.range.clone()) == Some(text) => {
                    text.as_str()
                }
                _ => "",
            };
            let before = i.checked_sub(1).and_then(|i| line.get(i));
            let gap = before.is_none_or(|b| b.range.end != inline.range.start);
            let lead = self.source.get(..inline.range.start).unwrap_or_default();
            // `\::` is no separator; the parser has left the backslash out of the text.
            let escaped = gap && lead.ends_with('\\') && text.starts_with(':');
            let after = line.get(i + 1);
            runs_of_colons(text).filter(move |run| !(escaped && run.start == 0)).filter_map(move |run| {
                let colons = run.len();
                if !(2..=3).contains(&colons) {
                    return None;
                }
                let left = text.get(..run.start).and_then(|s| s.chars().next_back());
                let right = text.get(run.end..).and_then(|s| s.chars().next());
                if matches!(left, Some('[' | '(')) {
                    return None;
                }
                let open = |c: Option<char>, neighbour: Option<&Inline>| match c {
                    Some(c) => c.is_whitespace(),
                    None => neighbour.is_none(),
                };
                let spaced = open(left, before) || open(right, after);
                Some((Separator { inline: i, byte: run.start, colons }, spaced))
            })
        })
    }

    /// `front::back` may be meant as a card.
    fn look_for_close_colons(&mut self, inlines: &[Inline]) {
        let mut places = Vec::new();
        for line in lines(inlines) {
            let Some(line) = inlines.get(line) else { continue };
            let Some((separator, _)) = self.colons(line).next() else { continue };
            if let Some(inline) = line.get(separator.inline) {
                let start = inline.range.start + separator.byte;
                places.push(start..start + separator.colons);
            }
        }
        for range in places {
            self.out.problems.push(
                Problem::warning("card-colons", range, "colons without a space beside them make no card")
                    .hint("write `front :: back` for a card, and backticks around code"),
            );
        }
    }

    /// A block above a `?` in which a card ends: the lines up to that card, and the lines behind it.
    fn last_card(&self, block: &Block) -> Option<(Block, Option<Block>)> {
        let BlockKind::Paragraph(inlines) = &block.kind else { return None };
        let last = lines(inlines)
            .filter(|line| inlines.get(line.clone()).is_some_and(|line| self.separator(line).is_some()))
            .last()?;
        let (cards, left) = inlines.split_at_checked(last.end)?;
        Some((cut_paragraph(cards)?, cut_paragraph(left)))
    }

    /// A block below a `?`: the lines before its first card line, and the rest.
    fn first_card(&self, block: &Block) -> Option<(Option<Block>, Block)> {
        let BlockKind::Paragraph(inlines) = &block.kind else { return None };
        let first = lines(inlines)
            .find(|line| inlines.get(line.clone()).is_some_and(|line| self.separator(line).is_some()))?;
        let (kept, cards) = inlines.split_at_checked(first.start)?;
        Some((cut_paragraph(kept), cut_paragraph(cards)?))
    }
}

/// Whether a block is a line `?` (`Some(false)`) or `??` (`Some(true)`).
fn separator_line(block: &Block) -> Option<bool> {
    let BlockKind::Paragraph(inlines) = &block.kind else { return None };
    match inlines.as_slice() {
        [Inline { kind: InlineKind::Text(text), .. }] => match text.trim() {
            "?" => Some(false),
            "??" => Some(true),
            _ => None,
        },
        _ => None,
    }
}

/// Index ranges of a paragraph's lines, breaks left out.
fn lines(inlines: &[Inline]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    (0..=inlines.len()).filter_map(move |i| {
        let ends = inlines
            .get(i)
            .is_none_or(|inline| matches!(inline.kind, InlineKind::SoftBreak | InlineKind::HardBreak));
        ends.then(|| {
            let line = start..i;
            start = i + 1;
            line
        })
    })
}

fn runs_of_colons(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.find(':')?;
        let len = text.get(start..)?.bytes().take_while(|b| *b == b':').count();
        at = start + len;
        Some(start..at)
    })
}

fn piece(text: &str, start: usize) -> Inline {
    Inline { kind: InlineKind::Text(text.to_owned()), range: start..start + text.len() }
}

fn paragraph(content: Vec<Inline>, range: Range<usize>) -> Block {
    Block { kind: BlockKind::Paragraph(content), range, id: None }
}

fn cut_paragraph(inlines: &[Inline]) -> Option<Block> {
    let content = trimmed(inlines.to_vec());
    let range = extent(&content)?;
    Some(paragraph(content, range))
}

fn extent(inlines: &[Inline]) -> Option<Range<usize>> {
    Some(inlines.first()?.range.start..inlines.last()?.range.end)
}

/// Inlines without white space and breaks at their ends.
fn trimmed(mut inlines: Vec<Inline>) -> Vec<Inline> {
    let blank = |inline: &Inline| match &inline.kind {
        InlineKind::SoftBreak | InlineKind::HardBreak => true,
        InlineKind::Text(text) => text.trim().is_empty(),
        _ => false,
    };
    while inlines.last().is_some_and(blank) {
        inlines.pop();
    }
    let lead = inlines.iter().take_while(|inline| blank(inline)).count();
    inlines.drain(..lead);
    if let Some(Inline { kind: InlineKind::Text(text), range }) = inlines.last_mut() {
        let cut = text.len() - text.trim_end().len();
        text.truncate(text.len() - cut);
        range.end = range.end.saturating_sub(cut).max(range.start);
    }
    if let Some(Inline { kind: InlineKind::Text(text), range }) = inlines.first_mut() {
        let cut = text.len() - text.trim_start().len();
        text.drain(..cut);
        range.start = (range.start + cut).min(range.end);
    }
    inlines
}

/// The highlights of a paragraph that are not inside another one.
fn collect_gaps(inlines: &[Inline], gaps: &mut Vec<Range<usize>>) {
    for inline in inlines {
        match &inline.kind {
            InlineKind::Highlight(_) => gaps.push(inline.range.clone()),
            InlineKind::Strong(content)
            | InlineKind::Emph(content)
            | InlineKind::Strike(content)
            | InlineKind::Answer(content)
            | InlineKind::Link { content, .. }
            | InlineKind::WikiLink(WikiLink { shown: Some(content), .. }) => collect_gaps(content, gaps),
            _ => {}
        }
    }
}

/// The paragraph with its highlight number `wanted` hidden, or shown as the answer; all others are plain.
fn hide(inlines: &[Inline], seen: &mut usize, wanted: usize, answer: bool) -> Vec<Inline> {
    let mut out = Vec::with_capacity(inlines.len());
    for inline in inlines {
        let range = inline.range.clone();
        let mut inner = |content: &[Inline]| hide(content, seen, wanted, answer);
        let kind = match &inline.kind {
            InlineKind::Highlight(content) => {
                let this = *seen;
                *seen += 1;
                match (this == wanted, answer) {
                    (true, false) => InlineKind::Gap,
                    (true, true) => InlineKind::Answer(content.clone()),
                    (false, _) => {
                        out.extend(content.iter().cloned());
                        continue;
                    }
                }
            }
            InlineKind::Strong(content) => InlineKind::Strong(inner(content)),
            InlineKind::Emph(content) => InlineKind::Emph(inner(content)),
            InlineKind::Strike(content) => InlineKind::Strike(inner(content)),
            InlineKind::Answer(content) => InlineKind::Answer(inner(content)),
            InlineKind::Link { dest, title, content } => {
                InlineKind::Link { dest: dest.clone(), title: title.clone(), content: inner(content) }
            }
            InlineKind::WikiLink(WikiLink { target, shown: Some(shown) }) => {
                InlineKind::WikiLink(WikiLink { target: target.clone(), shown: Some(inner(shown)) })
            }
            other => other.clone(),
        };
        out.push(Inline { kind, range });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{blocks_text, parse};

    /// Cards as `kind front | back`.
    fn cards(note: &str) -> Vec<String> {
        let extracted = extract(&parse(note).blocks, note);
        let text = |blocks: &[Block]| blocks_text(blocks).replace('\n', " / ");
        let kind = |kind| match kind {
            CardTextKind::Basic => "::",
            CardTextKind::BasicBothWays => ":::",
            CardTextKind::Multi => "?",
            CardTextKind::MultiBothWays => "??",
            CardTextKind::Cloze => "==",
        };
        let cards = extracted.cards.iter();
        cards
            .map(|card| format!("{} {} | {}", kind(card.kind), text(&card.front), text(&card.back)))
            .collect()
    }

    fn told(note: &str) -> Vec<(&'static str, String)> {
        let extracted = extract(&parse(note).blocks, note);
        extracted.problems.into_iter().map(|p| (p.rule, note[p.range].to_owned())).collect()
    }

    #[test]
    fn lines() {
        assert_eq!(cards("a :: b\nc ::: *d* e\n"), [":: a | b", "::: c | d e"]);
        assert_eq!(cards("- a :: b\n- text\n  1. c:: d\n"), [":: a | b", ":: c | d"]);
        assert_eq!(cards("> [!note] T\n> a :: b\n"), [":: a | b"]);
        assert_eq!(cards("a :: b :: c\n"), [":: a | b :: c"]);
        assert_eq!(cards("front ::back <!--SR:!2026-01-01,3,250-->\n"), [":: front | back"]);
        assert_eq!(cards("a :: b\n<!--SR:!2026-01-01,3,250-->\nc :: d\n"), [":: a | b", ":: c | d"]);
        assert_eq!(cards("`x` :: `y`\n"), [":: x | y"]);
        let note = "intro\nwhat :: that\n";
        let card = &extract(&parse(note).blocks, note).cards[0];
        assert_eq!(&note[card.range.clone()], "what :: that");
        assert_eq!(&note[card.front_range.clone()], "what");
        assert_eq!(&note[card.back_range.clone()], "that");
    }

    #[test]
    fn colons_that_are_none() {
        for note in [
            "`a :: b`",
            "$a :: b$",
            "x[::-1] std::vec a::b",
            "[[a :: b]]",
            "[x](<a :: b>)",
            "a :::: b",
            r"a \:: b",
            "x[:: 2]",
            "**a :: b**",
            "```\na :: b\n```",
            "| a :: b |\n|---|\n| c :: d |",
            "# a :: b",
            "%%a :: b%%",
        ] {
            assert_eq!(cards(note), [""; 0], "{note}");
        }
        assert_eq!(told("is it a::b then\n"), [("card-colons", "::".to_owned())]);
        assert_eq!(told("`a::b`\n"), []);
    }

    #[test]
    fn a_side_may_not_be_empty() {
        assert_eq!(told("front ::\n"), [("card-sides", "::".to_owned())]);
        assert_eq!(told(":: back\n"), [("card-sides", "::".to_owned())]);
        assert_eq!(told("front\n?\n\nback\n"), [("card-sides", "?".to_owned())]);
        assert_eq!(told("front\n\n??\nback\n"), [("card-sides", "??".to_owned())]);
        assert_eq!(told("a\n?\nb\nc\n?\nd\n"), [("card-sides", "?".to_owned())]);
    }

    #[test]
    fn sides_of_several_lines() {
        assert_eq!(cards("a\nb\n?\nc\nd\n\ne\n"), ["? a b | c d"]);
        assert_eq!(cards("- a\n- b\n??\n- c\n\ntext\n"), ["?? a / b | c"]);
        assert_eq!(cards("Q\n?\n```py\nx\n\ny\n```\nend\n"), ["? Q | x /  / y / end"]);
        assert_eq!(cards("Q\n?\n| a | b |\n|---|---|\n| 1 | 2 |\n"), ["? Q | a | b / 1 | 2"]);
        assert_eq!(cards("## H\nQ\n?\nA\n## I\n"), ["? Q | A"]);
        assert_eq!(
            cards("a :: b\nQ\n?\nA\nc :: d\ne :: f\n"),
            [":: a | b", "? Q | A", ":: c | d", ":: e | f"]
        );
        assert_eq!(cards("- Q\n  ?\n  A\n- x :: y\n"), ["? Q | A", ":: x | y"]);
        assert_eq!(cards("Q ==x==\n?\nA\n"), ["? Q x | A"], "no gap in a card of two sides");
        assert_eq!(cards("Q\n?\nA <!--SR:!2026-01-01,3,250-->\n\nR\n?\nB\n"), ["? Q | A", "? R | B"]);
        assert_eq!(cards("```\nQ\n?\nA\n```\n"), [""; 0]);
    }

    #[test]
    fn gaps() {
        assert_eq!(
            cards("The ==moon== pulls the **==sea==**.\n\nNo gap.\n"),
            [
                "== The […] pulls the sea. | The moon pulls the sea.",
                "== The moon pulls the […]. | The moon pulls the sea."
            ]
        );
        assert_eq!(cards("x :: y\nthe ==a==\nthe ==b==\n").len(), 3);
        assert_eq!(cards("`==a==` $==b==$\n"), [""; 0]);
        let note = "a ==b== ==c==";
        let card = &extract(&parse(note).blocks, note).cards[1];
        assert_eq!(&note[card.back_range.clone()], "==c==");
        let BlockKind::Paragraph(back) = &card.back[0].kind else { panic!("no paragraph") };
        assert!(matches!(back.last().unwrap().kind, InlineKind::Answer(_)));
        assert!(!back.iter().any(|inline| matches!(inline.kind, InlineKind::Highlight(_))));
        let many = "==a== ".repeat(MAX_GAPS + 5);
        assert_eq!(cards(&many).len(), MAX_GAPS);
        assert_eq!(told(&many), [("card-gaps", "==a==".to_owned())]);
    }
}
