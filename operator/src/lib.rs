//! The operator: TradingBots on a cluster.
