//! Calendar files: RFC 5545, with the calendar's name and refresh interval of RFC 7986.
//!
//! A writer of our own: what calendars choke on (lines of more than 75 octets, a character cut in two, a comma that was
//! not escaped) is decided here byte by byte and tested as bytes.

use jiff::civil::{Date, Time};
use uuid::Uuid;

/// A content line has at most so many octets, its line break not counted (RFC 5545, 3.1).
pub const MOST_OCTETS: usize = 75;

/// A calendar file.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// Of the calendar; those of its entries are made from it and their keys.
    pub id: Uuid,
    pub name: String,
    pub kind: Kind,
    /// In the order in which they are written.
    pub entries: Vec<Entry>,
}

/// What an entry is.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Default)]
pub enum Kind {
    /// `VEVENT`, which every calendar shows.
    #[default]
    Events,
    /// `VTODO`: can be ticked off, but Outlook and Google leave it out.
    ToDos,
}

/// A whole day's entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Stable within the calendar.
    pub key: String,
    pub date: Date,
    /// The day of its last change, midnight UTC; never the clock's.
    pub revised: Date,
    /// How often it changed.
    pub sequence: u32,
    pub summary: String,
    /// May be empty.
    pub description: String,
    /// It was announced and does not take place.
    pub cancelled: bool,
    /// Time of the day at which to remind.
    pub alarm: Option<Time>,
}

impl Entry {
    /// UUID version 5 of the calendar's id and the entry's key.
    pub fn uid(&self, calendar: Uuid) -> Uuid {
        Uuid::new_v5(&calendar, self.key.as_bytes())
    }
}

/// The file's bytes: the same feed gives the same ones.
pub fn write(feed: &Feed) -> Vec<u8> {
    let mut out = Writer(Vec::new());
    out.line("BEGIN", "VCALENDAR");
    out.line("VERSION", "2.0");
    out.line("PRODID", "-//Recto//Recto//EN");
    out.line("CALSCALE", "GREGORIAN");
    out.line("UID", &feed.id.to_string());
    out.text("NAME", &feed.name);
    out.text("X-WR-CALNAME", &feed.name);
    out.line("REFRESH-INTERVAL;VALUE=DURATION", "P1D");
    for entry in &feed.entries {
        out.entry(feed, entry);
    }
    out.line("END", "VCALENDAR");
    out.0
}

