//! `recto watch`: what its server refuses, and what it tells a browser when a note is saved.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::Folder;

/// Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(90);

struct Watch {
    child: Child,
    host: String,
    /// `/TOKEN/`
    base: String,
}

impl Watch {
    fn start(folder: &Folder, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_recto"))
            .args(["watch", "pack", "--out", "out"])
            .args(args)
            .current_dir(folder.path(""))
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let first = lines.next().expect("a line").expect("text");
        // The rest is read, so that the program never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        let url = first.strip_prefix("preview: http://").expect("an address").to_owned();
        let (host, path) = url.split_once('/').expect("a path");
        assert!(host.starts_with("127.0.0.1:"), "{host}");
        Self { child, host: host.to_owned(), base: format!("/{path}") }
    }

    /// Status and body.
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.host).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let own = headers.iter().any(|(name, _)| *name == "Host");
        let host = if own { String::new() } else { format!("Host: {}\r\n", self.host) };
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\n{host}{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
            .expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
        (status, body)
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.send("GET", &format!("{}{path}", self.base), &[], "")
    }

    fn post(&self, path: &str, body: &Value) -> (u16, String) {
        let json = [("Content-Type", "application/json")];
        self.send("POST", &format!("{}{path}", self.base), &json, &body.to_string())
    }

    fn events(&self) -> Events {
        let mut stream = TcpStream::connect(&self.host).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        write!(stream, "GET {}events HTTP/1.1\r\nHost: {}\r\n\r\n", self.base, self.host).expect("a request");
        Events { lines: BufReader::new(stream).lines() }
    }

    /// Ends it as Ctrl-C does.
    #[cfg(unix)]
    fn interrupt(mut self) -> i32 {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw).expect("an id");
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("a signal");
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                return status.code().unwrap_or(-1);
            }
            assert!(start.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Events {
    lines: std::io::Lines<BufReader<TcpStream>>,
}

impl Events {
    /// The next event of a kind that is as wanted.
    #[track_caller]
    fn wait(&mut self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        let mut event = String::new();
        loop {
            assert!(start.elapsed() < PATIENCE, "no such {kind}");
            let line = self.lines.next().expect("the stream goes on").expect("a line in time");
            if let Some(name) = line.strip_prefix("event: ") {
                event = name.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ").filter(|_| event == kind) {
                let data: Value = serde_json::from_str(data).expect("JSON");
                if wanted(&data) {
                    return data;
                }
            }
        }
    }

    /// Waits until the documents' files are written.
    fn written(&mut self) {
        self.wait("build", |build| build["text"].as_str().is_some_and(|text| text.contains(" in ")));
    }
}

fn is(id: &'static str) -> impl Fn(&Value) -> bool {
    move |update| update["id"] == id
}

/// The text layers of an update's pages: key and words.
fn layers(watch: &Watch, update: &Value) -> Vec<(String, Value)> {
    let pages = update["pages"].as_array().expect("pages");
    pages
        .iter()
        .map(|page| {
            let key = page[2].as_str().expect("a key").to_owned();
            let (status, body) = watch.get(&format!("text/{key}.json"));
            assert_eq!(status, 200, "{body}");
            (key, serde_json::from_str(&body).expect("JSON"))
        })
        .collect()
}

/// Layer and number of a word.
fn find(layers: &[(String, Value)], word: &str) -> Option<(String, usize)> {
    layers.iter().find_map(|(key, layer)| {
        let at = layer["words"].as_array()?.iter().position(|w| w[0] == word)?;
        Some((key.clone(), at))
    })
}

#[test]
fn strangers_are_refused() {
    let folder = Folder::small();
    let watch = Watch::start(&folder, &["handbook", "--editor", "none"]);
    assert_eq!(watch.get("").0, 200);
    let base = watch.base.clone();
    let port = watch.host.rsplit(':').next().expect("a port").to_owned();
    let send = |path: &str, headers: &[(&str, &str)]| watch.send("GET", path, headers, "").0;

    assert_eq!(send(&base, &[("Host", "evil.example")]), 403, "a name that leads here by DNS");
    assert_eq!(send(&base, &[("Host", "127.0.0.1")]), 403);
    assert_eq!(send(&base, &[("Host", &format!("localhost:{port}"))]), 200);
    assert_eq!(send(&base, &[("Origin", "https://evil.example")]), 403, "another site's script");
    assert_eq!(send(&base, &[("Origin", "null")]), 403);
    assert_eq!(send(&base, &[("Origin", &format!("http://{}", watch.host))]), 200);
    assert_eq!(send(&base, &[("Sec-Fetch-Site", "cross-site")]), 403, "another site's picture or link");
    assert_eq!(send("/", &[]), 403, "no token");
    assert_eq!(send("/events", &[]), 403);
    assert_eq!(send(&format!("/{}/", "0".repeat(32)), &[]), 403, "another token");
    assert_eq!(send(&base[..base.len() - 2], &[]), 403);
    assert_eq!(send("/../../etc/passwd", &[]), 403);
    for path in [
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "recto.yaml",
        "1%20Birds.md",
        "page/../preview.js",
        "page/1.svg",
    ] {
        let (status, body) = watch.get(path);
        assert!(status == 404 && !body.contains("root:"), "{path}: {status} {body}");
    }
    // A form of another site can send only some types, without asking first.
    let plain =
        watch.send("POST", &format!("{base}shown"), &[("Content-Type", "text/plain")], "{\"tab\":\"x\"}");
    assert_eq!(plain.0, 400);
    assert_eq!(watch.send("DELETE", &base, &[], "").0, 405);
}

#[test]
fn a_saved_note_is_shown_and_leads_back() {
    let folder = Folder::small();
    let watch = Watch::start(&folder, &["--editor", "idea://open?file={path}&line={line}&column={column}"]);
    let mut events = watch.events();
    let first = events.wait("pages", is("handbook"));
    events.written();
    let all = first["count"].as_u64().expect("pages");
    assert!(all >= 4 && first["pages"].as_array().map(Vec::len) == usize::try_from(all).ok(), "{first}");

    let note = folder.read("pack/concepts/Mallard.md");
    folder.write("pack/concepts/Mallard.md", note.replace("It dabbles", "It often upends and dabbles"));
    let update = events.wait("pages", is("handbook"));
    let changed = update["pages"].as_array().expect("pages");
    assert!(changed.len() < usize::try_from(all).expect("few"), "only pages that changed are sent");
    let found = layers(&watch, &update);
    let (key, word) = find(&found, "upends").expect("the new word is on a page that is sent");
    let page = changed.iter().find(|p| p[2] == key.as_str()).expect("its page");
    let svg = watch.get(&format!("page/{}.svg", page[1].as_str().expect("a key")));
    assert!(svg.0 == 200 && svg.1.starts_with("<svg"), "{}", svg.0);
    let focus = &update["focus"];
    assert_eq!(focus["page"], page[0], "{update}");
    let range = (focus["words"][0].as_u64().expect("from"), focus["words"][1].as_u64().expect("to"));
    assert!(range.0 <= word as u64 && (word as u64) < range.1, "{focus}, word {word}");

    // From the page to the note.
    let line = 1 + note.lines().position(|line| line.contains("It dabbles")).expect("the line");
    let (status, spot) = watch.post("open", &json!({ "text": key, "word": word }));
    let spot: Value = serde_json::from_str(&spot).expect("JSON");
    assert_eq!(
        (status, &spot["path"], &spot["line"], &spot["column"]),
        (200, &json!("concepts/Mallard.md"), &json!(line), &json!(10))
    );
    assert_eq!(spot["address"], format!("idea://open?file=concepts%2FMallard.md&line={line}&column=10"));

    // And the search.
    let (_, matches) = watch.get("search?tab=handbook&q=often+upends");
    let matches: Value = serde_json::from_str(&matches).expect("JSON");
    assert_eq!(matches["matches"][0]["page"], page[0]);

    // Files follow.
    events.written();
    let text = super::support::pdf_text(&folder.bytes("out/handbook.pdf")).concat();
    assert!(super::support::letters(&text).contains("upends"));
    #[cfg(unix)]
    assert_eq!(watch.interrupt(), 0);
    assert!(folder.files("").iter().all(|file| !file.contains(".part")), "nothing half-written");
}

#[test]
fn every_kind_of_page_leads_back() {
    let folder = Folder::small();
    folder.write("pack/assets/pond.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='200' height='100'><rect width='200' height='100' fill='#468'/></svg>");
    let chapter = folder.read("pack/1 Birds.md");
    let note = folder
        .read("pack/concepts/Mallard.md")
        .replace("see [[Teal]].", "see [[Teal]].\n\n![A pond](../assets/pond.svg \"Their habitat\")");
    folder.write("pack/concepts/Mallard.md", &note);
    let watch = Watch::start(&folder, &["--editor", "none"]);
    let mut events = watch.events();
    let mut pages = std::collections::BTreeMap::new();
    while pages.len() < 5 {
        let update = events.wait("pages", |_| true);
        pages.insert(update["id"].as_str().expect("a name").to_owned(), update);
    }
    let line_of =
        |text: &str, what: &str| 1 + text.lines().position(|line| line.contains(what)).expect("the line");
    let opens = |id: &str, word: &str| {
        let (key, at) =
            find(&layers(&watch, &pages[id]), word).unwrap_or_else(|| panic!("{word} is not in {id}"));
        let (status, spot) = watch.post("open", &json!({ "text": key, "word": at }));
        assert_eq!(status, 200, "{id} {word}: {spot}");
        let spot: Value = serde_json::from_str(&spot).expect("JSON");
        (
            spot["path"].as_str().expect("a path").to_owned(),
            usize::try_from(spot["line"].as_u64().expect("a line")).expect("small"),
        )
    };
    let (birds, mallard) = ("1 Birds.md".to_owned(), "concepts/Mallard.md".to_owned());
    assert_eq!(opens("handbook", "dabbles,"), (mallard.clone(), line_of(&note, "It dabbles")));
    assert_eq!(opens("handbook", "drake"), (birds.clone(), line_of(&chapter, "drake")));
    assert_eq!(opens("cheatsheets", "smallest"), (birds.clone(), line_of(&chapter, "Teal")));
    assert_eq!(opens("flashcards", "smallest"), (birds.clone(), line_of(&chapter, "Teal")));
    assert_eq!(opens("cards", "colour"), (mallard.clone(), line_of(&note, "What colour")));
    assert_eq!(opens("cards", "Teal"), (birds, line_of(&chapter, "Teal")), "a name that the layout prints");
    // A picture and what is under it.
    let figures = layers(&watch, &pages["handbook"]);
    let (key, layer) = figures
        .iter()
        .find(|(_, l)| l["figures"].as_array().is_some_and(|f| !f.is_empty()))
        .expect("a picture");
    let (status, spot) = watch.post("open", &json!({ "text": key, "figure": 0 }));
    let spot: Value = serde_json::from_str(&spot).expect("JSON");
    assert_eq!(
        (status, &spot["path"], &spot["line"]),
        (200, &json!("concepts/Mallard.md"), &json!(line_of(&note, "A pond"))),
        "{layer}"
    );
    assert_eq!(opens("handbook", "habitat"), (mallard, line_of(&note, "A pond")));
}

#[test]
fn an_error_keeps_the_pages_and_goes_when_it_is_mended() {
    let folder = Folder::small();
    let watch = Watch::start(&folder, &["handbook", "--editor", "none"]);
    let mut events = watch.events();
    events.wait("pages", is("handbook"));
    events.written();
    let before = folder.bytes("out/handbook.pdf");

    let note = folder.read("pack/concepts/Mallard.md");
    folder.write(
        "pack/concepts/Mallard.md",
        note.replace("tags: [ducks]", "tags: [ducks").replace("It dabbles", "It swims"),
    );
    let findings = events.wait("findings", |report| report["errors"].as_u64() > Some(0));
    assert_eq!(findings["held"], true, "{findings}");
    let group =
        findings["groups"].as_array().and_then(|g| g.iter().find(|g| g["path"] == "concepts/Mallard.md"));
    let line = group.expect("its note")["items"][0]["line"].as_u64().expect("a line");
    assert!((2..=4).contains(&line), "{findings}");
    // A click on the finding.
    let (status, spot) =
        watch.post("open", &json!({ "path": "concepts/Mallard.md", "line": line, "column": 1 }));
    assert!(status == 200 && spot.contains("Mallard.md"), "{spot}");
    assert_eq!(watch.post("open", &json!({ "path": "../secret.md", "line": 1, "column": 1 })).0, 404);
    events.wait("build", |build| build["text"].as_str().is_some_and(|text| text.contains("last good")));
    assert_eq!(folder.bytes("out/handbook.pdf"), before, "the file stays");
    let matches = |what: &str| {
        let (_, answer) = watch.get(&format!("search?tab=handbook&q={what}"));
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        answer["matches"].as_array().map_or(0, Vec::len)
    };
    assert!(matches("dabbles") > 0 && matches("swims") == 0, "the pages stay");

    folder.write("pack/concepts/Mallard.md", note.replace("It dabbles", "It swims"));
    events.wait("pages", is("handbook"));
    let findings = events.wait("findings", |report| report["errors"] == 0);
    assert_eq!(findings["held"], false);
    assert!(matches("swims") > 0);
}

#[test]
fn saves_of_every_editor_files_that_come_and_go_and_settings_are_followed() {
    let folder = Folder::small();
    let watch = Watch::start(&folder, &["handbook", "--editor", "none"]);
    let mut events = watch.events();
    events.wait("pages", is("handbook"));
    events.written();
    let note = folder.read("pack/concepts/Mallard.md");
    let path = folder.path("pack/concepts/Mallard.md");
    let shown = |events: &mut Events, word: &str| {
        events
            .wait("pages", |update| is("handbook")(update) && find(&layers(&watch, update), word).is_some());
        events.written();
    };
    // vim: the old file is renamed away, a new one is written, the old one removed.
    fs::rename(&path, folder.path("pack/concepts/Mallard.md~")).expect("a rename");
    fs::write(&path, note.replace("It dabbles", "It quacks")).expect("a file");
    fs::remove_file(folder.path("pack/concepts/Mallard.md~")).expect("gone");
    shown(&mut events, "quacks,");
    // Others: a new file is renamed into place.
    folder.write("pack/concepts/.Mallard.tmp", note.replace("It dabbles", "It whistles"));
    fs::rename(folder.path("pack/concepts/.Mallard.tmp"), &path).expect("a rename");
    shown(&mut events, "whistles,");
    // Visual Studio Code: truncated, then written.
    let mut file = fs::File::create(&path).expect("a file");
    file.write_all(note.replace("It dabbles", "It hisses").as_bytes()).expect("text");
    drop(file);
    shown(&mut events, "hisses,");
    // A note that comes, and one that goes.
    folder.write("pack/concepts/Teal.md", "## Explanation\n\nA compact surfacefeeder.\n");
    shown(&mut events, "surfacefeeder.");
    fs::remove_file(folder.path("pack/concepts/Teal.md")).expect("gone");
    events.wait("pages", is("handbook"));
    events.written();
    let (_, answer) = watch.get("search?tab=handbook&q=surfacefeeder");
    assert!(answer.contains("\"matches\":[]"), "{answer}");
    // The settings.
    let settings = folder.read("pack/recto.yaml");
    folder.write("pack/recto.yaml", settings.replace("title: Small", "title: Waterfowl"));
    shown(&mut events, "Waterfowl");
}

/// JetBrains Mono under a name that no embedded font has.
fn renamed_font() -> Vec<u8> {
    let mut font = include_bytes!("../../fonts/jetbrains-mono/JetBrainsMono-Regular.ttf").to_vec();
    let wide = |name: &str| name.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    for (from, to) in [
        (wide("JetBrains Mono"), wide("Waterfowl Type")),
        (b"JetBrains Mono".to_vec(), b"Waterfowl Type".to_vec()),
    ] {
        while let Some(at) = font.windows(from.len()).position(|bytes| bytes == from) {
            font[at..at + from.len()].copy_from_slice(&to);
        }
    }
    font
}

#[test]
fn a_pack_s_own_layouts_and_fonts_are_followed() {
    let folder = Folder::small();
    let watch = Watch::start(&folder, &["handbook", "--editor", "none"]);
    let mut events = watch.events();
    events.wait("pages", is("handbook"));
    events.written();
    // The width of a word in pt tells what it is set in.
    let width = |update: &Value, word: &str| {
        let layers = layers(&watch, update);
        let (key, at) = find(&layers, word)?;
        layers.iter().find(|(own, _)| *own == key)?.1["words"][at][3].as_f64()
    };
    let theme = |face: &str, size: &str| {
        let tokens = include_str!("../../layouts/themes/classic.typ")
            .replacen("(\"Recto Serif\",)", &format!("(\"{face}\", \"Recto Serif\")"), 1)
            .replacen("body: 10.5pt", &format!("body: {size}"), 1);
        folder.write("pack/layouts/themes/classic.typ", tokens);
    };
    let mut shown = |wanted: &dyn Fn(f64) -> bool| {
        let update = events
            .wait("pages", |update| is("handbook")(update) && width(update, "dabbles,").is_some_and(wanted));
        events.written();
        width(&update, "dabbles,").expect("the word")
    };
    // A layout that comes, and one that changes; the font that it names is not there yet.
    theme("Recto Sans", "10.5pt");
    let sans = shown(&|_| true);
    theme("Waterfowl Type", "10.5pt");
    let serif = shown(&|width| width != sans);
    theme("Waterfowl Type", "9pt");
    let small = shown(&|width| width < 0.9 * serif);
    // A font that comes, and goes: letters of one width are wide.
    let path = folder.path("pack/fonts/Waterfowl.ttf");
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, renamed_font()).expect("a font");
    shown(&|width| width > 1.1 * small);
    fs::remove_file(&path).expect("gone");
    assert_eq!(shown(&|width| width < 1.1 * small), small);
    fs::remove_dir_all(folder.path("pack/layouts")).expect("gone");
    assert_eq!(shown(&|width| width > small), serif, "the embedded layout again");
}

