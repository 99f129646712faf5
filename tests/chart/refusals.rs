//! Wrong values.

use crate::rig::{table, template, words};

#[test]
fn a_wrong_value_is_refused_with_its_name_and_what_is_right() {
    for [args, sentence] in table::rows::<2>("tests/chart/refusals.tsv") {
        let output = template(&args.split(' ').collect::<Vec<_>>());
        let words = words(&output);
        assert!(!output.status.success(), "{args} is accepted");
        assert!(
            words.contains(&sentence),
            "{args} says {words:?} and not {sentence:?}"
        );
    }
}
