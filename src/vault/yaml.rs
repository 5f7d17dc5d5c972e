//! YAML to a tree that knows the bytes of everything. Nothing else in the vault knows the YAML library.
//!
//! Built from events with marks and an explicit stack. A file cannot make it big or slow: depth and the number of
//! nodes, aliases' copies included, are bounded.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use saphyr_parser::{Event, Parser, ScalarStyle};

use super::markdown::Problem;

/// Lists and maps in one another, at most.
const MAX_DEPTH: usize = 32;
/// Values in one file, at most; an alias counts as all that it stands for.
const MAX_NODES: usize = 50_000;
/// Bytes of one file or front matter, at most.
const MAX_BYTES: usize = 1 << 20;

/// A value and its bytes in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub data: Data,
    pub range: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// A scalar as written. `plain` is one without quotes, which may be a number, a boolean or nothing.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: String,
    pub key_range: Range<usize>,
    pub value: Node,
}

impl Node {
    /// `null`, `~` or nothing at all.
    pub fn is_null(&self) -> bool {
        matches!(&self.data, Data::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text of a scalar, as written.
    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// A boolean of YAML's core schema.
    pub fn bool(&self) -> Option<bool> {
        match &self.data {
            Data::Scalar { text, plain: true } => match text.as_str() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// What kind of value this is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.data {
            _ if self.is_null() => "nothing",
            Data::Scalar { .. } => "a single value",
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
        }
    }

    fn count(&self) -> usize {
        1 + match &self.data {
            Data::Scalar { .. } => 0,
            Data::List(list) => list.iter().map(Self::count).sum(),
            Data::Map(map) => map.iter().map(|entry| 1 + entry.value.count()).sum(),
        }
    }

    fn depth(&self) -> usize {
        match &self.data {
            Data::Scalar { .. } => 0,
            Data::List(list) => 1 + list.iter().map(Self::depth).max().unwrap_or(0),
            Data::Map(map) => 1 + map.iter().map(|entry| entry.value.depth()).max().unwrap_or(0),
        }
    }
}

/// Reads `source[range]`. `None` for an empty file and for one that cannot be read, which is a problem.
pub fn parse(source: &str, range: Range<usize>, problems: &mut Vec<Problem>) -> Option<Node> {
    let text = source.get(range.clone())?;
    let whole = range.start..range.start + text.lines().next().map_or(0, str::len);
    if text.len() > MAX_BYTES {
        let problem = Problem::error("yaml", whole, "this YAML has more than a megabyte");
        problems.push(problem.hint("keep settings short; text belongs into the note"));
        return None;
    }
    let places = Places::new(text, range.start);
    let mut builder =
        Builder { places, stack: Vec::new(), root: None, anchors: FxHashMap::default(), nodes: 0, problems };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => {
                let place = builder.places.range(span.start.index(), span.end.index());
                if !builder.event(event, place) {
                    return None;
                }
            }
            Err(error) => {
                let at = builder.places.byte(error.marker().index()).min(range.end);
                let problem = Problem::error("yaml", at..at, format!("this is not YAML: {}", error.info()));
                let hint = "quote a text that holds `: `, ` #` or starts with one of `[]{}&*!|>'\"%@`, and indent by spaces";
                builder.problems.push(problem.hint(hint));
                return None;
            }
        }
    }
    builder.root
}

/// Characters to bytes: the parser counts the first.
struct Places {
    start: usize,
    /// Byte of every character; empty where all are ASCII.
    bytes: Vec<usize>,
    len: usize,
}

impl Places {
    fn new(text: &str, start: usize) -> Self {
        let bytes = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(i, _)| i).collect() };
        Self { start, bytes, len: text.len() }
    }

    fn byte(&self, index: usize) -> usize {
        let byte =
            if self.bytes.is_empty() { index } else { self.bytes.get(index).copied().unwrap_or(self.len) };
        self.start + byte.min(self.len)
    }

    fn range(&self, start: usize, end: usize) -> Range<usize> {
        let start = self.byte(start);
        start..self.byte(end).max(start)
    }
}

/// A list or map whose end has not come yet.
struct Open {
    node: Node,
    anchor: usize,
    /// In a map: the key that waits for its value.
    key: Option<(String, Range<usize>)>,
    /// In a map: the keys so far.
    seen: FxHashSet<String>,
}

struct Builder<'p> {
    places: Places,
    stack: Vec<Open>,
    root: Option<Node>,
    anchors: FxHashMap<usize, (Node, usize)>,
    nodes: usize,
    problems: &'p mut Vec<Problem>,
}

