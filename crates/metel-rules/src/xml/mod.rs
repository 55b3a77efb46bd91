//! XML answers as JSON values. Document types are refused, so nothing is expanded and nothing is
//! fetched; size and depth are bounded by what is read.
//!
//! An element becomes an object: attributes as `@name`, children by their local name as lists, text
//! as `#text`. An element with text alone is a string.

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use serde_json::{Map, Value};

/// Deepest nesting.
const DEPTH_MAX: usize = 64;
/// Most elements and attributes.
const NODES_MAX: usize = 200_000;

/// Why a text is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlFault {
    #[error("not XML: {0}")]
    Malformed(String),
    #[error("document types are refused")]
    DocumentType,
    #[error("nested too deeply or too large")]
    TooLarge,
}

#[derive(Default)]
struct Open {
    name: String,
    members: Map<String, Value>,
    text: String,
}

/// The document as `{"root": …}`.
pub fn read(bytes: &[u8]) -> Result<Value, XmlFault> {
    let malformed = |error: &dyn std::fmt::Display| XmlFault::Malformed(error.to_string());
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = vec![Open::default()];
    let mut nodes = 0;
    loop {
        let event = reader.read_event().map_err(|error| malformed(&error))?;
        match event {
            Event::Start(start) => {
                let element = begin(&start, &mut nodes)?;
                if open.len() > DEPTH_MAX {
                    return Err(XmlFault::TooLarge);
                }
                open.push(element);
            }
            Event::Empty(start) => {
                let element = begin(&start, &mut nodes)?;
                close(&mut open, element);
            }
            Event::End(_) => {
                if open.len() < 2 {
                    return Err(XmlFault::Malformed("an end without a beginning".to_owned()));
                }
                if let Some(element) = open.pop() {
                    close(&mut open, element);
                }
            }
            Event::Text(part) => {
                if let Some(top) = open.last_mut() {
                    top.text.push_str(&part.xml10_content());
                }
            }
            Event::CData(part) => {
                if let Some(top) = open.last_mut() {
                    top.text.push_str(&part.xml10_content());
                }
            }
            Event::GeneralRef(entity) => {
                let resolved = match entity.resolve_char_ref().map_err(|error| malformed(&error))? {
                    Some(character) => Some(character.to_string()),
                    None => quick_xml::escape::resolve_xml_entity(&entity).map(str::to_owned),
                };
                let resolved = resolved.ok_or_else(|| XmlFault::Malformed("an unknown entity".to_owned()))?;
                if let Some(top) = open.last_mut() {
                    top.text.push_str(&resolved);
                }
            }
            Event::DocType(_) => return Err(XmlFault::DocumentType),
            Event::Eof => break,
            _ => {}
        }
    }
    let root = open.pop().filter(|_| open.is_empty()).ok_or_else(|| XmlFault::Malformed("cut off".to_owned()))?;
    // The root stands alone, not in a list.
    let mut members = root.members.into_iter();
    match (members.next(), members.next(), root.text.trim().is_empty()) {
        (Some((name, Value::Array(mut roots))), None, true) if roots.len() == 1 => {
            Ok(Value::Object(Map::from_iter([(name, roots.remove(0))])))
        }
        _ => Err(XmlFault::Malformed("not one element".to_owned())),
    }
}

fn begin(start: &BytesStart<'_>, nodes: &mut usize) -> Result<Open, XmlFault> {
    let malformed = |error: &dyn std::fmt::Display| XmlFault::Malformed(error.to_string());
    *nodes += 1;
    let name = start.local_name().into_inner().to_owned();
    let mut element = Open { name, ..Open::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| malformed(&error))?;
        *nodes += 1;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let name = attribute.key.local_name().into_inner().to_owned();
        let value = quick_xml::escape::unescape(&attribute.value).map_err(|error| malformed(&error))?.into_owned();
        element.members.insert(format!("@{name}"), Value::String(value));
    }
    if *nodes > NODES_MAX {
        return Err(XmlFault::TooLarge);
    }
    Ok(element)
}

fn close(open: &mut [Open], mut element: Open) {
    let text = element.text.trim().to_owned();
    let value = match element.members.is_empty() {
        true => Value::String(text),
        false => {
            if !text.is_empty() {
                element.members.insert("#text".to_owned(), Value::String(text));
            }
            Value::Object(element.members)
        }
    };
    if let Some(parent) = open.last_mut() {
        let slot = parent.members.entry(element.name).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(items) = slot {
            items.push(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn elements_attributes_and_text() {
        let xml = br#"<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:a="x"><title type="html">A &amp; B &#xAC00;</title>
            <entry><id>1</id><a:n>2</a:n><link href="h?a=1&amp;b=2" rel="r"/></entry><entry><id><![CDATA[<x>]]></id></entry></feed>"#;
        assert_eq!(
            read(xml).unwrap(),
            json!({"feed": {
                "title": [{"@type": "html", "#text": "A & B 가"}],
                "entry": [{"id": ["1"], "n": ["2"], "link": [{"@href": "h?a=1&b=2", "@rel": "r"}]}, {"id": ["<x>"]}]
            }})
        );
    }

    #[test]
    fn what_is_dangerous_or_broken_is_refused() {
        let bomb = br#"<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>"#;
        assert_eq!(read(bomb), Err(XmlFault::DocumentType));
        let deep = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200));
        assert_eq!(read(deep.as_bytes()), Err(XmlFault::TooLarge));
        for text in ["", "x", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a>&nope;</a>", "<a b=1/>", "<a b='1' b='2'/>"] {
            assert!(matches!(read(text.as_bytes()), Err(XmlFault::Malformed(_))), "{text}");
        }
        assert!(read(&[0xff, 0xfe]).is_err());
    }
}
