//! The body of a chat completion request, in the endpoint's dialect. Pure.

use serde_json::{Map, Value, json};

use crate::config::{AiClientConfig, REPAIR_BYTES_MAX};
use crate::dialect::{MaxTokensField, ResponseFormat, ThinkingDialect};
use crate::prompt::Prompt;
use crate::schema::json_schema;
use crate::text;

/// What one try asks for beside the prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Why the last reply was refused: a sentence of our own.
    pub(crate) repair: Option<String>,
    /// `response_format` is left out: a JSON mode that wrote only spaces would write them again.
    pub(crate) without_format: bool,
}

/// The user message of a try. The repair turn goes to its end: the beginning stays what the provider has cached, no chat
/// template sees two user messages in a row, and of what the model wrote nothing is fed back but the name of a field.
pub(crate) fn user_message(prompt: &Prompt, ask: &Ask) -> String {
    match &ask.repair {
        None => prompt.user.clone(),
        Some(error) => {
            let note = format!(
                "\nYour last reply was refused: {error} Reply again, with one json object that follows the reply format.\n"
            );
            [prompt.user.as_str(), text::cut(&note, REPAIR_BYTES_MAX)].concat()
        }
    }
}

/// The whole body.
pub(crate) fn body(config: &AiClientConfig, system: &str, user: &str, ask: &Ask) -> Value {
    let dialect = &config.dialect;
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("model", json!(config.model));
    put(
        "messages",
        json!([{"role": "system", "content": system}, {"role": "user", "content": user}]),
    );
    put("stream", json!(false));
    match dialect.max_tokens_field {
        MaxTokensField::MaxTokens => put("max_tokens", json!(config.max_tokens)),
        MaxTokensField::MaxCompletionTokens => {
            put("max_completion_tokens", json!(config.max_tokens))
        }
    };
    if dialect.send_temperature {
        put("temperature", json!(0));
    }
    let think = dialect.think;
    match dialect.thinking {
        ThinkingDialect::None => None,
        ThinkingDialect::Thinking => put(
            "thinking",
            json!({"type": if think { "enabled" } else { "disabled" }}),
        ),
        ThinkingDialect::ChatTemplateKwargs => put(
            "chat_template_kwargs",
            json!({"thinking": think, "enable_thinking": think}),
        ),
        ThinkingDialect::Reasoning => put("reasoning", json!({"enabled": think})),
    };
    if !ask.without_format {
        match dialect.response_format {
            ResponseFormat::None => None,
            ResponseFormat::JsonObject => put("response_format", json!({"type": "json_object"})),
            ResponseFormat::JsonSchema => put(
                "response_format",
                json!({
                    "type": "json_schema",
                    "json_schema": {"name": "decisions", "strict": true, "schema": json_schema()},
                }),
            ),
        };
    }
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;

    fn prompt() -> Prompt {
        let text = |text: &str| text.to_owned();
        Prompt {
            view: 7,
            system: text("rules"),
            user: text("view\n"),
            version: text("v"),
            hash: text("h"),
        }
    }

    fn body_of(dialect: Dialect, ask: &Ask) -> Value {
        let config = AiClientConfig {
            dialect,
            max_tokens: 100,
            ..AiClientConfig::deepseek()
        };
        body(&config, "rules", &user_message(&prompt(), ask), ask)
    }

    #[test]
    fn deepseek_gets_exactly_this() {
        let expected = json!({
            "model": "deepseek-flash",
            "messages": [{"role": "system", "content": "rules"}, {"role": "user", "content": "view\n"}],
            "stream": false,
            "max_tokens": 100,
            "temperature": 0,
            "thinking": {"type": "disabled"},
            "response_format": {"type": "json_object"},
        });
        assert_eq!(body_of(Dialect::DEEPSEEK, &Ask::default()), expected);
    }

    #[test]
    fn each_dialect_has_its_own_words() {
        let keys = |dialect| -> Vec<String> {
            let body = body_of(dialect, &Ask::default());
            let usual = ["model", "messages", "stream"];
            body.as_object()
                .unwrap()
                .keys()
                .filter(|key| !usual.contains(&key.as_str()))
                .cloned()
                .collect()
        };
        assert_eq!(
            keys(Dialect::OPENAI),
            ["max_completion_tokens", "response_format"]
        );
        assert_eq!(
            keys(Dialect::VLLM),
            [
                "chat_template_kwargs",
                "max_tokens",
                "response_format",
                "temperature"
            ]
        );
        assert_eq!(
            keys(Dialect::OLLAMA),
            ["max_tokens", "response_format", "temperature"]
        );
        assert_eq!(
            keys(Dialect::OPENROUTER),
            ["max_tokens", "reasoning", "response_format", "temperature"]
        );
        let plain = Dialect {
            response_format: ResponseFormat::None,
            ..Dialect::OLLAMA
        };
        assert_eq!(keys(plain), ["max_tokens", "temperature"]);
        let format = body_of(Dialect::VLLM, &Ask::default());
        assert_eq!(
            format.pointer("/response_format/type"),
            Some(&json!("json_schema"))
        );
        let thinking = body_of(
            Dialect {
                think: true,
                ..Dialect::DEEPSEEK
            },
            &Ask::default(),
        );
        assert_eq!(thinking.pointer("/thinking/type"), Some(&json!("enabled")));
    }

    #[test]
    fn a_repair_turn_keeps_the_beginning_and_is_bounded() {
        let ask = Ask {
            repair: Some("x".repeat(10_000)),
            without_format: true,
        };
        let body = body_of(Dialect::DEEPSEEK, &ask);
        let user = body
            .pointer("/messages/1/content")
            .unwrap()
            .as_str()
            .unwrap();
        assert!(user.starts_with("view\n\nYour last reply was refused: xxx"));
        assert_eq!(user.len(), "view\n".len() + REPAIR_BYTES_MAX);
        assert_eq!(body.get("response_format"), None);
    }
}
