//! A sandbox, the built-in registry and the function under test.

use std::sync::Arc;

use metel_model::Micros;
use metel_model::effect::{Effect, EffectKind, Outcome};
use metel_model::id::{RunId, WorkspaceId};
use metel_model::service::ConnectionState;
use metel_model::stored::Stored;
use metel_model::time::{Clock, SystemClock};
use metel_net::{Call, Egress, Limits, Method, Net};
use metel_rules::contract::Judgement;
use metel_sandbox::{SandboxConfig, SandboxHandle, serve};
use metel_tools::{Credential, Registry, ToolCall, Tools};
use secrecy::SecretString;
use serde_json::{Value, json};

pub struct Room {
    pub sandbox: SandboxHandle,
    pub tools: Tools,
    net: Net,
    _files: tempfile::TempDir,
}

impl Room {
    pub async fn open() -> Self {
        let sandbox = serve(SandboxConfig::new("127.0.0.1:0".parse().unwrap())).await.unwrap();
        let net = Net::new(Limits::default()).unwrap();
        let registry = Registry::builtin().unwrap_or_else(|faults| panic!("{faults:#?}"));
        let files = tempfile::tempdir().unwrap();
        let tools = Tools::new(net.clone(), Arc::new(registry)).with_files(Some(files.path()));
        Self { sandbox, tools, net, _files: files }
    }

    pub fn credential(&self, service: &str) -> Credential {
        let service = self.tools.registry().service(service).unwrap();
        let mut scopes = service.scopes.clone();
        scopes.push("https://www.googleapis.com/auth/drive.metadata.readonly".to_owned());
        Credential {
            id: format!("conn_{}", service.id),
            service: service.id.clone(),
            state: ConnectionState::Ready,
            base_url: Some(format!("{}{}", self.sandbox.url(), service.sandbox_path.as_deref().unwrap())),
            hosts: Vec::new(),
            scopes,
            aliases: Default::default(),
            secret: service.sandbox_credential.clone().map(SecretString::from),
            is_inside: true,
        }
    }

    pub fn now(&self) -> Micros {
        SystemClock.now()
    }

    pub async fn run(&self, tool: &str, payload: Value) -> Outcome {
        self.attempt(EffectKind::Tool, tool, &payload, self.now()).await
    }

    pub async fn attempt(&self, kind: EffectKind, tool: &str, payload: &Value, since: Micros) -> Outcome {
        let service = tool.split('.').next().unwrap();
        let credential = self.tools.registry().service(service).map(|_| self.credential(service));
        self.attempt_as(credential.as_ref(), kind, tool, payload, since, 2_000).await
    }

    pub async fn attempt_as(
        &self,
        connection: Option<&Credential>,
        kind: EffectKind,
        tool: &str,
        payload: &Value,
        since: Micros,
        timeout_ms: u64,
    ) -> Outcome {
        let compiled = self.tools.registry().get(tool).unwrap_or_else(|| panic!("no {tool}"));
        let effect = Effect {
            run: RunId::from_bytes(&[7; 16]).unwrap(),
            step: "a1".to_owned(),
            intent: 1,
            kind,
            target: tool.to_owned(),
            head: None,
            contract: Some(compiled.digest),
            payload: Stored::inline(payload.clone()),
            key: format!("key-{}", since.0),
            attempt: 1,
            timeout_ms,
            since,
        };
        let workspace = Some(WorkspaceId::from_bytes(&[9; 16]).unwrap());
        let call = ToolCall { compiled: &compiled, effect: &effect, payload, connection, workspace, redactor: None };
        self.tools.run(call).await
    }

    /// Runs, judges, and gives output and products of a success.
    pub async fn good(&self, tool: &str, payload: Value) -> (Value, std::collections::BTreeMap<String, Value>) {
        let outcome = self.run(tool, payload.clone()).await;
        assert_eq!(outcome.fault, None, "{tool}");
        let compiled = self.tools.registry().get(tool).unwrap();
        let output = outcome.output.value().unwrap().clone();
        let judgement = compiled.judge(outcome.status.unwrap_or(200), &output, &payload);
        assert_eq!(judgement, Judgement::Pass, "{tool}: {output}");
        assert_eq!(compiled.check_output(&output), Vec::new(), "{tool}: {output}");
        let products = compiled.products(&output).unwrap_or_else(|key| panic!("{tool}: no {key} in {output}"));
        (output, products)
    }

    pub async fn fault(&self, fault: Value) {
        let url = format!("{}/_control/faults", self.sandbox.url());
        let egress = Egress::none().with_inside_base(&self.sandbox.url());
        let reply = self.net.send(Call::new(Method::POST, url).json(&fault), &egress).await.unwrap();
        assert_eq!(reply.status, 201, "{:?}", reply.body);
    }

    /// Like [`Room::fault`], with the usual fields.
    pub async fn strike(&self, service: &str, operation: &str, kind: &str) {
        self.fault(json!({"service": service, "operation": operation, "kind": kind, "retry_after": 2})).await;
    }

    /// How many effects the sandbox has seen of an operation.
    pub fn effects(&self, operation: &str) -> usize {
        self.sandbox.effects().iter().filter(|effect| effect.op == operation).count()
    }
}
