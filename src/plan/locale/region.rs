//! What depends on the region and not on the language: the first day of the week, and the order of English dates.

use jiff::civil::Weekday;

/// The subtags of a BCP 47 tag that matter here.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Tag {
    /// Lower case.
    pub language: String,
    /// Upper case, or three digits.
    pub region: Option<String>,
}

impl Tag {
    /// Reads a tag leniently: any case, `_` as `-`, anything unknown skipped.
    pub fn read(tag: &str) -> Self {
        let mut subtags = tag.trim().split(['-', '_']);
        let language = subtags.next().unwrap_or_default().to_ascii_lowercase();
        let region = subtags
            // Extensions and private use begin with a single character; nothing behind it is a region.
            .take_while(|s| s.len() > 1)
            .find(|s| match s.len() {
                2 => s.bytes().all(|b| b.is_ascii_alphabetic()),
                3 => s.bytes().all(|b| b.is_ascii_digit()),
                _ => false,
            })
            .map(str::to_ascii_uppercase);
        Self { language, region }
    }
}

/// First day of the week (CLDR 48.2.0, `supplemental/weekData.json`); Monday where nothing else is said.
pub(super) fn first_weekday(region: &str) -> Weekday {
    match region {
        "AG" | "AS" | "BD" | "BR" | "BS" | "BT" | "BW" | "BZ" | "CA" | "CO" | "DM" | "DO" | "ET" | "GT"
        | "GU" | "HK" | "HN" | "ID" | "IL" | "IN" | "IS" | "JM" | "JP" | "KE" | "KH" | "KR" | "LA" | "MH"
        | "MM" | "MO" | "MT" | "MX" | "MZ" | "NI" | "NP" | "PA" | "PE" | "PH" | "PK" | "PR" | "PT" | "PY"
        | "SA" | "SG" | "SV" | "TH" | "TT" | "TW" | "UM" | "US" | "VE" | "VI" | "WS" | "YE" | "ZA" | "ZW" => {
            Weekday::Sunday
        }
        "AF" | "BH" | "DJ" | "DZ" | "EG" | "IQ" | "IR" | "JO" | "KW" | "LY" | "OM" | "QA" | "SD" | "SY" => {
            Weekday::Saturday
        }
        "MV" => Weekday::Friday,
        _ => Weekday::Monday,
    }
}

/// Whether English dates put the month before the day there (CLDR 48.2.0: the locales whose long date is
/// `MMMM d, y`).
pub(super) fn writes_month_first(region: &str) -> bool {
    matches!(region, "US" | "AS" | "BI" | "CA" | "GU" | "JP" | "MH" | "MP" | "PH" | "PR" | "UM" | "VI")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> (String, Option<String>) {
        let Tag { language, region } = Tag::read(text);
        (language, region)
    }

    #[test]
    fn tags_are_read_leniently() {
        let owned = |l: &str, r: Option<&str>| (l.to_string(), r.map(str::to_string));
        assert_eq!(tag("de"), owned("de", None));
        assert_eq!(tag("DE_at"), owned("de", Some("AT")));
        assert_eq!(tag("zh-Hant-TW"), owned("zh", Some("TW")));
        assert_eq!(tag("es-419"), owned("es", Some("419")));
        assert_eq!(tag("en-u-ca-gregory"), owned("en", None));
        assert_eq!(tag("ca-valencia"), owned("ca", None));
        assert_eq!(tag(""), owned("", None));
    }

    #[test]
    fn weeks_begin_where_cldr_says() {
        assert_eq!(first_weekday("DE"), Weekday::Monday);
        assert_eq!(first_weekday("GB"), Weekday::Monday);
        assert_eq!(first_weekday("CN"), Weekday::Monday);
        assert_eq!(first_weekday("001"), Weekday::Monday);
        assert_eq!(first_weekday("US"), Weekday::Sunday);
        assert_eq!(first_weekday("BR"), Weekday::Sunday);
        assert_eq!(first_weekday("JP"), Weekday::Sunday);
        assert_eq!(first_weekday("EG"), Weekday::Saturday);
        assert_eq!(first_weekday("MV"), Weekday::Friday);
    }
}
