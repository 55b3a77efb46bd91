//! The list of statements. Each lives in `sql/<noun>/<act>.sql`; where the engines must differ, in
//! `sql/sqlite/…` and `sql/postgres/…` with the same name.
//!
//! Parameters are written `$1`, `$2`; SQLite reads them as `?1`, `?2`, which number alike.

use std::sync::LazyLock;

/// One statement in both dialects.
#[derive(Debug)]
pub(crate) struct Sql {
    #[cfg(test)]
    pub name: &'static str,
    pub postgres: &'static str,
    pub sqlite: LazyLock<String>,
}

/// A statement with its parameters.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub sql: &'static Sql,
    pub args: Vec<crate::value::Value>,
}

pub(crate) fn call(sql: &'static Sql, args: Vec<crate::value::Value>) -> Call {
    Call { sql, args }
}

macro_rules! statements {
    (same { $($same:ident = $same_path:literal;)* } split { $($split:ident = $split_path:literal;)* }) => {
        $(pub(crate) static $same: Sql = Sql {
            #[cfg(test)]
            name: $same_path,
            postgres: include_str!(concat!("../sql/", $same_path, ".sql")),
            sqlite: LazyLock::new(|| include_str!(concat!("../sql/", $same_path, ".sql")).replace('$', "?")),
        };)*
        $(pub(crate) static $split: Sql = Sql {
            #[cfg(test)]
            name: $split_path,
            postgres: include_str!(concat!("../sql/postgres/", $split_path, ".sql")),
            sqlite: LazyLock::new(|| include_str!(concat!("../sql/sqlite/", $split_path, ".sql")).replace('$', "?")),
        };)*
        /// Every statement that both engines know.
        #[cfg(test)]
        pub(crate) static ALL: &[&Sql] = &[$(&$same,)* $(&$split,)*];
    };
}

/// Statements that one engine alone needs.
macro_rules! only {
    ($all:ident $folder:literal { $($name:ident = $path:literal;)* }) => {
        $(pub(crate) const $name: &str = include_str!(concat!("../sql/", $folder, "/", $path, ".sql"));)*
        #[cfg(test)]
        pub(crate) static $all: &[(&str, &str)] = &[$((concat!($folder, "/", $path), $name),)*];
    };
}

/// The text as SQLite reads it.
pub(crate) fn sqlite_text(text: &str) -> String {
    text.replace('$', "?")
}

