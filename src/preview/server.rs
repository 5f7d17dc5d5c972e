//! The preview's HTTP server: this computer only, one secret in every address, nothing from disk.
//!
//! A page of another site can make a browser send requests here. So each request must name this host, carry the token in
//! its path, and come from the preview's own page or from the address bar. What is served is in the program or in
//! [`State`]; no path of a request ever becomes a path of a file.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use serde_json::{Value, json};

use super::editor::{Editor, Spot};
use super::http::{self, Answer, Reply, Request};
use super::state::State;

const PAGE: &str = include_str!("assets/preview.html");
const STYLE: &str = include_str!("assets/preview.css");
const SCRIPT: &str = include_str!("assets/preview.js");

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
        let shared = Arc::new(Shared { state, editor, root, token: token.clone(), port: address.port() });
        http::serve(listener, move |request| shared.answer(request))?;
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

/// The headers of every answer. A page or picture is named by what it holds, so a browser may keep it.
fn headers(kind: &'static str, keep: bool) -> Vec<(&'static str, &'static str)> {
    let keep = if keep { "private, max-age=31536000, immutable" } else { "no-store" };
    vec![
        ("Content-Type", kind),
        ("Cache-Control", keep),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
}

fn text(status: u16, text: &str) -> Reply {
    let headers = headers("text/plain; charset=utf-8", false);
    Reply::Answer(Answer { status, headers, body: format!("{text}\n").into_bytes() })
}

fn ok(kind: &'static str, keep: bool, body: impl Into<Vec<u8>>) -> Reply {
    Reply::Answer(Answer { status: 200, headers: headers(kind, keep), body: body.into() })
}

fn done() -> Reply {
    Reply::Answer(Answer { status: 204, headers: headers("text/plain", false), body: Vec::new() })
}

fn json(value: &Value) -> Reply {
    ok("application/json", false, value.to_string())
}

impl Shared {
    fn answer(&self, request: &Request) -> Reply {
        let path = match self.admit(request) {
            Ok(path) => path,
            Err(reason) => return text(403, reason),
        };
        let (path, query) = path.split_once('?').unwrap_or((path.as_str(), ""));
        match (request.method.as_str(), path) {
            ("GET", "events") => self.stream(),
            ("GET", path) => self.get(path, query),
            ("POST", path) => match body(request) {
                Some(body) => self.post(path, &body),
                None => text(400, "the body is not JSON"),
            },
            _ => text(405, "GET and POST only"),
        }
    }

    /// The path behind the token, if the request may be answered.
    fn admit(&self, request: &Request) -> Result<String, &'static str> {
        let hosts = [format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)];
        let host = request.header("Host").unwrap_or_default();
        if !hosts.iter().any(|own| own == host) {
            return Err("this host is not served here");
        }
        let origin = request.header("Origin").and_then(|origin| origin.strip_prefix("http://"));
        if request.has("Origin") && origin != Some(host) {
            return Err("requests of other sites are refused");
        }
        let site = request.header("Sec-Fetch-Site").unwrap_or_default();
        if request.has("Sec-Fetch-Site") && !["same-origin", "none"].contains(&site) {
            return Err("requests of other sites are refused");
        }
        let refused = "the address lacks the token that `recto watch` printed";
        let (token, rest) =
            request.target.strip_prefix('/').and_then(|url| url.split_once('/')).ok_or(refused)?;
        // Compared as a whole, so that the time taken tells nothing of where they differ.
        let differ = token.bytes().zip(self.token.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
        if token.len() != self.token.len() || differ != 0 {
            return Err(refused);
        }
        Ok(rest.to_owned())
    }

    fn get(&self, path: &str, query: &str) -> Reply {
        let missing = || text(404, "there is nothing here");
        let named = |folder: &str, ending: &str| {
            let name = path.strip_prefix(folder)?.strip_suffix(ending)?;
            u64::from_str_radix(name, 16).ok().filter(|_| name.len() == 16)
        };
        match path {
            "" => ok("text/html; charset=utf-8", false, PAGE),
            "preview.css" => ok("text/css; charset=utf-8", false, STYLE),
            "preview.js" => ok("text/javascript; charset=utf-8", false, SCRIPT),
            "search" => {
                let value = |name: &str| parameter(query, name).unwrap_or_default();
                json(&self.state.search(&value("tab"), &value("q")))
            }
            _ => {
                if let Some(key) = named("page/", ".svg") {
                    let sheet = self.state.picture(key);
                    sheet.map_or_else(missing, |sheet| ok("image/svg+xml", true, sheet.svg()))
                } else if let Some(key) = named("text/", ".json") {
                    let layer = self.state.layer(key);
                    layer.map_or_else(missing, |layer| {
                        ok("application/json", true, layer.to_json().to_string())
                    })
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
                done()
            }
            "drawn" => {
                self.state.drawn(body["round"].as_u64().unwrap_or_default());
                done()
            }
            "open" => match self.spot(body) {
                Some(spot) => self.open(&spot),
                None => text(404, "no note stands behind this"),
            },
            _ => text(404, "there is nothing here"),
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
        json(&json!({
            "path": spot.path, "line": spot.line, "column": spot.column, "address": self.editor.address(spot), "error": error,
        }))
    }

    /// Sends events until the browser goes away.
    fn stream(&self) -> Reply {
        let messages = self.state.listen();
        Reply::Stream(Box::new(move |out| {
            out.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\
                  X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n\
                  Connection: close\r\n\r\nretry: 1000\n\n",
            )?;
            loop {
                match messages.recv_timeout(PULSE) {
                    Ok(message) => out.write_all(message.as_bytes())?,
                    Err(RecvTimeoutError::Timeout) => out.write_all(b": alive\n\n")?,
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                }
            }
        }))
    }
}

/// A request's body as JSON. Only our own page can send this type to us: a form of another site cannot.
fn body(request: &Request) -> Option<Value> {
    let json = request.header("Content-Type").is_some_and(|kind| kind.starts_with("application/json"));
    serde_json::from_slice(&request.body).ok().filter(|_| json)
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
