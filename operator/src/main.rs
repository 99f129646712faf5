//! `aicoin-operator`. This file is wiring only.

fn main() {}
