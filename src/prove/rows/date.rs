//! Days of the calendar, for the neighbours of a date.

/// The day that many days after the first one of 1970, as `2020-01-01`.
pub(super) fn date(days: i64) -> String {
    // Years begin in March here, so that the leap day is the last one.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The days around the one that `text` begins with, with what follows it there.
pub(super) fn near_date(text: &str) -> Vec<String> {
    let Some((day, rest)) = text.split_at_checked(10) else {
        return Vec::new();
    };
    let parts: Vec<i64> = day.split('-').filter_map(|it| it.parse().ok()).collect();
    let [year, month, day] = parts[..] else {
        return Vec::new();
    };
    let day = days(year, month, day);
    [1, -1, 40, 2, 7, -2, -20]
        .map(|it| format!("{}{rest}", date(day + it)))
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_neighbours() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(18_262), "2020-01-01");
        assert_eq!(date(days(2024, 2, 29)), "2024-02-29");
        assert_eq!(
            near_date("2023-12-31 10:00+00"),
            [
                "2024-01-01 10:00+00",
                "2023-12-30 10:00+00",
                "2024-02-09 10:00+00",
                "2024-01-02 10:00+00",
                "2024-01-07 10:00+00",
                "2023-12-29 10:00+00",
                "2023-12-11 10:00+00"
            ]
        );
        assert!(near_date("soon").is_empty());
    }
}
