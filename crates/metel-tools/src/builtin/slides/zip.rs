//! A ZIP archive with stored entries (PKWARE APPNOTE 6.3), in the given order, all of one date.

/// 1980-01-01, the first day that the format knows.
const DATE: u16 = 0x0021;
/// Names are UTF-8.
const UTF8: u16 = 0x0800;

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

/// What both headers of an entry say, from the version on.
fn common(name: &str, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for word in [20u16, UTF8, 0, 0, DATE] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    for word in [crc(content), length, length] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(&u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend_from_slice(&0u16.to_le_bytes());
    out
}

pub(super) fn stored(entries: &[(String, String)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let offset = u32::try_from(out.len()).unwrap_or(u32::MAX);
        let common = common(name, content.as_bytes());
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(content.as_bytes());
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        directory.extend_from_slice(&common);
        // Comment length, disk, inner and outer attributes.
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (begin, length) =
        (u32::try_from(out.len()).unwrap_or(u32::MAX), u32::try_from(directory.len()).unwrap_or(u32::MAX));
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&begin.to_le_bytes());
    out.extend_from_slice(&0u16.to_le_bytes());
    out
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn number(bytes: &[u8], at: usize, width: usize) -> usize {
        (0..width).rev().fold(0, |sum, n| (sum << 8) | usize::from(bytes[at + n]))
    }

    /// Entries by the central directory, each held against its checksum.
    pub(crate) fn read(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        let end = bytes.len() - 22;
        assert_eq!(&bytes[end..end + 4], b"PK\x05\x06");
        let (count, mut at) = (number(bytes, end + 10, 2), number(bytes, end + 16, 4));
        assert_eq!(at + number(bytes, end + 12, 4), end);
        let mut out = Vec::new();
        for _ in 0..count {
            assert_eq!(&bytes[at..at + 4], b"PK\x01\x02");
            let (length, name, offset) =
                (number(bytes, at + 24, 4), number(bytes, at + 28, 2), number(bytes, at + 42, 4));
            let title = String::from_utf8(bytes[at + 46..at + 46 + name].to_vec()).unwrap();
            assert_eq!(&bytes[offset..offset + 4], b"PK\x03\x04");
            let begin = offset + 30 + number(bytes, offset + 26, 2) + number(bytes, offset + 28, 2);
            let content = bytes[begin..begin + length].to_vec();
            assert_eq!(crc(&content) as usize, number(bytes, at + 16, 4), "{title}");
            out.push((title, content));
            at += 46 + name;
        }
        out
    }

    #[test]
    fn an_archive_is_read_back() {
        let entries = [("a/가.xml".to_owned(), "<a/>".to_owned()), ("b".to_owned(), String::new())];
        let back = read(&stored(&entries));
        assert_eq!(back, [("a/가.xml".to_owned(), b"<a/>".to_vec()), ("b".to_owned(), Vec::new())]);
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
    }
}
