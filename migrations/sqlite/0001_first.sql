-- The tables of a bot, as a person at sqlite3 reads them.
--
-- Amounts are decimal text: no digit is ever lost. Times are kept as milliseconds since 1970 (UTC) in columns that end in
-- _ms; the readable twin beside each (ISO 8601, UTC, sorts like the time) is computed from it, so the two cannot differ.

-- One row per bot: what it is, and the state that it goes on from after a restart.
CREATE TABLE bots (
    bot             TEXT    NOT NULL PRIMARY KEY,
    uid             TEXT    NOT NULL,
    mode            TEXT    NOT NULL,
    spec_generation INTEGER NOT NULL,
    lease_epoch     INTEGER NOT NULL,
    -- Names as a JSON list; the place in it is the market's number in saved_state and journal. It only grows.
    markets         TEXT    NOT NULL,
    started_at      TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', started_at_ms / 1000.0, 'unixepoch')) VIRTUAL,
    updated_at      TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', updated_at_ms / 1000.0, 'unixepoch')) VIRTUAL,
    started_at_ms   INTEGER NOT NULL,
    updated_at_ms   INTEGER NOT NULL,
    saved_state     TEXT,
    venue_state     TEXT
) STRICT;

-- Who may write for an exchange account. The epoch rises with every process.
CREATE TABLE leases (
    account        TEXT    NOT NULL PRIMARY KEY,
    bot            TEXT    NOT NULL,
    holder         TEXT    NOT NULL,
    epoch          INTEGER NOT NULL,
    released       INTEGER NOT NULL DEFAULT FALSE,
    acquired_at    TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', acquired_at_ms / 1000.0, 'unixepoch')) VIRTUAL,
    renewed_at     TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', renewed_at_ms / 1000.0, 'unixepoch')) VIRTUAL,
    acquired_at_ms INTEGER NOT NULL,
    renewed_at_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
    bot             TEXT    NOT NULL REFERENCES bots (bot),
    id              INTEGER NOT NULL,
    timestamp       TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', time_ms / 1000.0, 'unixepoch')) VIRTUAL,
    market          TEXT,
    source          TEXT    NOT NULL,
    action          TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    confidence      INTEGER,
    verdict         TEXT    NOT NULL,
    code            TEXT,
    detail          TEXT,
    mark_price      TEXT    NOT NULL,
    view            INTEGER NOT NULL,
    model_asked     TEXT,
    model           TEXT,
    request_id      TEXT,
    prompt_version  TEXT,
    prompt_hash     TEXT,
    input_tokens    INTEGER,
    cached_tokens   INTEGER,
    output_tokens   INTEGER,
    cost_usd        TEXT,
    latency_ms      INTEGER,
    tries           INTEGER,
    spec_generation INTEGER NOT NULL,
    lease_epoch     INTEGER NOT NULL,
    time_ms         INTEGER NOT NULL,
    raw_reply       TEXT,
    reasoning       TEXT,
    PRIMARY KEY (bot, id)
) STRICT;

CREATE TABLE orders (
    bot             TEXT    NOT NULL REFERENCES bots (bot),
    cloid           TEXT    NOT NULL,
    decision        INTEGER NOT NULL,
    leg             TEXT    NOT NULL,
    attempt         INTEGER NOT NULL,
    market          TEXT    NOT NULL,
    side            TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    tif             TEXT    NOT NULL,
    price           TEXT    NOT NULL,
    size            TEXT    NOT NULL,
    reduce_only     INTEGER NOT NULL,
    status          TEXT    NOT NULL,
    error           TEXT,
    error_code      TEXT,
    oid             INTEGER,
    filled          TEXT    NOT NULL,
    filled_notional TEXT    NOT NULL,
    average_price   TEXT,
    created_at      TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', created_at_ms / 1000.0, 'unixepoch')) VIRTUAL,
    updated_at      TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', updated_at_ms / 1000.0, 'unixepoch')) VIRTUAL,
    expires_at      TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', expires_at_ms / 1000.0, 'unixepoch')) VIRTUAL,
    nonce           INTEGER NOT NULL,
    payload         TEXT    NOT NULL,
    payload_hash    TEXT    NOT NULL,
    spec_generation INTEGER NOT NULL,
    lease_epoch     INTEGER NOT NULL,
    created_at_ms   INTEGER NOT NULL,
    updated_at_ms   INTEGER NOT NULL,
    expires_at_ms   INTEGER NOT NULL,
    PRIMARY KEY (bot, cloid),
    UNIQUE (bot, decision, leg, attempt)
) STRICT;

CREATE INDEX orders_newest ON orders (bot, created_at_ms);
CREATE INDEX orders_newest_by_status ON orders (bot, status, created_at_ms);

