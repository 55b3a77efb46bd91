//! Google Drive v3: list with `q`, get, download, export, upload in one go.
//! Source: <https://developers.google.com/workspace/drive/api/reference/rest/v3>.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{admit, answer, failure, internal, invalid, not_found, page, refuse, search};
use crate::app::Sandbox;
use crate::asked::Asked;
use crate::clock::rfc3339_millis;
use crate::shelf::Shelf;
use crate::vendors::Vendor;

pub(crate) const VENDOR: Vendor = Vendor { name: "drive", operation, answer: call, failure, seed };

const FULL: &str = "https://www.googleapis.com/auth/drive";
const DOC: &str = "application/vnd.google-apps.document";

fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("GET", ["drive", "v3", "files"]) => "list_files",
        ("GET", ["drive", "v3", "files", _]) => "get_file",
        ("GET", ["drive", "v3", "files", _, "export"]) => "export_file",
        ("POST", ["upload", "drive", "v3", "files"]) => "upload_file",
        ("GET", ["drive", "v3", "about"]) => "about",
        _ => "unknown",
    }
}

fn file(id: &str, name: &str, kind: &str, text: &str) -> Value {
    json!({
        "kind": "drive#file", "id": id, "name": name, "mimeType": kind, "parents": ["0AMetelSandboxRoot"],
        "createdTime": "2026-01-05T00:00:00.000Z", "modifiedTime": "2026-01-05T00:00:00.000Z",
        "size": text.len().to_string(), "trashed": false, "starred": false,
        "webViewLink": format!("https://drive.google.com/file/d/{id}/view"),
        "content": STANDARD.encode(text),
    })
}

fn seed() -> Shelf {
    let files = vec![
        file(
            "1MetelSandboxMinutes0000000000000000000001",
            "주간 회의록 2026-W03",
            DOC,
            "# 주간 회의록\n- 결정: 나라장터 입찰 참여\n- 담당: 김하늘\n",
        ),
        file(
            "1MetelSandboxPlan00000000000000000000000002",
            "Launch plan",
            DOC,
            "# Launch plan\n- Freeze on Friday\n- Owner: Alex Morgan\n",
        ),
        file("1MetelSandboxStock0000000000000000000000003", "stock.csv", "text/csv", "sku,count\nM-100,40\nM-200,3\n"),
    ];
    Shelf::default().with("file", "id", files)
}

