//! A valid PNG of one colour with a `tEXt`-like comment (PNG, third edition; zlib with stored blocks,
//! RFC 1950 and 1951).

use crate::identifier::digest;

const HEAD: &[u8] = b"\x89PNG\r\n\x1a\n";

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

fn adler(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16) | a
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let body = [kind.as_slice(), data].concat();
    out.extend_from_slice(&u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    out.extend_from_slice(&body);
    out.extend_from_slice(&crc(&body).to_be_bytes());
}

/// A picture whose colour follows from its text, which it carries along (`iTXt`, UTF-8).
pub(crate) fn picture(text: &str, width: u32, height: u32) -> Vec<u8> {
    let colour = digest(&[text.as_bytes()]);
    let mut row = vec![0u8];
    for _ in 0..width {
        row.extend_from_slice(&colour[..3]);
    }
    let raw = row.repeat(height as usize);
    let mut zlib = vec![0x78, 0x01];
    let blocks: Vec<&[u8]> = raw.chunks(65_535).collect();
    for (nth, block) in blocks.iter().enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        zlib.push(u8::from(nth + 1 == blocks.len()));
        zlib.extend_from_slice(&length.to_le_bytes());
        zlib.extend_from_slice(&(!length).to_le_bytes());
        zlib.extend_from_slice(block);
    }
    zlib.extend_from_slice(&adler(&raw).to_be_bytes());
    let mut out = HEAD.to_vec();
    let mut size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    size.extend_from_slice(&[8, 2, 0, 0, 0]);
    chunk(&mut out, b"IHDR", &size);
    chunk(&mut out, b"iTXt", &[b"Description\0\0\0\0\0", text.as_bytes()].concat());
    chunk(&mut out, b"IDAT", &zlib);
    chunk(&mut out, b"IEND", &[]);
    out
}

/// The text that [`picture`] put into a picture.
pub(crate) fn text_of(bytes: &[u8]) -> Option<String> {
    let mut rest = bytes.strip_prefix(HEAD)?;
    loop {
        let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        let (kind, data) = (rest.get(4..8)?, rest.get(8..8usize.checked_add(length)?)?);
        if kind == b"iTXt" {
            return String::from_utf8(data.strip_prefix(b"Description\0\0\0\0\0")?.to_vec()).ok();
        }
        rest = rest.get(12 + length..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_whole_and_keeps_its_text() {
        let picture = picture("회의실 풍경", 300, 200);
        assert_eq!(text_of(&picture).as_deref(), Some("회의실 풍경"));
        assert_eq!(crc(b"IEND"), 0xae42_6082);
        assert_eq!(adler(b"Wikipedia"), 0x11e6_0398);
        assert_eq!(text_of(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR"), None);
        assert_eq!(text_of(b"GIF89a"), None);
    }
}
