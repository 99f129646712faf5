//! The dashboard's files, built into the binary: no build step, nothing from elsewhere.

/// One file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asset {
    /// Its name after `/assets/`.
    pub(crate) name: &'static str,
    /// Its media type.
    pub(crate) media_type: &'static str,
    /// What it holds.
    pub(crate) body: &'static str,
}

macro_rules! assets {
    ($($name:literal: $media_type:expr,)*) => {
        /// All files that `/assets/{name}` serves.
        pub(crate) const ASSETS: &[Asset] = &[$(Asset {
            name: $name,
            media_type: $media_type,
            body: include_str!(concat!("../assets/", $name)),
        },)*];
    };
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

/// The dashboard.
pub(crate) const INDEX: &str = include_str!("../assets/index.html");
/// What a browser sees that has no token.
pub(crate) const SIGN_IN: &str = include_str!("../assets/sign-in.html");
/// The description of the API, kept by hand; a test compares it with the routes.
pub(crate) const OPENAPI: &str = include_str!("../assets/openapi.json");

assets! {
    "api.js": SCRIPT,
    "app.css": STYLE,
    "app.js": SCRIPT,
    "candles.js": SCRIPT,
    "connection.js": SCRIPT,
    "control.js": SCRIPT,
    "decisions.js": SCRIPT,
    "dialog.js": SCRIPT,
    "dom.js": SCRIPT,
    "equity.js": SCRIPT,
    "fills.js": SCRIPT,
    "format.js": SCRIPT,
    "header.js": SCRIPT,
    "icon.svg": IMAGE,
    "kpis.js": SCRIPT,
    "messages.js": SCRIPT,
    "orders.js": SCRIPT,
    "positions.js": SCRIPT,
    "price.js": SCRIPT,
    "rail.js": SCRIPT,
    "risks.js": SCRIPT,
    "scale.js": SCRIPT,
    "store.js": SCRIPT,
    "surface.js": SCRIPT,
    "tabs.js": SCRIPT,
}

/// The file of that name.
pub(crate) fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}
