//! Control tokens: the operator signs them, the worker checks them.
