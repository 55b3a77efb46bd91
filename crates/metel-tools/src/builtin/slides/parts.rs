//! The parts of a presentation: the smallest set that presentation programs open without complaint.

use std::fmt::Write as _;

use super::Slide;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const NAMES: &str = "xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"";
const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CONTENT: &str = "application/vnd.openxmlformats-officedocument.presentationml";
/// 16 to 9, in English metric units.
const WIDTH: u32 = 12_192_000;
const HEIGHT: u32 = 6_858_000;
const GROUP: &str = "<p:nvGrpSpPr><p:cNvPr id=\"1\" name=\"\"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"0\" cy=\"0\"/><a:chOff x=\"0\" y=\"0\"/><a:chExt cx=\"0\" cy=\"0\"/></a:xfrm></p:grpSpPr>";

/// Text for XML; characters that XML 1.0 cannot hold are left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c < ' ' || c == '\u{fffe}' || c == '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

fn shape(
    id: u32,
    name: &str,
    kind: &str,
    (x, y, width, height): (u32, u32, u32, u32),
    size: u32,
    lines: &[String],
) -> String {
    let mut paragraphs = String::new();
    for line in lines {
        let _ = write!(
            paragraphs,
            "<a:p><a:r><a:rPr lang=\"ko-KR\" altLang=\"en-US\" sz=\"{size}\"/><a:t>{}</a:t></a:r></a:p>",
            escape(line)
        );
    }
    if paragraphs.is_empty() {
        paragraphs.push_str("<a:p><a:endParaRPr lang=\"ko-KR\"/></a:p>");
    }
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"{name}\"/><p:cNvSpPr><a:spLocks noGrp=\"1\"/></p:cNvSpPr><p:nvPr><p:ph {kind}/></p:nvPr></p:nvSpPr>\
         <p:spPr><a:xfrm><a:off x=\"{x}\" y=\"{y}\"/><a:ext cx=\"{width}\" cy=\"{height}\"/></a:xfrm></p:spPr>\
         <p:txBody><a:bodyPr><a:normAutofit/></a:bodyPr><a:lstStyle/>{paragraphs}</p:txBody></p:sp>"
    )
}

const TITLE: (u32, u32, u32, u32) = (838_200, 365_125, 10_515_600, 1_325_563);
const BODY: (u32, u32, u32, u32) = (838_200, 1_825_625, 10_515_600, 4_351_338);

fn tree(title: &[String], body: &[String], sizes: (u32, u32)) -> String {
    format!(
        "<p:cSld><p:spTree>{GROUP}{}{}</p:spTree></p:cSld>",
        shape(2, "Title", "type=\"title\"", TITLE, sizes.0, title),
        shape(3, "Content", "type=\"body\" idx=\"1\"", BODY, sizes.1, body)
    )
}

