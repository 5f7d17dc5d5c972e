//! Syntax colouring of code blocks: a small lexer for the languages that notes are full of.
//!
//! Typst's own highlighter knows two hundred languages and takes a quarter of the time of a whole handbook; this one
//! knows what colours a printed page can tell apart (keyword, string, number, comment, name that is defined) and is
//! done in microseconds. Languages that it does not know go to Typst's.

/// What a piece of code is.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash)]
pub enum Token {
    Plain,
    Keyword,
    /// `True`, `None`, `null`.
    Constant,
    String,
    Number,
    Comment,
    /// The name behind `def`, `class`, `fn`, and names that are called.
    Name,
    /// `@decorator`, `#[attribute]`, YAML and JSON keys.
    Key,
}

impl Token {
    /// The name in a layout's `syntax` dictionary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Keyword => "keyword",
            Self::Constant => "constant",
            Self::String => "string",
            Self::Number => "number",
            Self::Comment => "comment",
            Self::Name => "name",
            Self::Key => "key",
        }
    }

    pub const ALL: [Self; 8] = [
        Self::Plain,
        Self::Keyword,
        Self::Constant,
        Self::String,
        Self::Number,
        Self::Comment,
        Self::Name,
        Self::Key,
    ];
}

/// How a language is read.
struct Syntax {
    /// Behind these the line is a comment.
    line_comments: &'static [&'static str],
    block_comment: Option<(&'static str, &'static str)>,
    /// Delimiters of strings, longest first; those that may hold line ends come with `true`.
    strings: &'static [(&'static str, bool)],
    keywords: &'static [&'static str],
    constants: &'static [&'static str],
    /// Keywords before a name that is defined.
    definers: &'static [&'static str],
    /// `@name` is a decorator.
    decorators: bool,
    /// A word before a colon is a key.
    keys: bool,
    /// Keywords in any case.
    fold: bool,
}

const PLAIN: Syntax = Syntax {
    line_comments: &[],
    block_comment: None,
    strings: &[],
    keywords: &[],
    constants: &[],
    definers: &[],
    decorators: false,
    keys: false,
    fold: false,
};

const C_LIKE: Syntax = Syntax {
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    strings: &[("\"", false), ("'", false)],
    ..PLAIN
};

static PYTHON: Syntax = Syntax {
    line_comments: &["#"],
    strings: &[("\"\"\"", true), ("'''", true), ("\"", false), ("'", false)],
    keywords: &[
        "and", "as", "assert", "async", "await", "break", "case", "class", "continue", "def", "del", "elif",
        "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "lazy",
        "match", "nonlocal", "not", "or", "pass", "raise", "return", "try", "type", "while", "with", "yield",
    ],
    constants: &["True", "False", "None", "Ellipsis", "NotImplemented"],
    definers: &["def", "class"],
    decorators: true,
    ..PLAIN
};

static RUST: Syntax = Syntax {
    strings: &[("\"", true)],
    keywords: &[
        "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "fn",
        "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
        "self", "Self", "static", "struct", "super", "trait", "type", "unsafe", "use", "where", "while",
    ],
    constants: &["true", "false", "None", "Some", "Ok", "Err"],
    definers: &["fn", "struct", "enum", "trait", "mod", "type"],
    ..C_LIKE
};

static JAVASCRIPT: Syntax = Syntax {
    strings: &[("`", true), ("\"", false), ("'", false)],
    keywords: &[
        "abstract",
        "as",
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "finally",
        "for",
        "from",
        "function",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "let",
        "new",
        "of",
        "private",
        "protected",
        "public",
        "readonly",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "try",
        "type",
        "typeof",
        "var",
        "void",
        "while",
        "yield",
    ],
    constants: &["true", "false", "null", "undefined", "NaN"],
    definers: &["function", "class", "interface", "type", "enum"],
    decorators: true,
    ..C_LIKE
};

