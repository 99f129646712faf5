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

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
        let pages = [
            ("index.html", INDEX),
            ("sign-in.html", SIGN_IN),
            ("openapi.json", OPENAPI),
        ];
        ASSETS
            .iter()
            .map(|asset| (asset.name, asset.body))
            .chain(pages)
    }

    #[test]
    fn every_file_is_served_and_every_import_leads_to_one() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(
                all().any(|(served, _)| served == name),
                "{name} is not served"
            );
        }
        for (name, body) in all() {
            for rest in body.split("/assets/").skip(1) {
                let end = rest.find(['\'', '"']).unwrap_or(0);
                let target = rest.get(..end).unwrap_or_default();
                let is_pattern = target == "{name}";
                assert!(
                    is_pattern || find(target).is_some(),
                    "{name} names {target}"
                );
            }
        }
    }

    #[test]
    fn no_text_becomes_markup_and_nothing_comes_from_elsewhere() {
        for (name, body) in all() {
            for word in [
                "innerHTML",
                "outerHTML",
                "insertAdjacent",
                "document.write",
                "eval(",
                "DOMParser",
                "javascript:",
                "style=",
                "<style",
                "onclick",
                "//cdn",
            ] {
                assert!(!body.contains(word), "{name} has {word}");
            }
            let is_namespace = |url: &str| url.starts_with("//www.w3.org/2000/svg");
            for scheme in ["http:", "https:"] {
                assert!(
                    body.split(scheme).skip(1).all(is_namespace) || name == "connection.js",
                    "{name}"
                );
            }
            let inline = body
                .split("<script")
                .skip(1)
                .any(|rest| !rest.contains("></script>"));
            assert!(!inline, "{name} has a script in it");
        }
    }
}
