//! Time for records: a monotonic clock for latencies, RFC 3339 for people. No time zone but UTC.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::line::Pieces;

/// Nanoseconds since the Unix epoch; zero where the clock stands before it.
pub(crate) fn unix_nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Nanoseconds from `start` to now.
pub(crate) fn nanos_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Writes `nanos` since the epoch as `2026-11-22T19:00:00.123456789Z`.
pub(crate) fn rfc3339(out: &mut Pieces<'_>, nanos: u64) -> bool {
    let seconds = nanos / 1_000_000_000;
    let (year, month, day) = civil(seconds / 86_400);
    let time = seconds % 86_400;
    out.padded(year, 4)
        && out.text("-")
        && out.padded(month, 2)
        && out.text("-")
        && out.padded(day, 2)
        && out.text("T")
        && out.padded(time / 3_600, 2)
        && out.text(":")
        && out.padded(time / 60 % 60, 2)
        && out.text(":")
        && out.padded(time % 60, 2)
        && out.text(".")
        && out.padded(nanos % 1_000_000_000, 9)
        && out.text("Z")
}

/// Year, month and day of a day counted from 1970-01-01, by Howard Hinnant's `civil_from_days`.
///
/// Wrapping operations: the hook has no overflow to panic on, and a u64 of nanoseconds ends in the year 2554.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days.wrapping_add(719_468);
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let leap_free = day_of_era
        .wrapping_sub(day_of_era / 1_460)
        .wrapping_add(day_of_era / 36_524)
        .wrapping_sub(day_of_era / 146_096);
    let year_of_era = leap_free / 365;
    let year_days = year_of_era.wrapping_mul(365).wrapping_add(year_of_era / 4).wrapping_sub(year_of_era / 100);
    let day_of_year = day_of_era.wrapping_sub(year_days);
    let shifted_month = day_of_year.wrapping_mul(5).wrapping_add(2) / 153;
    let day = day_of_year.wrapping_sub(shifted_month.wrapping_mul(153).wrapping_add(2) / 5).wrapping_add(1);
    let month = if shifted_month < 10 { shifted_month.wrapping_add(3) } else { shifted_month.wrapping_sub(9) };
    let year = year_of_era.wrapping_add(era.wrapping_mul(400)).wrapping_add(u64::from(month <= 2));
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::{civil, rfc3339};
    use crate::panic::line::Line;

    #[test]
    fn days_are_those_of_the_calendar() {
        // Days from `date -ud DATE +%s` divided by 86,400.
        for (days, date) in
            [(0, (1970, 1, 1)), (11_016, (2000, 2, 29)), (11_017, (2000, 3, 1)), (20_779, (2026, 11, 22))]
        {
            assert_eq!(civil(days), date);
        }
        assert_eq!(civil(u64::MAX / 86_400_000_000_000), (2554, 7, 21));
    }

    #[test]
    fn a_time_is_written_to_the_nanosecond() {
        let mut line = Line::new();
        line.pieces("t", |out| rfc3339(out, 1_795_374_001_000_000_042));
        assert_eq!(line.finish(), b"{\"t\":\"2026-11-22T19:00:01.000000042Z\"}\n");
    }
}
