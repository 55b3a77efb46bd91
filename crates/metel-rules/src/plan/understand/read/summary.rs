//! Summaries: of what was read before, or of a text given in the clause itself.

use super::role::Role;
use super::things::Things;
use super::{Reading, View};
use crate::plan::understand::lexicon::{Form, Intent, Object};
use crate::plan::understand::seed::{Act, Seed, Slot, Want};

impl Reading {
    /// A summary of what was read before, or of a text that stands in the clause.
    pub(super) fn transform(&mut self, view: &View<'_>, things: &Things) {
        let intent = view.clause.intent();
        let verb = intent == Some(Intent::Summarise);
        let noun = view.clause.has(Object::Summary) || view.nominal(Intent::Summarise);
        let had = self.seeds.iter().any(|seed| seed.act == Act::Summarise);
        if !verb && (!noun || had) {
            return;
        }
        // `간추린 내용을`: what was summed up before, not once more.
        let told = view.clause.verb.is_some_and(|(_, verb)| verb.form == Form::Past);
        if had && told {
            return;
        }
        let mut seed = Seed::new(Act::Summarise, Self::span(view));
        let block = things.blocks.first().cloned();
        let quote =
            things.quotes.iter().find(|(_, text, role)| *role == Role::Free && (verb || text.chars().count() > 30));
        let same_clause_source = self.seeds.iter().any(|seed| seed.span == Self::span(view) && seed.act.is_source());
        match block.or_else(|| {
            quote
                .filter(|_| !same_clause_source && (things.channels.is_empty() || verb && view.korean))
                .map(|(_, text, _)| text.clone())
        }) {
            Some(text) => {
                seed = seed.with(Slot::Text, text);
            }
            None => seed.wants.push(Want::Data),
        }
        self.seeds.push(seed);
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::understand::read::tests::read;
    use crate::plan::understand::seed::{Act, Slot, Want};

    #[test]
    fn a_summary_takes_the_given_text_or_what_was_read() {
        let of = |text: &str| read(text).seeds.into_iter().find(|seed| seed.act == Act::Summarise).unwrap();
        assert_eq!(of("https://example.com/a 요약해줘").wants, [Want::Data]);
        let given = of("'오늘 배포가 두 번 늦어졌고 원인은 아직 몰라요' 요약해줘");
        assert_eq!(given.text(Slot::Text), Some("오늘 배포가 두 번 늦어졌고 원인은 아직 몰라요"));
        assert!(given.wants.is_empty());
    }
}