statements! {
    same {
        RUNS_GET = "runs/get";
        RUNS_LIST = "runs/list";
        RUNS_BY_SHORT = "runs/by_short";
        RUNS_COUNTS = "runs/counts";
        RUNS_IDS = "runs/ids";
        RUNS_HEADS = "runs/heads";
        RUNS_OPEN_IDS = "runs/open_ids";
        RUNS_ADRIFT = "runs/adrift";
        SNAPSHOTS_GET = "snapshots/get";
        EVENTS_AFTER_SNAPSHOT = "events/after_snapshot";
        EVENTS_PAGE = "events/page";
        TASKS_RELEASE = "tasks/release";
        TASKS_RELEASE_ALL = "tasks/release_all";
        TASKS_OF_OWNER = "tasks/of_owner";
        TASKS_OF_RUN = "tasks/of_run";
        TASKS_HELD = "tasks/held";
        TASKS_DUE_COUNT = "tasks/due_count";
        WORKERS_BEAT = "workers/beat";
        WORKERS_FENCE = "workers/fence";
        WORKERS_LIST = "workers/list";
        WORKERS_FORGET = "workers/forget";
        WORKERS_END = "workers/end";
        APPROVALS_GET = "approvals/get";
        APPROVALS_LIST = "approvals/list";
        APPROVALS_COUNTS = "approvals/counts";
        APPROVALS_EXPIRED = "approvals/expired";
        WORKERS_QUIET = "workers/quiet";
        MESSAGES_PUBLISH = "messages/publish";
        MESSAGES_GET = "messages/get";
        MESSAGES_LIST = "messages/list";
        MESSAGES_EXPIRE = "messages/expire";
        MESSAGES_RETURNED = "messages/returned";
        MESSAGES_SETTLE = "messages/settle";
        MESSAGES_STRAYS = "messages/strays";
        MESSAGES_STAND = "messages/stand";
        SUBSCRIPTIONS_LIST = "subscriptions/list";
        SUBSCRIPTIONS_RENEW = "subscriptions/renew";
        SUBSCRIPTIONS_SETTLE = "subscriptions/settle";
        SUBSCRIPTIONS_PUT_OFF = "subscriptions/put_off";
        SUBSCRIPTIONS_TAKE_BACK = "subscriptions/take_back";
        DEAD_LIST = "dead/list";
        DEAD_COUNTS = "dead/counts";
        OUTBOX_DONE = "outbox/done";
        OUTBOX_RETRY = "outbox/retry";
        OUTBOX_NEXT_DUE = "outbox/next_due";
        OUTBOX_PARKED = "outbox/parked";
        OUTBOX_TAKE_BACK = "outbox/take_back";
        BLOBS_PUT = "blobs/put";
        BLOBS_GET = "blobs/get";
        BLOBS_FILES = "blobs/files";
        CREDITS_ENTER = "credits/enter";
        CREDITS_ENSURE = "credits/ensure";
        CREDITS_CAP = "credits/cap";
        CREDITS_RAISE = "credits/raise";
        CREDITS_PUT_HOLD = "credits/put_hold";
        CREDITS_DRAW = "credits/draw";
        CREDITS_CLEAR = "credits/clear";
        CREDITS_STALE = "credits/stale";
        CREDITS_BUDGETS = "credits/budgets";
        CREDITS_ACCOUNTS = "credits/accounts";
        CREDITS_ENTRIES = "credits/entries";
        CREDITS_USED = "credits/used";
        CREDITS_USAGE = "credits/usage";
        CLIENT_KEYS_GET = "client_keys/get";
        CLIENT_KEYS_PRUNE = "client_keys/prune";
        WORKSPACES_PUT = "workspaces/put";
        WORKSPACES_GET = "workspaces/get";
        WORKSPACES_LIST = "workspaces/list";
        USERS_PUT = "users/put";
        USERS_GET = "users/get";
        USERS_BY_NAME = "users/by_name";
        USERS_LIST = "users/list";
        USERS_REMOVE = "users/remove";
        LINKS_ADD = "links/add";
        LINKS_GET = "links/get";
        LINKS_USE = "links/use";
        CANARIES_ADD = "canaries/add";
        CANARIES_GET = "canaries/get";
        DECISIONS_TOTALS = "decisions/totals";
        DECISIONS_TIMES = "decisions/times";
        DECISIONS_PEOPLE = "decisions/people";
        STANDING_ADD = "standing/add";
        STANDING_GET = "standing/get";
        STANDING_LIST = "standing/list";
        STANDING_REVOKE = "standing/revoke";
        STANDING_TAKE = "standing/take";
        STANDING_NOTE = "standing/note";
        STANDING_NOTED = "standing/noted";
        GROUPS_PUT = "groups/put";
        GROUPS_EMPTY = "groups/empty";
        GROUPS_ADD = "groups/add";
        GROUPS_REMOVE = "groups/remove";
        GROUPS_LIST = "groups/list";
        TOKENS_PUT = "tokens/put";
        TOKENS_BY_HASH = "tokens/by_hash";
        TOKENS_LIST = "tokens/list";
        TOKENS_USED = "tokens/used";
        TOKENS_REVOKE = "tokens/revoke";
        CONNECTIONS_PUT = "connections/put";
        CONNECTIONS_GET = "connections/get";
        CONNECTIONS_LIST = "connections/list";
        CONNECTIONS_REMOVE = "connections/remove";
        INSPECT_MIGRATIONS = "inspect/migrations";
        INSPECT_DATA_KEYS = "inspect/data_keys";
        INSPECT_POLICIES = "inspect/policies";
        INSPECT_CONNECTIONS = "inspect/connections";
        INSPECT_NEWEST = "inspect/newest";
        GRANTS_PUT = "grants/put";
        GRANTS_GET = "grants/get";
        GRANTS_LIST = "grants/list";
        GRANTS_TAKE = "grants/take";
        GRANTS_RENEW = "grants/renew";
        GRANTS_RELEASE = "grants/release";
        GRANTS_AGE = "grants/age";
        GRANTS_RESEAL = "grants/reseal";
        GRANTS_REMOVE = "grants/remove";
        AUTHORIZATIONS_ADD = "authorizations/add";
        AUTHORIZATIONS_GET = "authorizations/get";
        AUTHORIZATIONS_TAKE = "authorizations/take";
        AUTHORIZATIONS_SETTLE = "authorizations/settle";
        AUTHORIZATIONS_PRUNE = "authorizations/prune";
        SECRETS_PUT = "secrets/put";
        SECRETS_GET = "secrets/get";
        SECRETS_BY_NAME = "secrets/by_name";
        SECRETS_LIST = "secrets/list";
        SECRETS_REMOVE = "secrets/remove";
        DATA_KEYS_REWRAP = "data_keys/rewrap";
        SECRETS_RESEAL = "secrets/reseal";
        SUBJECTS_LIVE_KEYS = "subjects/live_keys";
        SUBJECTS_REWRAP = "subjects/rewrap";
        DATA_KEYS_PUT = "data_keys/put";
        DATA_KEYS_LIST = "data_keys/list";
        DATA_KEYS_REMOVE = "data_keys/remove";
        WORKFLOWS_ADD = "workflows/add";
        WORKFLOWS_NEWEST = "workflows/newest";
        WORKFLOWS_VERSION = "workflows/version";
        WORKFLOWS_BY_DIGEST = "workflows/by_digest";
        WORKFLOWS_LIST = "workflows/list";
        WORKFLOWS_VERSIONS = "workflows/versions";
        CONTRACTS_ADD = "contracts/add";
        CONTRACTS_GET = "contracts/get";
        CONTRACTS_BY_DIGEST = "contracts/by_digest";
        CONTRACTS_LIST = "contracts/list";
        CONTRACTS_STATE = "contracts/state";
        POLICIES_ADD = "policies/add";
        POLICIES_NEWEST = "policies/newest";
        POLICIES_LIST = "policies/list";
        PLANS_PUT = "plans/put";
        PLANS_GET = "plans/get";
        PLANS_TAKE = "plans/take";
        PLANS_PRUNE = "plans/prune";
        SESSIONS_PUT = "sessions/put";
        SESSIONS_GET = "sessions/get";
        SESSIONS_NEWEST = "sessions/newest";
        SETTINGS_PUT = "settings/put";
        SETTINGS_GET = "settings/get";
        SETTINGS_LIST = "settings/list";
        SETTINGS_REMOVE = "settings/remove";
        TOPICS_ENSURE = "topics/ensure";
        TOPICS_SUBSCRIBE = "topics/subscribe";
        TOPICS_SUBSCRIPTION = "topics/subscription";
        TOPICS_LEASE = "topics/lease";
        TOPICS_READ = "topics/read";
        TOPICS_SETTLE = "topics/settle";
        TOPICS_HOLD = "topics/hold";
        TOPICS_GIVE_UP = "topics/give_up";
        TOPICS_DEAD = "topics/dead";
        TOPICS_REVIVE = "topics/revive";
        TOPICS_LIST = "topics/list";
        TOPICS_LAG = "topics/lag";
        TOPICS_PRUNE = "topics/prune";
        WEBHOOKS_PUT = "webhooks/put";
        WEBHOOKS_LIST = "webhooks/list";
        WEBHOOKS_REMOVE = "webhooks/remove";
        CHECKPOINTS_CURSOR = "checkpoints/cursor";
        CHECKPOINTS_MOVE_CURSOR = "checkpoints/move_cursor";
        CHECKPOINTS_ADD = "checkpoints/add";
        CHECKPOINTS_ADD_LEAF = "checkpoints/add_leaf";
        CHECKPOINTS_LIST = "checkpoints/list";
        CHECKPOINTS_NEWEST = "checkpoints/newest";
        CHECKPOINTS_LEAVES = "checkpoints/leaves";
        CHECKPOINTS_LEAVES_OF_RUN = "checkpoints/leaves_of_run";
        CHECKPOINTS_LAST_LEAF = "checkpoints/last_leaf";
        CHECKPOINTS_REMOVED = "checkpoints/removed";
        CHECKPOINTS_TOTALS = "checkpoints/totals";
        NOTARY_KEYS_ADD = "notary_keys/add";
        NOTARY_KEYS_LIST = "notary_keys/list";
        NOTARY_KEYS_RETIRE = "notary_keys/retire";
        SUBJECTS_ADD_KEY = "subjects/add_key";
        SUBJECTS_KEY = "subjects/key";
        SUBJECTS_KEYS = "subjects/keys";
        SUBJECTS_BLANK_KEY = "subjects/blank_key";
        SUBJECTS_ERASE_KEY = "subjects/erase_key";
        SUBJECTS_FORGET_VALUES = "subjects/forget_values";
        SUBJECTS_ADD_RUN = "subjects/add_run";
        SUBJECTS_RUNS = "subjects/runs";
        SUBJECTS_ADD_VALUE = "subjects/add_value";
        SUBJECTS_VALUES = "subjects/values";
        JOURNAL_APPEND = "journal/append";
        JOURNAL_LAST = "journal/last";
    }
    split {
        CREDITS_HOLD = "credits/hold";
        CREDITS_SPEND = "credits/spend";
        CHECKPOINTS_CHANGED = "checkpoints/changed";
        CHECKPOINTS_HORIZON = "checkpoints/horizon";
        CHECKPOINTS_RESTART = "checkpoints/restart";
        TASKS_TAKE_OVER = "tasks/take_over";
        OUTBOX_TAKE = "outbox/take";
    }
}

