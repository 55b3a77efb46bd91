use metel_model::Micros;
use metel_model::contract::{Idempotency, Transport};
use metel_model::service::Auth;
use metel_model::status::Risk;
use serde_json::{Value, json};

use super::{Choice, Document, Import, ImportFault, Imported, Skipped, door};

fn import(document: &Value) -> (Vec<Imported>, Vec<Skipped>) {
    import_with(&document.to_string(), &Choice::default())
}

fn import_with(text: &str, choice: &Choice) -> (Vec<Imported>, Vec<Skipped>) {
    let document = Document::parse(text).unwrap();
    let (mut tools, mut skipped) = (Vec::new(), Vec::new());
    Import::of(&document, choice).unwrap().run(|made| match made {
        Ok(imported) => tools.push(imported),
        Err(left_out) => skipped.push(left_out),
    });
    (tools, skipped)
}

fn pets(paths: Value, components: Value) -> Value {
    json!({"openapi": "3.0.3", "info": {"title": "Pet shop", "version": "2.1"}, "servers": [{"url": "https://pets.test/v2/"}],
        "paths": paths, "components": components})
}

/// Address, headers, body and its media type.
type Told = (String, Vec<(String, String)>, Option<String>, Option<String>);

fn target(tool: &Imported, payload: Value) -> Told {
    assert_eq!(tool.compiled.check_input(&payload), Vec::new(), "{payload}");
    let request = tool.compiled.render(&payload, "the-key", Micros(1)).unwrap().unwrap();
    let body = request.body.clone().map(|body| String::from_utf8(body).unwrap());
    (request.target(), request.headers.clone(), body, request.content_type)
}

