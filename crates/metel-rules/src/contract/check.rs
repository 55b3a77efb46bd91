//! Every fault of a contract at once, and the compiled parts when there is none.

mod transport;

use std::collections::BTreeMap;

use metel_model::contract::{Contract, Idempotency, KeyPlace, Product, Transport};
use metel_model::fault::FieldFault;
use metel_model::json::pointer_push;
use metel_model::lang::Text;
use metel_model::status::Risk;
use serde_json::Value;

use super::compile::{Compiled, CompiledReconcile};
use super::lookup::{CompiledAfter, CompiledLookup, Read};
use super::preview;
use super::products::Source;
use super::wire::{Template, TemplateFault};
use crate::cel::Program;
use crate::jsonpath::Path;
use crate::schema::{self, Schema};

/// Hands every reference (root and first member) to its visitor.
type Walk<'a> = dyn FnMut(&mut dyn FnMut(&str, Option<&str>)) + 'a;

const TIMEOUT_MS_MAX: u64 = 300_000;
const ATTEMPTS_MAX: u32 = 20;
const BACKOFF_MS_MAX: u64 = 3_600_000;
const TEXT_BYTES_MAX: usize = 4_000;

/// Gathers faults while parts are compiled.
struct Check<'c> {
    contract: &'c Contract,
    faults: Vec<FieldFault>,
}

pub(super) fn compile(contract: Contract) -> Result<Compiled, Vec<FieldFault>> {
    let mut check = Check { contract: &contract, faults: Vec::new() };
    check.names();
    check.texts();
    check.limits();
    let (input, input_closed) = check.input();
    let output = contract.output_schema.as_ref().and_then(|schema| check.schema("/output_schema", schema));
    let success = check.program("/success", contract.success.as_deref(), &["response", "status", "input"]);
    let error = check.program("/error", contract.error.as_deref(), &["response", "status", "input"]);
    let products = check.products();
    let (wire, before, until) = check.transport();
    let reconcile = check.idempotency();
    let lookups = check.lookups();
    let after = check.after();
    let digest = contract.digest();
    if let Err(error) = &digest {
        check.fault("", error.to_string(), "다른 프로그램이 다르게 읽을 수 있는 정수가 있어요");
    }
    let faults = check.faults;
    match (input, digest) {
        (Some(input), Ok(digest)) if faults.is_empty() => Ok(Compiled {
            digest,
            input,
            input_closed,
            output,
            success,
            error,
            products,
            wire,
            before,
            until,
            reconcile,
            lookups,
            after,
            contract,
        }),
        _ => Err(faults),
    }
}

