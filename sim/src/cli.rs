//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use aicoin_domain::Usd;
use aicoin_hyperliquid::{Address, Network};
use clap::Parser;

/// A simulator of Hyperliquid's and DeepSeek's protocols: for trying bots without any account.
#[derive(Debug, Parser)]
#[command(name = "aicoin-sim", version, about)]
pub(crate) struct Args {
    /// Where it listens; port 0 is any free one. The address is printed in one line.
    #[arg(long, default_value = "127.0.0.1:3001")]
    pub(crate) listen: SocketAddr,
    /// The same seed has the same prices and the same faults.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// What signatures are for, and which places the markets have: mainnet or testnet.
    #[arg(long, default_value = "testnet", value_parser = network)]
    pub(crate) network: Network,
    /// An account with so many USDC; repeatable.
    #[arg(long = "fund", value_name = "ADDRESS=USDC", value_parser = fund)]
    pub(crate) funds: Vec<(Address, Usd)>,
    /// An agent ("API wallet") that may trade for an account; repeatable.
    #[arg(long = "agent", value_name = "MASTER=AGENT", value_parser = pair)]
    pub(crate) agents: Vec<(Address, Address)>,
    /// How many times faster than the clock on the wall its time runs.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub(crate) speed: u32,
    /// Candles that a market follows (CSV: time,open,high,low,close); without a name, BTC. Repeatable.
    #[arg(long = "candles", value_name = "[COIN=]FILE", value_parser = candles)]
    pub(crate) candles: Vec<(String, PathBuf)>,
    /// This account is in unified mode; repeatable.
    #[arg(long = "unified", value_name = "ADDRESS", value_parser = address)]
    pub(crate) unified: Vec<Address>,
    /// The volume that an account needs before it may schedule a cancel-all, USD. The venue asks for 1000000.
    #[arg(long, default_value = "0", value_parser = usd)]
    pub(crate) schedule_cancel_volume: Usd,
    /// How many requests an address has to begin with; 0 is no limit.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) address_budget: u64,
    /// How many clients share an IP address: the venue's limits for one times this. 0 is no limit.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub(crate) ip_share: u32,
    /// The words of a refused order end with ` asset=N`, as they sometimes do at the venue.
    #[arg(long)]
    pub(crate) asset_suffix: bool,
    /// A socket begins with a plain text, as it sometimes does at the venue.
    #[arg(long)]
    pub(crate) ws_greeting: bool,
    /// After how many milliseconds without a message a socket is closed. The venue's: 60000.
    #[arg(long, default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) ws_idle_ms: u32,
    /// Leaves out the fields that no client knows.
    #[arg(long)]
    pub(crate) no_extra_fields: bool,
    /// The only key that the AI endpoint takes; without it, any.
    #[arg(long)]
    pub(crate) ai_key: Option<String>,
    /// What there is on the account at the AI provider, USD.
    #[arg(long, default_value = "100", value_parser = usd)]
    pub(crate) ai_balance: Usd,
    /// How much is logged: error, warn, info, debug or trace.
    #[arg(long, default_value = "info", value_parser = ["error", "warn", "info", "debug", "trace"])]
    pub(crate) log_level: String,
}

fn network(text: &str) -> Result<Network, String> {
    text.parse().map_err(|error| format!("{text:?} {error}"))
}

fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|error| format!("{text:?} {error}"))
}

fn usd(text: &str) -> Result<Usd, String> {
    let amount: Usd = text.parse().map_err(|error| format!("{text:?} {error}"))?;
    if amount.is_negative() {
        return Err(format!("{text:?} is below zero"));
    }
    Ok(amount)
}

fn fund(text: &str) -> Result<(Address, Usd), String> {
    let (user, amount) = halves(text, "ADDRESS=USDC")?;
    Ok((address(user)?, usd(amount)?))
}

fn pair(text: &str) -> Result<(Address, Address), String> {
    let (master, agent) = halves(text, "MASTER=AGENT")?;
    Ok((address(master)?, address(agent)?))
}

fn candles(text: &str) -> Result<(String, PathBuf), String> {
    let (coin, file) = text.split_once('=').unwrap_or(("BTC", text));
    if file.is_empty() {
        return Err("names no file; write FILE or COIN=FILE".to_owned());
    }
    Ok((coin.to_owned(), PathBuf::from(file)))
}

fn halves<'a>(text: &'a str, form: &str) -> Result<(&'a str, &'a str), String> {
    text.split_once('=')
        .ok_or_else(|| format!("{text:?} is not of the form {form}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_line_is_taken() {
        let master = "0x00000000000000000000000000000000000000Aa";
        let agent = "0x00000000000000000000000000000000000000bb";
        let fund = format!("{master}=1000.5");
        let agents = format!("{master}={agent}");
        let args = Args::try_parse_from([
            "aicoin-sim",
            "--listen",
            "127.0.0.1:0",
            "--seed",
            "7",
            "--network",
            "testnet",
            "--fund",
            &fund,
            "--agent",
            &agents,
            "--speed",
            "60",
            "--candles",
            "x.csv",
            "--candles",
            "ETH=y.csv",
        ])
        .unwrap();
        assert_eq!(
            (args.seed, args.speed, args.network),
            (7, 60, Network::Testnet)
        );
        let master: Address = master.parse().unwrap();
        assert_eq!(args.funds, [(master, "1000.5".parse().unwrap())]);
        assert_eq!(args.agents, [(master, agent.parse().unwrap())]);
        let files = ["BTC", "ETH"]
            .map(str::to_owned)
            .into_iter()
            .zip(["x.csv", "y.csv"].map(PathBuf::from));
        assert!(args.candles.into_iter().eq(files));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            ["--speed", "0"],
            ["--network", "Testnet"],
            ["--fund", "0x12=1"],
            ["--fund", "1000"],
            ["--agent", "0x00000000000000000000000000000000000000aa"],
            ["--candles", "BTC="],
        ] {
            let refused = Args::try_parse_from(["aicoin-sim"].into_iter().chain(line));
            assert!(refused.is_err(), "{line:?}");
        }
    }
}
