//! A rotation, step by step: what is published, and what signs.

use aicoin_token::Scope;

use super::*;

const OVERLAP: Duration = Duration::from_secs(150);
/// Half an hour past nine on some day: tokens are minted and checked at it.
const NOW_S: u64 = 1_800_000_000;

/// Keys of nothing but these tests.
fn key(name: char) -> SigningKey {
    let text = match name {
        'a' => "MC4CAQAwBQYDK2VwBCIEIFWa6tCCZNV5XTkJcYzdBavUlXLoT+VVkO7zGoigj9/9",
        'b' => "MC4CAQAwBQYDK2VwBCIEIN9+cOUCFUT0g0u+5kqeN4n+vEvoFHDfYpytbdsDMgpc",
        _ => "MC4CAQAwBQYDK2VwBCIEIGsjwNXzXRsR+baD8LCmFzVd6xEnfZGuCR05nGVbh5QN",
    };
    SigningKey::from_pem(&format!(
        "-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"
    ))
    .unwrap()
}

fn ring() -> (KeyRing, Instant) {
    (KeyRing::new(key('a'), OVERLAP), Instant::now())
}

/// The names of the keys that are published, in their order, and the one that signs.
fn seen(ring: &KeyRing) -> (String, char) {
    let kid_of = |name: char| key(name).public().kid();
    let published: serde_json::Value = serde_json::from_str(&ring.jwks()).unwrap();
    let names = published["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let kid = it["kid"].as_str().unwrap();
            ['a', 'b', 'c']
                .into_iter()
                .find(|name| kid_of(*name) == kid)
                .unwrap()
        })
        .collect();
    let token = ring.mint("uid", Scope::Control, NOW_S);
    let signs = ['a', 'b', 'c']
        .into_iter()
        .find(|name| {
            Keys::from_jwks(&Keys::to_jwks(&[key(*name).public()]))
                .unwrap()
                .verify(&token, "uid", Scope::Control, NOW_S)
                .is_ok()
        })
        .unwrap();
    (names, signs)
}

fn is(published: &str, signs: char) -> (String, char) {
    (published.to_owned(), signs)
}

#[test]
fn a_changed_key_is_published_before_it_signs_and_the_old_one_after() {
    let (ring, start) = ring();
    let just_before = |at: Instant| at.checked_sub(Duration::from_millis(1)).unwrap();
    assert_eq!(seen(&ring), is("a", 'a'));

    assert!(ring.on_file(key('b'), start), "what is published changes");
    assert_eq!(seen(&ring), is("ab", 'a'));

    let takes_over = start + OVERLAP;
    assert!(!ring.on_time(just_before(takes_over)));
    assert_eq!(seen(&ring), is("ab", 'a'));
    assert!(ring.on_time(takes_over));
    assert_eq!(seen(&ring), is("ba", 'b'));

    let retires = takes_over + OVERLAP;
    assert!(!ring.on_time(just_before(retires)));
    assert_eq!(seen(&ring), is("ba", 'b'));
    assert!(ring.on_time(retires));
    assert_eq!(seen(&ring), is("b", 'b'));
}

#[test]
fn a_file_that_is_read_again_changes_nothing() {
    let (ring, start) = ring();
    assert!(!ring.on_file(key('a'), start));
    assert!(ring.on_file(key('b'), start));
    // It is not put off by looking.
    assert!(!ring.on_file(key('b'), start + OVERLAP / 2));
    assert!(ring.on_time(start + OVERLAP));
    assert!(!ring.on_file(key('b'), start + OVERLAP));
    assert_eq!(seen(&ring), is("ba", 'b'));
}

#[test]
fn a_key_that_is_set_back_before_its_turn_never_signs() {
    let (ring, start) = ring();
    assert!(ring.on_file(key('b'), start));
    assert!(
        ring.on_file(key('a'), start + OVERLAP / 2),
        "what is published changes"
    );
    assert_eq!(seen(&ring), is("a", 'a'));
    assert!(!ring.on_time(start + OVERLAP));
    assert_eq!(seen(&ring), is("a", 'a'));
}

#[test]
fn the_key_before_may_come_back_and_is_published_once() {
    let (ring, start) = ring();
    assert!(ring.on_file(key('b'), start));
    assert!(ring.on_time(start + OVERLAP));
    let again = start + OVERLAP + OVERLAP / 2;
    assert!(ring.on_file(key('a'), again));
    assert_eq!(seen(&ring), is("ba", 'b'));
    // It stays past the time at which it would have been retired.
    assert!(!ring.on_time(start + OVERLAP * 2));
    assert!(ring.on_time(again + OVERLAP));
    assert_eq!(seen(&ring), is("ab", 'a'));
}

#[test]
fn a_third_key_takes_the_place_of_one_that_did_not_sign_yet() {
    let (ring, start) = ring();
    assert!(ring.on_file(key('b'), start));
    assert!(ring.on_file(key('c'), start + OVERLAP / 2));
    assert_eq!(seen(&ring), is("ac", 'a'));
    assert!(!ring.on_time(start + OVERLAP));
    assert!(ring.on_time(start + OVERLAP / 2 + OVERLAP));
    assert_eq!(seen(&ring), is("ca", 'c'));
}

#[test]
fn a_file_that_holds_no_key_is_told_in_a_sentence_without_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("private-key.pem");
    let at = path.display().to_string();
    let message = |path: &Path| read(path).err().unwrap().to_string();

    assert_eq!(
        message(&path),
        format!("The control key {at} cannot be read: No such file or directory (os error 2).")
    );
    std::fs::write(&path, "topsecret").unwrap();
    let sentence = message(&path);
    assert!(
        sentence.starts_with(&format!("{at} holds no control key ("))
            && !sentence.contains("topsecret"),
        "{sentence}"
    );
    std::fs::write(&path, "x".repeat(20_000)).unwrap();
    assert_eq!(
        message(&path),
        format!("{at} is larger than 16384 bytes: that is no key.")
    );
}

#[test]
fn no_key_is_in_a_debug_text() {
    let (ring, _) = ring();
    assert!(!format!("{ring:?}").contains(&key('a').public().kid()));
}
