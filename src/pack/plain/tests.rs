use super::brief::brief;
use super::*;
use crate::pack::testing::fixture;

/// The brief of a note with this text.
fn of(text: &str) -> Option<String> {
    let fixture = fixture(&[("Note.md", text)]);
    let view = View::of(&fixture.vault);
    let note = view.notes().first()?;
    brief(note.source, note.blocks(), view.summary(note.file))
}

#[test]
fn a_brief_is_the_first_sentence() {
    let cases = [
        ("A cell is the unit of life. It divides.\n", Some("A cell is the unit of life.")),
        (
            "# Cell\n\n![[x.png]]\n\nA cell is the unit of life\nand of death! More.\n",
            Some("A cell is the unit of life and of death!"),
        ),
        ("Some birds, e.g. ducks, swim well. Others do not.\n", Some("Some birds, e.g. ducks, swim well.")),
        (
            "Version 3.13 of it brought a `a | b` and [[x|y]]. More.\n",
            Some("Version 3.13 of it brought a `a \\| b` and [[x\\|y]]."),
        ),
        (
            "key:: value of a plug-in\n\nUp: [[Home]] and so on\n\nThe text begins only here.\n",
            Some("The text begins only here."),
        ),
        ("Too short.\n\nThis one has four words.\n", Some("This one has four words.")),
        (
            "---\ndescription: Said by *its* author\n---\nAnother text of some words.\n",
            Some("Said by \\*its\\* author"),
        ),
        ("> [!abstract]\n> The whole of it in short. More.\n\nText.\n", Some("The whole of it in short.")),
        ("A note[^1] with a footnote in it. More.\n\n[^1]: x\n", Some("A note with a footnote in it.")),
        ("See [here](../a.md) for more of it. End.\n", Some("See here for more of it.")),
        ("- a list\n- of things\n", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(of(text).as_deref(), expected, "{text}");
    }
    assert_eq!(of(&format!("{} end.\n", "word ".repeat(80))), None);
}

#[test]
fn titles_of_maps() {
    for stem in [
        "Databases MOC",
        "MOC Databases",
        "MOC - Databases",
        "🗺 Databases",
        "Databases (MOC)",
        "Databases Map of Content",
    ] {
        assert_eq!(map_title(stem), "Databases", "{stem}");
    }
    assert_eq!(map_title("MOC"), "MOC");
}
