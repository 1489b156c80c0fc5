use crate::Representation;

use super::preconditions::{self, Outcome};
use super::range::{self, Ranges};
use super::{ByteRange, Fields, Name, Request, Resource, accept};

/// What is answered to a request, before it is said in a status and fields.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Decision<'r> {
    /// 200: all of a variant (RFC 9110 §15.3.1).
    Full(&'r Representation<'r>),
    /// 206: a stretch of it (§15.3.7.1).
    Part(&'r Representation<'r>, ByteRange),
    /// 206: several stretches, in the order asked for (§15.3.7.2).
    Parts(&'r Representation<'r>, Vec<ByteRange>),
    /// 204: the methods that there are (§9.3.7).
    Options,
    /// 304: the client has it (§15.4.5).
    NotModified(&'r Representation<'r>),
    /// 400: the path is none (§15.5.1).
    BadRequest,
    /// 404: nothing has this name (§15.5.5).
    NotFound,
    /// 405: another method than GET, HEAD and OPTIONS (§15.5.6).
    MethodNotAllowed,
    /// 406: no variant is acceptable (§15.5.7).
    NotAcceptable,
    /// 412: the client expected another one (§15.5.13).
    PreconditionFailed,
    /// 416: none of the ranges is there (§15.5.17).
    RangeNotSatisfiable(&'r Representation<'r>),
}

/// Decides what to answer to a request whose path names `resource`, or nothing.
pub fn decide<'r, F: Fields>(
    request: &Request<'_, F>,
    resource: Option<&Resource<'r>>,
) -> Decision<'r> {
    let Some(resource) = resource else {
        return Decision::NotFound;
    };
    match request.method {
        "GET" | "HEAD" => {}
        "OPTIONS" => return Decision::Options,
        _ => return Decision::MethodNotAllowed,
    }
    let fields = request.fields;
    let Some(selected) = accept::select(fields, resource.route.variants) else {
        return Decision::NotAcceptable;
    };
    match preconditions::evaluate(fields, selected.etag, resource.modified) {
        Outcome::Proceed => {}
        Outcome::NotModified => return Decision::NotModified(selected),
        Outcome::Failed => return Decision::PreconditionFailed,
    }
    // Ranges are defined for GET alone (§14.2).
    let asked = match request.method {
        "GET" => fields.single(Name::Range),
        _ => None,
    };
    match asked {
        Some(field) if preconditions::range_applies(fields, selected.etag, resource.modified) => {
            match range::parse(field, selected.bytes.len()) {
                Ranges::Ignored => Decision::Full(selected),
                Ranges::One(range) => Decision::Part(selected, range),
                Ranges::Many(ranges) => Decision::Parts(selected, ranges),
                Ranges::Unsatisfiable => Decision::RangeNotSatisfiable(selected),
            }
        }
        _ => Decision::Full(selected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Coding, Route};

    const ROUTE: Route = Route {
        path: "js/app.00000000000000aa.js",
        content_type: "text/javascript; charset=utf-8",
        variants: &[
            Representation {
                coding: Coding::Identity,
                etag: "\"id\"",
                bytes: &[b'x'; 100],
            },
            Representation {
                coding: Coding::Br,
                etag: "\"br\"",
                bytes: &[b'y'; 10],
            },
        ],
    };

    fn shown(method: &str, fields: &[(&str, &str)]) -> String {
        let resource = Resource::of_route(&ROUTE);
        let request = Request {
            method,
            fields: &fields,
        };
        match decide(&request, Some(&resource)) {
            Decision::Full(variant) => format!("200 {}", variant.etag),
            Decision::Part(variant, range) => {
                format!("206 {} {}-{}", variant.etag, range.first, range.last)
            }
            Decision::Parts(variant, ranges) => format!("206 {} x{}", variant.etag, ranges.len()),
            Decision::NotModified(variant) => format!("304 {}", variant.etag),
            Decision::RangeNotSatisfiable(variant) => format!("416 {}", variant.etag),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn requests_and_decisions() {
        let br = ("accept-encoding", "br");
        for (method, fields, want) in [
            ("GET", vec![], "200 \"id\""),
            ("HEAD", vec![br], "200 \"br\""),
            ("OPTIONS", vec![br], "Options"),
            ("POST", vec![("if-none-match", "*")], "MethodNotAllowed"),
            ("get", vec![], "MethodNotAllowed"),
            (
                "GET",
                vec![("accept-encoding", "*;q=0"), ("if-none-match", "*")],
                "NotAcceptable",
            ),
            // The tag of another variant does not say that the client has this one.
            ("GET", vec![br, ("if-none-match", "\"id\"")], "200 \"br\""),
            (
                "GET",
                vec![br, ("if-none-match", "\"id\", \"br\"")],
                "304 \"br\"",
            ),
            ("GET", vec![("if-match", "\"br\"")], "PreconditionFailed"),
            ("GET", vec![br, ("range", "bytes=0-3")], "206 \"br\" 0-3"),
            (
                "GET",
                vec![br, ("range", "bytes=0-0, 2-3")],
                "206 \"br\" x2",
            ),
            ("GET", vec![br, ("range", "bytes=10-")], "416 \"br\""),
            (
                "GET",
                vec![("range", "bytes=10-"), ("if-none-match", "*")],
                "304 \"id\"",
            ),
            (
                "GET",
                vec![("range", "bytes=200-"), ("if-range", "\"x\"")],
                "200 \"id\"",
            ),
            (
                "GET",
                vec![("range", "bytes=0-1"), ("if-range", "\"id\"")],
                "206 \"id\" 0-1",
            ),
            (
                "GET",
                vec![br, ("range", "bytes=0-1"), ("if-range", "\"id\"")],
                "200 \"br\"",
            ),
            (
                "GET",
                vec![("range", "bytes=0-1"), ("range", "bytes=0-1")],
                "200 \"id\"",
            ),
            ("HEAD", vec![("range", "bytes=0-1")], "200 \"id\""),
        ] {
            assert_eq!(shown(method, &fields), want, "{method} {fields:?}");
        }
    }

    #[test]
    fn nothing_there_is_not_found_whatever_is_asked() {
        for method in ["GET", "HEAD", "POST", "OPTIONS"] {
            let request = Request {
                method,
                fields: &[("if-none-match", "*")].as_slice(),
            };
            assert_eq!(decide(&request, None), Decision::NotFound);
        }
    }
}
