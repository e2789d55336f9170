use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar. "Today" is an input everywhere; only the binary asks a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// The day a number of days after 1970-01-01 (before it when negative), for the years 0 to 9999; what
    /// lies outside is moved to the nearest day within.
    #[must_use]
    pub fn from_days(days: i64) -> Self {
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
        let shifted = days.clamp(FIRST, LAST) + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let narrow = |number: i64| u8::try_from(number).unwrap_or(1);
        Self { year: i32::try_from(year).unwrap_or(0), month: narrow(month), day: narrow(day) }
    }

    /// The number of days after 1970-01-01.
    #[must_use]
    pub fn days(self) -> i64 {
        // As above, `days_from_civil`.
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let from_march = if month > 2 { month - 3 } else { month + 9 };
        let of_year = (153 * from_march + 2) / 5 + day - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        era * 146_097 + of_era - 719_468
    }
}

/// Days of 0000-01-01 and 9999-12-31 after 1970-01-01.
const FIRST: i64 = -719_528;
const LAST: i64 = 2_932_896;

/// As RFC 3339 writes a full date: `2026-11-25`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "expected a day as YYYY-MM-DD";
        let bytes = text.as_bytes();
        let digits = |range: std::ops::Range<usize>| -> Result<u16, &'static str> {
            let part = text.get(range).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            part.and_then(|part| part.parse().ok()).ok_or(WRONG)
        };
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(WRONG);
        }
        let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
        let narrow = |number: u16| u8::try_from(number).map_err(|_| WRONG);
        let date = Self { year: i32::from(year), month: narrow(month)?, day: narrow(day)? };
        // A day that does not exist comes back as another one.
        match (1..=12).contains(&date.month) && Self::from_days(date.days()) == date {
            true => Ok(date),
            false => Err("there is no such day"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_and_read() {
        let date = |text: &str| text.parse::<Date>();
        assert_eq!(date("1970-01-01").unwrap().days(), 0);
        assert_eq!(date("2026-11-25").unwrap().days(), 20_782);
        assert_eq!(date("2024-02-29").unwrap().to_string(), "2024-02-29");
        for text in
            ["2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "2024-01-32", "24-01-01", "", "2024-01-0x"]
        {
            assert!(date(text).is_err(), "{text}");
        }
        let mut before = Date::from_days(FIRST);
        for days in FIRST + 1..=LAST {
            let date = Date::from_days(days);
            assert!(date > before && date.days() == days);
            before = date;
        }
        assert_eq!(
            (Date::from_days(i64::MIN).to_string(), before.to_string()),
            ("0000-01-01".into(), "9999-12-31".into())
        );
        assert_eq!("0000-01-01".parse::<Date>().unwrap().days(), FIRST);
    }
}
