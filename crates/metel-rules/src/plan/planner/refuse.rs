//! Why there is no plan, said so that the person knows what would help.

use crate::plan::catalogue::Catalogue;
use crate::plan::fault::PlanRefusal;
use crate::plan::understand::lexicon::{Intent, Object, lexicon};
use crate::plan::understand::read::Lacking;
use crate::plan::understand::seed::{Act, Seed};

/// Nothing in the request is something that the tools can do.
pub fn nothing(catalogue: &Catalogue) -> PlanRefusal {
    let services: Vec<&str> = catalogue.services().into_iter().filter(|service| *service != "text").collect();
    let list = services.join(", ");
    PlanRefusal::new(
        format!("No tool here does what was asked. Connected: {list}"),
        format!("요청하신 일을 할 수 있는 도구가 없어요. 연결된 서비스: {list}"),
    )
}

/// Services that are there and were named, and that nothing which was understood would use.
pub fn unserved(services: &[String]) -> PlanRefusal {
    let (en, ko): (Vec<&str>, Vec<&str>) =
        services.iter().map(|service| (service.as_str(), lexicon().service_ko(service))).unzip();
    PlanRefusal::new(
        format!("It is not clear what should be done with {}; say it in other words or use a template", en.join(", ")),
        format!("무엇을 해야 할지 알 수 없어요: {}. 다르게 말하거나 템플릿을 써 주세요", ko.join(", ")),
    )
}

/// A service or an act that was named and is not there.
pub fn lacking(what: &Lacking, catalogue: &Catalogue) -> PlanRefusal {
    match what {
        Lacking::Service(service) => {
            let ko = lexicon().service_ko(service);
            let mut refusal = PlanRefusal::new(
                format!("{service} is not connected, and no other tool here does this"),
                format!("연결되지 않은 서비스예요: {ko}"),
            );
            if catalogue.unconnected.contains(service) {
                refusal.service = Some(service.clone());
            }
            refusal
        }
        Lacking::Unsupported(at) => match lexicon().unsupported.get(*at) {
            Some(title) => PlanRefusal::new(
                format!("No tool here is for {}", title.en),
                format!("이 일을 하는 도구가 없어요: {}", title.ko),
            ),
            None => nothing(catalogue),
        },
        Lacking::Unknown => nothing(catalogue),
        Lacking::Thing(intent, object) => PlanRefusal::new(
            format!("No tool here can {} {}", verb_en(*intent), object_en(*object)),
            format!("이 일을 하는 도구가 없어요: {} {}", object_ko(*object), verb_ko(*intent)),
        ),
    }
}

/// An act that was understood and that no tool does.
pub fn no_tool(seed: &Seed, catalogue: &Catalogue) -> PlanRefusal {
    if let Act::Other(intent, object) = seed.act {
        if intent == Intent::Delete && object == Object::Result {
            return PlanRefusal::new(
                "It is not clear what should be deleted: nothing was made in this conversation",
                "무엇을 지울지 알 수 없어요. 이 대화에서 만든 것이 없어요",
            );
        }
        return lacking(&Lacking::Thing(intent, object), catalogue);
    }
    let (intents, objects) = seed.act.names();
    match (intents.first(), objects.first()) {
        (Some(intent), Some(object)) => lacking(&Lacking::Thing(*intent, *object), catalogue),
        _ => nothing(catalogue),
    }
}

fn verb_en(intent: Intent) -> &'static str {
    match intent {
        Intent::Get => "read",
        Intent::Search => "search",
        Intent::Summarise => "summarise",
        Intent::Make => "create",
        Intent::Put => "add to",
        Intent::Send => "send",
        Intent::Delete => "delete",
        Intent::Unsupported(_) => "do this with",
    }
}

fn verb_ko(intent: Intent) -> &'static str {
    match intent {
        Intent::Get => "읽기",
        Intent::Search => "검색",
        Intent::Summarise => "요약",
        Intent::Make => "만들기",
        Intent::Put => "추가",
        Intent::Send => "보내기",
        Intent::Delete => "삭제",
        Intent::Unsupported(_) => "다루기",
    }
}

fn object_en(object: Object) -> &'static str {
    match object {
        Object::Page | Object::Document => "a page",
        Object::Database => "a database",
        Object::Tab | Object::Spreadsheet => "a spreadsheet",
        Object::Channel => "a channel",
        Object::Message => "messages",
        Object::Cells | Object::Row => "cells",
        Object::Web | Object::Site | Object::Link | Object::News => "the web",
        Object::Issue => "an issue or ticket",
        Object::Event => "a calendar event",
        Object::Release => "a release",
        Object::Comment => "a comment",
        Object::Label => "labels",
        Object::File => "a file",
        Object::Draft => "a draft",
        Object::Image => "an image",
        Object::Person => "people",
        Object::Summary | Object::Result => "this",
    }
}

fn object_ko(object: Object) -> &'static str {
    match object {
        Object::Page | Object::Document => "페이지",
        Object::Database => "데이터베이스",
        Object::Tab | Object::Spreadsheet => "스프레드시트",
        Object::Channel => "채널",
        Object::Message => "메시지",
        Object::Cells | Object::Row => "셀",
        Object::Web | Object::Site | Object::Link | Object::News => "웹",
        Object::Issue => "이슈·티켓",
        Object::Event => "일정",
        Object::Release => "릴리스",
        Object::Comment => "댓글",
        Object::Label => "라벨",
        Object::File => "파일",
        Object::Draft => "초안",
        Object::Image => "이미지",
        Object::Person => "사람",
        Object::Summary | Object::Result => "이것",
    }
}