#[test]
fn parameters_go_to_their_places_in_their_styles() {
    let text = |name: &str, place: &str| json!({"name": name, "in": place, "schema": {"type": "string"}});
    let list = |style: &str, explode: bool| json!({"name": format!("{style}{explode}"), "in": "query", "style": style, "explode": explode, "schema": {"type": "array", "items": {"type": "string"}}});
    let paths = json!({"/pets/{id}/toys/{id}.json": {
        "parameters": [text("id", "path"), text("X-Trace", "header"), text("limit", "query")],
        "get": {"operationId": "listToys", "parameters": [
            {"name": "limit", "in": "query", "required": true, "schema": {"type": "integer"}},
            {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object", "properties": {"size": {"type": "string"}}}},
            {"name": "where", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
            list("form", true), list("form", false), list("pipeDelimited", false), list("spaceDelimited", false),
            text("sort[by]", "query"), text("Accept", "header"), text("Authorization", "header"), text("id", "query")
        ]}
    }});
    let (tools, skipped) = import(&pets(paths, json!({})));
    assert_eq!(skipped, []);
    let tool = &tools[0];
    assert_eq!(
        (tool.name().as_str(), tool.operation.as_str()),
        ("pet_shop-list_toys", "get /pets/{id}/toys/{id}.json")
    );
    let schema = &tool.contract().input_schema;
    assert_eq!(schema["required"], json!(["id", "limit"]));
    let names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert!(!names.iter().any(|name| name.eq_ignore_ascii_case("accept")), "{names:?}");
    let (target, headers, body, _) = target(
        tool,
        json!({
            "id": "a/b", "limit": 3, "filter": {"size": "xl"}, "where": {"a": 1}, "formtrue": ["1", "2"], "formfalse": ["1", "2"],
            "pipeDelimitedfalse": ["1", "2"], "spaceDelimitedfalse": ["1", "2"], "sort_by": "x", "X-Trace": "t", "id_2": "q"
        }),
    );
    let (path, query) = target.split_once('?').unwrap();
    assert_eq!(path, "/pets/a%2Fb/toys/a%2Fb.json");
    let mut parts: Vec<&str> = query.split('&').collect();
    parts.sort_unstable();
    let mut expected = vec![
        "limit=3",
        "filter%5Bsize%5D=xl",
        "where=%7B%22a%22%3A1%7D",
        "formtrue=1",
        "formtrue=2",
        "formfalse=1,2",
        "pipeDelimitedfalse=1%7C2",
        "spaceDelimitedfalse=1%202",
        "sort%5Bby%5D=x",
        "id=q",
    ];
    expected.sort_unstable();
    assert_eq!(parts, expected);
    assert_eq!((headers, body), (vec![("X-Trace".to_owned(), "t".to_owned())], None));
}

#[test]
fn bodies_are_json_forms_parts_texts_or_bytes() {
    let post = |content: Value| json!({"post": {"requestBody": {"required": true, "content": content}}});
    let object = json!({"type": "object", "properties": {"a": {"type": "string"}, "m": {"type": "object", "additionalProperties": {"type": "string"}}}});
    let parts = json!({"type": "object", "properties": {"file": {"type": "string", "format": "binary"}, "note": {"type": "string"}, "about": {"type": "object"}}});
    let paths = json!({
        "/json": post(json!({"text/xml": {"schema": {}}, "application/json": {"schema": object}})),
        "/vendor": post(json!({"application/vnd.pets+json": {"schema": object}})),
        "/form": post(json!({"application/x-www-form-urlencoded": {"schema": object, "encoding": {"m": {"style": "deepObject"}}}})),
        "/parts": post(json!({"multipart/form-data": {"schema": parts}})),
        "/text": post(json!({"text/markdown": {"schema": {"type": "string"}}})),
        "/bytes": post(json!({"image/png": {"schema": {"type": "string", "format": "binary"}}})),
    });
    let (tools, skipped) = import(&pets(paths, json!({})));
    assert_eq!(skipped, []);
    let call = |path: &str, body: Value| {
        let tool = tools.iter().find(|tool| tool.operation == format!("post {path}")).unwrap();
        let (_, _, body, kind) = target(tool, json!({ "body": body }));
        (body.unwrap(), kind.unwrap())
    };
    assert_eq!(call("/json", json!({"a": "x"})), ("{\"a\":\"x\"}".into(), "application/json; charset=utf-8".into()));
    assert_eq!(call("/vendor", json!({"a": "x"})).1, "application/vnd.pets+json");
    assert_eq!(call("/form", json!({"a": "x y", "m": {"k": "v"}})).0, "a=x%20y&m%5Bk%5D=v");
    let (body, kind) = call("/parts", json!({"file": "7ZWc", "note": "n", "about": {"text": "t"}}));
    assert!(
        kind.starts_with("multipart/form-data; boundary=") && body.contains("filename=\"file\"") && body.contains("한"),
        "{body}"
    );
    // An object that looks like a file value is one of the description's own.
    assert!(body.contains("name=\"about\"\r\nContent-Type: application/json\r\n\r\n{\"text\":\"t\"}\r\n"), "{body}");
    assert_eq!(call("/text", json!("# hi")), ("# hi".into(), "text/markdown".into()));
    assert_eq!(call("/bytes", json!("aGk=")), ("hi".into(), "image/png".into()));
}

#[test]
fn schemas_of_three_point_zero_become_2020_12() {
    let components = json!({"schemas": {
        "Pet": {"type": "object", "required": ["name", "id", "ghost"], "discriminator": {"propertyName": "kind", "mapping": {"dog": "#/components/schemas/Dog"}},
            "properties": {
                "id": {"type": "integer", "readOnly": true}, "kind": {"type": "string"},
                "name": {"type": "string", "nullable": true, "maxLength": 10.0, "example": "Rex"},
                "age": {"type": "integer", "minimum": 0, "exclusiveMinimum": true, "maximum": 9_223_372_036_854_775_807_i64},
                "parent": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/Pet"}]},
                "size": {"type": "int", "enum": ["1", "2"]}, "color": {"type": "string", "enum": ["red"], "nullable": true},
                "born": {"type": "date"}, "tags": {"type": "array", "items": {"$ref": "#/components/schemas/Tag"}}}},
        "Dog": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "object", "properties": {"barks": {"type": "boolean"}}}]},
        "Tag": {"type": "string", "pattern": "("}
    }});
    let paths = json!({"/pets": {"put": {"operationId": "save", "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}}});
    let (tools, skipped) = import(&pets(paths, components));
    assert_eq!(skipped, []);
    let schema = &tools[0].contract().input_schema;
    assert!(jsonschema::meta::is_valid(schema), "{schema:#}");
    let own = &schema["$defs"]["Pet"]["anyOf"][0];
    assert_eq!(own["required"], json!(["name"]), "{schema:#}");
    assert_eq!(own["properties"]["age"], json!({"type": "integer", "exclusiveMinimum": 0}));
    assert_eq!(own["properties"]["name"], json!({"type": ["string", "null"], "maxLength": 10}));
    assert_eq!(own["properties"]["size"], json!({"type": "integer", "enum": [1, 2]}));
    assert_eq!(own["properties"]["color"], json!({"type": ["string", "null"], "enum": ["red", null]}));
    assert_eq!(own["properties"]["tags"], json!({"type": "array", "items": {"type": "string"}}));
    let fits = |body: Value| tools[0].compiled.check_input(&json!({ "body": body })).is_empty();
    assert!(fits(json!({"name": null, "age": 1, "size": 2, "parent": {"name": "x", "parent": null}})));
    assert!(fits(json!({"name": "d", "kind": "dog", "barks": true})));
    assert!(!fits(json!({"name": "d", "wings": 2})));
    assert!(!fits(json!({"name": "d", "age": 0})));
    assert!(!fits(json!({"age": 3})));
}

#[test]
fn alternatives_with_a_mapping_are_told_apart() {
    let part = |kind: &str| json!({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": [kind]}, "value": {}}});
    let components = json!({"schemas": {"A": part("a"), "B": part("b")}});
    let one = json!({"oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
        "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/A", "b": "B"}}});
    let paths = json!({"/x": {"post": {"requestBody": {"content": {"application/json": {"schema": one}}}}}});
    let (tools, _) = import(&pets(paths, components));
    let schema = &tools[0].contract().input_schema["properties"]["body"];
    assert_eq!(schema["oneOf"][0]["properties"], json!({"kind": {"const": "a"}}), "{schema:#}");
    let fits = |body: Value| tools[0].compiled.check_input(&json!({ "body": body })).is_empty();
    assert!(fits(json!({"kind": "b", "value": 1})));
    assert!(!fits(json!({"kind": "c"})));
}

#[test]
fn swagger_two_is_read_too() {
    let text = "swagger: '2.0'\ninfo: {title: Old API, version: '1'}\nhost: old.test\nbasePath: /api\nconsumes: [application/json]\nsecurityDefinitions:\n  key: {type: apiKey, in: header, name: X-Key}\nsecurity: [{key: []}]\ndefinitions:\n  Thing: {type: object, properties: {n: {type: integer, x-nullable: true}}}\npaths:\n  /things:\n    post:\n      operationId: addThing\n      parameters:\n        - {name: thing, in: body, required: true, schema: {$ref: '#/definitions/Thing'}}\n        - {name: ids, in: query, type: array, items: {type: integer}, collectionFormat: pipes}\n      responses: {200: {description: ok}}\n  /files:\n    post:\n      consumes: [multipart/form-data]\n      parameters:\n        - {name: file, in: formData, type: file, required: true}\n        - {name: title, in: formData, type: string}\n";
    let document = Document::parse(text).unwrap();
    let choice = Choice::default();
    let service = Import::of(&document, &choice).unwrap().service();
    assert_eq!(
        (service.base_url.as_str(), &service.auth),
        ("https://old.test/api", &Auth::Header { name: "X-Key".into() })
    );
    let (tools, skipped) = import_with(text, &choice);
    assert_eq!(skipped, []);
    let (at, _, body, _) = target(&tools[0], json!({"ids": [1, 2], "body": {"n": null}}));
    assert_eq!((at.as_str(), body.as_deref()), ("/things?ids=1%7C2", Some("{\"n\":null}")));
    let (_, _, body, _) = target(&tools[1], json!({"body": {"file": "aGk=", "title": "t"}}));
    assert!(body.unwrap().contains("name=\"title\"\r\n\r\nt"));
}

#[test]
fn risks_keys_and_skips_are_said() {
    let key = json!({"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}});
    let paths = json!({
        "/a": {"get": {}, "post": {"parameters": [key]}, "delete": {}, "trace": {}, "patch": {"x-metel-risk": "read"}},
        "/b": {"get": {"parameters": [{"name": "sid", "in": "cookie", "required": true, "schema": {}}]}},
        "/c": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "other.yaml#/X"}}}}}},
        "/d": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/None"}}}}}},
        "/e/../f": {"get": {}},
    });
    let choice = Choice { risks: [("delete /a".to_owned(), vec![Risk::Write])].into(), ..Choice::default() };
    let (tools, skipped) = import_with(&pets(paths, json!({})).to_string(), &choice);
    let risks: Vec<_> = tools.iter().map(|tool| (tool.operation.as_str(), tool.contract().risk.clone())).collect();
    assert_eq!(
        risks,
        [
            ("delete /a", vec![Risk::Write]),
            ("get /a", vec![Risk::Read]),
            ("patch /a", vec![Risk::Read]),
            ("post /a", vec![Risk::Write]),
        ]
    );
    assert!(matches!(&tools[3].contract().idempotency, Idempotency::Key { name, .. } if name == "Idempotency-Key"));
    assert_eq!(tools[3].contract().input_schema["properties"], json!({}));
    let whys: Vec<_> = skipped.iter().map(|skip| (skip.operation.as_str(), skip.why.as_str())).collect();
    assert_eq!(
        whys,
        [
            ("trace /a", "the method TRACE is not sent"),
            ("get /b", "the parameter `sid` travels in a cookie, which metel does not send"),
            ("post /c", "refers to another document: other.yaml#/X"),
            ("post /d", "a reference leads nowhere: #/components/schemas/None"),
            ("get /e/../f", "its path has empty or dot segments"),
        ]
    );
}

