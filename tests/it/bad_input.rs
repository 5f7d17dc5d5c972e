//! Bad input: a clear error or correct output; nothing hangs, panics, or is half-written.

use std::fs;

use crate::support::Folder;

/// No temporary files are left behind, whatever happened.
fn nothing_half_written(folder: &Folder) {
    let left: Vec<String> = folder.files("out").into_iter().filter(|f| f.contains(".recto-")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn three_errors_in_recto_yaml_are_all_reported_with_their_lines() {
    let folder = Folder::small();
    folder.write("pack/recto.yaml", "title: Small\npapr: a4\nlanguage: en\nschedule:\n  retention: 1.5\ncards: {stock: 7}\nquizzes: {versions: many}\n");
    folder.build().ends(1).says("recto.yaml:2:1").says("paper").says("recto.yaml:5").says("recto.yaml:7");
}

#[test]
fn yaml_that_is_none_is_reported_where_it_breaks() {
    let folder = Folder::small();
    folder.write("pack/recto.yaml", "title: [Small\nlanguage: en\n");
    let run = folder.build().ends(1);
    assert!(run.err.contains("recto.yaml:"), "{}", run.err);
}

#[test]
fn a_folder_without_a_concept_table_is_told_so() {
    let folder = Folder::new();
    folder.write("pack/recto.yaml", "title: Empty\n");
    folder.write("pack/note.md", "# Just text\n\nNothing to learn.\n");
    folder.build().ends(1).says("table");
    nothing_half_written(&folder);
}

#[test]
fn invalid_utf8_names_the_file_and_the_rest_is_printed() {
    let folder = Folder::small();
    folder.write("pack/concepts/Broken.md", b"## Explanation\n\nA b\xffyte.\n");
    folder.build().ends(1).says("Broken.md").says("UTF-8");
    assert!(folder.path("out/handbook.pdf").exists());
}

#[test]
fn a_binary_file_called_md_is_an_error_not_text() {
    let folder = Folder::small();
    folder.write("pack/picture.md", [0u8, 1, 2, 3, 0, 255]);
    folder.build().ends(1).says("picture.md");
}

#[test]
fn a_note_may_link_to_itself() {
    let folder = Folder::small();
    folder.write("pack/concepts/Mallard.md", "## Explanation\n\nA [[Mallard]] is a [[Mallard]].\n");
    folder.build().ends(0);
}

#[test]
fn two_notes_of_one_name_are_named_both() {
    let folder = Folder::small();
    folder.write("pack/other/Mallard.md", "## Explanation\n\nAnother.\n");
    folder.build().ends(0).says("concepts/Mallard.md").says("other/Mallard.md");
}

#[test]
fn a_missing_image_is_an_error_and_a_stub() {
    let folder = Folder::small();
    folder.write(
        "pack/concepts/Mallard.md",
        "## Explanation\n\n![[nowhere.png]]\n\n![Alt text](gone/away.png)\n",
    );
    folder.build().ends(1).says("concepts/Mallard.md:3").says("nowhere.png").says("away.png");
    assert!(folder.path("out/handbook.pdf").exists(), "what can be printed is printed");
}

#[test]
fn an_image_bomb_is_refused_before_it_is_decoded() {
    let folder = Folder::small();
    // A PNG header that claims 60000 × 60000 pixels.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend_from_slice(&60_000u32.to_be_bytes());
    png.extend_from_slice(&60_000u32.to_be_bytes());
    png.extend_from_slice(&[8, 6, 0, 0, 0]);
    png.extend_from_slice(&[0x1f, 0x2e, 0x3d, 0x4c]);
    folder.write("pack/assets/bomb.png", png);
    folder.write("pack/concepts/Mallard.md", "## Explanation\n\n![[bomb.png]]\n");
    folder.build().ends(1).says("bomb.png");
}

#[test]
fn three_hundred_nested_quotes_are_refused_and_nothing_is_lost() {
    let folder = Folder::small();
    folder.write("pack/concepts/Mallard.md", format!("## Explanation\n\n{} deep thought\n", ">".repeat(300)));
    folder.build().ends(1).says("Mallard.md:3");
}

#[test]
fn a_line_of_five_megabytes_is_printed_in_time() {
    let folder = Folder::small();
    let line = "quack ".repeat(5_000_000 / 6);
    folder.write("pack/notes/long.md", format!("# Long\n\n{line}\n"));
    folder.build().ends(0);
}

#[cfg(unix)]
#[test]
fn a_symlink_out_of_the_pack_is_not_followed() {
    let folder = Folder::small();
    folder.write("secret.md", "## Explanation\n\nThe secret.\n");
    std::os::unix::fs::symlink(folder.path("secret.md"), folder.path("pack/concepts/Teal.md")).unwrap();
    let run = folder.build();
    let run = run.says("Teal.md");
    let text = crate::support::pdf_text(&folder.bytes("out/handbook.pdf")).concat();
    assert!(!text.contains("secret"), "{}", run.err);
}

#[test]
fn a_path_out_of_the_pack_is_not_read() {
    let folder = Folder::small();
    folder.write("outside.png", b"\x89PNG\r\n\x1a\n");
    folder.write("pack/concepts/Mallard.md", "## Explanation\n\n![x](../../outside.png)\n");
    folder.build().ends(1).says("outside.png");
}

#[test]
fn notes_never_run_as_code() {
    let folder = Folder::small();
    folder.write("secret.txt", "TOPSECRETVALUE");
    let secret = folder.path("secret.txt").display().to_string();
    folder.write(
        "pack/concepts/Mallard.md",
        format!("## Explanation\n\nPlain #read(\"{secret}\") and $ #read(\"{secret}\") $ and $#read(\"{secret}\")$ and `#read(\"x\")`.\n\n$$#read(\"{secret}\")$$\n"),
    );
    folder.build();
    let text = crate::support::pdf_text(&folder.bytes("out/handbook.pdf")).concat();
    assert!(!text.contains("TOPSECRETVALUE"));
    assert!(crate::support::letters(&text).contains("read"), "the text itself is printed");
}

#[test]
fn an_output_folder_that_cannot_be_written_is_a_system_error() {
    let folder = Folder::small();
    folder.write("out", "a file where the folder should be");
    folder.build().ends(3).says("out");
    assert_eq!(folder.read("out"), "a file where the folder should be");
}

#[test]
fn an_excess_cell_names_line_and_column_and_is_not_lost() {
    let folder = Folder::small();
    folder.write(
        "pack/1 Birds.md",
        "# Birds\n\n|Concept|Brief|\n|---|---|\n|**Teal**|Either `a|b` as you like.|\n",
    );
    folder.build().ends(1).says("1 Birds.md:5:").says("\\|");
    let text = crate::support::letters(&crate::support::pdf_text(&folder.bytes("out/handbook.pdf")).concat());
    assert!(text.contains("asyoulike"), "{text}");
}

#[test]
fn errors_in_the_content_keep_what_is_not_printed_anew() {
    let folder = Folder::small();
    folder.build().ends(0);
    let before = folder.bytes("out/handbook.pdf");
    folder.write("pack/recto.yaml", "title: [broken\n");
    folder.build().ends(1);
    assert_eq!(folder.bytes("out/handbook.pdf"), before);
    assert!(fs::metadata(folder.path("out/flashcards.pdf")).is_ok());
}

#[test]
fn usage_errors_end_with_two() {
    let folder = Folder::small();
    folder.recto(&["build", "nowhere"]).ends(2);
    folder.recto(&["build"]).ends(2).says("recto.yaml");
    folder.recto(&["build", "pack", "handbok"]).ends(2).says("handbook");
    folder.recto(&["build", "pack", "--chapters", "9"]).ends(2);
    folder.recto(&["build", "pack", "--stock", "avery-9999"]).ends(2);
    folder.recto(&["frobnicate"]).ends(2);
}
