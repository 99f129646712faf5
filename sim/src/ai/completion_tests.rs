use super::*;

fn asked(body: &Value) -> Asked {
    Asked::read(Vendor::DeepSeek, body).unwrap()
}

fn plain() -> Asked {
    asked(&json!({
        "model": "deepseek-flash", "thinking": {"type": "disabled"},
        "messages": [{"role": "system", "content": "rules"}, {"role": "user", "content": "view"}],
        "response_format": {"type": "json_object"},
    }))
}

fn view() -> View {
    View {
        id: 7,
        markets: vec![super::super::view::Market {
            symbol: "BTC".into(),
            ..Default::default()
        }],
        ..View::default()
    }
}

fn wrote(fault: Option<&Fault>) -> Text {
    Text::write(1, &plain(), Some(&view()), fault)
}

#[test]
fn a_request_is_read_in_both_shapes_of_a_message() {
    let parts = json!([{"type": "text", "text": "vi"}, {"type": "text", "text": "ew"}]);
    let other = asked(&json!({
        "model": "deepseek-flash", "thinking": {"type": "disabled"},
        "messages": [{"role": "system", "content": "rules"}, {"role": "user", "content": parts}],
        "response_format": {"type": "json_object"},
    }));
    assert_eq!(other, plain());
    assert_eq!(
        (
            plain().first.as_str(),
            plain().user.as_str(),
            plain().tokens
        ),
        ("rules", "view", 11)
    );
    for (body, status) in [
        (json!({"messages": []}), 422),
        (json!({"model": "deepseek-flash"}), 422),
        (json!({"model": "deepseek-flash", "messages": []}), 400),
    ] {
        let refusal = Asked::read(Vendor::DeepSeek, &body).unwrap_err();
        assert_eq!(refusal.status, status, "{body}");
    }
}

#[test]
fn thinking_uses_the_limit_up() {
    let thinking = json!({
        "model": "deepseek-flash", "max_tokens": 10,
        "messages": [{"role": "user", "content": "view"}],
    });
    let text = Text::write(1, &asked(&thinking), Some(&view()), None);
    assert_eq!((text.content.as_str(), text.finish_reason), ("", "length"));
    let mut brief = plain();
    brief.max_tokens = Some(3);
    let text = Text::write(1, &brief, Some(&view()), None);
    assert_eq!((text.content.len(), text.finish_reason), (12, "length"));
}

#[test]
fn each_fault_spoils_the_text_in_its_own_way() {
    let good = wrote(None);
    assert!(good.content.contains("\"view_id\":7") && good.finish_reason == "stop");
    let fenced = wrote(Some(&Fault::Fenced));
    assert_eq!(fenced.content, format!("```json\n{}\n```", good.content));
    assert_eq!(wrote(Some(&Fault::Spaces)).content.trim(), "");
    assert_eq!(wrote(Some(&Fault::Length)).finish_reason, "length");
    let broken_off = wrote(Some(&Fault::InsufficientSystemResource));
    assert_eq!(broken_off.finish_reason, "insufficient_system_resource");
    assert!(good.content.starts_with(&broken_off.content) && broken_off != good);
    let range = wrote(Some(&Fault::OutOfRange)).content;
    assert!(
        range.contains("\"confidence\":140") && range.contains("\"risk_bps\":-5"),
        "{range}"
    );
    assert!(
        wrote(Some(&Fault::WrongView))
            .content
            .contains("\"view_id\":8")
    );
    assert!(wrote(Some(&Fault::WrongSchema)).content.contains("signal"));
    assert_eq!(wrote(Some(&Fault::Hang)), good);
}

#[test]
fn a_stream_says_what_the_object_says() {
    let tokens = Tokens {
        cached: 4,
        input: 2,
        output: 3,
        reasoning: 1,
    };
    let frame = Frame {
        vendor: Vendor::DeepSeek,
        id: "x".into(),
        created: 1,
        model: "deepseek-flash".into(),
        tokens: &tokens,
        has_usage: true,
        has_cache_counters: true,
    };
    let text = Text {
        chain: Some("hm".into()),
        ..wrote(None)
    };
    let object = frame.object(&text);
    assert_eq!(object["choices"][0]["message"]["reasoning_content"], "hm");
    assert_eq!(
        object["usage"],
        json!({
            "prompt_tokens": 6, "completion_tokens": 3, "total_tokens": 9, "prompt_cache_hit_tokens": 4,
            "prompt_cache_miss_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 1},
        })
    );
    let stream = frame.stream(&text, true);
    let events: Vec<&str> = stream.split_terminator("\n\n").collect();
    assert_eq!(events.last(), Some(&"data: [DONE]"));
    let mut content = String::new();
    for event in &events[..events.len() - 1] {
        let event: Value = serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
        let piece = event["choices"][0]["delta"]["content"].as_str();
        content.push_str(piece.unwrap_or_default());
    }
    assert_eq!(content, text.content);
    assert!(events[events.len() - 2].contains("\"usage\""));
}
