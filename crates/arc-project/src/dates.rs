//! Days of the Gregorian calendar, in UTC.

/// Seconds of a day.
const DAY: i64 = 86_400;
/// The first second of the year 0, and the last one of 9999: times beyond are cut to these.
const FIRST: i64 = -62_167_219_200;
const LAST: i64 = 253_402_300_799;

/// The day of a time in seconds since 1970, as `2024-05-01`.
#[must_use]
pub fn day_of(time: i64) -> String {
    // Counted from the first of March of the year 0, so that a leap day ends its year.
    let days = time.clamp(FIRST, LAST).div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = year_of_era + era * 400 + next;
    format!("{year:04}-{month:02}-{day:02}")
}

/// The first second of a day written as `2024-05-01`; `None` for what is no day.
#[must_use]
pub fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-').map(|part| {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<i64>().ok()).flatten()
    });
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=9_999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (from_march, year_of_march) = if month > 2 {
        (month - 3, year)
    } else {
        (month + 9, year - 1)
    };
    let era = year_of_march.div_euclid(400);
    let year_of_era = year_of_march.rem_euclid(400);
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let time = (era * 146_097 + day_of_era - 719_468) * DAY;
    // The 31st of a shorter month would be a day of the next one.
    (day_of(time) == format!("{year:04}-{month:02}-{day:02}")).then_some(time)
}

/// A time in seconds since 1970, as `2024-05-01T10:00:00Z`.
#[must_use]
pub fn time_text(time: i64) -> String {
    let time = time.clamp(FIRST, LAST);
    let second = time.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", day_of(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for (time, day) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_714_521_600, "2024-05-01"),
            (-86_400, "1969-12-31"),
            (4_102_358_400, "2099-12-31"),
        ] {
            assert_eq!(day_of(time), day);
            assert_eq!(day_of(time + 86_399), day);
            assert_eq!(time_of_day(day), Some(time));
        }
    }

    #[test]
    fn times_are_written_as_the_calendar_has_them() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_714_557_600, "2024-05-01T10:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (i64::MAX, "9999-12-31T23:59:59Z"),
            (i64::MIN, "0000-01-01T00:00:00Z"),
        ] {
            assert_eq!(time_text(seconds), text);
        }
    }

    #[test]
    fn what_is_no_day_is_not_read() {
        for text in [
            "",
            "yesterday",
            "2024",
            "2024-13-01",
            "2023-02-29",
            "2024-5",
            "-1-1-1",
            "2024-05-01x",
        ] {
            assert_eq!(time_of_day(text), None, "{text}");
        }
    }
}
