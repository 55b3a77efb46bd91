//! Slides as a presentation file (ECMA-376, Office Open XML): a title slide, then one slide each with a
//! title and points. The same slides give the same bytes.

mod parts;
mod zip;

use metel_model::Fault;
use metel_rules::contract::File;
use serde_json::{Value, json};

use super::{Desk, wrong};

const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const SLIDES_MAX: usize = 100;

/// One slide: its title and its points.
struct Slide {
    title: String,
    points: Vec<String>,
}

/// `title`, `subtitle`, and `slides` as a list or as Markdown: `#` begins a slide, other lines are points.
pub(super) fn render(_: &Desk, payload: &Value) -> Result<Value, Fault> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let title = text("title");
    let mut slides = vec![Slide { title: title.clone(), points: vec![text("subtitle")] }];
    slides.extend(match payload.get("slides") {
        Some(Value::String(markdown)) => outline(markdown, &title),
        Some(Value::Array(items)) => items.iter().map(listed).collect(),
        _ => Vec::new(),
    });
    if slides.len() < 2 || slides.len() > SLIDES_MAX + 1 {
        return Err(wrong("/slides", "must be 1 to 100 slides", "1장에서 100장까지예요"));
    }
    let bytes = zip::stored(&parts::all(&slides));
    let plain: String =
        title.chars().map(|c| if c.is_alphanumeric() || "-_ ".contains(c) { c } else { '_' }).take(80).collect();
    let name = format!("{}.pptx", if plain.trim().is_empty() { "slides" } else { plain.trim() });
    let count = slides.len();
    let file = File { name: name.clone(), media_type: MEDIA_TYPE.to_owned(), bytes };
    Ok(json!({"name": name, "slides": count, "bytes": file.bytes.len(), "file": file.to_value()}))
}

fn listed(item: &Value) -> Slide {
    let title = item.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
    let points = item.get("points").and_then(Value::as_array).into_iter().flatten();
    Slide { title, points: points.filter_map(Value::as_str).map(str::to_owned).collect() }
}

fn outline(markdown: &str, title: &str) -> Vec<Slide> {
    let mut slides: Vec<Slide> = Vec::new();
    for line in markdown.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix('#') {
            Some(rest) => {
                slides.push(Slide { title: rest.trim_start_matches('#').trim().to_owned(), points: Vec::new() })
            }
            None => {
                if slides.is_empty() {
                    slides.push(Slide { title: title.to_owned(), points: Vec::new() });
                }
                let point = line.trim_start_matches(['-', '*', '•']).trim().to_owned();
                if let Some(last) = slides.last_mut() {
                    last.points.push(point);
                }
            }
        }
    }
    slides
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(payload: Value) -> (Value, Vec<u8>) {
        let out = render(&Desk::none(), &payload).unwrap();
        let file = File::read(&out["file"]).unwrap();
        (out, file.bytes)
    }

    #[test]
    fn every_part_is_xml_and_every_relation_leads_somewhere() {
        let markdown = "# 매출 <요약> & \"인용\"\n- 4,200만원\n- 신규 고객 12\n# Next\nSteps";
        let (out, bytes) = file(json!({"title": "주간 보고: 1/2", "subtitle": "2026-W03", "slides": markdown}));
        assert_eq!((out["slides"].as_u64(), out["name"].as_str()), (Some(3), Some("주간 보고_ 1_2.pptx")));
        let parts = zip::tests::read(&bytes);
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        for (name, content) in &parts {
            let xml = metel_rules::xml::read(content).unwrap_or_else(|error| panic!("{name}: {error}"));
            let Some(folder) = name.strip_suffix(".rels") else { continue };
            // ppt/_rels/presentation.xml.rels speaks of what lies beside ppt/presentation.xml.
            let (above, _) = folder.split_once("_rels/").unwrap();
            for relation in xml["Relationships"]["Relationship"].as_array().unwrap() {
                let target = relation["@Target"].as_str().unwrap();
                let path = match target.strip_prefix("../") {
                    Some(rest) => format!("ppt/{rest}"),
                    None => format!("{above}{target}"),
                };
                assert!(names.contains(&path.as_str()), "{name} → {path}");
            }
        }
        let slide = parts.iter().find(|(name, _)| name == "ppt/slides/slide2.xml").unwrap();
        let text = String::from_utf8(slide.1.clone()).unwrap();
        assert!(text.contains("매출 &lt;요약&gt; &amp; &quot;인용&quot;") && text.contains("신규 고객 12"));
        assert_eq!(file(json!({"title": "a", "slides": "# b"})).1, file(json!({"title": "a", "slides": "# b"})).1);
    }

    #[test]
    fn too_few_or_many_slides_are_refused() {
        let desk = Desk::none();
        assert!(render(&desk, &json!({"title": "a", "slides": ""})).is_err());
        assert!(render(&desk, &json!({"title": "a", "slides": "# x\n".repeat(101)})).is_err());
        let listed = json!({"title": "a", "slides": [{"title": "b", "points": ["c\u{0}d"]}]});
        assert!(render(&desk, &listed).is_ok());
    }
}
