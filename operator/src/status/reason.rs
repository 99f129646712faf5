//! The reasons of conditions and Events. An interface: alerts name them. Added, never renamed.

/// It is as asked.
pub const AS_ASKED: &str = "AsAsked";
/// Nothing is being done.
pub const SETTLED: &str = "Settled";
/// Nothing was made yet.
pub const CREATING: &str = "Creating";
/// The pod is not up yet.
pub const STARTING: &str = "Starting";
/// The worker has not written the control down yet.
pub const NOT_ACCEPTED: &str = "ControlNotAccepted";
/// The worker has written it down, and it is not true yet.
pub const NOT_EFFECTIVE: &str = "ControlNotEffective";
/// It is being deleted.
pub const DELETING: &str = "Deleting";
/// It was stopped.
pub const STOPPED: &str = "Stopped";
/// A stop is refused while positions are open.
pub const STOP_REFUSED: &str = "StopRefused";
/// The hold annotation is no level.
pub const HOLD_UNKNOWN: &str = "HoldUnknown";
/// The worker cannot be reached.
pub const CONTROL_UNREACHABLE: &str = "ControlUnreachable";
/// The worker takes connections and answers nothing.
pub const WORKER_STUCK: &str = "WorkerStuck";
/// The worker was started again by the kubelet.
pub const WORKER_RESTARTED: &str = "WorkerRestarted";
/// The worker refuses the operator's tokens.
pub const TOKEN_REFUSED: &str = "ControlTokenRefused";
/// The image cannot be pulled.
pub const IMAGE_UNAVAILABLE: &str = "ImageUnavailable";
/// The container ends again and again.
pub const WORKER_CRASHING: &str = "WorkerCrashing";
/// The container cannot be made.
pub const POD_CANNOT_START: &str = "PodCannotStart";
/// No node takes the pod.
pub const POD_UNSCHEDULABLE: &str = "PodUnschedulable";
/// A child cannot be written.
pub const APPLY_FAILED: &str = "ApplyFailed";
/// The name of a child is taken by something else.
pub const NAME_TAKEN: &str = "NameTaken";
/// The worker is up and not ready.
pub const WORKER_NOT_READY: &str = "WorkerNotReady";
/// Somebody holds the bot at the worker itself.
pub const LOCAL_HOLD: &str = "LocalHold";
/// The worker halted after crashes; its own code.
pub const CRASH_LOOP: &str = "CrashLoop";
/// The spec keeps every rule.
pub const VALID: &str = "Valid";
/// The spec breaks a rule.
pub const INVALID: &str = "Invalid";
/// Trading is asked for.
pub const NOT_ASKED: &str = "NotAsked";
/// A pause is in force.
pub const PAUSED: &str = "Paused";
/// Everything is closed.
pub const CLOSED: &str = "Closed";
/// Something is left to close.
pub const CLOSING: &str = "Closing";
/// The operator keeps the children as they should be.
pub const RECONCILING: &str = "Reconciling";
/// It was asked to leave them alone.
pub const ASKED: &str = "AskedByAnnotation";
/// Deletion waits for positions to be closed, and that does not come about.
pub const DELETION_STUCK: &str = "DeletionStuck";
/// A new pod starts the account anew.
pub const EPHEMERAL: &str = "AsAskedEphemeralAccount";