impl Check<'_> {
    fn fault(&mut self, pointer: &str, en: impl Into<String>, ko: impl Into<String>) {
        self.faults.push(FieldFault::new(pointer, en, ko));
    }

    fn names(&mut self) {
        if !is_tool_id(&self.contract.id) {
            self.fault("/id", "must look like service.verb_object", "서비스.동작_대상 모양이어야 해요");
        }
        if !is_semver(&self.contract.version) {
            self.fault("/version", "must be a semantic version such as 1.0.0", "1.0.0 같은 버전이어야 해요");
        }
        if self.contract.risk.is_empty() {
            self.fault("/risk", "must name at least one risk", "위험을 하나 이상 적어야 해요");
        }
    }

    fn texts(&mut self) {
        for (pointer, text) in [("/title", &self.contract.title), ("/description", &self.contract.description)] {
            if text.en.trim().is_empty() || text.ko.trim().is_empty() {
                self.fault(pointer, "must be there in both languages", "두 언어로 다 있어야 해요");
            }
            if text.en.len() > TEXT_BYTES_MAX || text.ko.len() > TEXT_BYTES_MAX {
                self.fault(pointer, "is too long", "너무 길어요");
            }
        }
        if let Some(text) = &self.contract.preview {
            for (lang, template) in [("en", &text.en), ("ko", &text.ko)] {
                if let Err(error) = preview::check(template) {
                    self.fault(&format!("/preview/{lang}"), error.clone(), format!("미리보기 틀이 틀렸어요: {error}"));
                }
            }
        }
    }

    fn limits(&mut self) {
        if !(1..=TIMEOUT_MS_MAX).contains(&self.contract.timeout_ms) {
            self.fault("/timeout_ms", "must lie between 1 and 300000", "1에서 300000 사이여야 해요");
        }
        let needs = &self.contract.needs;
        if needs.len() > crate::run::NEEDS_MAX || needs.iter().any(|word| !crate::run::is_need(word)) {
            self.fault(
                "/needs",
                "must be up to 8 short words of lower-case letters, digits, _ and -",
                "영문 소문자, 숫자, _, -로 된 짧은 낱말 8개까지예요",
            );
        }
        let retry = &self.contract.retry;
        if !(1..=ATTEMPTS_MAX).contains(&retry.attempts) {
            self.fault("/retry/attempts", "must lie between 1 and 20", "1에서 20 사이여야 해요");
        }
        if retry.backoff_ms == 0 || retry.backoff_ms > retry.backoff_ms_max || retry.backoff_ms_max > BACKOFF_MS_MAX {
            self.fault(
                "/retry/backoff_ms",
                "must lie between 1 and backoff_ms_max, which is at most 3600000",
                "1과 backoff_ms_max 사이여야 하고, backoff_ms_max는 3600000까지예요",
            );
        }
        if retry.statuses.iter().any(|status| !(400..=599).contains(status)) {
            self.fault("/retry/statuses", "only 4xx and 5xx can be tried again", "4xx와 5xx만 다시 시도할 수 있어요");
        }
        if let Some(rate) = &self.contract.rate_limit
            && (!rate.per_second.is_finite() || rate.per_second <= 0.0 || rate.per_second > 10_000.0 || rate.burst == 0)
        {
            self.fault(
                "/rate_limit",
                "must allow something, at most 10000 a second",
                "초당 0보다 크고 10000 이하여야 해요",
            );
        }
        for (i, path) in self.contract.sensitivity.iter().enumerate() {
            let known = path.starts_with("$.input") || path.starts_with("$.output");
            if !known || Path::parse(path).is_err() {
                self.fault(
                    &format!("/sensitivity/{i}"),
                    "must be a JSONPath that begins with $.input or $.output",
                    "$.input이나 $.output으로 시작하는 JSONPath여야 해요",
                );
            }
        }
    }

    fn schema(&mut self, pointer: &str, schema: &Value) -> Option<Schema> {
        match Schema::compile(schema) {
            Ok(schema) => Some(schema),
            Err(error) => {
                self.fault(pointer, error.to_string(), format!("스키마가 틀렸어요: {error}"));
                None
            }
        }
    }

    fn properties(&self) -> Option<&serde_json::Map<String, Value>> {
        self.contract.input_schema.get("properties").and_then(Value::as_object)
    }

    fn has_input(&self, name: &str) -> bool {
        self.properties().is_some_and(|properties| properties.contains_key(name))
    }

    fn input(&mut self) -> (Option<Schema>, Value) {
        let schema = &self.contract.input_schema;
        if schema.get("type") != Some(&Value::from("object")) {
            self.fault("/input_schema/type", "must be object", "object여야 해요");
        }
        if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
            self.fault("/input_schema/additionalProperties", "must be false", "false여야 해요");
        }
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !name.as_str().is_some_and(|name| self.has_input(name)) {
                self.fault(
                    "/input_schema/required",
                    format!("{name} is not a property"),
                    format!("{name} 속성이 없어요"),
                );
            }
        }
        let mut wrong = Vec::new();
        for (name, property) in self.properties().into_iter().flatten() {
            let at = |key: &str| pointer_push(&pointer_push("/input_schema/properties", name), key);
            if property.get("x-type").is_some_and(|kind| !kind.is_string()) {
                wrong.push((at("x-type"), "must be a text", "글자여야 해요"));
            }
            if let Some(ask) = property.get("x-ask")
                && serde_json::from_value::<Text>(ask.clone()).is_err()
            {
                wrong.push((at("x-ask"), "must be a question in en and ko", "en과 ko로 된 질문이어야 해요"));
            }
            if property.get("x-author").is_some_and(|author| !author.is_boolean()) {
                wrong.push((at("x-author"), "must be true or false", "true나 false여야 해요"));
            }
        }
        for (pointer, en, ko) in wrong {
            self.fault(&pointer, en, ko);
        }
        let names: Vec<String> = self.contract.requires.keys().cloned().collect();
        for name in names {
            if !self.has_input(&name) {
                self.fault(&pointer_push("/requires", &name), "is not an input", "없는 입력이에요");
            }
        }
        if let Some(audience) = &self.contract.audience
            && !self.has_input(&audience.field)
        {
            self.fault("/audience/field", "is not an input", "없는 입력이에요");
        }
        let closed = schema::normalise_tool_input(schema);
        (self.schema("/input_schema", &closed), closed)
    }

    /// Compiles an expression that may read only `known` names.
    fn program(&mut self, pointer: &str, source: Option<&str>, known: &[&str]) -> Option<Program> {
        let program = match Program::compile(source?) {
            Ok(program) => program,
            Err(error) => {
                self.fault(pointer, error.to_string(), format!("식이 틀렸어요: {error}"));
                return None;
            }
        };
        self.judge_names(pointer, &program, known);
        Some(program)
    }

    fn judge_names(&mut self, pointer: &str, program: &Program, known: &[&str]) {
        let strangers: Vec<String> =
            program.references().filter(|name| !known.contains(name)).map(str::to_owned).collect();
        for name in strangers {
            self.fault(pointer, format!("`{name}` is not known here"), format!("여기서는 `{name}`을(를) 몰라요"));
        }
        let functions: Vec<String> = program.unknown_functions().map(str::to_owned).collect();
        for name in functions {
            self.fault(pointer, format!("there is no function `{name}`"), format!("`{name}` 함수는 없어요"));
        }
    }

    fn products(&mut self) -> BTreeMap<String, (Source, bool)> {
        let declared: Vec<(String, Product)> =
            self.contract.produces.iter().map(|(key, product)| (key.clone(), product.clone())).collect();
        let mut products = BTreeMap::new();
        for (key, product) in declared {
            let at = pointer_push("/produces", &key);
            if product.kind.trim().is_empty() {
                self.fault(&format!("{at}/type"), "must name a semantic type", "의미 형식을 적어야 해요");
            }
            let source = match (&product.cel, product.path.is_empty()) {
                (Some(source), true) => {
                    self.program(&format!("{at}/cel"), Some(source), &["response"]).map(Source::Cel)
                }
                (None, false) => match Path::parse(&product.path) {
                    Ok(path) => Some(Source::Path(path)),
                    Err(error) => {
                        self.fault(&format!("{at}/path"), error.to_string(), format!("경로가 틀렸어요: {error}"));
                        None
                    }
                },
                _ => {
                    self.fault(&at, "needs either path or cel", "path나 cel 중 하나가 있어야 해요");
                    None
                }
            };
            if let Some(source) = source {
                products.insert(key, (source, product.optional));
            }
        }
        products
    }

    fn templates(&mut self, faults: Vec<TemplateFault>) {
        for TemplateFault { pointer, what } in faults {
            self.fault(&pointer, what.clone(), format!("틀이 잘못됐어요: {what}"));
        }
    }

    /// A template whose references are `known` roots, and existing inputs below `input`.
    fn template(&mut self, pointer: &str, value: &Value, known: &[&str]) -> Template {
        let mut faults = Vec::new();
        let template = Template::compile(value, pointer, &mut faults);
        self.templates(faults);
        self.references(pointer, known, &mut |visit| template.visit(visit));
        template
    }

    fn references(&mut self, pointer: &str, known: &[&str], walk: &mut Walk<'_>) {
        let mut wrong = Vec::new();
        walk(&mut |root, member| {
            if !known.contains(&root) {
                wrong.push(root.to_owned());
            } else if root == "input" && member.is_some_and(|member| !self.has_input(member)) {
                wrong.push(format!("input.{}", member.unwrap_or_default()));
            }
        });
        wrong.sort();
        wrong.dedup();
        for name in wrong {
            self.fault(pointer, format!("`{name}` does not exist"), format!("`{name}`은(는) 없어요"));
        }
    }

    fn idempotency(&mut self) -> Option<CompiledReconcile> {
        let contract = self.contract;
        let only_reads = !contract.risk.is_empty() && !contract.is_consequential();
        let is_get = matches!(&contract.transport, Transport::Http(http) if http.method.is_safe());
        if is_get && contract.has_risk(Risk::Destructive) {
            self.fault("/risk", "GET deletes nothing", "GET은 아무것도 지우지 않아요");
        }
        match &contract.idempotency {
            Idempotency::Natural => None,
            _ if only_reads => {
                self.fault("/idempotency", "a tool that only reads is natural", "읽기만 하는 도구는 natural이에요");
                None
            }
            Idempotency::Key { place, name } => {
                if name.is_empty() || name.chars().any(|c| c.is_control() || c.is_whitespace()) {
                    self.fault("/idempotency/name", "must name a header or member", "헤더나 항목 이름이 있어야 해요");
                }
                if *place == KeyPlace::Body && is_get {
                    self.fault("/idempotency/place", "GET has no body", "GET에는 본문이 없어요");
                }
                None
            }
            Idempotency::None { reconcile: None } => None,
            Idempotency::None { reconcile: Some(reconcile) } => {
                if !is_tool_id(&reconcile.tool) {
                    self.fault(
                        "/idempotency/reconcile/tool",
                        "must name a read contract",
                        "읽기 계약의 이름이 있어야 해요",
                    );
                }
                let args = self.template("/idempotency/reconcile/args", &reconcile.args, &["input", "since"]);
                let found = self.program(
                    "/idempotency/reconcile/found",
                    Some(&reconcile.found),
                    &["response", "input", "since"],
                )?;
                Some(CompiledReconcile { args, found })
            }
        }
    }

    fn same_service(&mut self, pointer: &str, tool: &str) {
        if tool.split('.').next() != Some(self.contract.service()) || !is_tool_id(tool) {
            self.fault(pointer, "must be a read contract of the same service", "같은 서비스의 읽기 계약이어야 해요");
        }
    }

    fn lookups(&mut self) -> BTreeMap<String, CompiledLookup> {
        let mut lookups = BTreeMap::new();
        let contract = self.contract;
        for (field, lookup) in &contract.lookups {
            let at = pointer_push("/lookups", field);
            if !self.has_input(field) {
                self.fault(&at, "is not an input", "없는 입력이에요");
            }
            let given = self.program(&format!("{at}/given"), lookup.given.as_deref(), &["input"]);
            let read = match (&lookup.tool, &lookup.pick) {
                (Some(tool), Some(pick)) => {
                    self.same_service(&format!("{at}/tool"), tool);
                    let args = self.template(&format!("{at}/args"), &lookup.args, &["input"]);
                    self.program(&format!("{at}/pick"), Some(pick), &["response", "input"]).map(|pick| Read {
                        tool: tool.clone(),
                        args,
                        pick,
                    })
                }
                (None, None) if lookup.given.is_some() => None,
                _ => {
                    self.fault(&at, "needs given, or tool and pick", "given이나 tool과 pick이 있어야 해요");
                    None
                }
            };
            lookups.insert(field.clone(), CompiledLookup { given, read });
        }
        lookups
    }

    fn after(&mut self) -> BTreeMap<String, CompiledAfter> {
        let mut all = BTreeMap::new();
        let contract = self.contract;
        for (member, after) in &contract.after {
            let at = pointer_push("/after", member);
            self.same_service(&format!("{at}/tool"), &after.tool);
            let args = self.template(&format!("{at}/args"), &after.args, &["input", "output"]);
            let value = self.program(&format!("{at}/value"), Some(&after.value), &["response"]);
            let otherwise = self.program(&format!("{at}/otherwise"), Some(&after.otherwise), &["input", "output"]);
            if let (Some(value), Some(otherwise)) = (value, otherwise) {
                all.insert(member.clone(), CompiledAfter { tool: after.tool.clone(), args, value, otherwise });
            }
        }
        all
    }
}

/// `[a-z0-9_]+\.[a-z0-9_]+`, at most 64 characters: model providers take no longer names.
fn is_tool_id(id: &str) -> bool {
    id.len() <= 64 && id.split_once('.').is_some_and(|(service, act)| is_word(service) && is_word(act))
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// semver.org 2.0.0: three numbers, then a pre-release and build part.
fn is_semver(version: &str) -> bool {
    let (core, build) = version.split_once('+').map_or((version, None), |(core, build)| (core, Some(build)));
    let (core, pre) = core.split_once('-').map_or((core, None), |(core, pre)| (core, Some(pre)));
    let number = |text: &str| {
        !text.is_empty()
            && text.len() <= 9
            && text.bytes().all(|b| b.is_ascii_digit())
            && (text == "0" || !text.starts_with('0'))
    };
    let labels = |text: &str| {
        text.split('.').all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
    };
    let parts: Vec<&str> = core.split('.').collect();
    version.len() <= 64
        && parts.len() == 3
        && parts.into_iter().all(number)
        && pre.is_none_or(labels)
        && build.is_none_or(labels)
}
