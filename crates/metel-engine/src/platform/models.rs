//! A workspace's models: its settings, the names that stand for models, and the way to them. Every
//! call of a model leaves through a door that is made here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use metel_llm::gateway::{Door, Lanes, Origin, Target};
use metel_llm::lane::Urgency;
use metel_llm::settings::ModelSettings;
use metel_llm::{Call, Client, Endpoint, Model, ModelFailure, prices};
use metel_model::code::Code;
use metel_model::effect::Usage;
use metel_model::id::WorkspaceId;
use metel_model::plan::{PlanInput, Request};
use metel_model::time::Micros;
use metel_model::{Fault, Lang};
use metel_net::{Egress, Net};
use parking_lot::Mutex;
use serde::Serialize;

use super::books::Books;
use super::proposing::{Around, prompt_for};
use super::{Platform, Shared};

const KEY: &str = "models";
/// How old known settings may be: another process may have changed them.
const AGE_MAX: Duration = Duration::from_secs(1);

/// The way to all models of this process.
pub(crate) struct Models {
    net: Net,
    lanes: Lanes,
    /// The model of the environment, for workspaces that name none.
    house: Option<Endpoint>,
    known: Mutex<HashMap<WorkspaceId, (Instant, Arc<Known>)>>,
    pub books: Arc<Books>,
}

/// A workspace's models, ready to be asked.
pub(crate) struct Known {
    pub settings: ModelSettings,
    targets: HashMap<String, Target>,
}

/// Who asks, and at whose cost.
#[derive(Debug, Clone, Default)]
pub struct Asker {
    pub purpose: String,
    pub is_background: bool,
    /// Scopes that the cost counts against, beside the workspace and the day.
    pub scopes: Vec<String>,
}

/// What came of trying a model.
#[derive(Debug, Clone, Serialize)]
pub struct Trial {
    pub ok: bool,
    pub model: String,
    pub ms: u64,
    pub answer: Option<String>,
    pub usage: Option<Usage>,
    pub fault: Option<Fault>,
}

impl Models {
    pub fn new(net: Net, house: Option<Endpoint>, books: Arc<Books>) -> Self {
        Self { net, lanes: Lanes::default(), house, known: Mutex::default(), books }
    }

    pub fn house(&self) -> Option<&Endpoint> {
        self.house.as_ref()
    }

    fn target(&self, endpoint: Endpoint, limits: metel_llm::lane::Limits) -> Target {
        // Whoever configures a model's address means it, wherever it lies.
        let egress = Egress::none().with_base(&endpoint.base_url).with_inside_base(&endpoint.base_url);
        let lane = self.lanes.of(&endpoint, limits);
        Target::new(Client::new(self.net.clone(), endpoint, egress), lane)
    }

    fn forget(&self, workspace: WorkspaceId) {
        self.known.lock().remove(&workspace);
    }
}

/// The price of a model today, where none was set.
fn priced(mut endpoint: Endpoint, now: Micros) -> Endpoint {
    if endpoint.price.is_none()
        && let Ok(day) = now.rfc3339()[..10].parse()
    {
        endpoint.price = prices::price_of(&endpoint.model, day);
    }
    endpoint
}

impl Shared {
    /// The workspace's models as they stand, at most a second old.
    pub(crate) async fn known_models(&self, workspace: WorkspaceId) -> Result<Arc<Known>, Fault> {
        if let Some((at, known)) = self.models.known.lock().get(&workspace)
            && at.elapsed() < AGE_MAX
        {
            return Ok(known.clone());
        }
        let settings: ModelSettings = match self.store.setting(workspace, KEY).await? {
            Some(text) => serde_json::from_str(&text).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?,
            None => ModelSettings::default(),
        };
        let now = self.clock.now();
        let mut targets = HashMap::new();
        for (name, entry) in &settings.models {
            let mut endpoint = entry.endpoint()?;
            endpoint.price = entry.price;
            if let Some(secret) = &entry.secret {
                let row = self.store.secret_by_name(workspace, secret).await?;
                endpoint.key = match row {
                    Some(row) => Some(self.open_secret(workspace, row.id).await?),
                    None => None,
                };
            }
            targets.insert(name.clone(), self.models.target(priced(endpoint, now), entry.limits));
        }
        let known = Arc::new(Known { settings, targets });
        self.models.known.lock().insert(workspace, (Instant::now(), known.clone()));
        Ok(known)
    }

    fn house_target(&self) -> Option<Target> {
        let house = self.models.house.clone()?;
        Some(self.models.target(priced(house, self.clock.now()), metel_llm::lane::Limits::default()))
    }

    /// The door to a named model or alias; none where nothing has that name.
    pub(crate) async fn door(&self, workspace: WorkspaceId, name: &str, asker: &Asker) -> Result<Option<Door>, Fault> {
        let known = self.known_models(workspace).await?;
        let mut targets: Vec<Target> =
            known.settings.behind(name).iter().filter_map(|(name, _)| known.targets.get(*name).cloned()).collect();
        if targets.is_empty() {
            let house = self.house_target().filter(|target| {
                name == target.client.endpoint().model || metel_llm::settings::ALIASES.contains(&name)
            });
            targets.extend(house);
        }
        if targets.is_empty() {
            return Ok(None);
        }
        let purse = self.models.books.purse(workspace, &asker.scopes, &asker.purpose);
        let urgency = if asker.is_background { Urgency::Background } else { Urgency::Interactive };
        let origin = Origin { who: workspace.0.as_u128(), urgency, meter: Arc::new(purse) };
        Door::new(targets, origin).map(Some)
    }