fn relations(targets: &[(&str, String)]) -> String {
    let mut out =
        format!("{HEAD}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
    for (nth, (kind, target)) in targets.iter().enumerate() {
        let _ = write!(out, "<Relationship Id=\"rId{}\" Type=\"{RELATION}/{kind}\" Target=\"{target}\"/>", nth + 1);
    }
    out + "</Relationships>"
}

fn types(slides: usize) -> String {
    let mut out = format!(
        "{HEAD}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/ppt/presentation.xml\" ContentType=\"{CONTENT}.presentation.main+xml\"/>\
         <Override PartName=\"/ppt/slideMasters/slideMaster1.xml\" ContentType=\"{CONTENT}.slideMaster+xml\"/>\
         <Override PartName=\"/ppt/slideLayouts/slideLayout1.xml\" ContentType=\"{CONTENT}.slideLayout+xml\"/>\
         <Override PartName=\"/ppt/theme/theme1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.theme+xml\"/>"
    );
    for nth in 1..=slides {
        let _ = write!(out, "<Override PartName=\"/ppt/slides/slide{nth}.xml\" ContentType=\"{CONTENT}.slide+xml\"/>");
    }
    out + "</Types>"
}

fn presentation(slides: usize) -> String {
    let mut ids = String::new();
    for nth in 0..slides {
        let _ = write!(ids, "<p:sldId id=\"{}\" r:id=\"rId{}\"/>", 256 + nth, nth + 2);
    }
    format!(
        "{HEAD}<p:presentation {NAMES}><p:sldMasterIdLst><p:sldMasterId id=\"2147483648\" r:id=\"rId1\"/></p:sldMasterIdLst>\
         <p:sldIdLst>{ids}</p:sldIdLst><p:sldSz cx=\"{WIDTH}\" cy=\"{HEIGHT}\"/><p:notesSz cx=\"{HEIGHT}\" cy=\"9144000\"/></p:presentation>"
    )
}

fn theme() -> String {
    let colours = [
        ("dk1", "000000"),
        ("lt1", "FFFFFF"),
        ("dk2", "1F2A44"),
        ("lt2", "EEF1F6"),
        ("accent1", "2F6FED"),
        ("accent2", "12A594"),
        ("accent3", "E5A000"),
        ("accent4", "D6409F"),
        ("accent5", "6E56CF"),
        ("accent6", "46A758"),
        ("hlink", "2F6FED"),
        ("folHlink", "6E56CF"),
    ];
    let colours: String =
        colours.iter().map(|(name, value)| format!("<a:{name}><a:srgbClr val=\"{value}\"/></a:{name}>")).collect();
    let font = "<a:latin typeface=\"Calibri\"/><a:ea typeface=\"맑은 고딕\"/><a:cs typeface=\"\"/>";
    let fill = "<a:solidFill><a:schemeClr val=\"phClr\"/></a:solidFill>".repeat(3);
    let line = "<a:ln w=\"6350\"><a:solidFill><a:schemeClr val=\"phClr\"/></a:solidFill></a:ln>".repeat(3);
    let effect = "<a:effectStyle><a:effectLst/></a:effectStyle>".repeat(3);
    format!(
        "{HEAD}<a:theme xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" name=\"metel\"><a:themeElements>\
         <a:clrScheme name=\"metel\">{colours}</a:clrScheme>\
         <a:fontScheme name=\"metel\"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme>\
         <a:fmtScheme name=\"metel\"><a:fillStyleLst>{fill}</a:fillStyleLst><a:lnStyleLst>{line}</a:lnStyleLst>\
         <a:effectStyleLst>{effect}</a:effectStyleLst><a:bgFillStyleLst>{fill}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"
    )
}

/// Names and contents, in the order in which programs expect them.
pub(super) fn all(slides: &[Slide]) -> Vec<(String, String)> {
    let map = "<p:clrMap bg1=\"lt1\" tx1=\"dk1\" bg2=\"lt2\" tx2=\"dk2\" accent1=\"accent1\" accent2=\"accent2\" accent3=\"accent3\" accent4=\"accent4\" accent5=\"accent5\" accent6=\"accent6\" hlink=\"hlink\" folHlink=\"folHlink\"/>";
    let same = "<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr>";
    let empty = tree(&[], &[], (4_000, 2_400));
    let master = format!(
        "{HEAD}<p:sldMaster {NAMES}>{empty}{map}<p:sldLayoutIdLst><p:sldLayoutId id=\"2147483649\" r:id=\"rId1\"/></p:sldLayoutIdLst></p:sldMaster>"
    );
    let layout = format!("{HEAD}<p:sldLayout {NAMES} type=\"obj\" preserve=\"1\">{empty}{same}</p:sldLayout>");
    let mut presentation_relations = vec![("slideMaster", "slideMasters/slideMaster1.xml".to_owned())];
    presentation_relations.extend((1..=slides.len()).map(|nth| ("slide", format!("slides/slide{nth}.xml"))));
    presentation_relations.push(("theme", "theme/theme1.xml".to_owned()));
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), types(slides.len())),
        ("_rels/.rels".to_owned(), relations(&[("officeDocument", "ppt/presentation.xml".to_owned())])),
        ("ppt/presentation.xml".to_owned(), presentation(slides.len())),
        ("ppt/_rels/presentation.xml.rels".to_owned(), relations(&presentation_relations)),
        ("ppt/slideMasters/slideMaster1.xml".to_owned(), master),
        (
            "ppt/slideMasters/_rels/slideMaster1.xml.rels".to_owned(),
            relations(&[
                ("slideLayout", "../slideLayouts/slideLayout1.xml".to_owned()),
                ("theme", "../theme/theme1.xml".to_owned()),
            ]),
        ),
        ("ppt/slideLayouts/slideLayout1.xml".to_owned(), layout),
        (
            "ppt/slideLayouts/_rels/slideLayout1.xml.rels".to_owned(),
            relations(&[("slideMaster", "../slideMasters/slideMaster1.xml".to_owned())]),
        ),
        ("ppt/theme/theme1.xml".to_owned(), theme()),
    ];
    for (nth, slide) in slides.iter().enumerate() {
        let points: Vec<String> = slide.points.iter().filter(|point| !point.is_empty()).cloned().collect();
        let body =
            tree(std::slice::from_ref(&slide.title), &points, if nth == 0 { (5_400, 2_800) } else { (4_000, 2_400) });
        parts.push((format!("ppt/slides/slide{}.xml", nth + 1), format!("{HEAD}<p:sld {NAMES}>{body}{same}</p:sld>")));
        parts.push((
            format!("ppt/slides/_rels/slide{}.xml.rels", nth + 1),
            relations(&[("slideLayout", "../slideLayouts/slideLayout1.xml".to_owned())]),
        ));
    }
    parts
}
