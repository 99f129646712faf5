//! Signs what it is told to, for a judge that signs the same with another client and compares.
//!
//! One JSON object a line in, one a line out:
//! - `{"key", "network", "action", "nonce", "vaultAddress", "expiresAfter"}` gives `{"connectionId", "r", "s", "v", "signer",
//!   "isTyped"}`. The action is hashed as it came, and once more through the types that the worker signs with; where those
//!   know it (`isTyped`) both must be the same, and what is printed is the latter.
//! - `{"key", "network", "userSigned"}` signs an action that only the master's key may sign: `{"r", "s", "v", "signer"}`.
//! - `{"price", "size"}` gives `{"p", "s"}`: the texts of an order.

#![allow(
    clippy::print_stdout,
    reason = "the answers are for the program that asks"
)]

use std::error::Error;
use std::io::BufRead as _;

use aicoin_domain::{Cloid, MarketId, OrderKind, OrderRequest, Side, Tif};
use aicoin_hyperliquid::{
    Action, Address, AgentKey, Network, Plain, Signature, UserSigned, connection_id, order_wire,
    recover_agent,
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(untagged)]
enum Question {
    Agent(AgentQuestion),
    User(UserQuestion),
    Wire { price: String, size: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AgentQuestion {
    key: String,
    network: String,
    action: Plain,
    nonce: u64,
    vault_address: Option<Address>,
    expires_after: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserQuestion {
    key: String,
    user_signed: Plain,
}

fn main() -> Result<(), Box<dyn Error>> {
    for line in std::io::stdin().lock().lines() {
        let answer = match serde_json::from_str(&line?)? {
            Question::Agent(question) => sign(&question)?,
            Question::User(question) => sign_as_user(&question)?,
            Question::Wire { price, size } => wire(&price, &size)?,
        };
        println!("{answer}");
    }
    Ok(())
}

fn sign(question: &AgentQuestion) -> Result<Value, Box<dyn Error>> {
    let key: AgentKey = question.key.parse()?;
    let network: Network = question.network.parse()?;
    let (vault, expires) = (question.vault_address, question.expires_after);
    let mut id = connection_id(&question.action, question.nonce, vault, expires)?;
    let text = serde_json::to_string(&question.action)?;
    let typed = serde_json::from_str::<Action>(&text).ok();
    // An action with fields that the types do not have is none of theirs.
    let typed = typed.filter(|typed| serde_json::to_string(typed).is_ok_and(|own| own == text));
    if let Some(action) = &typed {
        let own = connection_id(action, question.nonce, vault, expires)?;
        if own != id {
            return Err(format!("{text} has two hashes: {own:?} and {id:?}").into());
        }
        id = own;
    }
    let signature = key.sign(network, id);
    let mut answer = signed(&signature)?;
    let fields = answer.as_object_mut().ok_or("a signature is an object")?;
    fields.insert("connectionId".to_owned(), json!(hex(&id.0)));
    fields.insert("isTyped".to_owned(), json!(typed.is_some()));
    let signer = recover_agent(network, id, &signature);
    fields.insert("signer".to_owned(), json!(signer));
    Ok(answer)
}

fn sign_as_user(question: &UserQuestion) -> Result<Value, Box<dyn Error>> {
    let key: AgentKey = question.key.parse()?;
    let action = &question.user_signed;
    let kind = action
        .get("type")
        .and_then(Plain::as_text)
        .and_then(UserSigned::find)
        .ok_or("this kind of action is not known")?;
    let signature = kind.sign(&key, action)?;
    let mut answer = signed(&signature)?;
    let fields = answer.as_object_mut().ok_or("a signature is an object")?;
    let signer = kind.recover(action, &signature)?;
    fields.insert("signer".to_owned(), json!(signer));
    Ok(answer)
}

fn wire(price: &str, size: &str) -> Result<Value, Box<dyn Error>> {
    let request = OrderRequest {
        cloid: Cloid(1),
        market: MarketId(0),
        side: Side::Buy,
        size: size.parse()?,
        reduce_only: false,
        kind: OrderKind::Limit {
            price: price.parse()?,
            tif: Tif::Gtc,
        },
    };
    let wire = order_wire(0, &request, None)?;
    Ok(json!({"p": wire.p, "s": wire.s}))
}

fn signed(signature: &Signature) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::to_value(signature)?)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::from("0x"), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
