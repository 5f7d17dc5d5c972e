//! The preview's HTTP server: this computer only, one secret in every address, nothing from disk.
//!
//! A page of another site can make a browser send requests here. So each request must name this host, carry the token in
//! its path, and come from the preview's own page or from the address bar. What is served is in the program or in
//! [`State`]; no path of a request ever becomes a path of a file.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use serde_json::{Value, json};
use tiny_http::{Header, Method, Request, Response};

use super::editor::{Editor, Spot};
use super::state::State;

const PAGE: &str = include_str!("assets/preview.html");
const STYLE: &str = include_str!("assets/preview.css");
const SCRIPT: &str = include_str!("assets/preview.js");

/// Threads that answer; a stream of events has one of its own.
const THREADS: usize = 3;
/// Bytes of a request's body, at most.
const MOST_BODY: u64 = 16 << 10;
/// Silence after which a stream says that it lives, so that one whose browser is gone ends.
const PULSE: Duration = Duration::from_secs(10);

/// What the page may do: scripts, styles, pictures and connections of its own, nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A server that runs until the process ends.
pub struct Server {
    address: SocketAddr,
    token: String,
}

/// What the threads share.
struct Shared {
    state: Arc<State>,
    editor: Editor,
    /// The pack's folder.
    root: PathBuf,
    token: String,
    port: u16,
}