/// A file with the fields that were asked for; content never stands in metadata.
fn shown(file: &Value, fields: &[&str]) -> Value {
    let all = fields.contains(&"*");
    let wanted = |name: &str| name != "content" && (all || fields.contains(&name));
    let members = file.as_object().into_iter().flatten().filter(|(name, _)| wanted(name));
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

const USUAL: [&str; 4] = ["kind", "id", "name", "mimeType"];

/// The fields of one file in a partial-response mask, such as `nextPageToken,files(id,name)`.
fn fields_of(mask: Option<&str>) -> Vec<&str> {
    let Some(mask) = mask else { return USUAL.to_vec() };
    let inner = match mask.split_once("files(") {
        Some((_, rest)) => rest.split(')').next().unwrap_or_default(),
        None if mask.contains("files") => "*",
        None => mask,
    };
    inner.split(',').map(str::trim).collect()
}

fn call(sandbox: &Sandbox, asked: &Asked) -> Response {
    let scopes = [FULL, "https://www.googleapis.com/auth/drive.file", "https://www.googleapis.com/auth/drive.readonly"];
    if let Err(refusal) = admit(sandbox, asked, "drive", &scopes) {
        return *refusal;
    }
    let (method, path) = asked.route();
    match (method, path.as_slice()) {
        ("GET", ["drive", "v3", "files"]) => list(sandbox, asked),
        ("GET", ["drive", "v3", "files", id]) => get(sandbox, asked, id),
        ("GET", ["drive", "v3", "files", id, "export"]) => export(sandbox, asked, id),
        ("GET", ["drive", "v3", "about"]) => about(asked),
        ("POST", ["upload", "drive", "v3", "files"]) => upload(sandbox, asked),
        _ => not_found("Not Found"),
    }
}

fn about(asked: &Asked) -> Response {
    match asked.q("fields") {
        None => refuse(400, "required", "INVALID_ARGUMENT", "The 'fields' parameter is required for this method."),
        Some(_) => answer(
            json!({"user": {"kind": "drive#user", "displayName": "metel", "emailAddress": "bot@metel.example", "me": true}}),
        ),
    }
}

fn list(sandbox: &Sandbox, asked: &Asked) -> Response {
    let world = sandbox.world();
    let mut found = Vec::new();
    for file in world.shelf("drive").all("file").rev() {
        match asked.q("q").map_or(Some(true), |query| search::fits(query, file)) {
            Some(true) => found.push(shown(file, &fields_of(asked.q("fields")))),
            Some(false) => {}
            None => return invalid("Invalid Value"),
        }
    }
    match page(asked, "pageSize", 100, 1_000, found) {
        Ok((files, next)) => {
            let mut body = json!({"kind": "drive#fileList", "incompleteSearch": false, "files": files});
            if let Some(next) = next {
                body["nextPageToken"] = json!(next);
            }
            answer(body)
        }
        Err(refusal) => *refusal,
    }
}

fn content(file: &Value) -> Vec<u8> {
    STANDARD.decode(file["content"].as_str().unwrap_or_default()).unwrap_or_default()
}

fn download(file: &Value, kind: &str) -> Response {
    let kind = HeaderValue::from_str(kind).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    ([(CONTENT_TYPE, kind)], content(file)).into_response()
}

fn get(sandbox: &Sandbox, asked: &Asked, id: &str) -> Response {
    let world = sandbox.world();
    let Some(file) = world.shelf("drive").one("file", id) else {
        return not_found(&format!("File not found: {id}."));
    };
    let kind = file["mimeType"].as_str().unwrap_or_default();
    match asked.q("alt") {
        Some("media") if kind.starts_with("application/vnd.google-apps.") => refuse(
            403,
            "fileNotDownloadable",
            "PERMISSION_DENIED",
            "Only files with binary content can be downloaded. Use Export with Docs Editors files.",
        ),
        Some("media") => download(file, kind),
        _ => answer(shown(file, &fields_of(asked.q("fields")))),
    }
}

fn export(sandbox: &Sandbox, asked: &Asked, id: &str) -> Response {
    let world = sandbox.world();
    let Some(file) = world.shelf("drive").one("file", id) else {
        return not_found(&format!("File not found: {id}."));
    };
    if !file["mimeType"].as_str().unwrap_or_default().starts_with("application/vnd.google-apps.") {
        return refuse(403, "fileNotExportable", "PERMISSION_DENIED", "Export only supports Docs Editors files.");
    }
    match asked.q("mimeType") {
        Some(kind @ ("text/plain" | "text/markdown")) => download(file, kind),
        Some(_) => invalid("The requested conversion is not supported."),
        None => refuse(400, "required", "INVALID_ARGUMENT", "Required parameter: mimeType"),
    }
}

fn upload(sandbox: &Sandbox, asked: &Asked) -> Response {
    let (metadata, media_type, bytes) = match asked.q("uploadType") {
        Some("multipart") => {
            let parts = asked.parts().filter(|parts| parts.len() == 2);
            let Some([metadata, media]) = parts.as_deref() else {
                return refuse(400, "badContent", "INVALID_ARGUMENT", "Malformed multipart body.");
            };
            let Ok(metadata @ Value::Object(_)) = serde_json::from_slice::<Value>(&metadata.bytes) else {
                return refuse(400, "parseError", "INVALID_ARGUMENT", "Parse Error");
            };
            (metadata, media.media_type.clone(), media.bytes.clone())
        }
        Some("media") => (json!({}), asked.kind(), asked.body.to_vec()),
        _ => return invalid("Unsupported upload type."),
    };
    let mut world = sandbox.world();
    let id = format!("1{}", world.fresh("drive", 32));
    let now = rfc3339_millis(world.now());
    let kind = metadata["mimeType"].as_str().unwrap_or(&media_type).to_owned();
    let parents = match &metadata["parents"] {
        Value::Array(given) if given.len() == 1 => json!(given),
        _ => json!(["0AMetelSandboxRoot"]),
    };
    let thing = json!({
        "kind": "drive#file", "id": id, "name": metadata["name"].as_str().unwrap_or("Untitled"), "mimeType": kind,
        "description": metadata["description"], "parents": parents, "appProperties": metadata["appProperties"],
        "createdTime": now, "modifiedTime": now, "size": bytes.len().to_string(), "trashed": false, "starred": false,
        "webViewLink": format!("{}/ui/shelf/drive", sandbox.base()), "content": STANDARD.encode(bytes),
    });
    match world.put(&asked.caller, ("drive", "upload_file"), ("file", &id), thing.clone()) {
        Ok(_) => answer(shown(&thing, &fields_of(asked.q("fields")))),
        Err(_) => internal(),
    }
}