only! { SQLITE_ONLY "sqlite" {
    INSPECT_PRETEND_NEWER = "inspect/pretend_newer";
    SQLITE_RUNS_INSERT = "runs/insert";
    SQLITE_RUNS_COPY = "runs/copy";
    SQLITE_EVENTS_COPY = "events/copy";
    SQLITE_RUNS_ADVANCE = "runs/advance";
    SQLITE_RUNS_TURN = "runs/turn";
    SQLITE_EVENTS_APPEND = "events/append";
    SQLITE_SNAPSHOTS_PUT = "snapshots/put";
    SQLITE_TASKS_ADVANCE = "tasks/advance";
    SQLITE_TASKS_PUT = "tasks/put";
    SQLITE_TASKS_REMOVE = "tasks/remove";
    SQLITE_TASKS_WAKE = "tasks/wake";
    SQLITE_TASKS_NEXT_GROUP = "tasks/next_group";
    SQLITE_TASKS_CLAIM_GROUP = "tasks/claim_group";
    SQLITE_APPROVALS_ADD = "approvals/add";
    SQLITE_APPROVALS_SETTLE = "approvals/settle";
    SQLITE_OUTBOX_ADD = "outbox/add";
    SQLITE_CLIENT_KEYS_FIND = "client_keys/find";
    SQLITE_CLIENT_KEYS_PUT = "client_keys/put";
    SQLITE_MESSAGES_PUBLISH = "messages/add";
    SQLITE_MESSAGES_TAKEN = "messages/taken";
    SQLITE_MESSAGES_OLDEST_KEPT = "messages/oldest_kept";
    SQLITE_MESSAGES_NEXT_NEW = "messages/next_new";
    SQLITE_MESSAGES_STATE = "messages/state";
    SQLITE_SUBSCRIPTIONS_PUT = "subscriptions/put";
    SQLITE_SUBSCRIPTIONS_REMOVE = "subscriptions/remove";
    SQLITE_SUBSCRIPTIONS_NEXT_NEW = "subscriptions/next_new";
    SQLITE_SUBSCRIPTIONS_GIVE = "subscriptions/give";
    SQLITE_SUBSCRIPTIONS_GIVE_ALL = "subscriptions/give_all";
    SQLITE_SUBSCRIPTIONS_TAKE = "subscriptions/take";
    SQLITE_DEAD_PUT = "dead/put";
    SQLITE_DEAD_REMOVE = "dead/remove";
    SQLITE_WORKERS_FENCED = "workers/fenced";
    SQLITE_TOPICS_OPEN = "topics/open";
    SQLITE_TOPICS_ADD = "topics/add";
    SQLITE_TOPICS_AGAIN = "topics/again";
    SQLITE_TOPICS_STAND = "topics/stand";
    SQLITE_TOPICS_MOVE = "topics/move";
} }

