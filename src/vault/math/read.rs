//! From the parser's events to the tree.

use pulldown_latex::event::{
    ArrayColumn, ColorTarget, ColumnAlignment, Content, DelimiterSize, DelimiterType, Dimension,
    DimensionUnit, EnvironmentFlow, Event, Font as Face, Grouping, ScriptPosition, ScriptType, StateChange,
    Style as Level, Visual,
};
use pulldown_latex::{Parser, Storage};

use super::prepare::{BOXED, MOVABLE};

use super::{
    Alphabet, Class, Font, MAX_DEPTH, Mark, Node, Nodes, Rows, RowsKind, ScriptPlace, Side, Size, Style,
};

/// Events of a formula, at most.
const MAX_EVENTS: usize = 20_000;

/// Reads a prepared source; the error is in words.
pub(super) fn read(source: &str) -> Result<Nodes, String> {
    let storage = Storage::new();
    let mut events = Vec::new();
    for event in Parser::new(source, &storage) {
        match event {
            Ok(event) => events.push(event),
            Err(error) => return Err(told(&error.to_string())),
        }
        if events.len() > MAX_EVENTS {
            return Err("it is too long".into());
        }
    }
    let mut reader = Reader { events: &events, at: 0 };
    let nodes = reader.sequence(0)?;
    if reader.at < events.len() {
        return Err("something stands outside of its environment".into());
    }
    Ok(nodes)
}

/// The parser's message without its drawing of the place.
fn told(error: &str) -> String {
    let first = error.lines().next().unwrap_or_default();
    first.strip_prefix("parsing error: ").unwrap_or(first).to_owned()
}

struct Reader<'a, 's> {
    events: &'a [Event<'s>],
    at: usize,
}

impl<'a, 's> Reader<'a, 's> {
    fn next(&mut self) -> Option<&'a Event<'s>> {
        let event = self.events.get(self.at)?;
        self.at += 1;
        Some(event)
    }

