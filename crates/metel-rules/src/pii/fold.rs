//! One reading of a text: NFKC, dashes made `-`, invisible characters gone,
//! with the way back to the bytes it came from.
//!
//! Detectors look at the folded text only, so full-width digits or a zero-width
//! space inside a number hide nothing. The map is piecewise: text that folding
//! does not change costs nothing.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Longest base-plus-marks cluster that is normalised as one.
const CLUSTER: usize = 32;

/// A folded text and where each piece of it came from.
pub(super) struct Fold {
    pub text: String,
    pieces: Vec<Piece>,
}

struct Piece {
    at: usize,
    source: usize,
    /// `None`: byte for byte the same; `Some(n)`: stands for `n` source bytes.
    replaces: Option<usize>,
}

impl Fold {
    pub fn new(source: &str) -> Self {
        let mut fold = Self { text: String::with_capacity(source.len()), pieces: Vec::new() };
        let mut rest = source.char_indices().peekable();
        while let Some((at, first)) = rest.next() {
            let mut end = at + first.len_utf8();
            let mut marks = 0;
            if first.is_ascii() && rest.peek().is_none_or(|(_, next)| next.is_ascii()) {
                fold.same(at, &source[at..end]);
                continue;
            }
            while let Some(&(_, next)) = rest.peek() {
                if marks == CLUSTER || !joins(next) {
                    break;
                }
                end += next.len_utf8();
                marks += 1;
                rest.next();
            }
            let cluster = &source[at..end];
            if invisible(first) && marks == 0 {
                continue;
            }
            if marks == 0 && stable(first) {
                fold.same(at, cluster);
            } else if marks == 0 && dash(first) {
                fold.replaced(at, cluster.len(), "-");
            } else {
                let folded: String = cluster.nfkc().collect();
                if folded == cluster {
                    fold.same(at, cluster);
                } else {
                    fold.replaced(at, cluster.len(), &folded);
                }
            }
        }
        fold
    }

    fn same(&mut self, source: usize, text: &str) {
        let at = self.text.len();
        let follows =
            self.pieces.last().is_some_and(|last| last.replaces.is_none() && source - last.source == at - last.at);
        if !follows {
            self.pieces.push(Piece { at, source, replaces: None });
        }
        self.text.push_str(text);
    }

    fn replaced(&mut self, source: usize, length: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        self.pieces.push(Piece { at: self.text.len(), source, replaces: Some(length) });
        self.text.push_str(text);
    }

    /// Source bytes that the non-empty folded byte range stands for.
    pub fn source(&self, folded: Range<usize>) -> Range<usize> {
        let start = self.piece(folded.start).map_or(0, |p| match p.replaces {
            None => p.source + (folded.start - p.at),
            Some(_) => p.source,
        });
        let end = self.piece(folded.end.saturating_sub(1)).map_or(start, |p| match p.replaces {
            None => p.source + (folded.end - p.at),
            Some(length) => p.source + length,
        });
        start..end.max(start)
    }

    fn piece(&self, at: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.at <= at);
        after.checked_sub(1).map(|index| &self.pieces[index])
    }
}

/// Continues the character before it: a combining mark or a conjoining vowel or tail.
fn joins(c: char) -> bool {
    !c.is_ascii() && (matches!(c, '\u{1160}'..='\u{11FF}') || canonical_combining_class(c) != 0)
}

/// Unchanged by NFKC and very common.
fn stable(c: char) -> bool {
    c.is_ascii() || matches!(c, '가'..='힣' | '一'..='鿿')
}

/// Written for a hyphen; `ㅡ` and `ー` are what keyboards offer for a long dash.
fn dash(c: char) -> bool {
    matches!(
        c,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' | 'ㅡ' | 'ー' | 'ｰ' | '\u{2043}'
    )
}

/// Shows nothing: zero-width, bidirectional controls, variation selectors, tags, the keycap frame.
fn invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{34F}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{20E3}'
            | '\u{E0000}'..='\u{E007F}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_one_piece() {
        let fold = Fold::new("연락처 010-1234");
        assert_eq!(fold.text, "연락처 010-1234");
        assert_eq!(fold.pieces.len(), 1);
        assert_eq!(fold.source(10..13), 10..13);
    }

    #[test]
    fn full_width_and_invisible_characters_lead_back() {
        let source = "a０１\u{200B}0ㅡ1";
        let fold = Fold::new(source);
        assert_eq!(fold.text, "a010-1");
        let found = fold.source(1..6);
        assert_eq!(&source[found], "０１\u{200B}0ㅡ1");
    }

    #[test]
    fn decomposed_hangul_is_composed() {
        let source: String = "전화 1".nfd().collect();
        let fold = Fold::new(&source);
        assert_eq!(fold.text, "전화 1");
        assert_eq!(&source[fold.source(7..8)], "1");
    }
}
