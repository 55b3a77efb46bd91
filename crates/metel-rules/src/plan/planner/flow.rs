//! Who takes what from whom: matches each seed's wants with what other seeds leave, fills what was
//! said apart, and puts the seeds in an order in which every reference points back.

use metel_model::plan::Mention;

use crate::plan::kinds;
use crate::plan::understand::read::Reading;
use crate::plan::understand::seed::{Act, Filling, Piece, Seed, Slot, Want};

/// Seeds with all that can be matched matched, in running order.
pub fn connect(mut reading: Reading, mentions: &[Mention]) -> Vec<Seed> {
    merge_sends(&mut reading);
    name_pages(&mut reading);
    place_cells(&mut reading);
    let mut seeds = reading.seeds;
    drop_repeats(&mut seeds);
    let mut consumed = vec![false; seeds.len()];
    for at in 0..seeds.len() {
        let wants = seeds[at].wants.clone();
        for want in wants {
            take(&mut seeds, at, want, &mut consumed, mentions);
        }
    }
    let unused: Vec<usize> = (0..seeds.len())
        .filter(|at| {
            let summary_last = seeds[*at].act == Act::Summarise && seeds.iter().all(|seed| seed.act.is_source());
            seeds[*at].act.is_source() && seeds[*at].weak && !consumed[*at] && seeds.len() > 1 && !summary_last
        })
        .collect();
    order(seeds, &unused)
}

/// A second verb of sending without a channel speaks of the same message as the first.
fn merge_sends(reading: &mut Reading) {
    let seeds = &mut reading.seeds;
    let mut at = 0;
    while at < seeds.len() {
        if seeds[at].act != Act::Send || seeds[at].slots.contains_key(&Slot::Channel) {
            at += 1;
            continue;
        }
        if seeds[at].again
            && let Some((channel, outside)) = &reading.topic_channel
        {
            seeds[at] = seeds[at].clone().with(Slot::Channel, channel.clone());
            seeds[at].outside = *outside;
            at += 1;
            continue;
        }
        let other = (0..seeds.len())
            .filter(|i| *i != at && seeds[*i].act == Act::Send && seeds[*i].slots.contains_key(&Slot::Channel))
            .min_by_key(|i| i.abs_diff(at));
        let Some(other) = other else {
            // `지우고 'X' 게시`: where the message was that goes.
            let where_deleted = seeds[..at].iter().rev().find(|seed| seed.act == Act::DeleteMessage);
            if let Some(channel) = where_deleted.and_then(|seed| seed.text(Slot::Channel)).map(str::to_owned) {
                seeds[at] = seeds[at].clone().with(Slot::Channel, channel);
            }
            at += 1;
            continue;
        };
        let text = seeds[at].text(Slot::Text).map(str::to_owned);
        match (text, seeds[other].text(Slot::Text).is_some()) {
            (Some(text), false) => seeds[other] = seeds[other].clone().with(Slot::Text, text),
            (Some(_), true) => {
                at += 1;
                continue;
            }
            (None, _) => {}
        }
        seeds.remove(at);
    }
}

