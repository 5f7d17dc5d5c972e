//! The objects of a PDF file: where the exporter put them, and how they are written packed (PDF 1.5).

use std::io::Write;
use std::ops::Range;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::syntax::{Dict, Item, Lexer, Token, decimal, decode, items};

/// Objects in one compressed stream.
pub const PACK: usize = 1000;

/// Where an object stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stands {
    /// At an offset in the bytes that it comes with.
    At(usize),
    /// In an object stream, at an index.
    In(u32, u32),
}

/// What stands at the end of a file of the exporter's.
pub struct Table {
    /// By number; the first is of no object.
    pub offsets: Vec<usize>,
    pub root: u32,
    pub info: u32,
    /// The document's identifier, and this file's.
    pub id: (Vec<u8>, Vec<u8>),
}

impl Table {
    /// Reads the cross-reference table and the trailer. `None` where they are not as the exporter writes them.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let tail_from = bytes.len().saturating_sub(1024);
        let tail = bytes.get(tail_from..)?;
        let start = tail.windows(9).rposition(|window| window == b"startxref")?;
        let Token::Int(start) = Lexer::new(tail, start + 9).next()? else { return None };
        let mut lines = bytes.get(start as usize..)?.strip_prefix(b"xref\n0 ")?;
        let line = lines.iter().position(|b| *b == b'\n')?;
        let count = decimal(lines.get(..line)?.trim_ascii())? as usize;
        lines = lines.get(line + 1..)?;
        let entry = |line: &[u8]| decimal(line.get(..10)?).map(|n| n as usize);
        let offsets: Option<Vec<usize>> = lines.get(..count * 20)?.chunks_exact(20).map(entry).collect();
        let trailer = Dict::read(lines.get(count * 20..)?.strip_prefix(b"trailer\n")?)?;
        let [Item::Text(document), Item::Text(instance)] = &items(trailer.get(b"ID")?)[..] else {
            return None;
        };
        Some(Self {
            offsets: offsets?,
            root: trailer.reference(b"Root")?,
            info: trailer.reference(b"Info")?,
            id: (decode(document)?, decode(instance)?),
        })
    }
}

/// An object's value in a file: of a stream with everything.
#[derive(Debug, Clone, Default)]
pub struct Extent {
    pub at: Range<usize>,
    pub stream: bool,
}

/// Finds where an object ends, and shows its tokens to `visit`.
pub fn walk<'a>(
    bytes: &'a [u8],
    number: usize,
    offset: usize,
    mut visit: impl FnMut(Token<'a>, Range<usize>) -> Option<()>,
) -> Option<Extent> {
    let mut lexer = Lexer::new(bytes, offset);
    if lexer.next()? != Token::Int(number as u32)
        || lexer.next()? != Token::Int(0)
        || lexer.next()? != Token::Word(b"obj")
    {
        return None;
    }
    let (mut start, mut length, mut of_length) = (None, None, false);
    loop {
        let token = lexer.next()?;
        let at = lexer.start()..lexer.end();
        let start = *start.get_or_insert(at.start);
        match token {
            Token::Word(b"endobj") => {
                let value = bytes.get(start..at.start)?.trim_ascii_end();
                return Some(Extent { at: start..start + value.len(), stream: false });
            }
            Token::Word(b"stream") => {
                let body = at.end + 1;
                let end = body + usize::try_from(length?).ok()?;
                let tail = b"\nendstream";
                if bytes.get(at.end) != Some(&b'\n') || bytes.get(end..end + tail.len())? != tail {
                    return None;
                }
                return Some(Extent { at: start..end + tail.len(), stream: true });
            }
            Token::Int(value) if of_length => length = Some(value),
            _ => {}
        }
        of_length = token == Token::Name(b"Length");
        visit(token, at)?;
    }
}

/// An object stream (ISO 32000-1, 7.5.7) that is being filled.
pub struct Pack {
    numbers: Vec<u32>,
    head: String,
    pub body: Vec<u8>,
}

