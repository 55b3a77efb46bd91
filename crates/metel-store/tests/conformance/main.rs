//! One suite for both engines: a function an act, stamped on each. What passes here is what the
//! store promises; an engine that cannot be started fails the suite.

#![allow(clippy::unwrap_used)]

mod approvals;
mod blobs;
mod checkpoints;
mod claims;
mod commits;
mod credits;
mod dead;
mod grants;
mod lists;
mod messages;
mod outbox;
mod rows;
mod signals;
mod subjects;
mod topics;
mod workers;

use metel_store::{Options, Store};

use metel_store::testing::Postgres;

/// A store of its own for one test, and what has to outlive it.
struct Bench {
    store: Store,
    _folder: Option<tempfile::TempDir>,
    _server: Option<std::sync::Arc<Postgres>>,
}

async fn sqlite_file() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(folder.path().join("metel.db"), Options::default()).await.unwrap();
    Bench { store, _folder: Some(folder), _server: None }
}

async fn sqlite_memory() -> Bench {
    Bench { store: Store::open_sqlite(":memory:", Options::default()).await.unwrap(), _folder: None, _server: None }
}

/// `like` is a database that was brought to the newest shape once for all.
async fn postgres(server: &std::sync::Arc<Postgres>, like: &str) -> Bench {
    let store = Store::open_postgres(&server.database_like(like).unwrap(), Options::default()).await.unwrap();
    Bench { store, _folder: None, _server: Some(server.clone()) }
}

macro_rules! conformance {
    ($($module:ident: $($act:ident)+;)+) => {
        conformance! { @engine sqlite_file $($module: $($act)+;)+ }
        conformance! { @engine sqlite_memory $($module: $($act)+;)+ }

        /// One server serves all of them; a database each.
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn postgres_does_every_act() {
            let server = Postgres::start().unwrap();
            let like = server.database().unwrap();
            drop(Store::open_postgres(&like, Options::default()).await.unwrap());
            let mut failed = Vec::new();
            $($({
                let bench = postgres(&server, &like).await;
                let store = bench.store.clone();
                let act = tokio::spawn(async move {
                    crate::$module::$act(&store).await;
                    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
                });
                if act.await.is_err() {
                    failed.push(concat!(stringify!($module), "::", stringify!($act)));
                }
            })+)+
            assert!(failed.is_empty(), "PostgreSQL fails at {failed:?}");
        }
    };
    (@engine $engine:ident $($module:ident: $($act:ident)+;)+) => {
        mod $engine {
            $(mod $module {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $act() {
                    let bench = crate::$engine().await;
                    crate::$module::$act(&bench.store).await;
                    assert_eq!(bench.store.integrity().await.unwrap(), Vec::<String>::new());
                })+
            })+
        }
    };
}

conformance! {
    commits:
        a_run_goes_from_first_to_last_commit
        a_stale_version_writes_nothing
        a_taken_id_is_stale
        parts_that_do_not_fit_are_refused
        a_snapshot_shortens_the_load
        children_begin_with_their_parent
        a_taken_child_id_refuses_the_whole
        a_client_key_finds_its_run_again
        one_key_fifty_times_at_once_starts_one_run
        an_expired_client_key_may_be_used_again
        many_at_once_keep_each_log_gapless
        text_comes_back_exactly
        a_bad_commit_harms_no_other;
    claims:
        due_tasks_are_claimed_once
        later_and_parked_tasks_wait
        a_wake_makes_a_parked_task_due
        workspaces_share_alike
        larger_priorities_go_first
        a_task_is_given_back_only_by_its_owner
        a_burst_of_one_workspace_delays_no_other
        a_worker_takes_what_it_can_do
        many_claimers_never_share_a_task;
    workers:
        a_silent_worker_loses_its_tasks
        one_that_ended_is_silent_at_once
        tasks_of_unknown_workers_are_taken_over
        old_workers_are_forgotten;
    lists:
        runs_are_listed_newest_first
        runs_are_found_by_their_end
        other_workspaces_see_nothing
        heads_and_ids_go_page_by_page
        counts_and_figures_add_up;
    approvals:
        decisions_are_counted
        an_approval_is_asked_and_settled
        expired_ones_are_found;
    messages:
        a_message_goes_to_all_who_wait
        one_that_nobody_waits_for_is_kept_for_the_first
        a_message_is_taken_once
        a_refused_one_goes_to_another
        a_step_that_was_passed_over_waits_on
        one_on_its_way_comes_back_until_settled
        whose_wait_ended_gets_nothing
        expired_ones_are_removed
        one_of_two_is_not_left_with_an_expired_one
        messages_are_listed_newest_first
        wrong_ones_are_refused
        many_couriers_lose_and_double_nothing;
    dead:
        given_up_steps_are_kept_until_tried_again;
    outbox:
        an_item_comes_back_until_done
        given_up_items_are_kept;
    blobs:
        small_and_large_values_come_back
        values_are_kept_apart_by_workspace;
    checkpoints:
        what_grew_is_found_once
        checkpoints_come_back_with_what_they_name
        a_cursor_behind_the_end_begins_anew
        keys_of_the_notary_are_kept_for_good
        the_journal_is_a_chain_of_its_own;
    grants:
        one_holder_renews_a_grant
        an_authorization_is_taken_once;
    rows:
        workspaces_users_and_tokens
        groups_have_members
        a_standing_rule_is_used_so_often
        a_link_is_used_once
        connections_and_secrets
        definitions_have_versions
        plans_are_taken_once
        sessions_settings_and_webhooks
        the_nil_workspace_has_settings;
    subjects:
        a_key_is_destroyed_and_the_act_written_down;
    credits:
        what_is_granted_is_held_spent_and_given_back
        many_at_once_never_pass_a_cap_and_are_never_refused_what_is_there
        a_transfer_that_makes_credits_is_refused;
    signals:
        a_commit_is_heard;
    topics:
        each_subscription_is_given_everything_once
        a_stretch_that_is_not_settled_comes_back_and_its_first_holder_is_refused
        what_is_refused_comes_back_alone_and_is_given_up_after_the_last_attempt
        a_stretch_that_nobody_survives_comes_back_in_single_messages
        many_takers_share_a_topic_without_doubling
        what_everybody_settled_is_pruned_and_nothing_else
        bad_names_and_sizes_are_refused;
}
