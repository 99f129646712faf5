//! What the API server says no to, as sentences.
//!
//! Never: a `Debug` of an error. A person sees what was tried, where, and what mends it.

use std::error::Error as _;

use kube::Error;
use kube::client::UpgradeConnectionError;
use kube::core::Status;

use crate::fault::Fault;
use crate::text;

/// The sentence. `tried` is like "patch TradingBot trading/btc".
pub(crate) fn fault(tried: &str, server: &str, error: &Error) -> Fault {
    Fault::failed(sentence(tried, server, error))
}

/// The kind of refusal that decides what is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The right is missing.
    Forbidden,
    /// The object is not there.
    NotFound,
    /// It may go well another time.
    Passing,
    /// It goes the same way every time.
    Lasting,
}

/// Sorts an error.
pub(crate) fn kind(error: &Error) -> Kind {
    // Not a match: the client has many more errors, and none of them is worth a case here.
    if let Error::Api(status) = error {
        return of_code(status.code);
    }
    if let Error::UpgradeConnection(UpgradeConnectionError::ProtocolSwitch(code)) = error {
        return of_code(code.as_u16());
    }
    if matches!(
        error,
        Error::HyperError(_) | Error::Service(_) | Error::ReadEvents(_)
    ) {
        return Kind::Passing;
    }
    Kind::Lasting
}

const fn of_code(code: u16) -> Kind {
    match code {
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        // 409 is a write that came in between; 429 and 5xx are a server with other things to do.
        409 | 429 | 500..=599 => Kind::Passing,
        _ => Kind::Lasting,
    }
}

fn sentence(tried: &str, server: &str, error: &Error) -> String {
    if let Error::Api(status) = error {
        return answered(tried, server, status);
    }
    if let Error::UpgradeConnection(UpgradeConnectionError::ProtocolSwitch(code)) = error {
        return match code.as_u16() {
            403 => format!(
                "You may not {tried}: the verbs `get` and `create` on `pods/exec` are missing in that namespace."
            ),
            404 => format!("The API server cannot {tried}: the pod is gone."),
            code => format!(
                "The API server cannot {tried} ({code}): the pod's container does not run, or its node does not answer."
            ),
        };
    }
    let cause = innermost(error);
    if let Error::Auth(_) = error {
        return format!(
            "The credentials of your kubeconfig cannot be used: {cause}. Tried: {tried}."
        );
    }
    if kind(error) == Kind::Passing {
        return format!("The API server at {server} cannot be reached: {cause}. Tried: {tried}.");
    }
    format!("The answer of the API server at {server} cannot be used: {cause}. Tried: {tried}.")
}

/// The API server's own no.
fn answered(tried: &str, server: &str, status: &Status) -> String {
    let said = text::line(status.message.trim_end_matches('.'));
    match status.code {
        401 => format!(
            "The API server at {server} does not know you (401): log in again, or look at the user of your kubeconfig. \
             Tried: {tried}."
        ),
        403 => format!("You may not {tried}: {said}."),
        404 if said.contains("the server could not find the requested resource")
            || said.contains("404 page not found") =>
        {
            format!(
                "The cluster at {server} knows no TradingBot: install aicoin there (`helm install aicoin …`). Tried: \
                 {tried}."
            )
        }
        404 => format!("Not found: {said}. Tried: {tried}."),
        code => format!("The API server refused to {tried} ({code}): {said}."),
    }
}

/// The deepest cause: the one that a person can do something about.
fn innermost(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    text::line(text.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(code: u16, message: &str) -> Error {
        Error::Api(Box::new(Status {
            code,
            message: message.to_owned(),
            ..Status::failure("", "")
        }))
    }

    #[test]
    fn a_missing_right_is_named() {
        let error = api(
            403,
            "tradingbots.aicoin.dev \"btc\" is forbidden: User \"jane\" cannot patch resource",
        );
        assert_eq!(kind(&error), Kind::Forbidden);
        assert_eq!(
            fault("patch TradingBot trading/btc", "https://c", &error),
            Fault::failed(
                "You may not patch TradingBot trading/btc: tradingbots.aicoin.dev \"btc\" is forbidden: User \"jane\" \
                 cannot patch resource."
            )
        );
    }

    #[test]
    fn a_cluster_without_aicoin_is_told_from_a_bot_that_is_not_there() {
        assert_eq!(
            fault(
                "list TradingBots",
                "https://c",
                &api(404, "the server could not find the requested resource")
            ),
            Fault::failed(
                "The cluster at https://c knows no TradingBot: install aicoin there (`helm install aicoin …`). Tried: \
                 list TradingBots."
            )
        );
        assert_eq!(
            fault(
                "read TradingBot a/b",
                "https://c",
                &api(404, "tradingbots.aicoin.dev \"b\" not found")
            ),
            Fault::failed(
                "Not found: tradingbots.aicoin.dev \"b\" not found. Tried: read TradingBot a/b."
            )
        );
    }

    #[test]
    fn a_server_that_is_busy_may_be_asked_again() {
        let kinds = [409, 422, 429, 503, 404].map(|code| kind(&api(code, "x")));
        assert_eq!(
            kinds,
            [
                Kind::Passing,
                Kind::Lasting,
                Kind::Passing,
                Kind::Passing,
                Kind::NotFound
            ]
        );
    }
}
