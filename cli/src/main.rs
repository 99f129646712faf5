//! `kubectl tradingbot`. This file is wiring only.

fn main() {}