/// Titles and bodies that were said apart, and `create it` of a page that has its own words.
fn name_pages(reading: &mut Reading) {
    let titled = reading.seeds.iter().any(|seed| seed.act == Act::MakePage && seed.slots.contains_key(&Slot::Title));
    let mut title = reading.loose_title.take();
    for seed in
        reading.seeds.iter_mut().filter(|seed| seed.act == Act::MakePage && !seed.slots.contains_key(&Slot::Title))
    {
        if let Some(title) = title.take() {
            *seed = seed.clone().with(Slot::Title, title);
        }
    }
    // `… into a page. Call it 'X'`: the name comes in a clause of its own.
    let nameless =
        reading.seeds.iter().position(|seed| seed.act == Act::MakePage && !seed.slots.contains_key(&Slot::Title));
    let name = reading
        .seeds
        .iter()
        .position(|seed| seed.act == Act::MakePage && seed.weak && seed.slots.contains_key(&Slot::Title));
    if let (Some(nameless), Some(name)) = (nameless, name)
        && nameless < name
    {
        let title = reading.seeds.remove(name).slots.remove(&Slot::Title);
        reading.seeds[nameless].slots.extend(title.map(|title| (Slot::Title, title)));
    }
    // `그 안내 페이지 말이야. 제목은 '…'`: words about a page that is named elsewhere.
    let quoted = reading
        .seeds
        .iter()
        .any(|seed| seed.act == Act::MakePage && !seed.bare && seed.slots.contains_key(&Slot::Title));
    reading.seeds.retain(|seed| !(quoted && seed.act == Act::MakePage && seed.bare && seed.weak));
    if titled {
        let child = reading.seeds.iter().any(|seed| seed.wants.contains(&Want::PageId));
        reading.seeds.retain(|seed| seed.act != Act::MakePage || child || seed.slots.contains_key(&Slot::Title));
    }
    if let Some(content) = reading.loose_content.take() {
        // `아래 초안을 요약해서 … 페이지로`: the text is what is summed up where nothing else is read.
        let sums_up =
            reading.seeds.iter().any(|seed| seed.act == Act::Summarise && !seed.slots.contains_key(&Slot::Text))
                && !reading.seeds.iter().any(|seed| seed.act.is_source() && seed.act != Act::Summarise);
        let page =
            reading.seeds.iter_mut().find(|seed| seed.act == Act::MakePage && !seed.slots.contains_key(&Slot::Content));
        match page {
            Some(page) if !sums_up => *page = page.clone().with(Slot::Content, content),
            _ => {
                let gap = |seed: &Seed| {
                    matches!(seed.act, Act::Send | Act::Summarise) && !seed.slots.contains_key(&Slot::Text)
                };
                let summary = reading.seeds.iter().position(|seed| seed.act == Act::Summarise && gap(seed));
                if let Some(at) = summary.or_else(|| reading.seeds.iter().position(gap)) {
                    reading.seeds[at] = reading.seeds[at].clone().with(Slot::Text, content);
                    reading.seeds[at].wants.clear();
                }
            }
        }
    }
}

/// Which spreadsheet and which tab: the one that is named, or the nearest of several.
fn place_cells(reading: &mut Reading) {
    let nearest = |named: &[(usize, String)], at: usize| {
        named.iter().min_by_key(|(place, _)| place.abs_diff(at)).map(|(_, name)| name.clone())
    };
    for seed in &mut reading.seeds {
        if !matches!(seed.act, Act::ReadCells | Act::AppendRows | Act::ClearCells) {
            continue;
        }
        if let Some(name) = nearest(&reading.spreadsheets, seed.span.0) {
            *seed = seed.clone().with(Slot::Spreadsheet, name);
        }
        let Some(tab) = nearest(&reading.tabs, seed.span.0) else { continue };
        match seed.text(Slot::Range).map(str::to_owned) {
            None if seed.act != Act::ClearCells => *seed = seed.clone().with(Slot::Range, tab),
            None => *seed = seed.clone().with(Slot::Range, tab),
            Some(range)
                if !range.contains('!')
                    && range.contains(|c: char| c.is_ascii_digit() || c == ':')
                    && range.is_ascii()
                    && !reading.tabs.iter().any(|(_, tab)| *tab == range) =>
            {
                *seed = seed.clone().with(Slot::Range, format!("{tab}!{range}"));
            }
            Some(_) => {}
        }
    }
}

fn drop_repeats(seeds: &mut Vec<Seed>) {
    // `검색 좀 하자. 'X' 찾아서`: one search.
    let named = seeds.iter().any(|seed| seed.act == Act::SearchWeb && seed.slots.contains_key(&Slot::Query));
    seeds.retain(|seed| seed.act != Act::SearchWeb || !named || seed.slots.contains_key(&Slot::Query));
    let mut at = 0;
    while at < seeds.len() {
        let repeats = seeds[..at].iter().any(|earlier| {
            earlier.act == seeds[at].act
                && earlier.slots == seeds[at].slots
                && (earlier.act.is_source() && earlier.act != Act::Summarise || earlier.act.is_destructive())
        });
        if repeats {
            seeds.remove(at);
        } else {
            at += 1;
        }
    }
    // A cell range that a destructive or adding step works on was not asked to be read for its own sake.
    let worked: Vec<Option<String>> = seeds
        .iter()
        .filter(|seed| matches!(seed.act, Act::ClearCells | Act::AppendRows))
        .map(|seed| seed.text(Slot::Range).map(|range| range.split('!').next().unwrap_or(range).to_owned()))
        .collect();
    let more = seeds.len() > 1;
    seeds.retain(|seed| {
        !(more
            && seed.act == Act::ReadCells
            && seed.weak
            && worked.iter().any(|tab| tab.as_deref() == seed.text(Slot::Range)))
    });
}