    /// Elements up to an end, a column mark or a line's end, which stays.
    fn sequence(&mut self, depth: usize) -> Result<Nodes, String> {
        if depth > MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} things stand in one another"));
        }
        let mut nodes = Vec::new();
        while let Some(event) = self.events.get(self.at) {
            match event {
                Event::End | Event::EnvironmentFlow(_) => break,
                Event::StateChange(change) => {
                    self.at += 1;
                    let body = self.sequence(depth + 1)?;
                    nodes.push(changed(change, body));
                }
                _ => {
                    let node = self.element(depth)?;
                    push(&mut nodes, fixed(node));
                }
            }
        }
        Ok(nodes)
    }

    /// An element as the argument of another.
    fn argument(&mut self, depth: usize) -> Result<Nodes, String> {
        Ok(match self.element(depth)? {
            Node::Group(nodes) => nodes,
            node => vec![fixed(node)],
        })
    }

    fn element(&mut self, depth: usize) -> Result<Node, String> {
        if depth > MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} things stand in one another"));
        }
        let depth = depth + 1;
        Ok(match self.next().ok_or("an argument is missing")? {
            Event::Content(Content::Function(BOXED)) => {
                Node::Boxed { frame: None, fill: None, body: self.argument(depth)? }
            }
            Event::Content(content) => leaf(content, depth)?,
            Event::Begin(grouping) => self.group(grouping, depth)?,
            Event::Visual(Visual::SquareRoot) => Node::Root { body: self.argument(depth)?, index: None },
            Event::Visual(Visual::Root) => {
                let body = self.argument(depth)?;
                Node::Root { body, index: Some(self.argument(depth)?) }
            }
            Event::Visual(Visual::Fraction(bar)) => {
                let top = self.argument(depth)?;
                let bottom = self.argument(depth)?;
                Node::Fraction { top, bottom, line: bar.is_none_or(|bar| bar.value != 0.0) }
            }
            Event::Visual(Visual::Negation) => {
                let body = self.argument(depth)?;
                match body.as_slice() {
                    [Node::Symbol { text, class }] => match negated(text) {
                        Some(negated) => Node::Symbol { text: negated.to_string(), class: *class },
                        None => Node::Cancel(body),
                    },
                    _ => Node::Cancel(body),
                }
            }
            Event::Script { ty, position } => self.script(*ty, *position, depth)?,
            Event::Space { width, .. } => Node::Space(width.map_or(0.0, em)),
            Event::StateChange(_) => Node::Group(Vec::new()),
            Event::End | Event::EnvironmentFlow(_) => return Err("an argument is missing".into()),
        })
    }

    fn script(&mut self, ty: ScriptType, position: ScriptPosition, depth: usize) -> Result<Node, String> {
        let base = match self.element(depth)? {
            Node::Group(nodes) => nodes,
            node => vec![node],
        };
        // Accents and braces come as scripts of one sign.
        if position == ScriptPosition::AboveBelow
            && ty != ScriptType::SubSuperscript
            && let Some(Event::Content(Content::Ordinary { content, stretchy })) = self.events.get(self.at)
            && let Some(node) = spread(&base, *content, *stretchy, ty == ScriptType::Superscript)
        {
            self.at += 1;
            return Ok(node);
        }
        let (below, above) = match ty {
            ScriptType::Subscript => (Some(self.argument(depth)?), None),
            ScriptType::Superscript => (None, Some(self.argument(depth)?)),
            ScriptType::SubSuperscript => {
                let below = self.argument(depth)?;
                (Some(below), Some(self.argument(depth)?))
            }
        };
        let above = above.map(primes_only);
        if let ([Node::Spread { base, mark, note: None }], ScriptPosition::AboveBelow) =
            (base.as_slice(), position)
        {
            let note = match (over(*mark), &below, &above) {
                (true, None, Some(note)) | (false, Some(note), None) => Some(note.clone()),
                _ => None,
            };
            if note.is_some() {
                return Ok(Node::Spread { base: base.clone(), mark: *mark, note });
            }
        }
        let movable = |node: &Node| matches!(node, Node::Function(name) if name.starts_with(MOVABLE));
        let position = match base.first() {
            Some(node) if movable(node) => ScriptPosition::Movable,
            _ => position,
        };
        let base: Nodes = base.into_iter().map(fixed).collect();
        let place = match position {
            ScriptPosition::Right => ScriptPlace::Right,
            ScriptPosition::AboveBelow => ScriptPlace::AboveBelow,
            ScriptPosition::Movable => ScriptPlace::Movable,
        };
        Ok(Node::Script { base, below, above, place })
    }

    fn group(&mut self, grouping: &Grouping, depth: usize) -> Result<Node, String> {
        let kind = match grouping {
            Grouping::Normal => {
                let body = self.sequence(depth)?;
                self.end()?;
                return Ok(Node::Group(body));
            }
            Grouping::LeftRight(open, close) => {
                let body = self.sequence(depth)?;
                self.end()?;
                return Ok(Node::Fenced { open: *open, close: *close, body });
            }
            Grouping::Array(columns) => {
                let mut sides = Vec::new();
                let mut lines = Vec::new();
                for column in columns {
                    match column {
                        ArrayColumn::Column(alignment) => sides.push(side(*alignment)),
                        ArrayColumn::Separator(_) => lines.push(sides.len()),
                    }
                }
                RowsKind::Grid { columns: sides, lines }
            }
            Grouping::Matrix { alignment } | Grouping::SubArray { alignment } => match alignment {
                ColumnAlignment::Center if matches!(grouping, Grouping::SubArray { .. }) => RowsKind::Stack,
                _ => RowsKind::Grid { columns: vec![side(*alignment)], lines: Vec::new() },
            },
            Grouping::Cases { left } => RowsKind::Cases { left: *left },
            Grouping::Align { .. }
            | Grouping::Aligned
            | Grouping::Alignat { .. }
            | Grouping::Alignedat { .. }
            | Grouping::Split => RowsKind::Aligned,
            Grouping::Gather { .. } | Grouping::Gathered | Grouping::Multline | Grouping::Equation { .. } => {
                RowsKind::Lines
            }
        };
        // `dcases` and `smallmatrix` set the size of all their cells.
        let mut size = None;
        if let Some(Event::StateChange(change @ StateChange::Style(_))) = self.events.get(self.at) {
            size = Some(change);
            self.at += 1;
        }
        let rows = Node::Rows(self.rows(kind, depth)?);
        Ok(match size {
            Some(change) => changed(change, vec![rows]),
            None => rows,
        })
    }

    fn rows(&mut self, kind: RowsKind, depth: usize) -> Result<Rows, String> {
        let mut out = Rows { kind, rows: Vec::new(), lines: Vec::new() };
        let mut row = Vec::new();
        loop {
            let cell = self.sequence(depth)?;
            match self.next() {
                Some(Event::EnvironmentFlow(EnvironmentFlow::StartLines { .. })) => {
                    out.lines.push(out.rows.len());
                    continue;
                }
                Some(Event::EnvironmentFlow(EnvironmentFlow::Alignment)) => row.push(cell),
                Some(Event::EnvironmentFlow(EnvironmentFlow::NewLine { horizontal_lines, .. })) => {
                    row.push(cell);
                    out.rows.push(std::mem::take(&mut row));
                    if !horizontal_lines.is_empty() {
                        out.lines.push(out.rows.len());
                    }
                }
                Some(Event::End) => {
                    row.push(cell);
                    // `\\` at the end opens no row.
                    if out.rows.is_empty() || row.iter().any(|cell| !cell.is_empty()) {
                        out.rows.push(row);
                    }
                    return Ok(out);
                }
                _ => return Err("an environment is not closed".into()),
            }
        }
    }

    fn end(&mut self) -> Result<(), String> {
        match self.next() {
            Some(Event::End) => Ok(()),
            _ => Err("a column mark or a line's end stands in a group".into()),
        }
    }
}