only! { POSTGRES_ONLY "postgres" {
    POSTGRES_RUNS_INSERT = "runs/insert";
    POSTGRES_RUNS_COPY = "runs/copy";
    POSTGRES_EVENTS_COPY = "events/copy";
    POSTGRES_RUNS_ADVANCE = "runs/advance";
    POSTGRES_EVENTS_APPEND = "events/append";
    POSTGRES_SNAPSHOTS_PUT = "snapshots/put";
    POSTGRES_TASKS_PUT = "tasks/put";
    POSTGRES_TASKS_REMOVE = "tasks/remove";
    POSTGRES_TASKS_WAKE = "tasks/wake";
    POSTGRES_TASKS_CLAIM = "tasks/claim";
    POSTGRES_TASKS_NEXT_DUE = "tasks/next_due";
    POSTGRES_APPROVALS_ADD = "approvals/add";
    POSTGRES_APPROVALS_SETTLE = "approvals/settle";
    POSTGRES_OUTBOX_ADD = "outbox/add";
    POSTGRES_MESSAGES_PUBLISH = "messages/add";
    POSTGRES_MESSAGES_TAKEN = "messages/taken";
    POSTGRES_SUBSCRIPTIONS_PUT = "subscriptions/put";
    POSTGRES_SUBSCRIPTIONS_REMOVE = "subscriptions/remove";
    POSTGRES_SUBSCRIPTIONS_LOCK_COURIER = "subscriptions/lock_courier";
    POSTGRES_SUBSCRIPTIONS_MATCH_KEPT = "subscriptions/match_kept";
    POSTGRES_SUBSCRIPTIONS_MATCH_NEW = "subscriptions/match_new";
    POSTGRES_SUBSCRIPTIONS_TAKE = "subscriptions/take";
    POSTGRES_DEAD_PUT = "dead/put";
    POSTGRES_DEAD_REMOVE = "dead/remove";
    POSTGRES_BLOBS_PUT_ALL = "blobs/put_all";
    POSTGRES_CLIENT_KEYS_PUT = "client_keys/put";
    POSTGRES_CLIENT_KEYS_FIND = "client_keys/find";
    POSTGRES_EVENTS_STAND = "events/stand";
    POSTGRES_CLIENT_KEYS_REMOVE = "client_keys/remove";
    POSTGRES_WORKERS_FENCED = "workers/fenced";
    POSTGRES_WORKERS_IS_FENCED = "workers/is_fenced";
    POSTGRES_WORKERS_HOLD_FENCES = "workers/hold_fences";
    POSTGRES_WORKERS_LOCK_FENCES = "workers/lock_fences";
    POSTGRES_WORKERS_SILENT = "workers/silent";
    POSTGRES_SIGNALS_NOTIFY = "signals/notify";
    POSTGRES_TOPICS_PUBLISH = "topics/publish";
    POSTGRES_TOPICS_TAKE = "topics/take";
    POSTGRES_SERVER_FACTS = "server/facts";
    POSTGRES_STATS_BYTES = "stats/bytes";
} }

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    fn files(folder: &Path, found: &mut BTreeSet<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, found);
            } else {
                found.insert(path);
            }
        }
    }

    #[test]
    fn every_file_is_in_the_list() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
        let mut found = BTreeSet::new();
        files(&root, &mut found);
        for sql in ALL {
            let same = root.join(sql.name).with_extension("sql");
            if !found.remove(&same) {
                for engine in ["sqlite", "postgres"] {
                    assert!(found.remove(&root.join(engine).join(sql.name).with_extension("sql")), "{}", sql.name);
                }
            }
        }
        for (name, _) in SQLITE_ONLY.iter().chain(POSTGRES_ONLY) {
            assert!(found.remove(&root.join(name).with_extension("sql")), "{name}");
        }
        assert!(found.is_empty(), "not in the list: {found:?}");
    }

    #[test]
    fn sqlite_prepares_every_statement() {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        crate::migrate::sqlite(&mut connection).unwrap();
        for sql in ALL {
            connection.prepare(&sql.sqlite).unwrap_or_else(|error| panic!("{}: {error}", sql.name));
        }
        for (name, text) in SQLITE_ONLY {
            connection.prepare(&sqlite_text(text)).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}
