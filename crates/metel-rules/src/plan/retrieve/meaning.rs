//! What words mean, as far as a small table knows: one short vector per stem. Words that never stand
//! in a description still find the tool that they mean ("cab" a ride, "money back" a refund).
//!
//! The table is data (`meaning.bin`); eval/tryout/README.md says what it was made from.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Length of every vector.
pub const WIDTH: usize = 96;

/// `u32` count, `u32` bytes of the words joined by line feeds, the words, then `count × WIDTH` bytes.
static TABLE: LazyLock<HashMap<&'static str, &'static [u8; WIDTH]>> =
    LazyLock::new(|| read(include_bytes!("meaning.bin")).unwrap_or_default());

fn read(bytes: &'static [u8]) -> Option<HashMap<&'static str, &'static [u8; WIDTH]>> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
    let (count, text) = (number(0)?, number(4)?);
    let words = std::str::from_utf8(bytes.get(8..8 + text)?).ok()?;
    let (vectors, _) = bytes.get(8 + text..8 + text + count * WIDTH)?.as_chunks::<WIDTH>();
    Some(words.split('\n').zip(vectors).collect())
}

/// The sum of the vectors of terms, each by its weight, brought to length 127. None when no term is known.
pub fn of<'t>(terms: impl Iterator<Item = (&'t str, f32)>) -> Option<[i8; WIDTH]> {
    let mut sum = [0f32; WIDTH];
    let mut is_known = false;
    for (term, weight) in terms {
        let Some(vector) = TABLE.get(term) else { continue };
        is_known = true;
        for (slot, byte) in sum.iter_mut().zip(vector.iter()) {
            *slot += weight * f32::from(i8::from_le_bytes([*byte]));
        }
    }
    let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
    if !is_known || length <= f32::EPSILON {
        return None;
    }
    let mut out = [0i8; WIDTH];
    for (slot, x) in out.iter_mut().zip(sum) {
        *slot = (x / length * 127.0).round() as i8;
    }
    Some(out)
}

/// How alike two sums are: -1 to 1.
pub fn alike(a: &[i8; WIDTH], b: &[i8; WIDTH]) -> f32 {
    let dot: i32 = a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum();
    dot as f32 / (127.0 * 127.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::retrieve::terms::stem;

    fn sum(words: &[&str]) -> [i8; WIDTH] {
        of(words.iter().map(|word| (stem(word), 1.0))).unwrap()
    }

    #[test]
    fn words_of_one_kind_are_alike() {
        assert!(TABLE.len() > 5_000, "{}", TABLE.len());
        for (one, near, far) in [
            ("refund", "payment", "weather"),
            ("doctor", "hospital", "invoice"),
            ("picture", "image", "salary"),
            ("mail", "message", "triangle"),
        ] {
            let (near, far) = (alike(&sum(&[one]), &sum(&[near])), alike(&sum(&[one]), &sum(&[far])));
            assert!(near > far + 0.1, "{one}: {near} {far}");
        }
        assert_eq!(of([("qqqqq", 1.0)].into_iter()), None);
    }
}
