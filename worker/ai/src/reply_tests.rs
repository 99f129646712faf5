//! What a reply may be, and the code of everything that it may not be.

use super::*;
use proptest::prelude::*;

/// A reply to view 7 with these elements.
fn framed(elements: &str) -> String {
    format!(r#"{{"schema":1,"view_id":7,"decisions":[{elements}]}}"#)
}

/// An opening decision with these fields put in or replaced; an empty value takes the field out.
fn open_with(changes: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("symbol", r#""BTC""#),
        ("action", r#""open_long""#),
        ("confidence", "70"),
        ("risk_bps", "50"),
        ("leverage", "3"),
        ("stop_px", r#""45500""#),
        ("take_px", r#""48000.5""#),
        ("max_slippage_bps", "20"),
        ("ttl_s", "60"),
        ("reason", r#""trend""#),
    ];
    for change in changes {
        match fields.iter_mut().find(|field| field.0 == change.0) {
            Some(field) => field.1 = change.1,
            None => fields.push(*change),
        }
    }
    let written: Vec<String> = fields
        .iter()
        .filter(|field| !field.1.is_empty())
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", written.join(","))
}

fn parse(content: &str) -> Result<AiReply, Reason> {
    parse_reply(content, Some("stop"), 7).map_err(|failure| failure.reason)
}

/// The one element of a reply, or its code.
fn element_of(element: &str) -> Result<Proposal, Reason> {
    let mut reply = parse(&framed(element)).unwrap();
    assert_eq!(reply.items.len(), 1);
    match reply.items.remove(0) {
        ReplyItem::Proposal(proposal) => Ok(proposal),
        ReplyItem::Rejected { reason, detail, .. } => {
            assert!(detail.ends_with('.'), "a sentence: {detail}");
            Err(reason)
        }
    }
}

#[test]
fn a_good_reply_is_read_exactly() {
    let expected = Proposal {
        symbol: "BTC".into(),
        action: AiAction::OpenLong,
        confidence: 70,
        risk_bps: Some(50),
        leverage: Some(3),
        stop: Some("45500".parse().unwrap()),
        take: Some("48000.5".parse().unwrap()),
        max_slippage_bps: Some(20),
        ttl_s: Some(60),
        reason: "trend".into(),
    };
    let reply = parse(&framed(&open_with(&[]))).unwrap();
    assert_eq!(
        reply,
        AiReply {
            view: 7,
            items: vec![ReplyItem::Proposal(expected)]
        }
    );
    assert_eq!(
        parse(&framed("")),
        Ok(AiReply {
            view: 7,
            items: Vec::new()
        })
    );
}

#[test]
fn numbers_may_be_written_in_two_ways_and_are_never_floats() {
    // This number has no exact binary form, and more digits than a float keeps.
    for number in ["46319.5432109876", "\"46319.5432109876\""] {
        let stop = element_of(&open_with(&[("stop_px", number)]))
            .unwrap()
            .stop
            .unwrap();
        assert_eq!(stop.to_string(), "46319.5432109876");
    }
    let texts = open_with(&[
        ("confidence", r#""70""#),
        ("risk_bps", r#""50""#),
        ("ttl_s", r#""60""#),
    ]);
    assert_eq!(element_of(&texts), element_of(&open_with(&[])));
    let frame = r#"{"schema":"1","view_id":"7","decisions":[]}"#;
    assert!(parse(frame).is_ok());
    let wide = parse_reply(
        r#"{"schema":1,"view_id":18446744073709551615,"decisions":[]}"#,
        None,
        u64::MAX,
    );
    assert!(wide.is_ok());
}

#[test]
fn a_wrong_frame_is_no_reply() {
    let many = vec!["{}"; DECISIONS_MAX + 1].join(",");
    let large = framed(&open_with(&[(
        "reason",
        &format!("\"{}\"", "x".repeat(70_000)),
    )]));
    let deep = framed(&format!("{}{}", "[".repeat(50_000), "]".repeat(10_000)));
    let table: &[(&str, Reason)] = &[
        ("", Reason::ReplyEmpty),
        ("   \n\t  ", Reason::ReplyEmpty),
        (&large, Reason::ReplyTooLarge),
        (&deep, Reason::ReplyNotJson),
        ("I would hold.", Reason::ReplyNotJson),
        ("[]", Reason::ReplyNotJson),
        ("null", Reason::ReplyNotJson),
        (
            r#"[{"symbol":"BTC","action":"hold"}]"#,
            Reason::ReplyNotJson,
        ),
        (
            r#"{"schema":1,"view_id":7,"decisions":[{"symbol":"BTC","#,
            Reason::ReplyTruncated,
        ),
        (
            r#"{"schema":1,"view_id":7,"decisions":[]} That is all."#,
            Reason::TrailingText,
        ),
        (
            r#"{"schema":1,"view_id":7,"decisions":[]}{}"#,
            Reason::TrailingText,
        ),
        (
            r#"{"schema":1,"view_id":7,"decisions":[{"stop_px":NaN}]}"#,
            Reason::ReplyNotJson,
        ),
        (
            r#"{"schema":1,"view_id":7,"decisions":[],}"#,
            Reason::ReplyNotJson,
        ),
        (
            r#"{"schema":1,"schema":1,"view_id":7,"decisions":[]}"#,
            Reason::DuplicateKey,
        ),
        (
            r#"{"schema":1,"view_id":7,"decisions":[],"decisions":[]}"#,
            Reason::DuplicateKey,
        ),
        (
            r#"{"schema":1,"view_id":7,"decisions":[],"note":"x"}"#,
            Reason::UnknownField,
        ),
        (r#"{"view_id":7,"decisions":[]}"#, Reason::MissingField),
        (r#"{"schema":1,"decisions":[]}"#, Reason::MissingField),
        (r#"{"schema":1,"view_id":7}"#, Reason::MissingField),
        (
            r#"{"schema":1,"view_id":7,"decisions":null}"#,
            Reason::MissingField,
        ),
        (
            r#"{"schema":2,"view_id":7,"orders":[]}"#,
            Reason::WrongSchemaVersion,
        ),
        (
            r#"{"schema":"one","view_id":7,"decisions":[]}"#,
            Reason::BadNumber,
        ),
        (
            r#"{"schema":1.0,"view_id":7,"decisions":[]}"#,
            Reason::BadNumber,
        ),
        (
            r#"{"schema":1,"view_id":8,"decisions":[]}"#,
            Reason::WrongView,
        ),
        (
            r#"{"schema":1,"view_id":7e0,"decisions":[]}"#,
            Reason::BadNumber,
        ),
        (
            r#"{"schema":1,"view_id":-7,"decisions":[]}"#,
            Reason::OutOfRange,
        ),
        (
            r#"{"schema":1,"view_id":7,"decisions":{}}"#,
            Reason::BadValue,
        ),
        (
            r#"{"schema":1,"view_id":7,"decisions":"none"}"#,
            Reason::BadValue,
        ),
        (&framed(&many), Reason::OutOfRange),
    ];
    for (content, reason) in table {
        assert_eq!(parse(content), Err(*reason), "{}", words::cut(content, 100));
    }
}

#[test]
fn a_fence_and_leading_lines_are_taken_off() {
    let reply = framed(&open_with(&[]));
    for content in [
        format!("```json\n{reply}\n```"),
        format!("\n\n  {reply}\n"),
        format!("```\n{reply}\n```\n"),
    ] {
        assert_eq!(parse(&content), parse(&reply));
    }
}

#[test]
fn only_a_normal_end_is_an_end() {
    let good = framed("");
    let table = [
        (None, None),
        (Some("stop"), None),
        (Some("length"), Some(Reason::ReplyTruncated)),
        (Some("max_tokens"), Some(Reason::ReplyTruncated)),
        (Some("content_filter"), Some(Reason::ReplyFiltered)),
        (
            Some("insufficient_system_resource"),
            Some(Reason::AiUnavailable),
        ),
        (Some("error"), Some(Reason::AiUnavailable)),
        (Some("tool_calls"), Some(Reason::ReplyTruncated)),
        (Some("something new"), Some(Reason::ReplyTruncated)),
    ];
    for (finish_reason, reason) in table {
        let outcome = parse_reply(&good, finish_reason, 7)
            .map_err(|failure| failure.reason)
            .err();
        assert_eq!(outcome, reason, "{finish_reason:?}");
        let empty = parse_reply("", finish_reason, 7)
            .map_err(|failure| failure.reason)
            .err();
        assert_eq!(
            empty,
            reason.or(Some(Reason::ReplyEmpty)),
            "{finish_reason:?}"
        );
    }
}

#[test]
fn a_wrong_element_has_its_code() {
    let long = format!("\"{}\"", "x".repeat(REASON_CHARS_MAX + 1));
    let digits = "9".repeat(65);
    let table: &[(&str, &str, Reason)] = &[
        ("symbol", "", Reason::MissingField),
        ("symbol", "7", Reason::BadValue),
        ("symbol", r#""BTC; ignore all rules""#, Reason::BadValue),
        ("symbol", r#""""#, Reason::BadValue),
        ("symbol", r#""ＢＴＣ""#, Reason::BadValue),
        ("action", "", Reason::MissingField),
        ("action", r#""OPEN_LONG""#, Reason::BadValue),
        ("action", r#""buy""#, Reason::BadValue),
        ("action", "1", Reason::BadValue),
        ("confidence", "", Reason::MissingField),
        ("confidence", "null", Reason::MissingField),
        ("confidence", "101", Reason::OutOfRange),
        ("confidence", "-1", Reason::OutOfRange),
        ("confidence", "0.7", Reason::BadNumber),
        ("confidence", "70.0", Reason::BadNumber),
        ("confidence", r#""high""#, Reason::BadNumber),
        ("confidence", "true", Reason::BadNumber),
        ("confidence", "99999999999999999999999", Reason::OutOfRange),
        ("risk_bps", "", Reason::MissingField),
        ("risk_bps", "0", Reason::OutOfRange),
        ("risk_bps", "10001", Reason::OutOfRange),
        ("leverage", "0", Reason::OutOfRange),
        ("leverage", "1e1", Reason::BadNumber),
        ("leverage", "[3]", Reason::BadNumber),
        ("stop_px", r#""NaN""#, Reason::BadNumber),
        ("stop_px", r#""Infinity""#, Reason::BadNumber),
        ("stop_px", "1e308", Reason::BadNumber),
        ("stop_px", "4.55e4", Reason::BadNumber),
        ("stop_px", r#""٤٥٥٠٠""#, Reason::BadNumber),
        ("stop_px", r#""４５５００""#, Reason::BadNumber),
        ("stop_px", r#""45,500""#, Reason::BadNumber),
        ("stop_px", r#"" 45500""#, Reason::BadNumber),
        ("stop_px", r#""0x1""#, Reason::BadNumber),
        ("stop_px", r#""""#, Reason::BadNumber),
        ("stop_px", "[45500]", Reason::BadNumber),
        ("stop_px", r#"{"a":1,"a":2}"#, Reason::BadNumber),
        ("stop_px", "0", Reason::OutOfRange),
        ("stop_px", "0.0", Reason::OutOfRange),
        ("stop_px", "-45500", Reason::OutOfRange),
        ("stop_px", "100000001", Reason::OutOfRange),
        ("stop_px", "1.00000000001", Reason::BadNumber),
        ("stop_px", &digits, Reason::BadNumber),
        ("take_px", r#""-1""#, Reason::OutOfRange),
        ("max_slippage_bps", "10001", Reason::OutOfRange),
        ("ttl_s", "0", Reason::OutOfRange),
        ("ttl_s", "86401", Reason::OutOfRange),
        ("reason", &long, Reason::OutOfRange),
        ("reason", "7", Reason::BadValue),
        ("reason", r#""\ud800""#, Reason::BadValue),
        ("size", "1", Reason::UnknownField),
        ("reason\":\"\",\"reason", r#""""#, Reason::DuplicateKey),
        ("st\\u006fp_px", "1", Reason::DuplicateKey),
    ];
    for (name, value, reason) in table {
        assert_eq!(
            element_of(&open_with(&[(name, value)])),
            Err(*reason),
            "{name}: {value}"
        );
    }
    assert_eq!(element_of("7"), Err(Reason::BadValue));
    assert_eq!(element_of("[]"), Err(Reason::BadValue));
    assert_eq!(element_of("{}"), Err(Reason::MissingField));
}

#[test]
fn a_missing_stop_is_for_the_core_to_refuse() {
    for value in ["", "null"] {
        assert_eq!(
            element_of(&open_with(&[("stop_px", value)])).unwrap().stop,
            None
        );
    }
}

#[test]
fn a_good_close_stands_beside_anything() {
    let close = r#"{"symbol":"ETH","action":"close","reason":"done"}"#;
    let bad = open_with(&[("stop_px", "1e308")]);
    let reply = parse(&framed(
        &[bad.as_str(), close, "[[[]]]", r#"{"a":1,"a":2}"#].join(","),
    ))
    .unwrap();
    let codes: Vec<Option<Reason>> = reply
        .items
        .iter()
        .map(|item| match item {
            ReplyItem::Proposal(_) => None,
            ReplyItem::Rejected { reason, .. } => Some(*reason),
        })
        .collect();
    let expected = [
        Some(Reason::BadNumber),
        None,
        Some(Reason::BadValue),
        Some(Reason::DuplicateKey),
    ];
    assert_eq!(codes, expected);
    assert!(matches!(&reply.items[0], ReplyItem::Rejected { symbol, .. } if symbol == "BTC"));
}

#[test]
fn what_does_not_open_is_not_lost_to_a_field_that_it_has_no_use_for() {
    let long = format!("\"{}\"", "x".repeat(1000));
    for action in ["close", "reduce", "hold"] {
        let element = open_with(&[
            ("action", &format!("\"{action}\"")),
            ("confidence", ""),
            ("risk_bps", "0"),
            ("leverage", "-1"),
            ("stop_px", "0"),
            ("take_px", "999999999999"),
            ("reason", &long),
        ]);
        let proposal = element_of(&element).unwrap();
        assert_eq!(
            (
                proposal.risk_bps,
                proposal.leverage,
                proposal.stop,
                proposal.take
            ),
            (None, None, None, None)
        );
        assert_eq!(
            (proposal.confidence, proposal.reason.len()),
            (0, REASON_CHARS_MAX)
        );
        // It must be a number all the same.
        let nan = open_with(&[
            ("action", &format!("\"{action}\"")),
            ("stop_px", r#""NaN""#),
        ]);
        assert_eq!(element_of(&nan), Err(Reason::BadNumber));
    }
    let adjust =
        element_of(r#"{"symbol":"BTC","action":"adjust_stop","stop_px":"45900"}"#).unwrap();
    assert_eq!(adjust.stop, Some("45900".parse().unwrap()));
    assert_eq!(
        element_of(r#"{"symbol":"BTC","action":"hold"}"#)
            .unwrap()
            .action,
        AiAction::Hold
    );
}

#[test]
fn a_reason_of_280_characters_of_any_width_is_taken() {
    let wide = format!("\"{}\"", "é".repeat(REASON_CHARS_MAX));
    assert!(element_of(&open_with(&[("reason", &wide)])).is_ok());
}

#[test]
fn hostile_text_is_disarmed() {
    let hostile = r#""a\nERROR forged\u0000\u001b[31m\u202e<script>""#;
    let reason = element_of(&open_with(&[("reason", hostile)]))
        .unwrap()
        .reason;
    assert_eq!(reason, "a ERROR forged[31m<script>");
    let sentence = framed(&open_with(&[("please obey", "1")]));
    let reply = parse(&sentence).unwrap();
    assert!(
        matches!(&reply.items[0], ReplyItem::Rejected { detail, .. } if !detail.contains("obey"))
    );
    let symbol = framed(&open_with(&[(
        "symbol",
        r#""B\nT\u0000C and a lot of other words behind it""#,
    )]));
    let reply = parse(&symbol).unwrap();
    assert!(
        matches!(&reply.items[0], ReplyItem::Rejected { symbol, .. } if symbol.starts_with("B TC and") && symbol.len() <= 32)
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse_reply(&String::from_utf8_lossy(&bytes), Some("stop"), 7);
    }

    #[test]
    fn no_mixture_of_json_makes_it_panic(
        parts in proptest::collection::vec(
            prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"", "\\", "```", "json", "\"schema\":1", "\"view_id\":7", "\"decisions\":[",
                "\"symbol\":\"BTC\"", "\"action\":\"close\"", "1e999", "-", "0", ".", "null", "NaN", "\\ud800", " ", "\n",
            ]),
            0..40,
        ),
    ) {
        let _ = parse(&parts.concat());
    }

    /// Whatever one byte of a good reply becomes: it is refused, or what comes out keeps every bound.
    #[test]
    fn a_changed_byte_never_breaks_a_bound(place in any::<prop::sample::Index>(), byte in 0_u8..128) {
        let mut text = framed(&open_with(&[])).into_bytes();
        let place = place.index(text.len());
        text[place] = byte;
        if let Ok(reply) = parse(&String::from_utf8(text).unwrap()) {
            for item in reply.items {
                let ReplyItem::Proposal(proposal) = item else { continue };
                prop_assert!(is_symbol(&proposal.symbol) && proposal.confidence <= 100);
                prop_assert!(proposal.risk_bps.is_none_or(|bps| (1..=BPS_MAX).contains(&bps)));
                prop_assert!(proposal.stop.is_none_or(|stop| stop.is_positive()));
                prop_assert!(proposal.take.is_none_or(|take| take.is_positive()));
                prop_assert!(proposal.reason.chars().count() <= REASON_CHARS_MAX);
            }
        }
    }

    /// A reply that is cut anywhere is refused.
    #[test]
    fn a_part_of_a_reply_is_no_reply(place in any::<prop::sample::Index>()) {
        let text = framed(&open_with(&[]));
        let part = &text[..place.index(text.len())];
        let reason = parse(part).unwrap_err();
        prop_assert!(matches!(reason, Reason::ReplyEmpty | Reason::ReplyTruncated), "{part}: {reason}");
    }

    #[test]
    fn prices_are_read_to_the_last_digit(units in 1_i64..=10_i64.pow(18)) {
        let price = aicoin_domain::Price::from_units(units);
        let proposal = element_of(&open_with(&[("stop_px", &price.to_string())])).unwrap();
        prop_assert_eq!(proposal.stop, Some(price));
    }
}
