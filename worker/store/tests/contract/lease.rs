//! Promises about who may write.

use aicoin_api::http::Counts;
use aicoin_store::{Batch, StoreError, StoreOptions};

use crate::rig::Rig;
use crate::sample;

pub(crate) async fn a_second_worker_is_refused_with_a_sentence(rig: impl Rig) {
    let (store, _) = rig.open().await;
    let error = rig.try_open(rig.options()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} is in use by another aicoin-worker (pid {}); stop it or choose another --data-dir.",
            rig.options().data_dir.display(),
            std::process::id()
        )
    );
    // The first one does not notice.
    store.commit(sample::batch()).await.unwrap();
    store.close().await.unwrap();
    rig.open().await;
}

pub(crate) async fn the_epoch_rises_with_every_process(rig: impl Rig) {
    let mut epochs = Vec::new();
    for ends_well in [true, false, true] {
        let (store, loaded) = rig.open().await;
        epochs.push(loaded.epoch);
        store.commit(Batch::default()).await.unwrap();
        if ends_well {
            store.close().await.unwrap();
        }
    }
    assert_eq!(epochs, [1, 2, 3]);
}

pub(crate) async fn a_worker_whose_account_was_taken_over_writes_nothing(rig: impl Rig) {
    let (store, _) = rig.open().await;
    store.commit(Batch::default()).await.unwrap();
    rig.take_over(0).await;
    let error = store.commit(sample::batch()).await.unwrap_err();
    assert_eq!(
        error,
        StoreError::LeaseLost {
            account: "paper:default/momentum".to_owned(),
            epoch: 1
        }
    );
    assert_eq!(store.probe().await.unwrap_err(), error);
    assert_eq!(store.counts().await.unwrap(), Counts::default());
    // Nor does its end give away what is not its own.
    store.close().await.unwrap();
    let refused = rig.try_open(rig.options()).await.unwrap_err();
    assert!(matches!(refused, StoreError::LeaseHeld { .. }), "{refused}");
}

pub(crate) async fn another_identity_waits_until_the_holder_is_quiet(rig: impl Rig) {
    let (store, _) = rig.open().await;
    store.close().await.unwrap();
    rig.take_over(20_000).await;
    let error = rig.try_open(rig.options()).await.unwrap_err();
    // Lease time 15 s + longest expiry 8 s + skew 2 s, of which 20 s and a little are over.
    let StoreError::LeaseHeld {
        account,
        holder,
        wait_s,
    } = &error
    else {
        panic!("{error}")
    };
    assert_eq!(
        (account.as_str(), holder.as_str()),
        ("paper:default/momentum", "another")
    );
    assert!((1..=5).contains(wait_s), "{error}");
    rig.take_over(25_000).await;
    let (_store, loaded) = rig.open().await;
    assert_eq!(loaded.epoch, 4);
}

pub(crate) async fn a_lease_that_was_given_back_is_free_at_once(rig: impl Rig) {
    let (store, _) = rig.open().await;
    store.close().await.unwrap();
    rig.take_over(0).await;
    rig.give_back().await;
    let (_store, loaded) = rig.open().await;
    assert_eq!(loaded.epoch, 3);
}

pub(crate) async fn another_bot_of_the_same_name_is_refused(rig: impl Rig) {
    let (store, _) = rig.open().await;
    store.close().await.unwrap();
    let live = StoreOptions {
        mode: "Live".to_owned(),
        ..rig.options()
    };
    let other = StoreOptions {
        uid: 1,
        ..rig.options()
    };
    for (options, words) in [
        (live, "the mode Paper, not Live"),
        (other, "the uid 000000000000000000000000000000ff"),
    ] {
        let error = rig.try_open(options).await.unwrap_err();
        assert!(matches!(error, StoreError::OtherBot { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    // A refused start changes nothing, not even the epoch.
    let (_store, loaded) = rig.open().await;
    assert_eq!(loaded.epoch, 2);
}

pub(crate) async fn a_closed_store_says_so(rig: impl Rig) {
    let (store, _) = rig.open().await;
    let page = store.clone();
    store.close().await.unwrap();
    store.close().await.unwrap();
    let write = store.commit(Batch::default()).await.unwrap_err();
    let read = page.orders(1, None).await.unwrap_err();
    assert!(matches!(write, StoreError::Closed { .. }), "{write}");
    assert_eq!(write, read);
}
