//! One short example, with tools that exist nowhere, so that only its form is learnt.

use metel_model::Lang;

pub(super) fn example(lang: Lang) -> &'static str {
    match lang {
        Lang::En => {
            r#"Example. Request: Make a note "Launch plan" and send its link to ben@example.com
{"steps":[{"words":"Make a note \"Launch plan\"","tool":"notes.create","args":{"title":"Launch plan"}},{"words":"send its link to ben@example.com","tool":"mail.send","args":{"to":"ben@example.com","text":"${notes.create.note_url}"}}]}"#
        }
        Lang::Ko => {
            r#"예. Request: '출시 계획' 메모를 만들고 링크를 ben@example.com으로 보내줘
{"steps":[{"words":"'출시 계획' 메모를 만들고","tool":"notes.create","args":{"title":"출시 계획"}},{"words":"링크를 ben@example.com으로 보내줘","tool":"mail.send","args":{"to":"ben@example.com","text":"${notes.create.note_url}"}}]}"#
        }
    }
}