/// An operator's name without its mark.
fn fixed(node: Node) -> Node {
    match node {
        Node::Function(name) => Node::Function(name.replace(MOVABLE, "")),
        node => node,
    }
}

/// Appends a node; primes become a script of what stands before them.
fn push(nodes: &mut Nodes, node: Node) {
    let (count, below, mut above) = match node {
        Node::Symbol { ref text, .. } if prime(text).is_some() => (prime(text).unwrap_or(1), None, None),
        Node::Script { ref base, ref below, ref above, place: ScriptPlace::Right } => match base.as_slice() {
            [Node::Symbol { text, .. }] if prime(text).is_some() => {
                (prime(text).unwrap_or(1), below.clone(), above.clone())
            }
            _ => return nodes.push(node),
        },
        _ => return nodes.push(node),
    };
    let mut primes = count;
    let mut base = match nodes.pop() {
        Some(Node::Space(space)) => {
            nodes.push(Node::Space(space));
            Vec::new()
        }
        Some(node) => vec![node],
        None => Vec::new(),
    };
    let mut lower = below;
    if let [Node::Script { base: inner, below, above: over, place: ScriptPlace::Right }] = base.as_mut_slice()
    {
        let only_primes = match over.as_deref() {
            None => Some(0),
            Some([Node::Primes(n)]) => Some(*n),
            _ => None,
        };
        if let Some(n) = only_primes.filter(|_| below.is_none() || lower.is_none()) {
            primes += n;
            lower = lower.or_else(|| below.take());
            base = std::mem::take(inner);
        }
    }
    let mut top = vec![Node::Primes(primes)];
    top.append(above.get_or_insert_default());
    nodes.push(Node::Script { base, below: lower, above: Some(top), place: ScriptPlace::Right });
}

/// `x^\prime` is `x'`.
fn primes_only(nodes: Nodes) -> Nodes {
    let count = |node: &Node| match node {
        Node::Symbol { text, .. } => prime(text),
        // A script of primes alone has an empty base.
        Node::Script { base, below: None, above: Some(above), place: ScriptPlace::Right }
            if base.is_empty() =>
        {
            match above.as_slice() {
                [Node::Primes(n)] => Some(*n),
                _ => None,
            }
        }
        _ => None,
    };
    let counts: Option<Vec<usize>> = nodes.iter().map(count).collect();
    match counts {
        Some(counts) if !counts.is_empty() => vec![Node::Primes(counts.iter().sum())],
        _ => nodes,
    }
}

fn prime(text: &str) -> Option<usize> {
    Some(match text {
        "′" => 1,
        "″" => 2,
        "‴" => 3,
        "⁗" => 4,
        _ => return None,
    })
}

fn leaf(content: &Content<'_>, depth: usize) -> Result<Node, String> {
    let symbol = |c: char, class: Class| Node::Symbol { text: usual(c).to_string(), class };
    Ok(match content {
        Content::Text("&nbsp;") => Node::Space(0.25),
        Content::Text(text) => self::text(text, depth)?,
        Content::Number(number) => Node::Number((*number).to_owned()),
        Content::Function(name) => Node::Function(operator_name(name)),
        Content::Ordinary { content, .. } => symbol(*content, Class::Ordinary),
        Content::LargeOp { content, .. } => symbol(*content, Class::Large),
        Content::BinaryOp { content, .. } => symbol(*content, Class::Binary),
        Content::Relation { content, .. } => {
            let mut buffer = [0; 8];
            let text = String::from_utf8_lossy(content.encode_utf8_to_buf(&mut buffer)).into_owned();
            Node::Symbol { text, class: Class::Relation }
        }
        Content::Delimiter { content, size, ty } => Node::Delimiter {
            char: *content,
            class: match ty {
                DelimiterType::Open => Class::Opening,
                DelimiterType::Close => Class::Closing,
                DelimiterType::Fence => Class::Fence,
            },
            size: size.map(|size| match size {
                DelimiterSize::Big => 1.2,
                DelimiterSize::BIG => 1.8,
                DelimiterSize::Bigg => 2.4,
                DelimiterSize::BIGG => 3.0,
            }),
            // `\big|` and `\middle|` are one event: a fence with the first size. Both are as tall as their pair, if any.
            middle: *ty == DelimiterType::Fence && matches!(size, Some(DelimiterSize::Big)),
        },
        Content::Punctuation(c) => symbol(*c, Class::Punctuation),
    })
}

