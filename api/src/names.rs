//! The names that aicoin uses in a cluster: labels, annotations, conditions, reasons and paths in the pod.
//!
//! They are an interface: people select by them, wait for them and alert on them. Added, never renamed.

/// Server-side apply's field manager, and the value of `app.kubernetes.io/managed-by`.
pub const MANAGER: &str = "aicoin-operator";
/// Keeps a bot until it is closed, or its positions are kept on purpose.
pub const FINALIZER: &str = "aicoin.dev/close";
/// The most characters of a bot's name: its children's names are longer and must fit into a label.
pub const BOT_NAME_CHARS_MAX: usize = 40;

/// Labels.
pub mod label {
    /// Kubernetes' recommended label: which program.
    pub const NAME: &str = "app.kubernetes.io/name";
    /// Kubernetes' recommended label: which bot.
    pub const INSTANCE: &str = "app.kubernetes.io/instance";
    /// Kubernetes' recommended label: which part.
    pub const COMPONENT: &str = "app.kubernetes.io/component";
    /// Kubernetes' recommended label: who made it. The watches select by it.
    pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
    /// The bot's name.
    pub const BOT: &str = "aicoin.dev/bot";
    /// The bot's uid: what belongs to a bot is found by it, and a bot made anew under the same name is another.
    pub const BOT_UID: &str = "aicoin.dev/bot-uid";
    /// On the Deployment: what becomes of the positions when the bot is gone.
    pub const DELETION_POLICY: &str = "aicoin.dev/deletion-policy";
    /// The value of [`NAME`] of workers.
    pub const WORKER_NAME: &str = "aicoin-worker";
    /// The value of [`COMPONENT`] of workers.
    pub const WORKER_COMPONENT: &str = "worker";
}

/// Annotations.
pub mod annotation {
    /// On a bot: `Paused` or `CloseAll`, the lever that GitOps does not revert.
    pub const HOLD: &str = "aicoin.dev/hold";
    /// On a bot: an RFC 3339 time; a new one restarts the worker once.
    pub const RESTARTED_AT: &str = "aicoin.dev/restarted-at";
    /// On a bot: `paused` stops the operator from touching its children.
    pub const RECONCILE: &str = "aicoin.dev/reconcile";
    /// On a bot: `"true"` lets it go although positions may be open.
    pub const FORCE_DELETE: &str = "aicoin.dev/force-delete";
    /// On a child: the hash of what was asked for.
    pub const APPLIED: &str = "aicoin.dev/applied";
}

/// The conditions of a bot, all of them.
pub mod condition {
    /// The pod is ready, and the state asked for is in force.
    pub const READY: &str = "Ready";
    /// Something is still being done.
    pub const PROGRESSING: &str = "Progressing";
    /// Something needs a person.
    pub const DEGRADED: &str = "Degraded";
    /// Nothing is opened: a pause, a close-all or a stop is effective.
    pub const TRADING_PAUSED: &str = "TradingPaused";
    /// Everything is closed, and stays closed.
    pub const POSITIONS_CLOSED: &str = "PositionsClosed";
    /// The spec keeps every rule.
    pub const SPEC_VALID: &str = "SpecValid";
    /// The operator leaves the children alone, because it was asked to.
    pub const RECONCILIATION_PAUSED: &str = "ReconciliationPaused";
    /// All, in the order in which they are written.
    pub const ALL: [&str; 7] = [
        READY,
        PROGRESSING,
        DEGRADED,
        TRADING_PAUSED,
        POSITIONS_CLOSED,
        SPEC_VALID,
        RECONCILIATION_PAUSED,
    ];
}

/// Where things are in a worker's pod.
pub mod pod {
    /// The container.
    pub const CONTAINER: &str = "worker";
    /// The port of HTTP.
    pub const PORT: u16 = 8000;
    /// Its name.
    pub const PORT_NAME: &str = "http";
    /// The folder of the manifest.
    pub const MANIFEST_DIR: &str = "/etc/aicoin/bot";
    /// The manifest's file in it.
    pub const MANIFEST_FILE: &str = "bot.yaml";
    /// The folder of the public keys of control tokens.
    pub const CONTROL_KEYS_DIR: &str = "/etc/aicoin/control-keys";
    /// Their file in it, and their key in [`CONTROL_KEYS_CONFIG_MAP`].
    pub const CONTROL_KEYS_FILE: &str = "keys.json";
    /// The folder of Secrets: `<name>/<key>` below it.
    pub const SECRETS_DIR: &str = "/etc/aicoin/secrets";
    /// The folder of everything that is written down.
    pub const DATA_DIR: &str = "/var/lib/aicoin";
    /// The folder of the control socket.
    pub const SOCKET_DIR: &str = "/run/aicoin";
    /// The control socket.
    pub const SOCKET: &str = "/run/aicoin/aicoin.sock";
    /// The folder of the additional certificate authorities.
    pub const CA_DIR: &str = "/etc/aicoin/ca";
    /// Their file in it.
    pub const CA_FILE: &str = "ca.crt";
}

/// The ConfigMap of control public keys, one in each namespace that has a bot.
pub const CONTROL_KEYS_CONFIG_MAP: &str = "aicoin-control-keys";
/// The Secret of the private control key, beside the operator.
pub const CONTROL_KEY_SECRET: &str = "aicoin-control-key";
/// The key in it.
pub const CONTROL_KEY_FILE: &str = "private-key.pem";
