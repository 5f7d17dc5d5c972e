//! What a check says: examples that are run, rules that are allowed, ends of life.

use std::time::Duration;

use crate::support::{Folder, Run};

const CONFIG: &str =
    "title: Small\ndate: 2026-11-20\nlint: {allow: [brief-length, orphan-concept, missing-section]}\n";

/// A pack whose one note is this; `sh` stands for any language.
fn pack(note: &str) -> Folder {
    pack_with("run: {sh: \"sh {file}\"}\n", note)
}

fn pack_with(config: &str, note: &str) -> Folder {
    let folder = Folder::new();
    folder.write("pack/recto.yaml", format!("{CONFIG}{config}"));
    folder.write(
        "pack/1 Shell.md",
        "# Shell\n\n|Concept|Brief|\n|---|---|\n|[[Echo]]|It says what it is given.|\n",
    );
    folder.write("pack/concepts/Echo.md", note);
    folder
}

fn examples(folder: &Folder, more: &[&str]) -> Run {
    let mut args = vec!["check", "pack", "--run-examples", "--date", "2026-11-21"];
    args.extend(more);
    let run = folder.recto(&args);
    assert!(run.time < Duration::from_secs(60), "it took {:?}", run.time);
    run
}

#[test]
fn an_example_that_prints_what_it_says_passes() {
    let folder = pack(
        "## Example\n\n```sh\necho one\necho 'two  '\n```\n\n```output\none\ntwo\n```\n\n## Exercise\n\nDo it.\n\n### Solution\n\n\
         > ```sh\n> printf 'thr''ee'\n> ```\n>\n> ```output\n> three\n> ```\n\n```sh\necho no output, no example\n```\n",
    );
    let run = examples(&folder, &["--strict"]).ends(0);
    assert!(run.out.contains("2 examples: 2 run, 2 passed; 0 skipped (0.0 %)"), "{}", run.out);
    assert_eq!(run.err, "");
    // Without the flag nothing is run and nothing is said of examples.
    folder.write("pack/concepts/Echo.md", "```sh\necho a\n```\n```output\nb\n```\n");
    let run = folder.recto(&["check", "pack", "--strict"]).ends(0);
    assert!(!run.out.contains("example"), "{}", run.out);
}

#[test]
fn the_first_line_that_differs_is_named() {
    let folder = pack(
        "Text.\n\n```sh\necho same\necho 'a new line'\necho same\n```\n\n```output\nsame\na old line\nsame\n```\n\n\
         - ```sh\n  echo x\n  ```\n  ```output\n  x\n  y\n  ```\n\n\
         > ```sh\n> echo x; echo y\n> ```\n> ```output\n> x\n> ```\n",
    );
    let run = examples(&folder, &[]).ends(1);
    let run = run
        .says("example-output")
        .says("concepts/Echo.md:11:3")
        .says("the note says `a old line`")
        .says("it prints `a new line`")
        .says("concepts/Echo.md:20:3")
        .says("the note says `y`")
        .says("it prints nothing more")
        .says("concepts/Echo.md:28")
        .says("the note says nothing more")
        .says("it prints `y`");
    assert!(run.out.contains("3 examples: 3 run, 0 passed, 3 failed"), "{}", run.out);
}

#[test]
fn an_example_that_hangs_is_ended_with_its_children() {
    let folder = pack(
        "```sh\necho started\nsleep 1000 &\nwait\n```\n```output\nstarted\n```\n\n```sh\necho quick\n```\n```output\nquick\n```\n",
    );
    let run = examples(&folder, &["--timeout", "1"]).ends(1);
    assert!(run.time < Duration::from_secs(20), "it took {:?}", run.time);
    let run = run.says("concepts/Echo.md:1:1").says("still running after 1 s").says("--timeout");
    assert!(run.out.contains("2 examples: 2 run, 1 passed, 1 failed"), "{}", run.out);
    folder.recto(&["check", "pack", "--run-examples", "--timeout", "0"]).ends(2).says("--timeout");
}

#[test]
fn endless_output_ends() {
    let folder = pack("```sh\nwhile :; do echo quack; done\n```\n```output\nquack\n```\n");
    examples(&folder, &[]).ends(1).says("example-size").says("concepts/Echo.md:1:1");
}

#[test]
fn an_example_that_fails_is_told_with_its_line_and_last_words() {
    let folder = pack("```sh\necho a\n\nno-such-command-here\nexit 3\n```\n```output\na\n```\n");
    examples(&folder, &[])
        .ends(1)
        .says("exit code 3")
        .says("no-such-command-here")
        .says("concepts/Echo.md:4:1")
        .says("`exit=3`");
    let folder = pack("```sh exit=3\necho a\nexit 3\n```\n```output\na\n```\n");
    examples(&folder, &["--strict"]).ends(0);
    let folder = pack("```sh exit=3\necho a\n```\n```output\na\n```\n");
    examples(&folder, &[]).ends(1).says("exit code 0, not 3");
    let folder = pack("```sh exit=many\necho a\n```\n```output\na\n```\n");
    examples(&folder, &[]).ends(1).says("concepts/Echo.md:1:1").says("not `many`");
}

