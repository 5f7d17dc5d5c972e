//! Dates written by CLDR's patterns: `d. MMMM y`, `EEEE, d 'de' MMMM 'de' y`.
//!
//! Source: Unicode Technical Standard 35, part 4, "Date Format Patterns"; only the fields that our patterns use.

use jiff::civil::Date;

/// The names of one date's month and weekday, in every form that a pattern can ask for.
pub(super) struct Names<'a> {
    pub month: &'a str,
    pub month_in_date: &'a str,
    pub month_short: &'a str,
    pub month_short_in_date: &'a str,
    pub weekday: &'a str,
    pub weekday_short: &'a str,
    pub weekday_short_in_date: &'a str,
    /// What the first of a month is called, where that is not `1`.
    pub first_of_month: Option<&'a str>,
}

/// Writes `date` by `pattern`. Letters in apostrophes stand for themselves, and so does a field not listed here.
pub(super) fn write(pattern: &str, date: Date, names: &Names) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            rest = quoted(&rest[1..], &mut out);
            continue;
        }
        let width = rest.chars().take_while(|x| *x == c).count();
        let (field, after) = rest.split_at(width * c.len_utf8());
        rest = after;
        match (c, width) {
            ('y', 1) => out.push_str(&date.year().to_string()),
            ('M', 4) => out.push_str(names.month_in_date),
            ('M', 3) => out.push_str(names.month_short_in_date),
            ('L', 4) => out.push_str(names.month),
            ('L', 3) => out.push_str(names.month_short),
            ('M' | 'L', 2) => out.push_str(&format!("{:02}", date.month())),
            ('M' | 'L', 1) => out.push_str(&date.month().to_string()),
            ('d', 1) => match names.first_of_month {
                Some(first) if date.day() == 1 => out.push_str(first),
                _ => out.push_str(&date.day().to_string()),
            },
            ('d', 2) => out.push_str(&format!("{:02}", date.day())),
            ('E' | 'c', 4) => out.push_str(names.weekday),
            ('E', 1..=3) => out.push_str(names.weekday_short_in_date),
            ('c', 3) => out.push_str(names.weekday_short),
            _ => out.push_str(field),
        }
    }
    out
}

/// Copies a literal up to its closing apostrophe, a double one being one; returns what follows.
fn quoted<'p>(mut rest: &'p str, out: &mut String) -> &'p str {
    if let Some(after) = rest.strip_prefix('\'') {
        out.push('\'');
        return after;
    }
    while let Some(end) = rest.find('\'') {
        out.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(after) => {
                out.push('\'');
                rest = after;
            }
            None => return rest,
        }
    }
    out.push_str(rest);
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pattern: &str, day: i8) -> String {
        let names = Names {
            month: "март",
            month_in_date: "марта",
            month_short: "март",
            month_short_in_date: "мар.",
            weekday: "понедельник",
            weekday_short: "ПН",
            weekday_short_in_date: "пн",
            first_of_month: Some("1er"),
        };
        write(pattern, Date::constant(2027, 3, day), &names)
    }

    #[test]
    fn fields() {
        assert_eq!(written("d MMMM y", 8), "8 марта 2027");
        assert_eq!(written("LLLL y", 8), "март 2027");
        assert_eq!(written("EEEE, d. MMM", 8), "понедельник, 8. мар.");
        assert_eq!(written("ccc E", 8), "ПН пн");
        assert_eq!(written("y/MM/dd", 8), "2027/03/08");
        assert_eq!(written("y年M月d日(E)", 8), "2027年3月8日(пн)");
    }

    #[test]
    fn the_first_has_a_name_of_its_own_only_as_a_plain_number() {
        assert_eq!(written("d MMMM", 1), "1er марта");
        assert_eq!(written("dd MMMM", 1), "01 марта");
        assert_eq!(written("d MMMM", 11), "11 марта");
    }

    #[test]
    fn literals() {
        assert_eq!(written("d 'de' MMMM", 8), "8 de марта");
        assert_eq!(written("y 'г'.", 8), "2027 г.");
        assert_eq!(written("d ''M'' 'o''d'", 8), "8 '3' o'd");
        assert_eq!(written("d 'open", 8), "8 open");
        assert_eq!(written("d QQQ", 8), "8 QQQ");
    }
}
