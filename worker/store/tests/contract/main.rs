//! What every store promises, whatever the database behind it: written once, run against each.
//!
//! A rig opens stores on one database and can play the other worker that takes the account away. Nothing else here knows
//! which database it is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod lease;
mod readers;
mod rig;
mod rows;
mod sample;

macro_rules! contract {
    ($database:ident, $rig:ty: $($module:ident::$promise:ident),+ $(,)?) => {
        mod $database {
            $(#[tokio::test]
            async fn $promise() {
                crate::$module::$promise(<$rig as crate::rig::Rig>::new()).await;
            })+
        }
    };
}

contract! { sqlite, crate::rig::SqliteRig:
    rows::every_record_comes_back_as_it_was_written,
    rows::a_batch_committed_twice_is_written_once,
    rows::an_order_changes_its_fate_and_never_its_intent,
    rows::two_orders_for_one_attempt_are_refused,
    rows::a_settled_risk_event_stays_settled,
    rows::a_fill_that_comes_twice_changes_nothing,
    rows::a_batch_with_one_bad_row_leaves_nothing_behind,
    rows::all_decisions_of_a_reply_name_the_model_and_one_the_costs,
    rows::what_was_committed_survives_a_process_that_just_stops,
    rows::a_state_that_a_batch_does_not_bring_stays,
    rows::markets_keep_their_numbers,
    rows::a_market_that_is_new_is_named_with_the_first_rows_that_need_it,
    rows::the_journal_keeps_the_newest_rows,
    rows::inputs_of_an_earlier_process_are_not_taken_for_repetitions,
    lease::a_second_worker_is_refused_with_a_sentence,
    lease::the_epoch_rises_with_every_process,
    lease::a_worker_whose_account_was_taken_over_writes_nothing,
    lease::another_identity_waits_until_the_holder_is_quiet,
    lease::a_lease_that_was_given_back_is_free_at_once,
    lease::another_bot_of_the_same_name_is_refused,
    lease::a_closed_store_says_so,
    readers::rows_come_newest_first_and_no_more_than_asked,
    readers::counts_are_the_rows_that_are_there,
    readers::a_long_curve_is_thinned_evenly,
    readers::a_probe_says_how_it_is,
    readers::an_empty_store_answers_with_nothing,
}
