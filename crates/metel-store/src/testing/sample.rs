//! A run that goes step by step and writes what an engine would write. It keeps its own chain.

use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkerId, WorkspaceId};
use metel_model::status::RunStatus;
use metel_model::task::Task;
use metel_model::time::Micros;
use uuid::Uuid;

use crate::commit::{Commit, Header, TaskChange};

fn id(kind: u64, n: u64) -> Uuid {
    uuid::Builder::from_custom_bytes((u128::from(kind) << 64 | u128::from(n)).to_be_bytes()).into_uuid()
}

pub fn workspace_id(n: u64) -> WorkspaceId {
    WorkspaceId(id(1, n))
}

pub fn worker_id(n: u64) -> WorkerId {
    WorkerId(id(2, n))
}

pub fn run_id(n: u64) -> RunId {
    RunId(id(3, n))
}

/// A run as its next commit will find it.
#[derive(Debug, Clone)]
pub struct SampleRun {
    pub header: Header,
    pub worker: Option<WorkerId>,
}

impl SampleRun {
    /// A run that is not stored yet; its first commit is [`SampleRun::step`].
    pub fn new(workspace: WorkspaceId, id: RunId) -> Self {
        let at = Micros(1_700_000_000_000_000);
        let header = Header {
            workspace,
            id,
            name: "sample".to_owned(),
            title: "회의록을 정리해서 공유 · Share the notes".to_owned(),
            status: RunStatus::Running,
            waiting: None,
            version: 0,
            seq: 1,
            head: Digest::ZERO,
            workflow: Some(Digest::of(b"sample")),
            parent: None,
            by: "user:kim".to_owned(),
            session: None,
            request: Some("회의록을 정리해서 슬랙에 공유해줘".to_owned()),
            steps_done: 0,
            steps_total: 10,
            cost: 0,
            tokens: 0,
            error: None,
            created_at: at,
            updated_at: at,
        };
        Self { header, worker: None }
    }

    /// A new run whose task the worker holds from its first commit.
    pub fn held(workspace: WorkspaceId, id: RunId, worker: WorkerId) -> Self {
        Self { worker: Some(worker), ..Self::new(workspace, id) }
    }

    fn entry(&mut self, command: &str, events: &[&str]) -> (Option<u64>, Entry) {
        let header = &mut self.header;
        let expected = (header.version > 0).then_some(header.version);
        let at = Micros(header.updated_at.0 + 1_000);
        let body = format!("[{}]", events.join(","));
        let (workspace, run, seq) = (header.workspace, header.id, header.seq);
        let hash = Entry::chain(&header.head, workspace, run, seq, command, "worker", at, &body);
        let count = events.len() as u32;
        header.version += 1;
        header.seq += u64::from(count);
        header.head = hash;
        header.updated_at = at;
        let entry = Entry { seq, count, at, actor: "worker".to_owned(), command: command.to_owned(), body, hash };
        (expected, entry)
    }

    /// The next transition: two events of about 200 bytes, and the task of slot 0 rewritten.
    pub fn step(&mut self) -> Commit {
        let step = format!("step_{}", self.header.version);
        let observed = format!(
            r#"{{"type":"effect_observed","step":"{step}","n":1,"output":{{"page":"https://notion.example/7f3a","text":"회의록 {}"}},"certainty":"certain","ms":12,"status":200,"pad":"{:0>40}"}}"#,
            self.header.version, self.header.version
        );
        let intended = format!(
            r#"{{"type":"effect_intended","step":"{step}","n":1,"kind":"tool","target":"builtin.echo","payload":{{"text":"안녕하세요","channel":"general"}},"key":"{}-{step}-1","rule":"risk.read"}}"#,
            self.header.id
        );
        let (expected, entry) = self.entry("observe", &[&observed, &intended]);
        self.header.steps_done = self.header.version.saturating_sub(1) as u32;
        // The time of a task that is held means nothing and stays.
        let due = if self.worker.is_some() { Micros(0) } else { entry.at };
        let task = self.task(0, &step, due);
        let mut commit = Commit::new(self.header.clone(), expected, entry);
        commit.tasks = vec![TaskChange::Put(task)];
        commit
    }

    /// The last transition: the run is completed and its task gone.
    pub fn finish(&mut self) -> Commit {
        let (expected, entry) = self.entry("observe", &[r#"{"type":"run_completed","output":null}"#]);
        self.header.status = RunStatus::Completed;
        let mut commit = Commit::new(self.header.clone(), expected, entry);
        commit.tasks = vec![TaskChange::Remove { slot: 0 }];
        commit
    }

    /// A task of this run, held by its worker if it has one.
    pub fn task(&self, slot: u16, step: &str, due: Micros) -> Task {
        Task {
            workspace: self.header.workspace,
            run: self.header.id,
            slot,
            step: step.to_owned(),
            intent: self.header.version as u32,
            due,
            owner: self.worker,
            priority: 0,
            needs: None,
        }
    }
}
