//! The coupons, held in memory.

/// A coupon of a shop.
pub struct Coupon {
    /// What is typed at the till; also the last part of the page's address.
    pub code: &'static str,
    /// Who gives it.
    pub shop: &'static str,
    /// What it is for.
    pub title: &'static str,
    /// What it is worth, as the reader sees it.
    pub value: &'static str,
    /// How many are left.
    pub left: u32,
    /// Whether its time is over.
    pub expired: bool,
    /// The small print, one sentence each.
    pub terms: &'static [&'static str],
}

/// All coupons, in the order in which the list shows them.
pub fn all() -> &'static [Coupon] {
    COUPONS
}

/// The coupon with this code, whatever case it was typed in.
pub fn by_code(code: &str) -> Option<&'static Coupon> {
    COUPONS
        .iter()
        .find(|coupon| coupon.code.eq_ignore_ascii_case(code))
}

const COUPONS: &[Coupon] = &[
    Coupon {
        code: "LAKE-20",
        shop: "Tarn & Sons",
        title: "Rowing boats by the hour",
        value: "20 % off",
        left: 140,
        expired: false,
        terms: &[
            "For boats of up to four seats.",
            "Life jackets are included.",
            "Not on the day of the regatta.",
        ],
    },
    Coupon {
        code: "BREAD-1",
        shop: "The Corner Bakery",
        title: "A loaf of the day before",
        value: "1 for 2",
        left: 7,
        expired: false,
        terms: &["One per day.", "Until the shelf is empty."],
    },
    Coupon {
        code: "INK-5",
        shop: "Quill <stationers>",
        title: "Ink in \"any\" colour",
        value: "5 € off",
        left: 60,
        expired: false,
        terms: &[],
    },
    Coupon {
        code: "SUMMER-14",
        shop: "Tarn & Sons",
        title: "A day at the lido",
        value: "Half price",
        left: 0,
        expired: true,
        terms: &["Was good until the end of August."],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_any_case() {
        assert_eq!(
            by_code("bread-1").map(|coupon| coupon.code),
            Some("BREAD-1")
        );
        assert!(by_code("BREAD").is_none());
    }

    #[test]
    fn codes_are_unique() {
        for (index, coupon) in all().iter().enumerate() {
            assert!(
                all()[index + 1..]
                    .iter()
                    .all(|other| other.code != coupon.code),
                "{}",
                coupon.code
            );
        }
    }
}