static JAVA: Syntax = Syntax {
    strings: &[("\"\"\"", true), ("\"", false), ("'", false)],
    keywords: &[
        "abstract",
        "boolean",
        "break",
        "byte",
        "case",
        "catch",
        "char",
        "class",
        "const",
        "continue",
        "default",
        "do",
        "double",
        "else",
        "enum",
        "extends",
        "final",
        "finally",
        "float",
        "for",
        "fun",
        "func",
        "go",
        "if",
        "implements",
        "import",
        "instanceof",
        "int",
        "interface",
        "let",
        "long",
        "namespace",
        "new",
        "object",
        "override",
        "package",
        "private",
        "protected",
        "public",
        "record",
        "return",
        "sealed",
        "short",
        "static",
        "string",
        "struct",
        "super",
        "switch",
        "this",
        "throw",
        "throws",
        "try",
        "using",
        "val",
        "var",
        "void",
        "volatile",
        "when",
        "where",
        "while",
    ],
    constants: &["true", "false", "null"],
    definers: &["class", "interface", "enum", "record", "fun"],
    decorators: true,
    ..C_LIKE
};

static C: Syntax = Syntax {
    keywords: &[
        "auto",
        "bool",
        "break",
        "case",
        "catch",
        "char",
        "class",
        "const",
        "constexpr",
        "continue",
        "default",
        "delete",
        "do",
        "double",
        "else",
        "enum",
        "explicit",
        "extern",
        "float",
        "for",
        "goto",
        "if",
        "inline",
        "int",
        "long",
        "namespace",
        "new",
        "operator",
        "private",
        "protected",
        "public",
        "register",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "struct",
        "switch",
        "template",
        "this",
        "throw",
        "try",
        "typedef",
        "typename",
        "union",
        "unsigned",
        "using",
        "virtual",
        "void",
        "volatile",
        "while",
    ],
    constants: &["true", "false", "NULL", "nullptr"],
    definers: &["class", "struct", "enum", "union"],
    ..C_LIKE
};

static GO: Syntax = Syntax {
    strings: &[("`", true), ("\"", false), ("'", false)],
    keywords: &[
        "break",
        "case",
        "chan",
        "const",
        "continue",
        "default",
        "defer",
        "else",
        "fallthrough",
        "for",
        "func",
        "go",
        "goto",
        "if",
        "import",
        "interface",
        "map",
        "package",
        "range",
        "return",
        "select",
        "struct",
        "switch",
        "type",
        "var",
    ],
    constants: &["true", "false", "nil", "iota"],
    definers: &["func", "type"],
    ..C_LIKE
};

static SHELL: Syntax = Syntax {
    line_comments: &["#"],
    strings: &[("\"", true), ("'", true)],
    keywords: &[
        "case", "cd", "do", "done", "echo", "elif", "else", "esac", "exit", "export", "fi", "for",
        "function", "if", "in", "local", "printf", "read", "return", "set", "shift", "source", "then",
        "trap", "unset", "until", "while",
    ],
    constants: &["true", "false"],
    ..PLAIN
};

static SQL: Syntax = Syntax {
    line_comments: &["--"],
    block_comment: Some(("/*", "*/")),
    strings: &[("'", true)],
    keywords: &[
        "add",
        "all",
        "alter",
        "and",
        "as",
        "asc",
        "begin",
        "between",
        "by",
        "case",
        "check",
        "commit",
        "constraint",
        "create",
        "cross",
        "default",
        "delete",
        "desc",
        "distinct",
        "drop",
        "else",
        "end",
        "except",
        "exists",
        "foreign",
        "from",
        "full",
        "group",
        "having",
        "if",
        "in",
        "index",
        "inner",
        "insert",
        "intersect",
        "into",
        "is",
        "join",
        "key",
        "left",
        "like",
        "limit",
        "not",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "primary",
        "references",
        "returning",
        "right",
        "rollback",
        "select",
        "set",
        "table",
        "then",
        "transaction",
        "union",
        "unique",
        "update",
        "using",
        "values",
        "view",
        "when",
        "where",
        "with",
    ],
    constants: &["null", "true", "false"],
    fold: true,
    ..PLAIN
};

static DATA: Syntax = Syntax {
    line_comments: &["#", "//"],
    strings: &[("\"\"\"", true), ("\"", false), ("'", false)],
    constants: &["true", "false", "null", "yes", "no"],
    keys: true,
    ..PLAIN
};

static TEXT: Syntax = PLAIN;

