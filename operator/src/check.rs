//! `aicoin-operator check`: asks an address until it says yes. The chart's test pod; the image has no shell.

use std::time::{Duration, Instant};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);
/// One try.
const TRY: Duration = Duration::from_secs(3);
/// Of an answer, for the sentence.
const ANSWER_CHARS_MAX: usize = 200;

/// Asks until the answer is 200.
///
/// # Errors
/// A sentence with the last answer, once the time is up.
pub async fn check(url: &str, timeout: Duration) -> Result<(), String> {
    let client = reqwest::Client::builder()
        .timeout(TRY)
        .no_proxy()
        .build()
        .map_err(|error| format!("The HTTP client cannot start: {error}."))?;
    let deadline = Instant::now() + timeout;
    loop {
        let last = match client.get(url).send().await {
            Ok(response) if response.status() == reqwest::StatusCode::OK => return Ok(()),
            Ok(response) => {
                let status = response.status();
                let text = response.text().await.unwrap_or_default();
                let text: String = text.trim().chars().take(ANSWER_CHARS_MAX).collect();
                format!("{url} answers {status}: {text}")
            }
            Err(error) => format!("{url} does not answer: {error}"),
        };
        if Instant::now() + PAUSE >= deadline {
            return Err(last);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
