//! arXiv's interface: Atom 1.0 with OpenSearch counts and arXiv's own elements. No key; errors are
//! feeds as well.
//! Source: <https://info.arxiv.org/help/api/user-manual.html>.

mod corpus;

use std::fmt::Write as _;

use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::app::Sandbox;
use crate::asked::Asked;
use crate::shelf::Shelf;
use crate::vendors::Vendor;
use corpus::{PAPERS, Paper};

pub(crate) const VENDOR: Vendor = Vendor { name: "arxiv", operation, answer: call, failure, seed: Shelf::default };

const MOST: usize = 2_000;

fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("GET" | "POST", ["api", "query"]) => "query",
        _ => "unknown",
    }
}

fn failure(status: StatusCode) -> Response {
    let text = if status == StatusCode::TOO_MANY_REQUESTS { "Rate exceeded." } else { "The service is unavailable." };
    (status, [(CONTENT_TYPE, "text/plain")], text).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn feed(query: &str, total: usize, start: usize, count: usize, entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  \
         <link href=\"http://arxiv.org/api/query?{q}\" rel=\"self\" type=\"application/atom+xml\"/>\n  \
         <title type=\"html\">ArXiv Query: {q}</title>\n  <id>http://arxiv.org/api/cHxbiOdZaP56ODnBPIenZhzg5f8</id>\n  \
         <updated>2026-01-10T00:00:00-05:00</updated>\n  \
         <opensearch:totalResults xmlns:opensearch=\"http://a9.com/-/spec/opensearch/1.1/\">{total}</opensearch:totalResults>\n  \
         <opensearch:startIndex xmlns:opensearch=\"http://a9.com/-/spec/opensearch/1.1/\">{start}</opensearch:startIndex>\n  \
         <opensearch:itemsPerPage xmlns:opensearch=\"http://a9.com/-/spec/opensearch/1.1/\">{count}</opensearch:itemsPerPage>\n{entries}</feed>\n",
        q = escape(query),
    )
}

fn entry(paper: &Paper) -> String {
    let authors: String = paper
        .authors
        .iter()
        .map(|name| format!("    <author>\n      <name>{}</name>\n    </author>\n", escape(name)))
        .collect();
    format!(
        "  <entry>\n    <id>http://arxiv.org/abs/{id}v1</id>\n    <updated>{day}T17:59:59Z</updated>\n    \
         <published>{day}T17:59:59Z</published>\n    <title>{title}</title>\n    <summary>  {summary}\n</summary>\n{authors}    \
         <arxiv:comment xmlns:arxiv=\"http://arxiv.org/schemas/atom\">8 pages</arxiv:comment>\n    \
         <link href=\"http://arxiv.org/abs/{id}v1\" rel=\"alternate\" type=\"text/html\"/>\n    \
         <link title=\"pdf\" href=\"http://arxiv.org/pdf/{id}v1\" rel=\"related\" type=\"application/pdf\"/>\n    \
         <arxiv:primary_category xmlns:arxiv=\"http://arxiv.org/schemas/atom\" term=\"{class}\" scheme=\"http://arxiv.org/schemas/atom\"/>\n    \
         <category term=\"{class}\" scheme=\"http://arxiv.org/schemas/atom\"/>\n  </entry>\n",
        id = paper.id,
        day = paper.day,
        title = escape(paper.title),
        summary = escape(paper.summary),
        class = paper.class,
    )
}

/// The feed that tells of a wrong request; its status is 400.
fn wrong(query: &str, what: &str) -> Response {
    let entries = format!(
        "  <entry>\n    <id>http://arxiv.org/api/errors#{}</id>\n    <title>Error</title>\n    <summary>{}</summary>\n    \
         <author><name>arXiv api core</name></author>\n  </entry>\n",
        what.replace(' ', "_"),
        escape(what)
    );
    atom(StatusCode::BAD_REQUEST, feed(query, 1, 0, 1, &entries))
}

fn atom(status: StatusCode, text: String) -> Response {
    (status, [(CONTENT_TYPE, "application/atom+xml; charset=UTF-8")], text).into_response()
}

fn call(_: &Sandbox, asked: &Asked) -> Response {
    let (_, path) = asked.route();
    if path.as_slice() != ["api", "query"] {
        return (StatusCode::NOT_FOUND, "Not Found").into_response();
    }
    let told: Vec<String> = asked.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let told = told.join("&");
    let read = |name: &str, otherwise: usize| match asked.q(name) {
        None => Ok(otherwise),
        Some(text) => text.parse::<usize>().map_err(|_| format!("{name} must be an integer")),
    };
    let (start, count) = match (read("start", 0), read("max_results", 10)) {
        (Ok(start), Ok(count)) if count <= MOST => (start, count),
        (Ok(_), Ok(_)) => return wrong(&told, "max_results must be at most 2000"),
        (Err(what), _) | (_, Err(what)) => return wrong(&told, &what),
    };
    let ids: Vec<&str> = asked.q("id_list").unwrap_or_default().split(',').filter(|id| !id.is_empty()).collect();
    let query = asked.q("search_query").unwrap_or_default();
    let mut found: Vec<&Paper> = PAPERS
        .iter()
        .filter(|paper| ids.is_empty() || ids.iter().any(|id| id.split('v').next() == Some(paper.id)))
        .filter(|paper| query.is_empty() && !ids.is_empty() || !query.is_empty() && fits(query, paper))
        .collect();
    if asked.q("sortBy").is_some_and(|by| by == "submittedDate" || by == "lastUpdatedDate") {
        found.sort_by_key(|paper| paper.day);
        if asked.q("sortOrder") != Some("ascending") {
            found.reverse();
        }
    }
    let total = found.len();
    let mut entries = String::new();
    for paper in found.into_iter().skip(start).take(count) {
        let _ = write!(entries, "{}", entry(paper));
    }
    atom(StatusCode::OK, feed(&told, total, start, count, &entries))
}

/// `all:a AND ti:"b c" ANDNOT cat:cs.LG`, and words without a prefix.
fn fits(query: &str, paper: &Paper) -> bool {
    let (mut fits, mut joined) = (true, "AND");
    for term in terms(query) {
        match term.as_str() {
            "AND" | "OR" | "ANDNOT" => {
                joined = match term.as_str() {
                    "OR" => "OR",
                    "ANDNOT" => "ANDNOT",
                    _ => "AND",
                };
                continue;
            }
            _ => {}
        }
        let (field, wanted) = term.split_once(':').unwrap_or(("all", &term));
        let text = match field {
            "ti" => paper.title.to_owned(),
            "au" => paper.authors.join(" "),
            "abs" => paper.summary.to_owned(),
            "cat" => paper.class.to_owned(),
            _ => format!("{} {} {}", paper.title, paper.summary, paper.authors.join(" ")),
        };
        let holds = text.to_lowercase().contains(&wanted.to_lowercase());
        fits = match joined {
            "OR" => fits || holds,
            "ANDNOT" => fits && !holds,
            _ => fits && holds,
        };
        joined = "AND";
    }
    fits
}

fn terms(query: &str) -> Vec<String> {
    let (mut out, mut current, mut quoted) = (Vec::new(), String::new(), false);
    for letter in query.chars() {
        match letter {
            '"' => quoted = !quoted,
            '(' | ')' => {}
            ' ' | '+' if !quoted => out.push(std::mem::take(&mut current)),
            other => current.push(other),
        }
    }
    out.push(current);
    out.retain(|term| !term.is_empty());
    out
}
