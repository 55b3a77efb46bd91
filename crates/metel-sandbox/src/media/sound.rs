//! Valid short sounds: a tone as WAV, silence as MPEG layer III. Their length follows from the text's.

/// Seconds of sound for a text, at most thirty.
fn seconds(text: &str) -> usize {
    (text.chars().count() / 12 + 1).min(30)
}

/// Bytes and media type in a format; `None` for a format that nobody knows.
pub(crate) fn speak(text: &str, format: &str) -> Option<(Vec<u8>, &'static str)> {
    match format {
        "mp3" => Some((mp3(seconds(text)), "audio/mpeg")),
        "wav" => Some((wav(seconds(text)), "audio/wav")),
        "pcm" => Some((tone(seconds(text)), "audio/pcm")),
        _ => None,
    }
}

/// MPEG-1 layer III, 32 kbit/s, 44.1 kHz, mono: frames of 104 bytes, 26 ms each, that hold silence.
fn mp3(seconds: usize) -> Vec<u8> {
    let mut frame = vec![0xff, 0xfb, 0x10, 0xc4];
    frame.resize(104, 0);
    frame.repeat(seconds * 38)
}

/// Sixteen bit, 8 kHz, mono: a triangle wave of 200 Hz.
fn tone(seconds: usize) -> Vec<u8> {
    (0..seconds * 8_000).flat_map(|n| (((n % 40) as i16 - 20).abs() * 300 - 3_000).to_le_bytes()).collect()
}

fn wav(seconds: usize) -> Vec<u8> {
    let data = tone(seconds);
    let length = u32::try_from(data.len()).unwrap_or(0);
    let mut out = b"RIFF".to_vec();
    out.extend_from_slice(&(length + 36).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend_from_slice(&8_000u32.to_le_bytes());
    out.extend_from_slice(&16_000u32.to_le_bytes());
    out.extend_from_slice(b"\x02\0\x10\0data");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&data);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_have_their_heads_and_lengths() {
        let (wav, kind) = speak("안녕하세요", "wav").unwrap();
        assert_eq!((wav.len(), kind), (44 + 16_000, "audio/wav"));
        assert!(wav.starts_with(b"RIFF") && &wav[36..40] == b"data");
        let (mp3, _) = speak(&"가".repeat(100), "mp3").unwrap();
        assert_eq!(mp3.len(), 9 * 38 * 104);
        assert!(speak("x", "midi").is_none());
    }
}
