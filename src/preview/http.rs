//! As much of HTTP/1.1 as a browser on the same computer needs: a thread for each connection, requests one after another.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Bytes of a request's head and of its body, at most.
const MOST_HEAD: u64 = 16 << 10;
const MOST_BODY: usize = 16 << 10;
/// Connections at once, at most: each has a thread.
const MOST_CONNECTIONS: usize = 64;
/// A connection that asks nothing for so long, or takes nothing, is closed.
const IDLE: Duration = Duration::from_secs(300);
const STUCK: Duration = Duration::from_secs(30);
/// Drawing a page walks nested frames.
const STACK: usize = 16 << 20;

/// A request.
#[derive(Debug, Default, PartialEq)]
pub struct Request {
    pub method: String,
    /// Path and query, as they were sent.
    pub target: String,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// A header that was sent once; `None` without it, and where it was sent twice and may mean two things.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        let first = found.next()?;
        found.next().is_none().then_some(first.1.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
    }

    /// Reads a request; `None` at the end of the connection.
    ///
    /// # Errors
    /// The system's, and `InvalidData` for what is no request or too long.
    fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let mut head = Vec::new();
        let mut lines = reader.by_ref().take(MOST_HEAD);
        loop {
            let before = head.len();
            lines.read_until(b'\n', &mut head)?;
            match head.get(before..) {
                Some(b"\r\n" | b"\n") => break,
                Some([.., b'\n']) => {}
                _ if head.is_empty() => return Ok(None),
                _ => return Err(wrong("the head does not end")),
            }
        }
        let head = String::from_utf8(head).map_err(|_| wrong("the head is not text"))?;
        let mut lines = head.lines();
        let mut first = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some("HTTP/1.1" | "HTTP/1.0")) =
            (first.next(), first.next(), first.next())
        else {
            return Err(wrong("this is not HTTP"));
        };
        let mut request = Self { method: method.to_owned(), target: target.to_owned(), ..Self::default() };
        for line in lines.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').ok_or_else(|| wrong("a header without a colon"))?;
            request.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        if request.has("Transfer-Encoding") {
            return Err(wrong("a body of unknown length"));
        }
        if request.has("Content-Length") {
            let length = request.header("Content-Length").and_then(|length| length.parse::<usize>().ok());
            let length = length.filter(|n| *n <= MOST_BODY).ok_or_else(|| wrong("the body is too long"))?;
            request.body = vec![0; length];
            reader.read_exact(&mut request.body)?;
        }
        Ok(Some(request))
    }
}

/// An answer: status, headers, body.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: Vec<u8>,
}

/// What goes on with a connection that a handler takes over.
pub type Takeover = Box<dyn FnOnce(&mut TcpStream) -> io::Result<()> + Send>;

/// What a handler does with a request.
pub enum Reply {
    Answer(Answer),
    /// Takes the connection over, until it ends.
    Stream(Takeover),
}

/// Serves connections until the process ends.
///
/// # Errors
/// No thread can be started.
pub fn serve(
    listener: TcpListener,
    handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> io::Result<()> {
    let handler = Arc::new(handler);
    let open = Arc::new(AtomicUsize::new(0));
    std::thread::Builder::new().name("preview".into()).spawn(move || {
        for stream in listener.incoming().flatten() {
            let (handler, own) = (handler.clone(), open.clone());
            if open.fetch_add(1, Ordering::Relaxed) >= MOST_CONNECTIONS {
                open.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let thread = std::thread::Builder::new().name("connection".into()).stack_size(STACK);
            let started = thread.spawn(move || {
                // A browser that goes away, and what is no request, end the connection and nothing else.
                let _ = connection(stream, &*handler);
                own.fetch_sub(1, Ordering::Relaxed);
            });
            if started.is_err() {
                open.fetch_sub(1, Ordering::Relaxed);
            }
        }
    })?;
    Ok(())
}

fn connection(mut stream: TcpStream, handler: &impl Fn(&Request) -> Reply) -> io::Result<()> {
    // Answers are written at once: there is nothing to wait for.
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_write_timeout(Some(STUCK))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = Request::read(&mut reader)? {
        match handler(&request) {
            Reply::Stream(take) => return take(&mut stream),
            Reply::Answer(answer) => write_answer(&mut stream, &answer)?,
        }
        if request.header("Connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            break;
        }
    }
    Ok(())
}

fn write_answer(stream: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let reason = match answer.status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        _ => "Method Not Allowed",
    };
    let mut out = format!("HTTP/1.1 {} {reason}\r\n", answer.status).into_bytes();
    for (name, value) in &answer.headers {
        out.extend(format!("{name}: {value}\r\n").bytes());
    }
    if answer.status != 204 {
        out.extend(format!("Content-Length: {}\r\n", answer.body.len()).bytes());
    }
    out.extend(b"\r\n");
    out.extend(&answer.body);
    stream.write_all(&out)?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<Option<Request>> {
        Request::read(&mut text.as_bytes())
    }

    #[test]
    fn requests_are_read_one_after_another() {
        let text = "POST /a?b HTTP/1.1\r\nHost: x\r\ncontent-length: 2\r\n\r\nhiGET / HTTP/1.1\r\n\r\n";
        let mut bytes = text.as_bytes();
        let first = Request::read(&mut bytes).unwrap().unwrap();
        assert_eq!(
            (first.method.as_str(), first.target.as_str(), &*first.body),
            ("POST", "/a?b", &b"hi"[..])
        );
        assert_eq!(first.header("HOST"), Some("x"));
        assert_eq!(Request::read(&mut bytes).unwrap().unwrap().target, "/");
        assert_eq!(Request::read(&mut bytes).unwrap(), None);
    }

    #[test]
    fn what_is_no_request_or_too_long_ends_the_connection() {
        let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(20_000));
        for text in [
            "hello\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            &long,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let twice = read("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").unwrap().unwrap();
        assert_eq!(twice.header("Host"), None);
    }
}