#[test]
fn each_runs_in_an_empty_folder_with_a_small_environment() {
    let folder = pack(
        "```sh\nls\ncat\necho \"$LANG $TZ [$CARGO_MANIFEST_DIR]\"\ntouch left\nls \"$HOME\" \"$TMPDIR\" | grep -c left\n```\n\
         ```output\nexample.sh\nC.UTF-8 UTC []\n0\n```\n\n```sh exit=1\nls left 2>/dev/null || exit 1\n```\n```output\n```\n",
    );
    // `grep -c` ends with 1 where it counts nothing.
    folder.write(
        "pack/concepts/Echo.md",
        folder.read("pack/concepts/Echo.md").replacen("```sh\n", "```sh exit=1\n", 1),
    );
    examples(&folder, &["--strict"]).ends(0);
    let left = folder.files("pack");
    assert!(!left.iter().any(|file| file.contains("left") || file.contains("example")), "{left:?}");
}

/// An interpreter that says it is version 3.11.
fn old_interpreter(folder: &Folder) {
    folder.write(
        "pack/tools/old.sh",
        "if [ \"$1\" = --version ]; then echo 'Old 3.11.2'; else sh \"$1\"; fi\n",
    );
}

#[test]
fn what_needs_a_newer_version_is_skipped_and_seen() {
    let note = "---\npython: '>=3.13'\n---\n\
                ```python\necho new\n```\n```output\nwrong\n```\n\n\
                ```py python='>=3.11'\necho fits\n```\n```output\nfits\n```\n\n\
                ```python no-run='needs a network'\ncurl x\n```\n\n\
                ```other\nx\n```\n```output\ny\n```\n";
    let folder = pack_with("", note);
    old_interpreter(&folder);
    let command =
        format!("run: {{python: 'sh \"{}\" {{file}}'}}\n", folder.path("pack/tools/old.sh").display());
    folder.write("pack/recto.yaml", format!("{CONFIG}{command}"));
    let run = examples(&folder, &["--strict"]).ends(0);
    for line in [
        "4 examples: 1 run, 1 passed; 3 skipped (75.0 %)",
        "  1 skipped: needs python >=3.13, and this is 3.11.2 (concepts/Echo.md:4)",
        "  1 skipped: needs a network (concepts/Echo.md:18)",
        "  1 skipped: `other` has no command: name one in recto.yaml (`run:`) (concepts/Echo.md:22)",
    ] {
        assert!(run.out.lines().any(|own| own == line), "`{line}` is not in:\n{}", run.out);
    }
    let run = examples(&folder, &["--json"]).ends(0);
    let value: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let told = &value["examples"];
    assert_eq!((&told["count"], &told["run"], &told["skipped"]), (&4.into(), &1.into(), &3.into()));
    assert_eq!(told["list"][0]["outcome"], "skipped");
    assert_eq!(told["list"][1]["place"]["line"], 11);
    assert_eq!(value["findings"], serde_json::json!([]));
}

#[test]
fn a_version_that_nobody_tells_is_an_error() {
    let folder = pack("Text.\n\n```sh sh='>=5'\necho a\n```\n```output\na\n```\n");
    folder.write("pack/tools/mute.sh", "echo mute\n");
    let command = format!("run: {{sh: 'sh \"{}\" {{file}}'}}\n", folder.path("pack/tools/mute.sh").display());
    folder.write("pack/recto.yaml", format!("{CONFIG}{command}"));
    examples(&folder, &[]).ends(1).says("concepts/Echo.md:3:1").says("tells no version").says("`>=5`");
    folder.write("pack/concepts/Echo.md", "---\npython: new\n---\nText.\n");
    folder.recto(&["check", "pack"]).ends(1).says("concepts/Echo.md:2:9").says(">=3.13");
}

#[test]
fn a_program_with_a_slash_lies_in_the_pack() {
    let folder = pack_with(
        "run: {sh: 'sh {file}', old: './tools/none {file}'}\n",
        "```old\necho a\n```\n```output\na\n```\n",
    );
    examples(&folder, &[]).ends(1).says("`./tools/none` is not found");
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        std::fs::create_dir_all(folder.path("pack/tools")).unwrap();
        symlink("/bin/sh", folder.path("pack/tools/none")).unwrap();
        folder.recto(&["check", "pack", "--run-examples"]).silent_about("is not found");
    }
}