impl Server {
    /// Begins to serve on the loopback interface; port 0 takes any that is free.
    ///
    /// # Errors
    /// The port is taken; the system gives no random numbers or threads.
    pub fn start(port: u16, state: Arc<State>, editor: Editor, root: PathBuf) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let mut secret = [0u8; 16];
        getrandom::fill(&mut secret).map_err(|error| io::Error::other(error.to_string()))?;
        let token: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let server = Arc::new(tiny_http::Server::from_listener(listener, None).map_err(io::Error::other)?);
        let shared = Arc::new(Shared { state, editor, root, token: token.clone(), port: address.port() });
        for _ in 0..THREADS {
            let (server, shared) = (server.clone(), shared.clone());
            std::thread::Builder::new().name("preview".into()).stack_size(16 << 20).spawn(move || {
                while let Ok(request) = server.recv() {
                    // A browser that has gone away is no error.
                    let _ = shared.answer(request);
                }
            })?;
        }
        Ok(Self { address, token })
    }

    /// Where the preview is: for the person, and nobody else.
    pub fn url(&self) -> String {
        format!("http://{}/{}/", self.address, self.token)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// An answer with a body.
struct Reply {
    status: u16,
    kind: &'static str,
    body: Vec<u8>,
    /// The address names what it holds, so a browser may keep it.
    keep: bool,
}

impl Reply {
    fn text(status: u16, text: &str) -> Self {
        Self {
            status,
            kind: "text/plain; charset=utf-8",
            body: format!("{text}\n").into_bytes(),
            keep: false,
        }
    }

    fn ok(kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, kind, body: body.into(), keep: false }
    }

    fn json(value: &Value) -> Self {
        Self::ok("application/json", value.to_string())
    }

    fn kept(self) -> Self {
        Self { keep: true, ..self }
    }

    fn send(self, request: Request) -> io::Result<()> {
        let keep = if self.keep { "private, max-age=31536000, immutable" } else { "no-store" };
        let mut response =
            Response::from_data(self.body).with_status_code(self.status).with_chunked_threshold(usize::MAX);
        for (name, value) in [
            ("Content-Type", self.kind),
            ("Cache-Control", keep),
            ("Content-Security-Policy", POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ] {
            if let Ok(header) = Header::from_bytes(name, value) {
                response.add_header(header);
            }
        }
        request.respond(response)
    }
}

impl Shared {
    fn answer(&self, mut request: Request) -> io::Result<()> {
        let path = match self.admit(&request) {
            Ok(path) => path,
            Err(reason) => return Reply::text(403, reason).send(request),
        };
        if path == "events" && *request.method() == Method::Get {
            return self.stream(request);
        }
        let (path, query) = path.split_once('?').unwrap_or((path.as_str(), ""));
        let reply = match request.method() {
            Method::Get => self.get(path, query),
            Method::Post => match body(&mut request) {
                Some(body) => self.post(path, &body),
                None => Reply::text(400, "the body is not JSON"),
            },
            _ => Reply::text(405, "GET and POST only"),
        };
        reply.send(request)
    }

    /// The path behind the token, if the request may be answered.
    fn admit(&self, request: &Request) -> Result<String, &'static str> {
        let header = |name: &'static str| {
            let found = request.headers().iter().find(|header| header.field.equiv(name));
            found.map(|header| header.value.as_str())
        };
        let hosts = [format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)];
        let host = header("Host").unwrap_or_default();
        if !hosts.iter().any(|own| own == host) {
            return Err("this host is not served here");
        }
        if let Some(origin) = header("Origin")
            && origin.strip_prefix("http://") != Some(host)
        {
            return Err("requests of other sites are refused");
        }
        if let Some(site) = header("Sec-Fetch-Site")
            && !["same-origin", "none"].contains(&site)
        {
            return Err("requests of other sites are refused");
        }
        let refused = "the address lacks the token that `recto watch` printed";
        let (token, rest) =
            request.url().strip_prefix('/').and_then(|url| url.split_once('/')).ok_or(refused)?;
        // Compared as a whole, so that the time taken tells nothing of where they differ.
        let differ = token.bytes().zip(self.token.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
        if token.len() != self.token.len() || differ != 0 {
            return Err(refused);
        }
        Ok(rest.to_owned())
    }

    fn get(&self, path: &str, query: &str) -> Reply {
        let missing = || Reply::text(404, "there is nothing here");
        let named = |folder: &str, ending: &str| {
            let name = path.strip_prefix(folder)?.strip_suffix(ending)?;
            u64::from_str_radix(name, 16).ok().filter(|_| name.len() == 16)
        };
        match path {
            "" => Reply::ok("text/html; charset=utf-8", PAGE),
            "preview.css" => Reply::ok("text/css; charset=utf-8", STYLE),
            "preview.js" => Reply::ok("text/javascript; charset=utf-8", SCRIPT),
            "search" => {
                let value = |name: &str| parameter(query, name).unwrap_or_default();
                Reply::json(&self.state.search(&value("tab"), &value("q")))
            }
            _ => {
                if let Some(key) = named("page/", ".svg") {
                    let sheet = self.state.picture(key);
                    sheet.map_or_else(missing, |sheet| Reply::ok("image/svg+xml", sheet.svg()).kept())
                } else if let Some(key) = named("text/", ".json") {
                    let layer = self.state.layer(key);
                    layer.map_or_else(missing, |layer| Reply::json(&layer.to_json()).kept())
                } else {
                    missing()
                }
            }
        }
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        match path {
            "shown" => {
                self.state.show(body["tab"].as_str().unwrap_or_default());
                Reply::json(&json!({}))
            }
            "open" => match self.spot(body) {
                Some(spot) => self.open(&spot),
                None => Reply::text(404, "no note stands behind this"),
            },
            _ => Reply::text(404, "there is nothing here"),
        }
    }

    /// What a click names: a word or picture of a page, or the place of a finding.
    fn spot(&self, body: &Value) -> Option<Spot> {
        let index = |name: &str| body[name].as_u64().and_then(|n| usize::try_from(n).ok());
        if let Some(path) = body["path"].as_str() {
            return self.state.file_spot(&self.root, path, index("line")?, index("column")?);
        }
        let key = u64::from_str_radix(body["text"].as_str()?, 16).ok()?;
        match index("figure") {
            Some(figure) => self.state.figure_spot(key, figure),
            None => self.state.word_spot(key, index("word")?),
        }
    }

    fn open(&self, spot: &Spot) -> Reply {
        let error = self.editor.start(spot).err();
        Reply::json(&json!({
            "path": spot.path, "line": spot.line, "column": spot.column, "address": self.editor.address(spot), "error": error,
        }))
    }

    /// Sends events until the browser goes away.
    fn stream(&self, request: Request) -> io::Result<()> {
        let messages = self.state.listen();
        std::thread::Builder::new().name("events".into()).spawn(move || -> io::Result<()> {
            let mut out = request.into_writer();
            out.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\
                  X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n\
                  Connection: close\r\n\r\nretry: 1000\n\n",
            )?;
            out.flush()?;
            loop {
                match messages.recv_timeout(PULSE) {
                    Ok(message) => out.write_all(message.as_bytes())?,
                    Err(RecvTimeoutError::Timeout) => out.write_all(b": alive\n\n")?,
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                }
                out.flush()?;
            }
        })?;
        Ok(())
    }
}

/// A request's body as JSON. Only our own page can send this type to us: a form of another site cannot.
fn body(request: &mut Request) -> Option<Value> {
    let json = request.headers().iter().any(|header| {
        header.field.equiv("Content-Type") && header.value.as_str().starts_with("application/json")
    });
    let mut text = Vec::new();
    request.as_reader().take(MOST_BODY).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok().filter(|_| json)
}

/// A parameter of a query, decoded.
fn parameter(query: &str, name: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let value = digit(rest.next())? * 16 + digit(rest.next())?;
                bytes.push(u8::try_from(value).ok()?);
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        assert_eq!(parameter("tab=handbook&q=a%20b+c%C3%A9", "q").as_deref(), Some("a b cé"));
        assert_eq!(parameter("tab=handbook", "q"), None);
        assert_eq!(parameter("q=%zz", "q"), None);
    }
}