    /// The model for one of metel's own purposes: the named alias, else the planner's, else the house's,
    /// else rules that stand in for one.
    pub(crate) async fn model_for(
        &self,
        workspace: WorkspaceId,
        names: &[&str],
        asker: &Asker,
    ) -> Result<Arc<dyn Model>, Fault> {
        for name in names {
            if let Some(door) = self.door(workspace, name, asker).await? {
                return Ok(Arc::new(door));
            }
        }
        Ok(self.model.clone())
    }

    /// Whether a language model plans for this workspace.
    pub(crate) async fn has_model(&self, workspace: WorkspaceId) -> Result<bool, Fault> {
        let known = self.known_models(workspace).await?;
        Ok(self.model.is_ai() || self.models.house.is_some() || !known.settings.behind("planner").is_empty())
    }
}

impl Platform {
    pub async fn model_settings(&self, workspace: WorkspaceId) -> Result<ModelSettings, Fault> {
        Ok(self.shared.known_models(workspace).await?.settings.clone())
    }

    /// Puts other settings in force; with any fault nothing changes.
    pub async fn set_model_settings(&self, workspace: WorkspaceId, settings: &ModelSettings) -> Result<(), Fault> {
        let mut faults = settings.faults();
        for (name, entry) in &settings.models {
            if let Some(secret) = &entry.secret
                && self.shared.store.secret_by_name(workspace, secret).await?.is_none()
            {
                faults.push(metel_model::fault::FieldFault::new(
                    format!("/models/{name}/secret"),
                    format!("there is no secret {secret}"),
                    format!("{secret} 비밀이 없어요"),
                ));
            }
        }
        if !faults.is_empty() {
            return Err(Fault::new(Code::FieldInvalid).fields(faults));
        }
        let body = serde_json::to_string(settings).map_err(|e| Fault::new(Code::Internal).about(e))?;
        self.shared.store.put_setting(workspace, KEY, &body, self.shared.clock.now()).await?;
        self.shared.models.forget(workspace);
        self.engine.facts_changed(workspace);
        Ok(())
    }

    /// Every name that a call may use: models, aliases, and the house's own.
    pub async fn model_names(&self, workspace: WorkspaceId) -> Result<Vec<String>, Fault> {
        let known = self.shared.known_models(workspace).await?;
        let mut names: Vec<String> =
            known.settings.aliases.keys().chain(known.settings.models.keys()).cloned().collect();
        if let Some(house) = &self.shared.models.house {
            names.push(house.model.clone());
            names.extend(metel_llm::settings::ALIASES.map(str::to_owned));
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The door to a model, for faces.
    pub async fn door(&self, workspace: WorkspaceId, name: &str, asker: &Asker) -> Result<Door, Fault> {
        self.shared.door(workspace, name, asker).await?.ok_or_else(|| {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
            Fault::new(Code::NotFound)
                .detail(format!("there is no model {shown}"), format!("{shown} 모델이 없어요"))
                .hint("See `metel model list`.", "`metel model list`를 보세요.")
        })
    }

    /// Asks a model for one word, to see whether it answers.
    pub async fn try_model(&self, workspace: WorkspaceId, name: &str) -> Result<Trial, Fault> {
        let asker = Asker { purpose: "test".to_owned(), ..Asker::default() };
        let door = self.door(workspace, name, &asker).await?.retry(metel_llm::lane::Retry::NEVER);
        let mut call = Call::new("Answer with one word.", "Say: ready").max_tokens(64);
        call.timeout_ms = 30_000;
        let began = Instant::now();
        let said = door.chat(call, None).await;
        let ms = began.elapsed().as_millis() as u64;
        let model = door.name().to_owned();
        Ok(match said {
            Ok(reply) => {
                let answer = reply.text.chars().take(200).collect();
                Trial { ok: true, model, ms, answer: Some(answer), usage: Some(reply.usage), fault: None }
            }
            Err(ModelFailure { fault, usage, .. }) => {
                Trial { ok: false, model, ms, answer: None, usage, fault: Some(*fault) }
            }
        })
    }

    /// The prompt that would be sent to plan a request, or to have an agent work on it: its sections in
    /// order, each with an estimate of its tokens.
    pub async fn prompt(&self, workspace: WorkspaceId, text: &str, agent: Option<&str>) -> Result<Shown, Fault> {
        let lang = Lang::of(text);
        let prompt = match agent {
            Some(name) => {
                let agent = metel_llm::agent::named(name).ok_or_else(|| Fault::new(Code::NotFound).about(name))?;
                metel_llm::agent::prompt(agent, lang, text)?
            }
            None => {
                let request = Request { text: text.to_owned(), lang, session: None };
                let input = PlanInput { request, mentions: Vec::new(), tools: BTreeMap::new(), replan: None };
                let catalogue = self.shared.catalogue(workspace).await?;
                let policy = self.shared.policy(workspace).await?;
                let around = Around { catalogue: &catalogue, policy: &policy, now: self.shared.clock.now() };
                prompt_for(&input, around)?
            }
        };
        let sections: Vec<Section> = prompt
            .sections
            .iter()
            .map(|section| {
                let tokens = metel_llm::gateway::tokens_of_bytes(section.text.len());
                Section { name: section.name.clone(), tokens, text: section.text.clone() }
            })
            .collect();
        let tokens = sections.iter().map(|section| section.tokens).sum();
        Ok(Shown { name: prompt.name, tokens, sections })
    }
}

/// A prompt as people read it.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    pub name: String,
    /// Estimated.
    pub tokens: u64,
    pub sections: Vec<Section>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Section {
    pub name: String,
    pub tokens: u64,
    pub text: String,
}
