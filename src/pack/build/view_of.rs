use super::note::Note;
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
                metas.insert(file, Meta::of(&f.front, &f.parsed.blocks));
            }
        }
        let words = Words {
            headers: vault.config.table_headers.clone(),
            sections: vault
                .config
                .sections
                .iter()
                .filter_map(|(h, n)| Some((h.clone(), SectionWord::named(n)?)))
                .collect(),
        };
        let settings = Settings::of(&vault.config, "folder");
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
