//! `recto check --fix`: what it repairs, and all that it leaves alone.

use serde_json::Value;

use crate::support::Folder;

/// Damage of every kind, in a file with Windows' line ends and a byte order mark.
const DAMAGED: &str = "\u{feff}---\r\naliases: [Wild duck]\r\n---\r\n## Explanation\r\n\r\nA dash â€” and an arrow â†’ here, see [[Green teal]] and [[Green teal|so]].\r\n\r\n\
                       A correct dash — and an arrow → there.\r\n\r\n| a | b |\r\n|---|---|\r\n| `x|y` | [[Green teal]] |\r\n\r\n\
                       The protocol is (**iter**, **next**).\r\n\r\n```python\r\nx = \"a | b — c\"  \r\n```\r\n\r\nNo newline at the end";

fn pack() -> Folder {
    let folder = Folder::small();
    folder.write("pack/concepts/Mallard.md", DAMAGED);
    folder.write(
        "pack/concepts/Anas crecca.md",
        "---\naliases: [Green teal]\n---\nA small duck, `a | b`.\r\nMixed ends.\n\n\n",
    );
    folder.write("pack/loose.txt", "â€” not a note");
    folder.write("pack/.obsidian/x.md", "â€” hidden");
    folder
}

fn bytes_of(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    folder
        .files("pack")
        .into_iter()
        .map(|file| (file.clone(), folder.bytes(&format!("pack/{file}"))))
        .collect()
}

fn fix(folder: &Folder, more: &[&str]) -> crate::support::Run {
    let mut args = vec!["check", "pack", "--fix", "--date", "2026-11-20"];
    args.extend(more);
    folder.recto(&args)
}

#[test]
fn a_dry_run_shows_a_diff_and_writes_nothing() {
    let folder = pack();
    let before = bytes_of(&folder);
    let run = fix(&folder, &["--dry-run"]);
    for line in [
        "--- a/concepts/Mallard.md",
        "+++ b/concepts/Mallard.md",
        "-A dash â€” and an arrow â†’ here",
        "+A dash — and an arrow → here, see [[Anas crecca|Green teal]] and [[Green teal|so]].",
        "+| `x\\|y` | [[Anas crecca\\|Green teal]] |",
        "+The protocol is (__iter__, __next__).",
        "nothing was written",
    ] {
        assert!(run.out.contains(line), "`{line}` is not in:\n{}", run.out);
    }
    assert!(!run.out.contains("loose.txt") && !run.out.contains("hidden"), "{}", run.out);
    assert_eq!(bytes_of(&folder), before);
    // Without --fix there is nothing to run dry.
    folder.recto(&["check", "pack", "--dry-run"]).ends(2);
}

#[test]
fn only_what_is_damaged_changes_and_the_second_time_nothing_does() {
    let folder = pack();
    let before = bytes_of(&folder);
    let run = fix(&folder, &[]);
    assert!(run.out.contains("written"), "{}", run.out);
    // What was repaired is no finding any more.
    assert!(!run.err.contains("table-cells") && !run.err.contains("recto check --fix"), "{}", run.err);
    let after = bytes_of(&folder);
    let changed: Vec<&str> =
        before.iter().zip(&after).filter(|(a, b)| a != b).map(|((name, _), _)| name.as_str()).collect();
    assert_eq!(changed, ["concepts/Mallard.md"]);
    let expected = DAMAGED
        .replace("â€”", "—")
        .replace("â†’", "→")
        .replace("see [[Green teal]]", "see [[Anas crecca|Green teal]]")
        .replace("`x|y` | [[Green teal]]", "`x\\|y` | [[Anas crecca\\|Green teal]]")
        .replace("**iter**, **next**", "__iter__, __next__");
    assert_eq!(folder.read("pack/concepts/Mallard.md"), expected);
    let again = fix(&folder, &[]);
    assert!(again.out.contains("nothing to repair"), "{}", again.out);
    assert_eq!(bytes_of(&folder), after);
}

#[test]
fn programs_get_the_repairs_as_json() {
    let folder = pack();
    let run = fix(&folder, &["--json"]);
    let json: Value = serde_json::from_str(&run.out).expect("JSON only");
    assert_eq!(json["written"], 1, "{json}");
    let changes = json["fixed"][0]["changes"].as_array().expect("changes");
    assert_eq!(json["fixed"][0]["file"], "concepts/Mallard.md");
    let link = changes.iter().find(|c| c["rule"] == "alias-link").expect("the link");
    assert_eq!(
        (&link["before"], &link["after"]),
        (&"[[Green teal]]".into(), &"[[Anas crecca|Green teal]]".into())
    );
    assert_eq!(link["line"], 6);
    assert!(
        changes.iter().any(|c| c["rule"] == "encoding") && changes.iter().any(|c| c["rule"] == "table-pipe")
    );
}

#[test]
fn a_repaired_note_says_the_same_on_paper_and_keeps_its_permissions() {
    let folder = Folder::small();
    folder.write(
        "pack/concepts/Mallard.md",
        "---\naliases: [Wild duck]\n---\nIt dabbles.\n\n## Cards\n\nWhat is [[Wild duck]]? :: A duck\n",
    );
    folder.build().ends(0);
    let text = |folder: &Folder| {
        crate::support::letters(&crate::support::pdf_text(&folder.bytes("out/handbook.pdf")).concat())
    };
    let lock = folder.read("pack/recto.lock");
    let before = text(&folder);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.path("pack/concepts/Mallard.md");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    }
    fix(&folder, &[]);
    assert!(folder.read("pack/concepts/Mallard.md").contains("[[Mallard|Wild duck]]"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let meta = std::fs::metadata(folder.path("pack/concepts/Mallard.md")).expect("there");
        assert_eq!(meta.permissions().mode() & 0o777, 0o600);
    }
    folder.build().ends(0);
    assert_eq!(text(&folder), before);
    assert_eq!(folder.read("pack/recto.lock"), lock);
}

#[test]
fn vaults_are_repaired_too_and_only_their_notes() {
    let folder = Folder::new();
    folder.write("pack/A/One.md", "---\naliases: [Uno]\n---\nThe first note of all notes.\n");
    folder.write(
        "pack/A/Two.md",
        "The second leads to [[Uno]] and to [[Uno#Part]].\n\n```\n[[Uno]]\n```\n\n`[[Uno]]`\n",
    );
    folder.write("pack/B/One.md", "A note of the same name in another folder.\n");
    let run = fix(&folder, &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(
        folder.read("pack/A/Two.md"),
        "The second leads to [[A/One|Uno]] and to [[A/One#Part|Uno]].\n\n```\n[[Uno]]\n```\n\n`[[Uno]]`\n"
    );
    assert_eq!(folder.files("pack"), ["A/One.md", "A/Two.md", "B/One.md"]);
}
