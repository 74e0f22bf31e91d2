//! Times as trackers write them: `2024-05-01T10:00:00Z`.

/// Seconds since 1970 of a time of RFC 3339; fractions of seconds are dropped. `None` for what is no time.
#[must_use]
pub fn time_from_iso(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().ok()).flatten()
    };
    let sign_at = |at: usize, signs: &[u8]| {
        text.as_bytes()
            .get(at)
            .is_some_and(|byte| signs.contains(byte))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let separated = sign_at(4, b"-")
        && sign_at(7, b"-")
        && sign_at(10, b"Tt ")
        && sign_at(13, b":")
        && sign_at(16, b":");
    let is_time = (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !separated || !is_time {
        return None;
    }
    let offset = offset_of(text.get(19..)?)?;
    Some(days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset)
}

/// Seconds that a zone is ahead, read from what follows the seconds.
fn offset_of(rest: &str) -> Option<i64> {
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
        None => rest,
    };
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let ahead = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone[1..].split_once(':')?;
    let number = |text: &str| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<i64>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(ahead * (hours * 3_600 + minutes * 60))
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that a leap day ends its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_zone() {
        for (text, time) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2024-05-01T10:00:00Z", 1_714_557_600),
            ("2024-05-01T10:00:00.123456Z", 1_714_557_600),
            ("2024-05-01T12:30:00+02:30", 1_714_557_600),
            ("2024-05-01 09:00:00-01:00", 1_714_557_600),
            ("1969-12-31T23:59:59Z", -1),
        ] {
            assert_eq!(time_from_iso(text), Some(time), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_not_read() {
        for text in [
            "",
            "2024-05-01",
            "2023-02-29T00:00:00Z",
            "2024-05-01T24:00:00Z",
            "2024-05-01T10:00:00",
            "2024-05-01T10:00:00.Z",
            "2024-05-01T10:00:00+2",
            "é024-05-01T10:00:00Z",
            "2024-05-01T10:00:00Zé",
            "2024-05-01T10:00:00+é:00",
        ] {
            assert_eq!(time_from_iso(text), None, "{text}");
        }
    }
}