/// `\text{…}`: escapes, ties, and formulas between dollars.
fn text(source: &str, depth: usize) -> Result<Node, String> {
    let mut nodes = Vec::new();
    let mut plain = String::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '\\' => {
                let sign = rest.chars().next();
                match sign {
                    Some(c @ ('%' | '$' | '&' | '#' | '_' | '{' | '}')) => plain.push(c),
                    Some(',' | ' ' | ';' | ':' | '!') => plain.push(' '),
                    _ => return Err("a command stands in `\\text`".into()),
                }
                rest = rest.get(sign.map_or(0, char::len_utf8)..).unwrap_or_default();
            }
            '~' => plain.push('\u{a0}'),
            '{' | '}' => {}
            '\n' | '\r' | '\t' => plain.push(' '),
            '$' => {
                let (inner, after) = rest.split_once('$').ok_or("a dollar stands alone in `\\text`")?;
                if !plain.is_empty() {
                    nodes.push(Node::Text(std::mem::take(&mut plain)));
                }
                if depth > 4 {
                    return Err("texts and formulas stand in one another".into());
                }
                nodes.push(Node::Group(read(&super::prepare::prepare(inner))?));
                rest = after;
            }
            c => plain.push(c),
        }
    }
    if nodes.is_empty() {
        return Ok(Node::Text(plain));
    }
    if !plain.is_empty() {
        nodes.push(Node::Text(plain));
    }
    Ok(Node::Group(nodes))
}

/// `arg\,max` has a thin space.
fn operator_name(name: &str) -> String {
    name.replace("\\,", "\u{2009}").replace(['{', '}', '\\'], "")
}

/// Signs that the parser takes from the wrong place of Unicode.
fn usual(c: char) -> char {
    match c {
        'µ' => 'μ',
        '⌀' => '∅',
        '∙' => '•',
        'Ⓢ' => 'Ⓢ',
        c => c,
    }
}

fn negated(text: &str) -> Option<char> {
    const PAIRS: &[(&str, char)] = &[
        ("=", '≠'),
        ("∈", '∉'),
        ("∋", '∌'),
        ("⊂", '⊄'),
        ("⊃", '⊅'),
        ("⊆", '⊈'),
        ("⊇", '⊉'),
        ("≡", '≢'),
        ("∼", '≁'),
        ("≃", '≄'),
        ("≅", '≇'),
        ("≈", '≉'),
        ("<", '≮'),
        (">", '≯'),
        ("≤", '≰'),
        ("≥", '≱'),
        ("≺", '⊀'),
        ("≻", '⊁'),
        ("∃", '∄'),
        ("∣", '∤'),
        ("∥", '∦'),
        ("⊢", '⊬'),
        ("⊨", '⊭'),
        ("→", '↛'),
        ("←", '↚'),
        ("↔", '↮'),
        ("⇒", '⇏'),
        ("⇐", '⇍'),
        ("⇔", '⇎'),
    ];
    PAIRS.iter().find(|(plain, _)| *plain == text).map(|(_, negated)| *negated)
}

/// An accent, line, brace or arrow over (`above`) or under a base.
fn spread(base: &Nodes, mark: char, stretchy: bool, above: bool) -> Option<Node> {
    let single = matches!(base.as_slice(), [Node::Symbol { text, .. }] if text.chars().count() == 1);
    let accent = |accent| Some(Node::Accent { base: base.clone(), accent, wide: stretchy });
    let line = |mark| Some(Node::Spread { base: base.clone(), mark, note: None });
    if !above {
        return line(match mark {
            '_' => Mark::Underline,
            '⏟' => Mark::Underbrace,
            '⎵' => Mark::Underbracket,
            '⏝' => Mark::Underparen,
            '⏡' => Mark::Undershell,
            '←' | '→' | '↔' if stretchy => Mark::Under(mark),
            _ => return None,
        });
    }
    match mark {
        // `\bar` and `\overline` come as one.
        '‾' if single => accent('\u{304}'),
        '‾' => line(Mark::Overline),
        '⏞' => line(Mark::Overbrace),
        '⎴' => line(Mark::Overbracket),
        '⏜' => line(Mark::Overparen),
        '⏠' => line(Mark::Overshell),
        '⇒' if stretchy => line(Mark::Over(mark)),
        '´' => accent('\u{301}'),
        '`' => accent('\u{300}'),
        '^' => accent('\u{302}'),
        '~' => accent('\u{303}'),
        '˘' => accent('\u{306}'),
        '˙' => accent('\u{307}'),
        '¨' => accent('\u{308}'),
        '˚' => accent('\u{30a}'),
        'ˇ' => accent('\u{30c}'),
        '→' => accent('\u{20d7}'),
        '←' => accent('\u{20d6}'),
        '↔' => accent('\u{20e1}'),
        '↼' => accent('\u{20d0}'),
        '⇀' => accent('\u{20d1}'),
        _ => None,
    }
}