CREATE TABLE fills (
    bot             TEXT    NOT NULL REFERENCES bots (bot),
    market          TEXT    NOT NULL,
    trade_id        INTEGER NOT NULL,
    timestamp       TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', time_ms / 1000.0, 'unixepoch')) VIRTUAL,
    cloid           TEXT,
    oid             INTEGER NOT NULL,
    decision        INTEGER,
    leg             TEXT,
    side            TEXT    NOT NULL,
    price           TEXT    NOT NULL,
    size            TEXT    NOT NULL,
    fee             TEXT    NOT NULL,
    closed_pnl      TEXT    NOT NULL,
    taker           INTEGER NOT NULL,
    liquidation     TEXT,
    spec_generation INTEGER NOT NULL,
    lease_epoch     INTEGER NOT NULL,
    time_ms         INTEGER NOT NULL,
    PRIMARY KEY (bot, market, trade_id)
) STRICT;

CREATE INDEX fills_newest ON fills (bot, time_ms);

CREATE TABLE positions (
    bot             TEXT    NOT NULL REFERENCES bots (bot),
    market          TEXT    NOT NULL,
    size            TEXT    NOT NULL,
    cost            TEXT    NOT NULL,
    realized_pnl    TEXT    NOT NULL,
    fees            TEXT    NOT NULL,
    funding         TEXT    NOT NULL,
    stop_price      TEXT,
    take_price      TEXT,
    opened_at       TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', opened_at_ms / 1000.0, 'unixepoch')) VIRTUAL,
    updated_at      TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', updated_at_ms / 1000.0, 'unixepoch')) VIRTUAL,
    lease_epoch     INTEGER NOT NULL,
    opened_at_ms    INTEGER,
    updated_at_ms   INTEGER NOT NULL,
    PRIMARY KEY (bot, market)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_snapshots (
    bot             TEXT    NOT NULL REFERENCES bots (bot),
    timestamp       TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', time_ms / 1000.0, 'unixepoch')) VIRTUAL,
    equity          TEXT    NOT NULL,
    cash            TEXT    NOT NULL,
    unrealized_pnl  TEXT    NOT NULL,
    realized_pnl    TEXT    NOT NULL,
    fees            TEXT    NOT NULL,
    funding         TEXT    NOT NULL,
    notional        TEXT    NOT NULL,
    drawdown_bps    INTEGER NOT NULL,
    spec_generation INTEGER NOT NULL,
    lease_epoch     INTEGER NOT NULL,
    time_ms         INTEGER NOT NULL,
    PRIMARY KEY (bot, time_ms)
) STRICT, WITHOUT ROWID;

-- For people: SELECT * FROM account_snapshots ORDER BY timestamp DESC LIMIT 1;
CREATE INDEX account_snapshots_timestamp ON account_snapshots (timestamp);

CREATE TABLE risk_events (
    bot             TEXT    NOT NULL REFERENCES bots (bot),
    id              INTEGER NOT NULL,
    timestamp       TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', time_ms / 1000.0, 'unixepoch')) VIRTUAL,
    code            TEXT    NOT NULL,
    market          TEXT,
    detail          TEXT    NOT NULL,
    resolved        INTEGER NOT NULL,
    spec_generation INTEGER NOT NULL,
    lease_epoch     INTEGER NOT NULL,
    time_ms         INTEGER NOT NULL,
    PRIMARY KEY (bot, id)
) STRICT;

-- For people: SELECT * FROM risk_events WHERE resolved = false;
CREATE INDEX risk_events_unresolved ON risk_events (resolved, bot, id);

CREATE TABLE control_messages (
    id              INTEGER PRIMARY KEY,
    bot             TEXT    NOT NULL REFERENCES bots (bot),
    timestamp       TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', time_ms / 1000.0, 'unixepoch')) VIRTUAL,
    desired         TEXT    NOT NULL,
    generation      INTEGER NOT NULL,
    local_hold      TEXT    NOT NULL,
    in_force        TEXT    NOT NULL,
    spec_generation INTEGER NOT NULL,
    lease_epoch     INTEGER NOT NULL,
    time_ms         INTEGER NOT NULL,
    -- The same message at the same millisecond is the same message, committed again.
    UNIQUE (bot, time_ms, generation, desired, local_hold)
) STRICT;

-- What came in, for replay. Old rows go when the bot has too many.
CREATE TABLE journal (
    bot         TEXT    NOT NULL REFERENCES bots (bot),
    seq         INTEGER NOT NULL,
    timestamp   TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', time_ms / 1000.0, 'unixepoch')) VIRTUAL,
    input       TEXT    NOT NULL,
    lease_epoch INTEGER NOT NULL,
    time_ms     INTEGER NOT NULL,
    PRIMARY KEY (bot, seq)
) STRICT, WITHOUT ROWID;