fn take(seeds: &mut [Seed], at: usize, want: Want, consumed: &mut [bool], mentions: &[Mention]) {
    let me = seeds[at].clone();
    let slot = target(me.act);
    if want == Want::PageId {
        let parent = (0..at).rev().find(|i| seeds[*i].act == Act::MakePage && !seeds[*i].wants.contains(&Want::PageId));
        if let Some(parent) = parent {
            seeds[at]
                .slots
                .insert(Slot::Parent, Filling::Mixed(vec![Piece::From { seed: parent, want: Want::PageId }]));
        }
        return;
    }
    if want == Want::Data && me.slots.contains_key(&slot) {
        return;
    }
    if want == Want::AllData {
        let unused = |i: &usize| seeds[*i].act.is_source() && !consumed[*i];
        let all: Vec<usize> = (0..at).filter(unused).collect();
        if all.len() < 2 {
            return take(seeds, at, Want::Last, consumed, mentions);
        }
        for from in all {
            consumed[from] = true;
            add(&mut seeds[at], slot, Piece::From { seed: from, want: Want::Data });
        }
        return;
    }
    if want == Want::PageLinks {
        let pages: Vec<usize> = (0..seeds.len()).filter(|i| seeds[*i].act == Act::MakePage).collect();
        for page in pages {
            add(&mut seeds[at], slot, Piece::From { seed: page, want: Want::PageLink });
        }
        return;
    }
    let Some(found) = find(seeds, at, want, consumed) else {
        if let Some(link) = mentioned(want, mentions) {
            add(&mut seeds[at], slot, Piece::Text(link));
        }
        return;
    };
    match found {
        Found::Same(text) => {
            seeds[at].slots.insert(Slot::Text, text);
        }
        Found::From(from, want) => {
            if want == Want::Data {
                consumed[from] = true;
            }
            add(&mut seeds[at], slot, Piece::From { seed: from, want });
        }
    }
}

fn add(seed: &mut Seed, slot: Slot, piece: Piece) {
    let pieces = match seed.slots.remove(&slot) {
        Some(Filling::Text(text)) => vec![Piece::Text(text), piece],
        Some(Filling::Mixed(mut pieces)) => {
            pieces.push(piece);
            pieces
        }
        Some(rows @ Filling::Rows(_)) => {
            seed.slots.insert(slot, rows);
            return;
        }
        None => vec![piece],
    };
    seed.slots.insert(slot, Filling::Mixed(pieces));
}

fn target(act: Act) -> Slot {
    match act {
        Act::MakePage => Slot::Content,
        Act::AppendRows => Slot::Rows,
        _ => Slot::Text,
    }
}

enum Found {
    From(usize, Want),
    /// The same message as another one.
    Same(Filling),
}

