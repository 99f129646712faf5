-- For `aicoin-worker replay`: what the core made of each input, and images of the core to begin from.

-- What the core put out for the input, as a JSON list; NULL is nothing.
ALTER TABLE journal ADD COLUMN outputs TEXT;
-- Of the row's place, time, input and outputs: a row that was changed by hand is found. NULL in rows of earlier versions.
ALTER TABLE journal ADD COLUMN checksum INTEGER;

-- The whole core, as it was after the input of that place. Those go that the journal no longer reaches back to.
CREATE TABLE checkpoints (
    bot             TEXT    NOT NULL REFERENCES bots (bot),
    seq             INTEGER NOT NULL,
    -- start: a process begins. during: now and then. loss: inputs before it could not be written down.
    kind            TEXT    NOT NULL,
    version         TEXT    NOT NULL,
    timestamp       TEXT    GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', time_ms / 1000.0, 'unixepoch')) VIRTUAL,
    spec_generation INTEGER NOT NULL,
    lease_epoch     INTEGER NOT NULL,
    time_ms         INTEGER NOT NULL,
    state           TEXT    NOT NULL,
    PRIMARY KEY (bot, seq, lease_epoch)
) STRICT, WITHOUT ROWID;
