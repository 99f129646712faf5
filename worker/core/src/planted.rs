//! Bugs on purpose: the fault simulator is trusted while it finds each of them.
//!
//! Never in a product: the feature is off unless the simulator's own test asks for it, and with it a build without debug
//! assertions (a release) does not compile.

#[cfg(all(feature = "planted", not(debug_assertions)))]
compile_error!("The feature `planted` puts bugs into the core: no release may have it.");

macro_rules! bugs {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A bug on purpose.
        #[cfg(feature = "planted")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Planted {
            $($(#[$doc])* $name,)*
        }

        #[cfg(feature = "planted")]
        impl Planted {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

bugs! {
    /// An order is sent while its intent is still being written.
    SendBeforePersist,
    /// An order whose answer is lost is tried again under a new id.
    NewCloidOnRetry,
    /// An order whose answer is lost is sent again as it is.
    SignAgain,
    /// A fill that comes twice counts twice.
    IgnoreFillId,
    /// A pause is looked at when something is decided, and not when it is sent.
    PauseOnlyAtDecision,
    /// A control is called accepted before it is durable.
    AcceptedUnwritten,
    /// Once close-all is effective it is forgotten.
    CloseAllNotLatched,
    /// Close-all is over when the books say so, whatever the venue says.
    FlatByOurBooks,
    /// Limits count positions and not orders that are on their way.
    FilledOnlyInRisk,
    /// A closing order is not marked as one that only reduces.
    CloseNotReduceOnly,
    /// An order that the venue does not know is given up before it can no longer arrive.
    SkipExpiryWait,
    /// The same, as soon as it could not arrive if both clocks were the same.
    ForgetSkew,
    /// What the venue's clock says is not looked at.
    IgnoreClock,
    /// Whatever a model answers is taken for the answer to the newest question, and never too old.
    StaleReply,
    /// An order whose answer is lost counts as refused.
    UnknownIsRefused,
    /// A stop that rests is good for a position of any size.
    StopNotReplaced,
    /// Whether the lease is held is not looked at when something is sent.
    LeaseNotAtTheGate,
    /// A store that fails keeps nothing from being opened.
    IgnoreStore,
    /// Old prices open things too.
    IgnoreStaleness,
    /// Orders that were under way when the process ended are forgotten.
    ForgetOrdersOnRestart,
    /// After a restart things are opened before the account was read.
    OpenUnread,
    /// How many orders were written within the hour is not counted.
    IgnoreOrderRate,
}

/// Whether a bug was planted: false, and nothing of it is compiled, without the feature.
#[cfg(feature = "planted")]
macro_rules! planted {
    ($bot:expr, $bug:ident) => {
        $bot.planted == Some(crate::planted::Planted::$bug)
    };
}

/// Whether a bug was planted: false, and nothing of it is compiled, without the feature.
#[cfg(not(feature = "planted"))]
macro_rules! planted {
    ($bot:expr, $bug:ident) => {
        false
    };
}

pub(crate) use planted;
