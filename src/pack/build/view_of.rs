use super::view::*;
use super::*;
impl<'a> View<'a> {
    pub fn of(vault: &'a Vault, _findings: &mut Vec<Finding>) -> Self {
        let mut notes = Vec::new();
        let mut by_file = BTreeMap::new();
        let mut metas = BTreeMap::new();
        for (i, f) in vault.files.iter().enumerate() {
            if f.path.ends_with(".md") {
                let file = FileNo(i as u32);
                by_file.insert(file, notes.len());
                notes.push(Note { file, path: &f.path, source: &f.text, parsed: &f.parsed });
                let y: serde_yaml::Value = f
                    .parsed
                    .front
                    .clone()
                    .map_or(serde_yaml::Value::Null, |r| serde_yaml::from_str(&f.text[r]).unwrap());
                let s = |k: &str| y.get(k).and_then(|v| v.as_str()).map(str::to_owned);
                let l = |k: &str| {
                    y.get(k)
                        .and_then(|v| v.as_sequence())
                        .map(|v| v.iter().map(|v| v.as_str().unwrap().to_owned()).collect())
                        .unwrap_or_default()
                };
                let at = |k: &str| {
                    let p = f.text.find(&format!("{k}:")).unwrap_or(0);
                    p..p + k.len()
                };
                metas.insert(
                    file,
                    Meta {
                        title: s("title"),
                        id: s("id").map(|x| (x, at("id"))),
                        aliases: l("aliases"),
                        tags: l("tags"),
                        priority: y.get("priority").and_then(|v| v.as_u64()).map(|p| p as u8),
                        since: s("since"),
                        verified: s("verified").and_then(|d| d.parse().ok()),
                        verified_range: s("verified").map(|_| at("verified")),
                        date: s("date").and_then(|d| d.parse().ok()),
                        code: s("code").map(|x| (x, at("code"))),
                        sources: l("sources"),
                        lint_allow: y
                            .get("lint")
                            .and_then(|v| v.get("allow"))
                            .and_then(|v| v.as_sequence())
                            .map(|v| v.iter().map(|v| v.as_str().unwrap().to_owned()).collect())
                            .unwrap_or_default(),
                    },
                );
            }
        }
        let c = &vault.config;
        let s = |k: &str| c.get(k).and_then(|v| v.as_str()).map(str::to_owned);
        let b = |a: &str, k: &str, d: bool| {
            c.get(a).and_then(|v| v.get(k)).and_then(|v| v.as_bool()).unwrap_or(d)
        };
        let strs = |v: Option<&serde_yaml::Value>| -> Vec<String> {
            v.and_then(|v| v.as_sequence())
                .map(|v| v.iter().map(|v| v.as_str().unwrap().to_owned()).collect())
                .unwrap_or_default()
        };
        let words = Words {
            headers: strs(c.get("tables").and_then(|t| t.get("headers"))),
            sections: c
                .get("sections")
                .and_then(|s| s.as_mapping())
                .map(|m| {
                    m.iter()
                        .map(|(k, v)| {
                            (k.as_str().unwrap().to_owned(), SectionWord::named(v.as_str().unwrap()).unwrap())
                        })
                        .collect()
                })
                .unwrap_or_default(),
        };
        let settings = Settings {
            title: s("title").unwrap_or("Untitled".into()),
            subtitle: None,
            authors: vec![],
            language: s("language").unwrap_or("en".into()),
            edition: None,
            licence: None,
            date: s("date").and_then(|d| d.parse().ok()),
            cards_from_rows: b("cards", "from-rows", true),
            cards_anywhere: b("cards", "anywhere", false),
            lint_allow: strs(c.get("lint").and_then(|t| t.get("allow"))),
            brief_words: (15, 25),
            freshness_days: Some(365),
        };
        Self { vault, notes, by_file, metas, no_meta: Meta::default(), words, settings }
    }
    pub fn listed_chapters(&self, _findings: &mut Vec<Finding>) -> Option<Vec<FileNo>> {
        None
    }
    pub fn path(&self, file: FileNo) -> &str {
        self.vault.files.get(file.0 as usize).map_or("", |f| &f.path)
    }
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.vault.files.iter().map(|f| f.path.as_str())
    }
    pub fn resolve(&self, _from: FileNo, target: &str) -> Found {
        let t = target.to_lowercase();
        let exact: Vec<FileNo> = self
            .vault
            .files
            .iter()
            .enumerate()
            .filter(|(_, f)| f.path.to_lowercase() == t || f.path.to_lowercase() == format!("{t}.md"))
            .map(|(i, _)| FileNo(i as u32))
            .collect();
        if let [f] = exact[..] {
            return Found::One(f);
        }
        let base: Vec<FileNo> =
            self.notes.iter().filter(|n| n.stem().to_lowercase() == t).map(|n| n.file).collect();
        match base[..] {
            [] => {}
            [f] => return Found::One(f),
            [f, ..] => return Found::Several { chosen: f, all: base },
        }
        if let Some(n) =
            self.notes.iter().find(|n| self.meta(n.file).aliases.iter().any(|a| a.to_lowercase() == t))
        {
            return Found::Alias(n.file);
        }
        Found::Nothing
    }
    pub fn image(&self, _from: FileNo, dest: &str) -> Option<FileNo> {
        self.vault
            .files
            .iter()
            .position(|f| f.path == dest || f.path.rsplit('/').next() == Some(dest))
            .map(|i| FileNo(i as u32))
    }
}
