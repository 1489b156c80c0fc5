//! Which of the fields that decide about a request are there at all: found by one look at its names, as searching for each
//! of them costs a hit more than all that follows.

use super::fields::Fields;

/// What a request's field names tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signs {
    pub(crate) authorization: bool,
    /// `Content-Length` or `Transfer-Encoding`.
    pub(crate) body: bool,
    pub(crate) upgrade: bool,
    /// `If-Match` or `If-Unmodified-Since`.
    pub(crate) precondition: bool,
    /// `If-None-Match` or `If-Modified-Since`.
    pub(crate) condition: bool,
    pub(crate) cookie: bool,
    pub(crate) accept_encoding: bool,
}

impl Signs {
    pub(crate) fn of<F: Fields + ?Sized>(fields: &F) -> Signs {
        let mut signs = Signs::default();
        for name in fields.names() {
            match name {
                "authorization" => signs.authorization = true,
                "content-length" | "transfer-encoding" => signs.body = true,
                "upgrade" => signs.upgrade = true,
                "if-match" | "if-unmodified-since" => signs.precondition = true,
                "if-none-match" | "if-modified-since" => signs.condition = true,
                "cookie" => signs.cookie = true,
                "accept-encoding" => signs.accept_encoding = true,
                _ => {}
            }
        }
        signs
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::lines;
    use super::*;

    #[test]
    fn each_field_has_its_sign() {
        let none = Signs::default();
        for (name, want) in [
            (
                "Authorization",
                Signs {
                    authorization: true,
                    ..none
                },
            ),
            ("content-length", Signs { body: true, ..none }),
            ("transfer-encoding", Signs { body: true, ..none }),
            (
                "upgrade",
                Signs {
                    upgrade: true,
                    ..none
                },
            ),
            (
                "if-match",
                Signs {
                    precondition: true,
                    ..none
                },
            ),
            (
                "if-unmodified-since",
                Signs {
                    precondition: true,
                    ..none
                },
            ),
            (
                "if-none-match",
                Signs {
                    condition: true,
                    ..none
                },
            ),
            (
                "if-modified-since",
                Signs {
                    condition: true,
                    ..none
                },
            ),
            (
                "Cookie",
                Signs {
                    cookie: true,
                    ..none
                },
            ),
            (
                "accept-encoding",
                Signs {
                    accept_encoding: true,
                    ..none
                },
            ),
            ("accept", none),
        ] {
            let fields = lines(&[("host", "a.test"), (name, "1")]);
            assert_eq!(Signs::of(&fields), want, "{name}");
        }
    }
}