impl Pack {
    pub fn new() -> Self {
        Self { numbers: Vec::new(), head: String::new(), body: Vec::new() }
    }

    /// The next object: what is written to `body` up to the one after it.
    pub fn begin(&mut self, number: u32) {
        if !self.body.is_empty() {
            self.body.push(b' ');
        }
        self.head.push_str(&format!("{number} {} ", self.body.len()));
        self.numbers.push(number);
    }

    /// Writes the stream under a number.
    pub fn finish(self, number: u32, bytes: &mut Vec<u8>, objects: &mut Vec<(u32, Stands)>) {
        let content = [self.head.as_bytes(), &self.body].concat();
        let entries = format!("/Type/ObjStm/N {}/First {}", self.numbers.len(), self.head.len());
        objects.push((number, Stands::At(bytes.len())));
        stream(number, &entries, &content, bytes);
        objects.extend(self.numbers.iter().enumerate().map(|(i, own)| (*own, Stands::In(number, i as u32))));
    }
}

/// Writes a compressed stream.
pub fn stream(number: u32, entries: &str, content: &[u8], bytes: &mut Vec<u8>) {
    let packed = deflate(content);
    let head = format!("{number} 0 obj\n<<{entries}/Filter/FlateDecode/Length {}>>\nstream\n", packed.len());
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(&packed);
    bytes.extend_from_slice(b"\nendstream\nendobj\n");
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let out = Vec::with_capacity(bytes.len() / 4);
    let written: Result<Vec<u8>, std::io::Error> = (|| {
        let mut encoder = ZlibEncoder::new(out, Compression::new(6));
        encoder.write_all(bytes)?;
        encoder.finish()
    })();
    // Writing to memory cannot fail.
    written.unwrap_or_default()
}

/// A cross-reference stream (ISO 32000-1, 7.5.8), which ends the file. Of numbers that nobody uses it says nothing.
///
/// `number` is the stream's own, above all others.
pub fn cross_references(
    mut objects: Vec<(u32, Stands)>,
    number: u32,
    (root, info): (u32, u32),
    (document, instance): (&[u8], &[u8]),
    bytes: &mut Vec<u8>,
) {
    let at = bytes.len();
    objects.push((number, Stands::At(at)));
    objects.sort_by_key(|object| object.0);
    let mut index = vec![(0, 1)];
    // Each row is the difference to the one above (PNG's predictor “up”): most of it is zeros then.
    let mut above = [0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
    let mut rows = vec![2];
    rows.extend_from_slice(&above);
    for (number, stands) in &objects {
        match index.last_mut() {
            Some((first, count)) if *first + *count == *number => *count += 1,
            _ => index.push((*number, 1)),
        }
        let (kind, place, rest) = match stands {
            Stands::At(offset) => (1, *offset as u32, 0u32),
            Stands::In(stream, index) => (2, *stream, *index),
        };
        let mut row = [kind, 0, 0, 0, 0, 0, 0, 0, 0];
        for (byte, value) in
            row.iter_mut().skip(1).zip(place.to_be_bytes().into_iter().chain(rest.to_be_bytes()))
        {
            *byte = value;
        }
        rows.push(2);
        rows.extend(row.iter().zip(above).map(|(own, above)| own.wrapping_sub(above)));
        above = row;
    }
    let index: Vec<String> = index.iter().map(|(first, count)| format!("{first} {count}")).collect();
    let entries = format!(
        "/Type/XRef/Size {}/W[1 4 4]/Index[{}]/Root {root} 0 R/Info {info} 0 R/ID[<{}><{}>]/DecodeParms<</Predictor 12/Columns 9>>",
        number + 1,
        index.join(" "),
        hex(document),
        hex(instance),
    );
    stream(number, &entries, &rows, bytes);
    bytes.extend_from_slice(format!("startxref\n{at}\n%%EOF\n").as_bytes());
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