fn find(seeds: &[Seed], at: usize, want: Want, consumed: &[bool]) -> Option<Found> {
    let me = &seeds[at];
    let source = |i: &usize| seeds[*i].act.is_source();
    let page = |i: &usize| seeds[*i].act == Act::MakePage;
    let message = |i: &usize| seeds[*i].act == Act::Send;
    let sibling = |i: &usize| seeds[*i].span == me.span && seeds[*i].act == me.act;
    let data = |i: usize| Found::From(i, Want::Data);
    let page_link = |i: usize| Found::From(i, Want::PageLink);
    let message_link = |i: usize| Found::From(i, Want::MessageLink);
    let before: Vec<usize> = (0..at).rev().filter(|i| !sibling(i)).collect();
    let after: Vec<usize> = (at + 1..seeds.len()).filter(|i| !sibling(i)).collect();
    match want {
        Want::Data => match me.act {
            Act::Summarise => {
                let plain = |i: &usize| source(i) && seeds[*i].act != Act::Summarise;
                before.iter().copied().find(plain).or_else(|| after.iter().copied().find(plain)).map(data)
            }
            Act::MakePage => {
                // As many pages as were read before, side by side: each takes its own.
                let mine: Vec<usize> = (0..seeds.len()).filter(|i| *i == at || sibling(i)).collect();
                let read: Vec<usize> = before.iter().rev().copied().filter(source).collect();
                let together = read.iter().all(|i| seeds[*i].span == seeds[read[0]].span);
                if mine.len() > 1 && mine.len() == read.len() && together {
                    return mine.iter().position(|i| *i == at).map(|i| data(read[i]));
                }
                let fresh = before.iter().copied().find(|i| source(i) && !consumed[*i]);
                let later = || {
                    let used_later = |i: usize| seeds[i + 1..].iter().any(|seed| !seed.act.is_source());
                    after.iter().copied().filter(source).rfind(|i| !used_later(*i))
                };
                fresh.or_else(later).map(data)
            }
            _ => {
                let own = before.iter().copied().find(|i| source(i) && seeds[*i].span == me.span);
                let fresh = before.iter().copied().find(|i| source(i) && !consumed[*i]);
                let any = || before.iter().copied().find(source);
                let later = || after.iter().copied().rfind(source);
                own.or(fresh).or_else(any).or_else(later).map(data)
            }
        },
        Want::PageLink => before
            .iter()
            .copied()
            .find(page)
            .or_else(|| after.iter().copied().find(page))
            .map(page_link)
            .or_else(|| before.iter().copied().find(message).map(message_link)),
        Want::MessageLink => before
            .iter()
            .copied()
            .find(message)
            .or_else(|| after.iter().copied().find(message))
            .map(message_link)
            .or_else(|| before.iter().copied().find(page).map(page_link)),
        Want::PageId | Want::PageLinks | Want::AllData => None,
        Want::Last => {
            for i in before.iter().copied() {
                match seeds[i].act {
                    _ if source(&i) && (!consumed[i] || before.iter().all(|j| source(j) || message(j))) => {
                        return Some(data(i));
                    }
                    Act::MakePage => return Some(page_link(i)),
                    Act::Send if me.act != Act::Send => {
                        // `that link`, after a message that carries a page's: the page's.
                        let page = match seeds[i].slots.get(&Slot::Text) {
                            Some(Filling::Mixed(pieces)) => pieces.iter().find_map(|piece| match piece {
                                Piece::From { seed, want: Want::PageLink } => Some(*seed),
                                _ => None,
                            }),
                            _ => None,
                        };
                        return Some(page.map_or_else(|| message_link(i), page_link));
                    }
                    Act::Send => {
                        if let Some(text) = seeds[i].slots.get(&Slot::Text) {
                            return Some(Found::Same(text.clone()));
                        }
                    }
                    _ => {}
                }
            }
            let later = after.iter().copied().find(|i| page(i)).map(page_link);
            later.or_else(|| after.iter().copied().rfind(source).map(data))
        }
    }
}

/// The link of something that an earlier run of the session made.
fn mentioned(want: Want, mentions: &[Mention]) -> Option<String> {
    let fits = |mention: &&Mention| match want {
        Want::PageLink | Want::Last => {
            kinds::is_link(&mention.kind) && !mention.kind.contains("message") && !mention.kind.contains("permalink")
        }
        Want::MessageLink => {
            kinds::leaf(&mention.kind) == "permalink"
                || mention.kind.contains("message") && kinds::is_link(&mention.kind)
        }
        _ => false,
    };
    let mention = mentions.iter().find(fits)?;
    mention.value.as_str().map(|url| match mention.label.is_empty() {
        true => url.to_owned(),
        false => format!("{}\n{url}", mention.label),
    })
}

/// A running order: as asked for, but nothing before what it takes from.
fn order(seeds: Vec<Seed>, unused: &[usize]) -> Vec<Seed> {
    let needs: Vec<Vec<usize>> = seeds
        .iter()
        .map(|seed| {
            let pieces = seed.slots.values().filter_map(|filling| match filling {
                Filling::Mixed(pieces) => Some(pieces),
                _ => None,
            });
            pieces
                .flatten()
                .filter_map(|piece| match piece {
                    Piece::From { seed, .. } => Some(*seed),
                    Piece::Text(_) => None,
                })
                .collect()
        })
        .collect();
    let mut done: Vec<usize> = Vec::new();
    while done.len() + unused.len() < seeds.len() {
        let ready =
            |i: &usize| !done.contains(i) && !unused.contains(i) && needs[*i].iter().all(|need| done.contains(need));
        let Some(next) = (0..seeds.len()).find(ready) else { break };
        done.push(next);
    }
    let place = |old: usize| done.iter().position(|i| *i == old).unwrap_or_default();
    done.iter()
        .map(|i| {
            let mut seed = seeds[*i].clone();
            for filling in seed.slots.values_mut() {
                if let Filling::Mixed(pieces) = filling {
                    for piece in pieces {
                        if let Piece::From { seed, .. } = piece {
                            *seed = place(*seed);
                        }
                    }
                }
            }
            seed
        })
        .collect()
}