fn over(mark: Mark) -> bool {
    matches!(
        mark,
        Mark::Overline
            | Mark::Overbrace
            | Mark::Overbracket
            | Mark::Overparen
            | Mark::Overshell
            | Mark::Over(_)
    )
}

fn side(alignment: ColumnAlignment) -> Side {
    match alignment {
        ColumnAlignment::Left => Side::Left,
        ColumnAlignment::Center => Side::Centre,
        ColumnAlignment::Right => Side::Right,
    }
}

/// What stands behind a change up to the group's end.
fn changed(change: &StateChange, mut body: Nodes) -> Node {
    let style = match change {
        StateChange::Font(face) => Style::Font(face.map(font)),
        StateChange::Color(change) => match change.target {
            ColorTarget::Text => Style::Colour(change.color),
            ColorTarget::Background => return Node::Boxed { frame: None, fill: Some(change.color), body },
            ColorTarget::Border => {
                // `\fcolorbox` names both colours, the frame's first.
                if let [Node::Boxed { frame: frame @ None, fill: Some(_), .. }] = body.as_mut_slice() {
                    *frame = Some(change.color);
                    return body.swap_remove(0);
                }
                return Node::Boxed { frame: Some(change.color), fill: None, body };
            }
        },
        StateChange::Style(level) => Style::Size(match level {
            Level::Display => Size::Display,
            Level::Text => Size::Text,
            Level::Script => Size::Script,
            Level::ScriptScript => Size::ScriptScript,
        }),
    };
    Node::Styled { style, body }
}

fn font(face: Face) -> Font {
    use Alphabet::{DoubleStruck, Fraktur, Mono, Sans, Script, Serif};
    let (alphabet, bold, italic) = match face {
        Face::BoldScript => (Script, true, None),
        Face::BoldItalic => (Serif, true, Some(true)),
        Face::Bold => (Serif, true, Some(false)),
        Face::BoldSymbol => (Serif, true, None),
        Face::Fraktur => (Fraktur, false, None),
        Face::Script => (Script, false, None),
        Face::Monospace => (Mono, false, None),
        Face::SansSerif => (Sans, false, Some(false)),
        Face::DoubleStruck => (DoubleStruck, false, None),
        Face::DoubleStruckItalic => (DoubleStruck, false, Some(true)),
        Face::Italic => (Serif, false, Some(true)),
        Face::BoldFraktur => (Fraktur, true, None),
        Face::SansSerifBoldItalic => (Sans, true, Some(true)),
        Face::SansSerifItalic => (Sans, false, Some(true)),
        Face::BoldSansSerif => (Sans, true, Some(false)),
        Face::UpRight => (Serif, false, Some(false)),
    };
    Font { alphabet, bold, italic }
}

/// A length in em, of type of 10 pt where it is absolute; at most a hand's breadth.
fn em(length: Dimension) -> f64 {
    let value = f64::from(length.value);
    let pt = match length.unit {
        DimensionUnit::Em => value * 10.0,
        DimensionUnit::Mu => value * 10.0 / 18.0,
        DimensionUnit::Ex => value * 4.3,
        DimensionUnit::Mm => value * 72.0 / 25.4,
        DimensionUnit::Cm => value * 720.0 / 25.4,
        DimensionUnit::In => value * 72.0,
        DimensionUnit::Bp => value,
        DimensionUnit::Pt => value * 72.0 / 72.27,
        DimensionUnit::Pc => value * 12.0 * 72.0 / 72.27,
        DimensionUnit::Sp => value / 65536.0,
        DimensionUnit::Dd => value * 1.07,
        DimensionUnit::Cc => value * 12.84,
    };
    if pt.is_finite() { (pt / 10.0).clamp(-4.0, 20.0) } else { 0.0 }
}