fn syntax(lang: &str) -> Option<&'static Syntax> {
    Some(match lang {
        "python" | "py" | "python3" | "pycon" => &PYTHON,
        "rust" | "rs" => &RUST,
        "javascript" | "js" | "typescript" | "ts" | "jsx" | "tsx" | "mjs" => &JAVASCRIPT,
        "java" | "kotlin" | "kt" | "csharp" | "cs" | "c#" | "scala" | "swift" => &JAVA,
        "c" | "cpp" | "c++" | "h" | "hpp" => &C,
        "go" | "golang" => &GO,
        "sh" | "bash" | "shell" | "zsh" | "console" | "fish" => &SHELL,
        "sql" | "sqlite" | "postgresql" | "mysql" => &SQL,
        "json" | "jsonc" | "json5" | "yaml" | "yml" | "toml" | "ini" | "cfg" | "properties" => &DATA,
        "" | "text" | "txt" | "plain" | "output" | "none" | "mermaid" => &TEXT,
        _ => return None,
    })
}

/// Whether [`tokens`] knows the language.
pub fn knows(lang: &str) -> bool {
    syntax(lang).is_some()
}

/// What has to be remembered from one line to the next.
#[derive(Debug, Default, Clone, Copy)]
pub struct State {
    /// The delimiter that ends the string or comment that is open.
    open: Option<(&'static str, Token)>,
}

/// Splits a line into pieces; together they are the line.
pub fn tokens<'t>(lang: &str, line: &'t str, state: &mut State) -> Vec<(Token, &'t str)> {
    let Some(syntax) = syntax(lang) else { return vec![(Token::Plain, line)] };
    let mut out: Vec<(Token, &str)> = Vec::new();
    let mut at = 0;
    let mut push = |token: Token, piece: std::ops::Range<usize>| {
        if piece.is_empty() {
            return;
        }
        match out.last_mut() {
            // Neighbours of one kind are one piece.
            Some((last, text)) if *last == token => {
                let start = piece.start - text.len();
                *text = &line[start..piece.end];
            }
            _ => out.push((token, &line[piece])),
        }
    };
    let mut defines = false;
    while at < line.len() {
        let rest = &line[at..];
        if let Some((end, token)) = state.open {
            let stop = find_end(rest, end);
            let length = stop.map_or(rest.len(), |i| i + end.len());
            push(token, at..at + length);
            at += length;
            if stop.is_some() {
                state.open = None;
            }
            continue;
        }
        let c = rest.chars().next().unwrap_or(' ');
        if syntax.line_comments.iter().any(|mark| rest.starts_with(mark)) && starts_comment(line, at, c) {
            push(Token::Comment, at..line.len());
            break;
        }
        if let Some((open, close)) = syntax.block_comment
            && rest.starts_with(open)
        {
            push(Token::Comment, at..at + open.len());
            at += open.len();
            state.open = Some((close, Token::Comment));
            continue;
        }
        if let Some((mark, multiline)) = syntax.strings.iter().find(|(mark, _)| rest.starts_with(mark)) {
            let body = at + mark.len();
            match find_end(&line[body..], mark) {
                Some(i) => {
                    let end = body + i + mark.len();
                    let is_key = syntax.keys && line[end..].trim_start().starts_with(':');
                    push(if is_key { Token::Key } else { Token::String }, at..end);
                    at = end;
                }
                None => {
                    push(Token::String, at..line.len());
                    if *multiline {
                        state.open = Some((mark, Token::String));
                    }
                    break;
                }
            }
            continue;
        }
        if c == '_' || c.is_alphabetic() {
            let length = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
            let word = &rest[..length];
            let after = line[at + length..].trim_start();
            let folded = if syntax.fold { word.to_ascii_lowercase() } else { String::new() };
            let known = if syntax.fold { folded.as_str() } else { word };
            let soft = matches!(known, "match" | "case" | "type" | "lazy");
            // A prefix of a string: r"…", f"…".
            let prefix =
                length <= 2 && syntax.strings.iter().any(|(mark, _)| line[at + length..].starts_with(mark));
            let token = if prefix && std::ptr::eq(syntax, &PYTHON) {
                Token::String
            } else if syntax.keywords.contains(&known)
                && !(soft
                    && (after.starts_with(['=', '.', ',', ')', ':'])
                        || after.is_empty()
                        || !line[..at].trim().is_empty()))
            {
                Token::Keyword
            } else if syntax.constants.contains(&known) {
                Token::Constant
            } else if defines {
                Token::Name
            } else if syntax.keys && (after.starts_with(':') || after.starts_with('=')) {
                Token::Key
            } else {
                Token::Plain
            };
            defines = token == Token::Keyword && syntax.definers.contains(&known);
            push(token, at..at + length);
            at += length;
            continue;
        }
        if c.is_ascii_digit() {
            let number = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            let mut length = rest.find(|c| !number(c)).unwrap_or(rest.len());
            // `1..2` and `3.` at a sentence's end are no numbers with dots.
            while length > 1 && rest[..length].ends_with('.') {
                length -= 1;
            }
            push(Token::Number, at..at + length);
            at += length;
            continue;
        }
        if c == '@' && syntax.decorators && line[..at].trim().is_empty() {
            let length = rest
                .find(|c: char| !(c == '@' || c == '.' || c == '_' || c.is_alphanumeric()))
                .unwrap_or(rest.len());
            push(Token::Key, at..at + length);
            at += length;
            continue;
        }
        if !c.is_whitespace() {
            defines = false;
        }
        push(Token::Plain, at..at + c.len_utf8());
        at += c.len_utf8();
    }
    out
}