/// Looks at one document, and forgets it.
struct Glance(recto::vault::config::Document);

impl recto::cli::session::Onlooker for Glance {
    fn first(&self) -> Option<recto::vault::config::Document> {
        Some(self.0)
    }
}

/// The long version is `examples/watching.rs`.
#[test]
fn a_session_of_edits_writes_what_a_clean_build_writes() {
    use recto::cli::Session;
    use recto::cli::session::BuildOptions;
    use recto::vault::config::Document;

    let folder = Folder::small();
    let note = folder.read("pack/concepts/Mallard.md");
    let chapter = folder.read("pack/1 Birds.md");
    let options = BuildOptions::new(folder.path("pack"), folder.path("out"), jiff::civil::date(2026, 11, 20));
    let mut session = Session::default();
    let long = "It rests on one leg, and watches the water. ".repeat(60);
    for step in 0..8 {
        match step {
            1 => folder.write("pack/concepts/Mallard.md", note.replace("It dabbles", "It often dabbles")),
            2 => folder
                .write("pack/concepts/Mallard.md", note.replace("It dabbles", &format!("{long}It dabbles"))),
            3 => {
                folder.write("pack/concepts/Wigeon.md", "## Explanation\n\nIt grazes, see [[Mallard]].\n");
                folder.write("pack/1 Birds.md", format!("{chapter}|**[[Wigeon]]**|A duck that grazes.|\n"));
            }
            4 => {
                fs::rename(folder.path("pack/concepts/Wigeon.md"), folder.path("pack/concepts/Gadwall.md"))
                    .expect("a rename");
                folder.write("pack/1 Birds.md", format!("{chapter}|**[[Gadwall]]**|A duck that grazes.|\n"));
            }
            5 => folder.write("pack/concepts/Mallard.md", &note),
            6 => {
                fs::remove_file(folder.path("pack/concepts/Gadwall.md")).expect("gone");
                folder.write("pack/1 Birds.md", &chapter);
            }
            7 => folder.write(
                "pack/layouts/theme.typ",
                include_str!("../../layouts/theme.typ").replacen("pt", "pt ", 1),
            ),
            _ => {}
        }
        let first = [Document::Handbook, Document::Flashcards, Document::Calendar][step % 3];
        let report =
            session.watched(&options, &|_| (), &Glance(first)).unwrap_or_else(|e| panic!("{}", e.message));
        assert_eq!(report.findings, [], "step {step}");
        let _ = fs::remove_dir_all(folder.path("clean"));
        folder.recto(&["build", "pack", "--out", "clean", "--date", "2026-11-20"]).ends(0);
        let files = folder.files("clean");
        assert_eq!(folder.files("out"), files, "step {step}");
        for file in files.iter().filter(|file| file.ends_with(".pdf")) {
            let (ours, clean) =
                (folder.bytes(&format!("out/{file}")), folder.bytes(&format!("clean/{file}")));
            assert!(ours == clean, "step {step}: {file} is not as a clean build writes it");
        }
    }
}
