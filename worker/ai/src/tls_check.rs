//! One call to an address, to see whether its certificate is trusted. For tests inside an image that has no other tool.

use core::time::Duration;

use crate::config::AiClientConfig;
use crate::http;

/// A server that is there answers within this.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Calls an HTTPS address with the roots that the client trusts. The status of its answer, which is not read further.
///
/// # Errors
/// A sentence that says why there is no answer, for example because of an unknown authority.
pub async fn tls_check(url: &str, extra_ca_pem: Option<&str>) -> Result<u16, String> {
    if !url.starts_with("https://") {
        return Err("the address must begin with https://.".to_owned());
    }
    let config = AiClientConfig {
        extra_ca_pem: extra_ca_pem.map(str::to_owned),
        ..AiClientConfig::deepseek()
    };
    let client = http::client(&config).map_err(|error| format!("{error}."))?;
    let calling = client.get(url).send();
    match tokio::time::timeout(ANSWER_WITHIN, calling).await {
        Ok(Ok(response)) => Ok(response.status().as_u16()),
        Ok(Err(error)) => Err(format!("{}.", http::words(error).trim_end_matches('.'))),
        Err(_) => Err(format!(
            "it did not answer within {} s.",
            ANSWER_WITHIN.as_secs()
        )),
    }
}
