//! temporary: proof of layouts
use recto::typeset::{compile, fonts, world};
use std::sync::Arc;
use typst::foundations::Bytes;
fn main() {
    let dir = std::env::args().nth(1).unwrap();
    let mut files = world::Files::default();
    fn walk(d: &std::path::Path, out: &mut Vec<std::path::PathBuf>) { for e in std::fs::read_dir(d).unwrap().flatten() { let p = e.path(); if p.is_dir() { walk(&p, out) } else { out.push(p) } } }
    for (root, prefix) in [("layouts", "/layouts/"), ("content", "/vault/"), (dir.as_str(), "/data/")] {
        let mut v = Vec::new(); walk(std::path::Path::new(root), &mut v);
        for p in v { let rel = p.strip_prefix(root).unwrap().to_string_lossy().into_owned(); files.insert(&format!("{prefix}{rel}"), Bytes::new(std::fs::read(&p).unwrap())).unwrap(); }
    }
    let fonts = fonts::Fonts::load(&[], false).unwrap();
    let shared = Arc::new(files);
    for name in std::env::args().skip(2) {
        let main = std::fs::read_to_string(format!("{dir}/{name}.typ")).unwrap();
        let t = std::time::Instant::now();
        let job = compile::Job { name: format!("/data/main-{name}.typ"), main, data: vec![] };
        match compile::compile(&fonts, &shared, &job) {
            Ok(c) => { println!("{name}: {} pages {:?}", c.document.pages().len(), t.elapsed());
                for w in &c.warnings { println!("warning: {} {:?}", w.message, w.span); }
                let pdf = typst_pdf::pdf(&c.document, &Default::default()).unwrap(); std::fs::write(format!("{dir}/{name}.pdf"), pdf).unwrap(); }
            Err(e) => for x in e { println!("error: {} {:?} {:?} hints {:?}", x.message, x.span, x.span.id().map(|i| i.vpath().get_with_slash().to_string()), x.hints); 
                use typst::World; let w = world::PackWorld::new(fonts.clone(), shared.clone(), Default::default(), world::file_id("/layouts/theme.typ").unwrap());
                use typst::WorldExt; if let Some(r) = w.range(x.span) { let id = x.span.id().unwrap(); if let Ok(s) = w.source(id) { println!("   >> {}", &s.text()[r]); } }
                for t in &x.trace { if let (Some(id), Some(r)) = (t.span.id(), w.range(t.span)) { if let Ok(s) = w.source(id) { println!("   at {} {}", id.vpath().get_with_slash(), &s.text()[r].chars().take(90).collect::<String>()); } } } }
        }
    }
}
