//! How much the database may take, where somebody set a limit: the volume of a pod, whose kubelet evicts a pod that fills
//! it, with its data.
//!
//! In this order: the journal of inputs makes way, then the store says that it is tight (nothing more is opened, what
//! reduces is still written down), and only then SQLite itself refuses to grow.

use sqlx::SqliteConnection;

use super::value::unsigned;

/// SQLite's own page size, bytes: what every file here was made with.
const PAGE_BYTES: u64 = 4096;
/// Of the limit, database and write-ahead log together, in percent. The rest is the volume's own overhead.
const USED_PERCENT_MAX: u64 = 80;
/// The write-ahead log is copied into the database after so many pages at most: SQLite's own default.
const LOG_PAGES_MAX: u64 = 1_000;
/// And after so many at least: fewer would copy at every commit.
const LOG_PAGES_MIN: u64 = 100;
/// The log's share of a small volume: one in so many pages.
const LOG_PART: u64 = 16;
/// The log is twice as long as that when a transaction begins just below it.
const LOG_FACTOR: u64 = 2;
/// Of the database's pages in use, in percent: above this the journal makes way.
const PRUNE_PERCENT: u64 = 60;
/// Above this the store is tight: room is left for the rows of everything that reduces.
const TIGHT_PERCENT: u64 = 85;
/// Below this it is no longer tight.
const LOOSE_PERCENT: u64 = 80;

/// The limits that follow from a volume's size, in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// SQLite refuses to grow beyond this.
    pub(super) pages_max: u64,
    /// The write-ahead log is copied into the database after so many.
    pub(super) log_pages: u64,
}

/// What the pages in use call for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pressure {
    /// The journal has to make way.
    pub(super) prune: bool,
    /// Nothing more may be opened.
    pub(super) tight: bool,
}

impl Room {
    /// The room on a volume of that size.
    pub(super) fn of_volume(bytes: u64) -> Self {
        let pages = bytes / 100 * USED_PERCENT_MAX / PAGE_BYTES;
        let log_pages = (pages / LOG_PART).clamp(LOG_PAGES_MIN, LOG_PAGES_MAX);
        Self {
            pages_max: pages
                .saturating_sub(log_pages * LOG_FACTOR)
                .max(LOG_PAGES_MIN),
            log_pages,
        }
    }

    /// What so many pages in use call for; `tight` is what was said last.
    pub(super) fn pressure(self, in_use: u64, tight: bool) -> Pressure {
        let above = |percent: u64| in_use > self.pages_max / 100 * percent;
        Pressure {
            prune: above(PRUNE_PERCENT),
            tight: above(if tight { LOOSE_PERCENT } else { TIGHT_PERCENT }),
        }
    }
}

/// Pages that hold something, those of the running transaction included.
pub(super) async fn pages_in_use(connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let all: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&mut *connection)
        .await?;
    let free: i64 = sqlx::query_scalar("PRAGMA freelist_count")
        .fetch_one(connection)
        .await?;
    unsigned(all.saturating_sub(free).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn database_and_log_stay_under_80_percent_of_any_volume() {
        for bytes in [64 * MIB, 100 * MIB, 1024 * MIB, 1 << 40] {
            let room = Room::of_volume(bytes);
            let most = (room.pages_max + room.log_pages * LOG_FACTOR) * PAGE_BYTES;
            assert!(most <= bytes / 100 * 80, "{bytes}: {room:?}");
            assert!(most > bytes / 100 * 78, "and use it: {bytes}: {room:?}");
        }
    }

    #[test]
    fn the_journal_makes_way_before_the_store_is_tight_and_tight_comes_before_full() {
        let room = Room {
            pages_max: 1_000,
            log_pages: 100,
        };
        let of = |in_use, tight| {
            let Pressure { prune, tight } = room.pressure(in_use, tight);
            (prune, tight)
        };
        assert_eq!(of(600, false), (false, false));
        assert_eq!(of(601, false), (true, false));
        assert_eq!(of(850, false), (true, false));
        assert_eq!(of(851, false), (true, true));
        assert_eq!(of(801, true), (true, true), "it does not flutter");
        assert_eq!(of(800, true), (true, false));
    }
}
