//! `docs/errors/README.md` says of every code what the one list says, in both languages.
//! `METEL_WRITE=1` writes the page anew.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;

use metel_model::Lang;
use metel_model::code::Code;

const HEAD: &str = "# Errors

Every error of metel has a stable code `METEL-NNNN`, a kind `noun.reason`, a title and a hint in English and Korean. The one list is `crates/metel-model/src/code.rs`; this page is written from it and a test compares the two. A running metel explains each code at `/help/METEL-NNNN`, in the reader's language: that address is the `type` of the problem document.

Over HTTP an error is a problem document (RFC 9457, see [the interface](../api.md)). On the command line it ends the command with the exit code given here. Exit code 7 is no error: a person is needed.
";

/// Thousands of the numbers, and what they are about.
const RANGES: &[(u16, &str)] = &[
    (0, "Command line"),
    (1, "Definitions and data"),
    (2, "Policy and connections"),
    (3, "Storage"),
    (4, "Models"),
    (5, "Tools and network"),
    (6, "Engine"),
    (7, "Interface"),
];

fn page() -> String {
    let mut out = HEAD.to_owned();
    let cell = |text: &str| text.replace('|', "\\|");
    for (range, title) in RANGES {
        writeln!(out, "\n## {title}\n").unwrap();
        out.push_str(
            "| code | kind | HTTP | exit | what failed | 무엇이 안 되었나요 | what to do | 이렇게 해 보세요 |\n",
        );
        out.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        for code in Code::ALL.iter().filter(|code| code.number() / 1_000 == *range) {
            let words =
                [code.title(Lang::En), code.title(Lang::Ko), code.hint(Lang::En), code.hint(Lang::Ko)].map(cell);
            let (name, kind, http, exit) = (code.name(), code.kind(), code.http(), code.exit());
            writeln!(out, "| {name} | `{kind}` | {http} | {exit} | {} |", words.join(" | ")).unwrap();
        }
    }
    out
}

#[test]
fn the_page_of_errors_is_the_list_of_codes() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors/README.md");
    let page = page();
    if std::env::var_os("METEL_WRITE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap();
    assert!(there == page, "docs/errors/README.md differs from code.rs; run this test with METEL_WRITE=1");
    assert!(Code::ALL.iter().all(|code| page.contains(&format!("| {} |", code.name()))), "a code has no range");
}

#[test]
fn every_code_speaks_both_languages() {
    let hangul = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
    for code in Code::ALL {
        for words in [code.title(Lang::Ko), code.hint(Lang::Ko)] {
            assert!(hangul(words), "{}: {words}", code.name());
        }
        for words in [code.title(Lang::En), code.hint(Lang::En)] {
            assert!(!words.is_empty() && !hangul(words), "{}: {words}", code.name());
        }
        assert!((400..600).contains(&code.http()) && code.exit() > 0, "{}", code.name());
    }
}
