//! Reads around a call: names become ids before it, members are added to the output after it.

use std::time::{Duration, Instant};

use metel_model::effect::Outcome;
use metel_model::fault::FieldFault;
use metel_model::stored::Stored;
use metel_model::{Code, Fault};
use metel_rules::contract::{Compiled, CompiledLookup, Judgement};
use serde_json::Value;

use super::outcome::refused;
use super::{Job, Tools};

/// Longest that one added member may hold up an answer that is there already.
const AFTER_MS_MAX: u64 = 3_000;

impl Tools {
    /// The payload with its names turned into ids. The first that cannot be resolved ends the call, unsent.
    pub(super) async fn looked_up(
        &self,
        compiled: &Compiled,
        payload: &Value,
        job: &Job<'_>,
    ) -> Result<Value, Box<Outcome>> {
        let mut input = payload.clone();
        for (field, lookup) in compiled.lookups() {
            if input.get(field).is_none_or(Value::is_null) {
                continue;
            }
            let value = self.look_up(field, lookup, &input, job).await?;
            if let Some(slot) = input.get_mut(field) {
                *slot = value;
            }
        }
        Ok(input)
    }

    async fn look_up(
        &self,
        field: &str,
        lookup: &CompiledLookup,
        input: &Value,
        job: &Job<'_>,
    ) -> Result<Value, Box<Outcome>> {
        if let Some(given) = lookup.given(input) {
            return Ok(given);
        }
        let named = input.get(field).and_then(Value::as_str);
        if let (Some(name), Some(connection)) = (named, job.connection)
            && let Some(service) = self.registry.service(&connection.service)
            && let Some(id) = connection.alias(&service, name)
        {
            return Ok(Value::from(id));
        }
        let wanted = input.get(field).map(Value::to_string).unwrap_or_default();
        let fault = |en: String, ko: String| {
            let fields = vec![FieldFault::new(format!("/{field}"), en, ko)];
            Box::new(refused(Fault::new(Code::PayloadInvalid).fields(fields)))
        };
        let Some(call) = lookup.call(input) else {
            return Err(fault(
                format!("{wanted} cannot be used here"),
                format!("여기에 쓸 수 없는 값이에요: {wanted}"),
            ));
        };
        let (tool, args) = call.map_err(|error| Box::new(refused(Fault::new(Code::PayloadInvalid).about(error))))?;
        let response = Box::pin(self.read(&tool, &args, job)).await?;
        let mut found = lookup
            .matches(&response, input)
            .map_err(|error| Box::new(refused(Fault::new(Code::ExpressionFailed).about(error))))?;
        found.dedup();
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(fault(format!("nothing is called {wanted}"), format!("이런 이름은 없어요: {wanted}"))),
            n => Err(fault(
                format!("{n} things are called {wanted}; give the id or the address"),
                format!("이 이름이 {n}개 있어요. id나 주소로 알려 주세요: {wanted}"),
            )),
        }
    }

    /// Adds the contract's further members to an output that means success. A failing read is made up for.
    pub(super) async fn add_after(&self, compiled: &Compiled, input: &Value, outcome: &mut Outcome, job: &Job<'_>) {
        if compiled.after().is_empty() || outcome.fault.is_some() {
            return;
        }
        let Some(output) = outcome.output.value().filter(|output| output.is_object()) else { return };
        let mut output = output.clone();
        if compiled.judge(outcome.status.unwrap_or(200), &output, input) != Judgement::Pass {
            return;
        }
        for (member, after) in compiled.after() {
            let soon = Instant::now() + Duration::from_millis(AFTER_MS_MAX);
            let job =
                Job { deadline: job.deadline.min(soon), redactor: job.redactor.clone(), run: job.run.clone(), ..*job };
            let read = match after.call(input, &output) {
                Ok((tool, args)) => Box::pin(self.read(&tool, &args, &job)).await.ok(),
                Err(_) => None,
            };
            let value = read.and_then(|response| after.value(&response));
            let value = value.unwrap_or_else(|| after.otherwise(input, &output));
            if let Value::Object(members) = &mut output {
                members.insert(member.clone(), value);
            }
        }
        outcome.output = Stored::inline(output);
    }
}