/// `20270104`
fn basic(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

struct Writer(Vec<u8>);

impl Writer {
    fn entry(&mut self, feed: &Feed, entry: &Entry) {
        let component = match feed.kind {
            Kind::Events => "VEVENT",
            Kind::ToDos => "VTODO",
        };
        self.line("BEGIN", component);
        self.line("UID", &entry.uid(feed.id).to_string());
        self.line("DTSTAMP", &format!("{}T000000Z", basic(entry.revised)));
        self.line("DTSTART;VALUE=DATE", &basic(entry.date));
        // The end is the first day that does not belong to it; without one the entry still takes its day.
        if let Ok(next) = entry.date.tomorrow() {
            let end = if feed.kind == Kind::Events { "DTEND;VALUE=DATE" } else { "DUE;VALUE=DATE" };
            self.line(end, &basic(next));
        }
        self.line("SEQUENCE", &entry.sequence.to_string());
        let status = match (entry.cancelled, feed.kind) {
            (true, _) => "CANCELLED",
            (false, Kind::Events) => "CONFIRMED",
            (false, Kind::ToDos) => "NEEDS-ACTION",
        };
        self.line("STATUS", status);
        self.text("SUMMARY", &entry.summary);
        if !entry.description.is_empty() {
            self.text("DESCRIPTION", &entry.description);
        }
        if feed.kind == Kind::Events {
            // Studying blocks no time: the day stays free for meetings.
            self.line("TRANSP", "TRANSPARENT");
        }
        if let Some(time) = entry.alarm.filter(|_| !entry.cancelled) {
            self.line("BEGIN", "VALARM");
            self.line("ACTION", "DISPLAY");
            self.text("DESCRIPTION", &entry.summary);
            self.line("TRIGGER", &format!("PT{}H{}M", time.hour(), time.minute()));
            self.line("END", "VALARM");
        }
        self.line("END", component);
    }

    /// A property whose value is TEXT.
    fn text(&mut self, name: &str, value: &str) {
        self.line(name, &escape(value));
    }

    /// A content line, folded: the further lines start with a space, which counts.
    fn line(&mut self, name: &str, value: &str) {
        let mut length = 0;
        for c in name.chars().chain([':']).chain(value.chars()) {
            if length + c.len_utf8() > MOST_OCTETS {
                self.0.extend_from_slice(b"\r\n ");
                length = 1;
            }
            self.0.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            length += c.len_utf8();
        }
        self.0.extend_from_slice(b"\r\n");
    }
}

/// A TEXT value: backslash, semicolon, comma and line breaks escaped; other control characters have no place in one.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => out.push_str("\\n"),
            '\t' => out.push('\t'),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    fn entry() -> Entry {
        Entry {
            key: "2027-01-04".into(),
            date: date(2027, 1, 4),
            revised: date(2026, 11, 20),
            sequence: 0,
            summary: "Birds: 10 new".into(),
            description: "10 new: B-001, B-002".into(),
            cancelled: false,
            alarm: None,
        }
    }

    fn feed(entries: Vec<Entry>) -> Feed {
        Feed { id: Uuid::from_u128(7), name: "Birds; ducks, geese".into(), kind: Kind::Events, entries }
    }

    /// The content lines of a file, each as its own bytes say.
    fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
        assert!(bytes.ends_with(b"\r\n"));
        let mut lines: Vec<Vec<u8>> = vec![Vec::new()];
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b'\r' => {
                    assert_eq!(rest.first(), Some(&b'\n'), "a carriage return stands before a line feed");
                    rest = &rest[1..];
                    lines.push(Vec::new());
                }
                b'\n' => panic!("a line feed without a carriage return"),
                byte => lines.last_mut().unwrap().push(*byte),
            }
        }
        assert_eq!(lines.pop(), Some(Vec::new()));
        lines
    }

    /// As another reader does it: folded lines joined, then decoded.
    fn unfold(bytes: &[u8]) -> Vec<String> {
        let mut out: Vec<Vec<u8>> = Vec::new();
        for line in lines(bytes) {
            assert!(line.len() <= MOST_OCTETS, "{} octets", line.len());
            assert!(std::str::from_utf8(&line).is_ok(), "a character is cut in two");
            match line.strip_prefix(b" ") {
                Some(more) => out.last_mut().unwrap().extend_from_slice(more),
                None => out.push(line),
            }
        }
        out.into_iter().map(|line| String::from_utf8(line).unwrap()).collect()
    }

    fn unescape(text: &str) -> String {
        let mut out = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next().unwrap() {
                    'n' => out.push('\n'),
                    c @ ('\\' | ';' | ',') => out.push(c),
                    c => panic!("\\{c}"),
                },
                ';' | ',' => panic!("`{c}` is not escaped in {text}"),
                c => out.push(c),
            }
        }
        out
    }

    #[test]
    fn a_day_is_written_to_the_byte() {
        let cancelled = Entry {
            key: "2027-01-05".into(),
            date: date(2027, 1, 5),
            revised: date(2027, 1, 3),
            sequence: 2,
            cancelled: true,
            alarm: Some(time(18, 0, 0, 0)),
            ..entry()
        };
        let first = Entry { alarm: Some(time(18, 30, 0, 0)), ..entry() };
        let text = String::from_utf8(write(&feed(vec![first, cancelled]))).unwrap();
        let expected = "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Recto//Recto//EN|CALSCALE:GREGORIAN|\
            UID:00000000-0000-0000-0000-000000000007|NAME:Birds\\; ducks\\, geese|X-WR-CALNAME:Birds\\; ducks\\, geese|\
            REFRESH-INTERVAL;VALUE=DURATION:P1D|\
            BEGIN:VEVENT|UID:63fc0a9d-4f79-576e-8c3e-b95bd67b71e1|DTSTAMP:20261120T000000Z|\
            DTSTART;VALUE=DATE:20270104|DTEND;VALUE=DATE:20270105|SEQUENCE:0|STATUS:CONFIRMED|SUMMARY:Birds: 10 new|\
            DESCRIPTION:10 new: B-001\\, B-002|TRANSP:TRANSPARENT|\
            BEGIN:VALARM|ACTION:DISPLAY|DESCRIPTION:Birds: 10 new|TRIGGER:PT18H30M|END:VALARM|END:VEVENT|\
            BEGIN:VEVENT|UID:02f37c1f-b791-5c70-93a1-9fda3e425ee2|DTSTAMP:20270103T000000Z|\
            DTSTART;VALUE=DATE:20270105|DTEND;VALUE=DATE:20270106|SEQUENCE:2|STATUS:CANCELLED|SUMMARY:Birds: 10 new|\
            DESCRIPTION:10 new: B-001\\, B-002|TRANSP:TRANSPARENT|END:VEVENT|END:VCALENDAR|";
        assert_eq!(text, expected.replace('|', "\r\n"));
    }

    #[test]
    fn identities_are_those_of_rfc_4122() {
        // The example of RFC 4122's errata: version 5 of www.example.com in the name space of DNS.
        let uid = Entry { key: "www.example.com".into(), ..entry() }.uid(Uuid::NAMESPACE_DNS);
        assert_eq!(uid.to_string(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    }

    #[test]
    fn lines_are_full_to_the_octet() {
        // Content lengths at which others write 76 octets.
        for length in (1..400).chain([150, 224, 298]) {
            let written = write(&feed(vec![Entry { summary: "x".repeat(length), ..entry() }]));
            let lines = lines(&written);
            let at = lines.iter().position(|line| line.starts_with(b"SUMMARY")).unwrap();
            let whole = "SUMMARY:".len() + length;
            let folded = lines[at + 1..].iter().take_while(|line| line.starts_with(b" ")).count();
            let wanted = if whole <= MOST_OCTETS { 0 } else { (whole - MOST_OCTETS).div_ceil(MOST_OCTETS - 1) };
            assert_eq!(folded, wanted, "{length}");
            assert!(lines[at..at + folded].iter().all(|line| line.len() == MOST_OCTETS));
        }
    }

    #[test]
    fn a_to_do_is_due_and_blocks_nothing() {
        let text = String::from_utf8(write(&Feed { kind: Kind::ToDos, ..feed(vec![entry()]) })).unwrap();
        assert!(text.contains("BEGIN:VTODO\r\n") && text.contains("DUE;VALUE=DATE:20270105\r\n"));
        assert!(text.contains("STATUS:NEEDS-ACTION\r\n"));
        assert!(!text.contains("TRANSP") && !text.contains("DTEND"), "{text}");
    }

    #[test]
    fn the_last_day_there_is_has_no_end() {
        let text = String::from_utf8(write(&feed(vec![Entry { date: date(9999, 12, 31), ..entry() }]))).unwrap();
        assert!(text.contains("DTSTART;VALUE=DATE:99991231\r\n") && !text.contains("DTEND"));
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_back(
            summary in "\\PC{0,200}|[ -~]{60,90}|[,;\\\\\n]{0,120}|(\u{1F986}|é|漢){10,80}",
            description in proptest::collection::vec("\\PC{0,90}", 0..5),
        ) {
            let description = description.join("\n");
            let written = write(&feed(vec![Entry { summary: summary.clone(), description: description.clone(), ..entry() }]));
            let lines = unfold(&written);
            let value = |name: &str| lines.iter().find_map(|l| l.strip_prefix(name).map(unescape));
            prop_assert_eq!(value("SUMMARY:"), Some(summary));
            prop_assert_eq!(value("DESCRIPTION:"), (!description.is_empty()).then_some(description));
            prop_assert_eq!(value("NAME:"), Some("Birds; ducks, geese".to_owned()));
        }

        #[test]
        fn control_characters_never_reach_the_file(text in "[\u{0}-\u{1f}\u{7f}a-z]{0,100}") {
            let written = write(&feed(vec![Entry { summary: text.clone(), ..entry() }]));
            for line in unfold(&written) {
                prop_assert!(!line.chars().any(|c| c.is_control() && c != '\t'), "{:?}", line);
            }
        }
    }
}