impl Builder<'_> {
    /// Takes one event; `false` stops.
    fn event(&mut self, event: Event<'_>, place: Range<usize>) -> bool {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let node = Node { data: Data::Scalar { text: text.into_owned(), plain }, range: place };
                self.value(node, anchor, 1)
            }
            Event::SequenceStart(anchor, _) => self.open(Data::List(Vec::new()), anchor, place),
            Event::MappingStart(anchor, _) => self.open(Data::Map(Vec::new()), anchor, place),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { mut node, anchor, .. }) = self.stack.pop() else { return false };
                // The end of a block collection is where the next line starts: its last value ends it.
                let last = match &node.data {
                    Data::List(list) => list.last().map(|node| node.range.end),
                    Data::Map(map) => map.last().map(|entry| entry.value.range.end),
                    Data::Scalar { .. } => None,
                };
                node.range.end = if place.is_empty() { last.unwrap_or(node.range.end) } else { place.end };
                self.value(node, anchor, 0)
            }
            Event::Alias(anchor) => {
                let Some((node, count)) = self.anchors.get(&anchor).cloned() else {
                    return self.stop(place, "an alias stands inside what it names", "write the value out");
                };
                if self.stack.len() + node.depth() > MAX_DEPTH {
                    return self.too_deep(place);
                }
                self.value(Node { range: place, ..node }, 0, count)
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                self.stop(place, "a second YAML document starts here", "keep one, without `---` between")
            }
            _ => true,
        }
    }

    fn open(&mut self, data: Data, anchor: usize, range: Range<usize>) -> bool {
        if self.stack.len() >= MAX_DEPTH {
            return self.too_deep(range);
        }
        if matches!(self.stack.last(), Some(Open { node: Node { data: Data::Map(_), .. }, key: None, .. })) {
            return self.stop(range, "a key is a list or a map", "keys are words");
        }
        self.nodes += 1;
        self.stack.push(Open { node: Node { data, range }, anchor, key: None, seen: FxHashSet::default() });
        true
    }

    fn value(&mut self, node: Node, anchor: usize, count: usize) -> bool {
        self.nodes += count;
        if self.nodes > MAX_NODES {
            let message = format!("this YAML has more than {MAX_NODES} values, aliases written out");
            return self.stop(node.range, message, "write less; an alias counts as all that it stands for");
        }
        if anchor > 0 {
            let count = node.count();
            // Kept copies count as well: nested anchors would hold the square of what is written.
            self.nodes += count;
            self.anchors.insert(anchor, (node.clone(), count));
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return true;
        };
        match &mut open.node.data {
            Data::List(list) => list.push(node),
            Data::Map(map) => match open.key.take() {
                None => {
                    let Node { data: Data::Scalar { text, .. }, range } = node else {
                        return self.stop(node.range, "a key is a list or a map", "keys are words");
                    };
                    open.key = Some((text, range));
                }
                Some((key, key_range)) => {
                    if open.seen.insert(key.clone()) {
                        map.push(Entry { key, key_range, value: node });
                    } else {
                        let message = format!("the key `{key}` stands here twice");
                        self.problems.push(
                            Problem::error("yaml", key_range, message)
                                .hint("keep one of them; the first counts"),
                        );
                    }
                }
            },
            Data::Scalar { .. } => {}
        }
        true
    }

    fn too_deep(&mut self, place: Range<usize>) -> bool {
        let message = format!("lists and maps lie more than {MAX_DEPTH} deep in one another");
        self.stop(place, message, "take some levels out")
    }

    fn stop(&mut self, place: Range<usize>, message: impl Into<String>, hint: &str) -> bool {
        self.problems.push(Problem::error("yaml", place, message).hint(hint));
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (Option<Node>, Vec<(String, String)>) {
        let mut problems = Vec::new();
        let node = parse(text, 0..text.len(), &mut problems);
        (node, problems.into_iter().map(|p| (p.message, text[p.range].to_owned())).collect())
    }

    fn entry<'n>(node: &'n Node, key: &str) -> &'n Entry {
        let Data::Map(map) = &node.data else { panic!("no map") };
        map.iter().find(|entry| entry.key == key).unwrap()
    }

    #[test]
    fn bytes_of_keys_and_values() {
        let text =
            "título: Größe\r\nlist: [a, \"b c\"]\nmap:\n  x: 1\n  y:\n    - zwei ü\n    - 3\n# end\n\n";
        let (node, problems) = read(text);
        assert_eq!(problems, []);
        let node = node.unwrap();
        let at = |range: &Range<usize>| &text[range.clone()];
        assert_eq!(at(&entry(&node, "título").value.range), "Größe");
        assert_eq!(at(&entry(&node, "título").key_range), "título");
        assert_eq!(at(&entry(&node, "list").value.range), "[a, \"b c\"]");
        let map = &entry(&node, "map").value;
        assert_eq!(at(&map.range), "x: 1\n  y:\n    - zwei ü\n    - 3");
        assert_eq!(at(&entry(map, "y").key_range), "y");
        let Data::List(list) = &entry(map, "y").value.data else { panic!("no list") };
        assert_eq!(at(&list[0].range), "zwei ü");
    }

    #[test]
    fn an_offset_moves_every_byte() {
        let text = "---\nä: b\n---\n";
        let mut problems = Vec::new();
        let node = parse(text, 4..10, &mut problems).unwrap();
        assert_eq!(&text[entry(&node, "ä").value.range.clone()], "b");
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        let (node, problems) = read("a: 1\nb: 2\na: 3\n");
        assert_eq!(problems, [("the key `a` stands here twice".into(), "a".into())]);
        assert_eq!(entry(&node.unwrap(), "a").value.text(), Some("1"));
        let mut problems = Vec::new();
        assert_eq!(parse("ok: 1\nbad: [1, 2\nmore: x\n", 0..23, &mut problems), None);
        assert!(problems[0].range.start > 5, "{problems:?}");
        assert!(read("? [a]\n: b\n").1[0].0.contains("key"));
        assert!(read("a: 1\n---\nb: 2\n").1[0].0.contains("second"));
        assert_eq!(read("").0, None);
        assert_eq!(read("# nothing\n"), (None, vec![]));
    }

    #[test]
    fn aliases_and_depth_are_bounded() {
        let (node, problems) = read("a: &x [1, 2]\nb: *x\n");
        assert_eq!(problems, []);
        let Data::List(list) = &entry(node.as_ref().unwrap(), "b").value.data else { panic!("no list") };
        assert_eq!(list.len(), 2);

        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let alias = format!("*a{}, ", i - 1).repeat(9);
            bomb.push_str(&format!("a{i}: &a{i} [{alias}]\n"));
        }
        let (node, problems) = read(&bomb);
        assert_eq!(node, None);
        assert!(problems[0].0.contains("more than"), "{problems:?}");

        assert!(read(&"[".repeat(100)).1[0].0.contains("deep"));
        assert!(read(&"- ".repeat(10_000)).1[0].0.contains("deep"));
        let deep: String = (0..200).map(|i| format!("{}k:\n", " ".repeat(i))).collect();
        assert!(read(&deep).1[0].0.contains("deep"));
        assert!(read(&"x".repeat(MAX_BYTES + 1)).1[0].0.contains("megabyte"));
        assert!(!read("a: &a [*a]").1.is_empty());
    }

    #[test]
    fn scalars_by_the_core_schema() {
        let (node, _) = read("[true, 'true', ~, null, '', False, yes]");
        let Data::List(list) = node.unwrap().data else { panic!("no list") };
        let bools: Vec<_> = list.iter().map(Node::bool).collect();
        assert_eq!(bools, [Some(true), None, None, None, None, Some(false), None]);
        let nulls: Vec<_> = list.iter().map(Node::is_null).collect();
        assert_eq!(nulls, [false, false, true, true, false, false, false]);
    }

    fn check(node: &Node, text: &str) {
        assert!(text.get(node.range.clone()).is_some(), "{node:?}");
        match &node.data {
            Data::Scalar { .. } => {}
            Data::List(list) => list.iter().for_each(|node| check(node, text)),
            Data::Map(map) => map.iter().for_each(|entry| {
                assert!(text.get(entry.key_range.clone()).is_some());
                check(&entry.value, text);
            }),
        }
    }

    proptest! {
        #[test]
        fn any_text_has_ranges_in_it(
            text in prop_oneof![
                any::<String>(),
                prop::collection::vec(
                    prop::sample::select(vec!["a", "é", ": ", "\n", "  ", "- ", "[", "]", "{", "}", ",", "'", "\"", "#", "|\n", ">", "&a ", "*a", "? ", "---\n", "\r\n", "!", "\t"]),
                    0..40,
                ).prop_map(|v| v.concat()),
            ],
        ) {
            let mut problems = Vec::new();
            if let Some(node) = parse(&text, 0..text.len(), &mut problems) {
                check(&node, &text);
            }
            for problem in problems {
                prop_assert!(text.get(problem.range).is_some());
            }
        }
    }
}