/// `#` opens a comment at the line's start or behind white space, as shells and YAML have it.
fn starts_comment(line: &str, at: usize, c: char) -> bool {
    c != '#'
        || line[..at]
            .chars()
            .next_back()
            .is_none_or(|before| before.is_whitespace() || ")]};,:".contains(before))
}

/// The delimiter that is not behind a backslash.
fn find_end(text: &str, mark: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(i) = text[from..].find(mark) {
        let at = from + i;
        let slashes = text[..at].bytes().rev().take_while(|b| *b == b'\\').count();
        if slashes % 2 == 0 || mark == "*/" {
            return Some(at);
        }
        from = at + mark.len().min(text.len() - at);
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(lang: &str, line: &str) -> Vec<(Token, String)> {
        tokens(lang, line, &mut State::default()).into_iter().map(|(t, s)| (t, s.to_owned())).collect()
    }

    #[test]
    fn python_is_told_apart() {
        use Token::*;
        let got = kinds("python", "def f(x): return f\"{x!r}\" + 'a' # done");
        let of = |token: Token| -> Vec<&str> {
            got.iter().filter(|(t, _)| *t == token).map(|(_, s)| s.as_str()).collect()
        };
        assert_eq!(of(Keyword), ["def", "return"]);
        assert_eq!(of(Name), ["f"]);
        assert_eq!(of(String), ["f\"{x!r}\"", "'a'"]);
        assert_eq!(of(Comment), ["# done"]);
        assert_eq!(kinds("python", "match = 1")[0].0, Plain, "a soft keyword may be a name");
        assert_eq!(kinds("python", "match point:")[0].0, Keyword);
    }

    #[test]
    fn strings_and_comments_go_on_over_lines() {
        let mut state = State::default();
        tokens("python", "text = \"\"\"one", &mut state);
        assert_eq!(tokens("python", "def no", &mut state), [(Token::String, "def no")]);
        assert_eq!(tokens("python", "\"\"\" + x", &mut state)[0], (Token::String, "\"\"\""));
        let mut state = State::default();
        tokens("c", "/* one", &mut state);
        assert_eq!(tokens("c", "two */ int x;", &mut state)[0], (Token::Comment, "two */"));
    }

    proptest! {
        #[test]
        fn pieces_are_the_line(line in "\\PC{0,60}", lang in prop::sample::select(vec!["python", "rust", "sql", "yaml", "sh", "c", "", "go"])) {
            let mut state = State::default();
            for line in [line.as_str(), "\"\"\" ' /* x", line.as_str()] {
                let whole: String = tokens(lang, line, &mut state).into_iter().map(|(_, s)| s).collect();
                prop_assert_eq!(whole, line);
            }
        }
    }
}