#[test]
fn a_missing_interpreter_is_told_once() {
    let example = "```quux\na\n```\n```output\na\n```\n\n";
    let folder = pack_with("run: {quux: 'recto-no-such-quux {file}'}\n", &example.repeat(3));
    let run = examples(&folder, &[]).ends(1);
    assert_eq!(run.err.matches("no-interpreter").count(), 1, "{}", run.err);
    let run = run.says("`recto-no-such-quux` is not found, so 3 examples were not run").says("recto.yaml:4");
    assert!(run.out.contains("3 examples: 0 run, 0 passed, 3 could not be run; 0 skipped"), "{}", run.out);
    let folder = pack_with("run: {quux: recto-no-such-quux}\n", example);
    folder.recto(&["check", "pack"]).ends(1).says("recto.yaml:4").says("{file}");
}

#[test]
fn no_run_needs_a_reason() {
    let folder =
        pack("```sh no-run\necho a\n```\n\nText.\n\n```sh no-run=\"\"\necho b\n```\n```output\nb\n```\n");
    // Also where nothing is run.
    for args in [&["check", "pack"][..], &["check", "pack", "--run-examples"][..]] {
        let run = folder.recto(args).ends(1).says("concepts/Echo.md:1:1").says("concepts/Echo.md:7:1");
        assert_eq!(run.err.matches("gives no reason").count(), 2, "{}", run.err);
    }
}

#[test]
fn the_report_is_the_same_each_time() {
    let note: String = (0..12)
        .map(|i| format!("```sh\nsleep 0.{}\necho {i}\n```\n```output\nx\n```\n\n", (12 - i) % 3))
        .collect();
    let folder = pack(&note);
    let (one, two) = (examples(&folder, &["--json"]).ends(1), examples(&folder, &["--json"]).ends(1));
    assert_eq!(one.out, two.out);
    let value: serde_json::Value = serde_json::from_str(&one.out).unwrap();
    let lines: Vec<u64> =
        value["findings"].as_array().unwrap().iter().map(|f| f["place"]["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, (0..12).map(|i| 6 + 8 * i).collect::<Vec<u64>>());
}

#[test]
fn rules_are_listed_and_can_be_allowed() {
    let folder = Folder::new();
    let run = folder.recto(&["check", "--rules"]).ends(0);
    for rule in ["brief-length", "dead-link", "stale", "end-of-life", "term-leak"] {
        assert!(
            run.out.lines().any(|line| line.starts_with(rule) && line.ends_with('.')),
            "{rule}: {}",
            run.out
        );
    }
    let folder = pack("See [[Nowhere]].\n");
    folder.recto(&["check", "pack"]).ends(0).says("dead-link").says("concepts/Echo.md:1:5");
    folder.recto(&["check", "pack", "--strict"]).ends(1);
    folder.write("pack/concepts/Echo.md", "---\nlint: {allow: [dead-link]}\n---\nSee [[Nowhere]].\n");
    let run = folder.recto(&["check", "pack", "--strict"]).ends(0);
    assert_eq!(run.err, "");
    folder
        .recto(&["build", "pack", "--out", "out", "handbook", "--strict"])
        .ends(0)
        .silent_about("dead-link");
    folder.write("pack/concepts/Echo.md", "---\nlint: {allow: [dead-lnk]}\n---\nText.\n");
    folder.recto(&["check", "pack"]).ends(1).says("concepts/Echo.md:2:16").says("did you mean `dead-link`?");
}

#[test]
fn a_check_reads_the_lock_and_leaves_it() {
    let folder = pack("Text.\n");
    folder.recto(&["check", "pack", "--strict"]).ends(0);
    assert!(!folder.path("pack/recto.lock").exists());
    folder.write("pack/recto.lock", "<<<<<<< ours\n");
    folder.recto(&["check", "pack"]).ends(1).says("recto.lock");
    assert_eq!(folder.read("pack/recto.lock"), "<<<<<<< ours\n");
}

#[test]
fn facts_grow_old_by_the_given_day() {
    let folder = pack_with(
        "freshness: {days: 30, end-of-life: {Quux 1.2: 2026-10-31}}\n",
        "---\nverified: 2026-10-31\n---\nText on Quux 1.2.\n",
    );
    folder.recto(&["check", "pack", "--strict", "--date", "2026-10-31"]).ends(0);
    let check = |date: &str| folder.recto(&["check", "pack", "--strict", "--date", date]).ends(1);
    check("2026-11-01").says("end-of-life").says("concepts/Echo.md:4:9").silent_about("stale");
    check("2026-12-01").says("stale").says("concepts/Echo.md:2:11");
    folder.write("pack/recto.yaml", format!("{CONFIG}freshness: {{end-of-life: {{Quux 1.2: soon}}}}\n"));
    folder.recto(&["check", "pack"]).ends(1).says("recto.yaml:4").says("2027-01-04");
}