#[test]
fn a_choice_of_tags_and_operations_is_kept_to() {
    let op = |id: &str, tag: &str| json!({"get": {"operationId": id, "tags": [tag]}});
    let document =
        pets(json!({"/a": op("one", "x"), "/b": op("two", "x"), "/c": op("three", "y")}), json!({})).to_string();
    let chosen = |tags: &[&str], operations: &[&str]| {
        let own = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
        let choice =
            Choice { tags: own(tags), operations: own(operations), service: Some("p".into()), ..Choice::default() };
        import_with(&document, &choice).0.iter().map(|tool| tool.contract().id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(chosen(&["x"], &[]), ["p.one", "p.two"]);
    assert_eq!(chosen(&["x"], &["two", "three"]), ["p.two"]);
    assert_eq!(chosen(&[], &["GET /c"]), ["p.three"]);
}

#[test]
fn what_is_no_description_is_refused_by_name() {
    let code = |text: &str| Document::parse(text).map(drop).unwrap_err().code();
    assert_eq!(code("{\"a\":1}"), "not_openapi");
    assert_eq!(code("{"), "malformed");
    assert_eq!(code("a: [b"), "malformed");
    assert_eq!(code("hello"), "not_openapi");
    assert_eq!(code("{\"swagger\":\"1.2\"}"), "version");
    assert_eq!(code("{\"openapi\":\"4.0.0\"}"), "version");
    assert_eq!(code("{\"asyncapi\":\"3.0.0\"}"), "version");
    assert_eq!(code("{\"openapi\":\"3.1.0\",\"paths\":[]}"), "not_openapi");
    assert_eq!(Document::parse("{\"openapi\":\"3.1.0\"}").map(drop), Ok(()));
}

fn describe(schemas: &str, body: &str) -> String {
    format!(
        "{{\"openapi\":\"3.0.0\",\"info\":{{\"title\":\"t\",\"version\":\"1\"}},\"components\":{{\"schemas\":{{{schemas}}}}},\"paths\":{{\"/x\":{{\"post\":{{\"requestBody\":{{\"content\":{{\"application/json\":{{\"schema\":{body}}}}}}}}}}}}}}}"
    )
}

/// Cycles end, and what would unfold without end does not unfold.
#[test]
fn references_that_unfold_are_bounded() {
    let began = std::time::Instant::now();
    let refs = |name: &str| format!("{{\"$ref\":\"#/components/schemas/{name}\"}}");
    // A cycle of plain references, and one through allOf: no value could ever be checked.
    let cycle = describe(&format!("\"A\":{},\"B\":{}", refs("B"), refs("A")), &refs("A"));
    assert_eq!(
        import_with(&cycle, &Choice::default()).1[0].why,
        "a reference leads back to itself: #/components/schemas/A"
    );
    let cycle = describe(&format!("\"A\":{{\"allOf\":[{},{{\"type\":\"object\"}}]}}", refs("A")), &refs("A"));
    assert_eq!(import_with(&cycle, &Choice::default()).1[0].why, "its schema refers to itself without end");
    // A tree is recursion that ends with the value.
    let tree = describe(
        &format!(
            "\"T\":{{\"type\":\"object\",\"properties\":{{\"kids\":{{\"type\":\"array\",\"items\":{}}}}}}}",
            refs("T")
        ),
        &refs("T"),
    );
    let (tools, _) = import_with(&tree, &Choice::default());
    assert_eq!(tools[0].compiled.check_input(&json!({"body": {"kids": [{"kids": [{}]}]}})), Vec::new());
    assert_eq!(tools[0].compiled.check_input(&json!({"body": {"kids": [{"kids": [{"no": 1}]}]}})).len(), 1);
    // Each level refers to the next ten times: 10^200 written out.
    let level = |n: usize| {
        format!(
            "\"L{n}\":{{\"type\":\"object\",\"properties\":{{{}}}}}",
            (0..10).map(|p| format!("\"p{p}\":{}", refs(&format!("L{}", n + 1)))).collect::<Vec<_>>().join(",")
        )
    };
    let levels: Vec<String> =
        (0..200).map(level).chain(["\"L200\":{\"type\":\"string\",\"properties\":{\"a\":{}}}".to_owned()]).collect();
    let (tools, skipped) = import_with(&describe(&levels.join(","), &refs("L0")), &Choice::default());
    assert_eq!((tools.len(), skipped.len()), (1, 0));
    assert!(tools[0].contract().input_schema.to_string().len() < 200_000);
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

#[test]
fn large_descriptions_are_refused_before_they_are_built() {
    let began = std::time::Instant::now();
    let head = "{\"openapi\":\"3.0.0\",\"paths\":{";
    let paths: String = (0..100_000).map(|n| format!("\"/p{n}\":{{\"get\":{{}}}},")).collect();
    let many = format!("{head}{}}}}}", paths.trim_end_matches(','));
    let fault = |text: &str| Document::parse(text).map(drop).unwrap_err();
    assert_eq!(fault(&many), ImportFault::TooLarge("more than 25000 paths".into()));
    let deep = format!("{head}\"/x\":{}{}}}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(fault(&deep), ImportFault::TooDeep);
    let long = format!("{head}\"/x\":{{\"get\":{{\"summary\":\"{}\"}}}}}}}}", "x".repeat(2_000_000));
    assert_eq!(fault(&long).code(), "too_large");
    let aliases = format!(
        "openapi: 3.0.0\na: &a [x,x,x,x,x,x,x,x,x]\n{}",
        (0..8)
            .map(|n| {
                let (to, from) = ((b'b' + n) as char, (b'a' + n) as char);
                format!("{to}: &{to} [*{from},*{from},*{from},*{from},*{from},*{from},*{from},*{from},*{from}]\n")
            })
            .collect::<String>()
    );
    assert_eq!(fault(&aliases).code(), "too_large");
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

#[test]
fn the_door_answers_every_line() {
    let document = pets(json!({"/a": {"get": {"operationId": "x"}, "trace": {}}}), json!({}));
    let line = json!({"op": "openapi", "document": document}).to_string();
    let answer: Value = serde_json::from_str(&door::answer(&line)).unwrap();
    assert_eq!(answer["tools"][0]["name"], "pet_shop-x");
    assert_eq!(answer["tools"][0]["operation"], "get /a");
    assert_eq!(answer["skipped"], json!([{"operation": "trace /a", "why": "the method TRACE is not sent"}]));
    let written = json!({"op": "openapi", "document": document.to_string()}).to_string();
    assert_eq!(door::answer(&written), door::answer(&line));
    for line in
        ["{\"op\":\"openapi\"}", "{\"op\":\"openapi\",\"document\":3}", "{\"op\":\"openapi\",\"document\":[]}", "{"]
    {
        let answer: Value = serde_json::from_str(&door::answer(line)).unwrap();
        assert!(answer["error"]["code"].is_string(), "{line} {answer}");
    }
}

#[test]
fn a_service_that_says_ok_is_judged_by_it() {
    let ok = json!({"200": {"content": {"application/json": {"schema": {"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}, "id": {"type": "string"}}}}}}});
    let (tools, _) = import(&pets(json!({"/a": {"post": {"responses": ok}}}), json!({})));
    let judged = |body: Value| tools[0].compiled.judge(200, &body, &json!({}));
    assert_eq!(judged(json!({"ok": true})), crate::contract::Judgement::Pass);
    assert!(
        matches!(judged(json!({"ok": false, "error": "no_channel"})), crate::contract::Judgement::Fail { code, .. } if code == "no_channel")
    );
    assert_eq!(tools[0].contract().produces["id"].path, "$.id");
    assert!(matches!(tools[0].contract().transport, Transport::Http(_)));
}
