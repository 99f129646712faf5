//! The API server as the administrator of the benchmark sees it.

use std::time::Duration;

use reqwest::{Client, Method, Response};
use serde_json::Value;

use crate::Result;

/// One request; a watch has no limit.
const LIMIT: Duration = Duration::from_secs(60);

/// A client with its own connections.
#[derive(Clone, Debug)]
pub struct Api {
    client: Client,
    url: String,
}

impl Api {
    /// `identity` is a certificate and its key, in PEM.
    pub fn new(url: &str, authority: &[u8], identity: &[u8]) -> Result<Self> {
        let failed =
            |error: reqwest::Error| format!("The client for {url} cannot be made: {error}.");
        let client = Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(authority).map_err(failed)?])
            .identity(reqwest::Identity::from_pem(identity).map_err(failed)?)
            .http1_only()
            .no_proxy()
            .tcp_nodelay(true)
            .user_agent("bench-operator-driver")
            .build()
            .map_err(failed)?;
        Ok(Self {
            client,
            url: url.to_owned(),
        })
    }

    /// POST of JSON; that it is there already is no error.
    pub async fn create(&self, path: &str, object: &Value) -> Result<()> {
        let body = object.to_string();
        self.post(path, "application/json", body).await
    }

    /// POST; that it is there already is no error.
    pub async fn post(&self, path: &str, kind: &str, body: String) -> Result<()> {
        let response = self.send(Method::POST, path, Some((kind, body))).await?;
        if response.status().as_u16() == 409 {
            return Ok(());
        }
        checked("POST", path, response).await.map(drop)
    }

    /// A merge patch.
    pub async fn merge(&self, path: &str, patch: &Value) -> Result<()> {
        let body = Some(("application/merge-patch+json", patch.to_string()));
        let response = self.send(Method::PATCH, path, body).await?;
        checked("PATCH", path, response).await.map(drop)
    }

    /// GET of text.
    pub async fn text(&self, path: &str) -> Result<String> {
        let response = self.send(Method::GET, path, None).await?;
        checked("GET", path, response).await
    }

    /// GET of JSON.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let text = self.text(path).await?;
        serde_json::from_str(&text)
            .map_err(|error| format!("GET {path} answered no JSON: {error}."))
    }

    /// How many objects a collection has.
    pub async fn count(&self, path: &str) -> Result<u64> {
        let page = self.get(&format!("{path}?limit=1")).await?;
        let shown = page["items"].as_array().map_or(0, Vec::len) as u64;
        Ok(shown + page["metadata"]["remainingItemCount"].as_u64().unwrap_or(0))
    }

    /// An answer that goes on.
    pub async fn stream(&self, path: &str) -> Result<Response> {
        let response = self
            .client
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .map_err(|error| format!("GET {path} failed: {error}."))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(format!("GET {path} was answered {}.", response.status()))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
    ) -> Result<Response> {
        let mut request = self
            .client
            .request(method.clone(), format!("{}{path}", self.url))
            .timeout(LIMIT);
        if let Some((kind, body)) = body {
            request = request.header("content-type", kind).body(body);
        }
        request
            .send()
            .await
            .map_err(|error| format!("{method} {path} failed: {error:?}."))
    }
}

async fn checked(method: &str, path: &str, response: Response) -> Result<String> {
    let status = response.status();
    let text = response
        .text()
        .await
        .map_err(|error| format!("The answer to {method} {path} cannot be read: {error}."))?;
    if status.is_success() {
        return Ok(text);
    }
    let shown: String = text.chars().take(500).collect();
    Err(format!("{method} {path} was answered {status}: {shown}"))
}
