use crate::{Coding, Representation};

use super::request::{members, trim};
use super::{Fields, Name};

/// Selects the variant for a request by `Accept-Encoding` (RFC 9110 §12.5.3); nothing if none is acceptable.
pub(crate) fn select<'r>(
    fields: &impl Fields,
    variants: &'r [Representation<'r>],
) -> Option<&'r Representation<'r>> {
    let mut lines = fields.lines(Name::AcceptEncoding);
    // Without the field any coding would be acceptable; a client that does not say that it decodes may not be able to.
    let Some(first) = lines.next() else {
        return variants
            .iter()
            .find(|variant| variant.coding == Coding::Identity);
    };
    let mut accepted = Accepted::frequent(first).unwrap_or_else(|| {
        let mut accepted = Accepted::default();
        accepted.read(first);
        accepted
    });
    lines.for_each(|line| accepted.read(line));
    // Loops instead of iterators here and below: each request comes by, and they take two thirds of the instructions.
    let mut best: Option<(Weight, &Representation<'_>)> = None;
    for variant in variants {
        let Some(weight) = accepted.weight(variant.coding) else {
            continue;
        };
        let size = |variant: &Representation<'_>| (variant.bytes.len(), variant.coding);
        let is_better = best.is_none_or(|(most, best)| {
            weight > most || (weight == most && size(variant) < size(best))
        });
        if is_better {
            best = Some((weight, variant));
        }
    }
    best.map(|(_, variant)| variant)
}

/// A quality value (RFC 9110 §12.4.2) in thousandths.
type Weight = u16;

/// What an `Accept-Encoding` says of the codings that are known here.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Accepted {
    codings: [Option<Weight>; Coding::ALL.len()],
    /// Of `*`: every coding that is not named.
    others: Option<Weight>,
}

impl Accepted {
    /// What a line of the field says that browsers send.
    fn frequent(line: &[u8]) -> Option<Self> {
        const fn of<const N: usize>(named: [Coding; N]) -> Accepted {
            let mut codings = [None; Coding::ALL.len()];
            let mut index = 0;
            while index < N {
                codings[named[index] as usize] = Some(1000);
                index += 1;
            }
            Accepted {
                codings,
                others: None,
            }
        }
        match line {
            b"gzip, deflate, br, zstd" => {
                Some(const { of([Coding::Gzip, Coding::Br, Coding::Zstd]) })
            }
            b"gzip, deflate, br" => Some(const { of([Coding::Gzip, Coding::Br]) }),
            b"gzip, deflate" => Some(const { of([Coding::Gzip]) }),
            _ => None,
        }
    }

    /// Adds what a line of the field says.
    fn read(&mut self, line: &[u8]) {
        for text in members(line) {
            // A member that does not parse is left out: identity, which is then sent, is right for everybody.
            let Some((token, weight)) = member(text) else {
                continue;
            };
            let place = match (token, coding(token)) {
                (b"*", _) => &mut self.others,
                (_, Some(known)) => &mut self.codings[known as usize],
                (_, None) => continue,
            };
            // Named twice, a refusal counts: what is not sent cannot be misread.
            *place = Some(place.map_or(weight, |known: Weight| known.min(weight)));
        }
    }

    /// The weight of a coding, if it is acceptable.
    fn weight(&self, coding: Coding) -> Option<Weight> {
        match self.codings[coding as usize].or(self.others) {
            Some(0) => None,
            Some(weight) => Some(weight),
            // Identity needs no mention to be acceptable, and comes after all that is mentioned.
            None if coding == Coding::Identity => Some(0),
            None => None,
        }
    }
}

/// Codings are compared without case (RFC 9110 §8.4.1), `x-gzip` is `gzip` (§8.4.1.3).
fn coding(token: &[u8]) -> Option<Coding> {
    match token {
        // As browsers send them.
        b"br" => Some(Coding::Br),
        b"gzip" => Some(Coding::Gzip),
        b"zstd" => Some(Coding::Zstd),
        b"deflate" => None,
        _ if token.eq_ignore_ascii_case(b"x-gzip") => Some(Coding::Gzip),
        _ => Coding::ALL
            .into_iter()
            .find(|known| token.eq_ignore_ascii_case(known.token().as_bytes())),
    }
}

/// `codings [ OWS ";" OWS "q=" qvalue ]`
fn member(text: &[u8]) -> Option<(&[u8], Weight)> {
    let Some(semicolon) = text.iter().position(|byte| *byte == b';') else {
        return Some((text, 1000));
    };
    let (coding, parameter) = (trim(&text[..semicolon]), trim(&text[semicolon + 1..]));
    match parameter {
        [b'q' | b'Q', b'=', value @ ..] => Some((coding, qvalue(value)?)),
        _ => None,
    }
}

/// `( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`
fn qvalue(text: &[u8]) -> Option<Weight> {
    let (whole, fraction) = match text {
        [whole] => (whole, &[][..]),
        [whole, b'.', fraction @ ..] if fraction.len() <= 3 => (whole, fraction),
        _ => return None,
    };
    let mut thousandths = 0;
    for place in 0..3 {
        let digit = fraction.get(place).unwrap_or(&b'0');
        if !digit.is_ascii_digit() {
            return None;
        }
        thousandths = thousandths * 10 + Weight::from(digit - b'0');
    }
    match (whole, thousandths) {
        (b'0', thousandths) => Some(thousandths),
        (b'1', 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_send_is_read_as_by_the_rules() {
        for line in [
            "gzip, deflate, br, zstd",
            "gzip, deflate, br",
            "gzip, deflate",
        ] {
            let mut read = Accepted::default();
            read.read(line.as_bytes());
            assert_eq!(Accepted::frequent(line.as_bytes()), Some(read), "{line}");
        }
        assert_eq!(Accepted::frequent(b"gzip, br"), None);
    }

    const fn variant(coding: Coding, bytes: &[u8]) -> Representation<'_> {
        Representation {
            coding,
            etag: "",
            bytes,
        }
    }

    const VARIANTS: &[Representation] = &[
        variant(Coding::Identity, &[0; 100]),
        variant(Coding::Br, &[0; 10]),
        variant(Coding::Zstd, &[0; 20]),
        variant(Coding::Gzip, &[0; 30]),
    ];

    fn selected(lines: &[&str], variants: &[Representation]) -> &'static str {
        let fields: Vec<_> = lines
            .iter()
            .map(|line| ("accept-encoding", *line))
            .collect();
        select(&fields, variants).map_or("none", |variant| variant.coding.token())
    }

    #[test]
    fn the_heaviest_wins_and_ties_go_to_the_smallest() {
        for (line, want) in [
            ("", "identity"),
            ("gzip", "gzip"),
            ("x-gzip", "gzip"),
            ("GZip;Q=1", "gzip"),
            ("gzip, deflate, br, zstd", "br"),
            ("gzip, zstd", "zstd"),
            ("br;q=0.1, gzip;q=0.9", "gzip"),
            ("br;q=0.999, gzip;q=1.000", "gzip"),
            ("br;q=0.5,gzip;q=0.501", "gzip"),
            ("br ; q=0.5 , gzip\t;\tq=0.5", "br"),
            ("br;q=0.001", "br"),
            ("*", "br"),
            ("*;q=0.5, gzip", "gzip"),
            ("br;q=0, *", "zstd"),
            ("identity, *;q=0.1", "identity"),
            ("identity;q=0.5, br;q=0.1", "identity"),
            ("identity", "identity"),
            ("identity;q=0.1, br;q=0.2", "br"),
            ("deflate, compress, foo", "identity"),
            (",, ,gzip,,", "gzip"),
        ] {
            assert_eq!(selected(&[line], VARIANTS), want, "{line:?}");
        }
        assert_eq!(selected(&[], VARIANTS), "identity");
        assert_eq!(selected(&["br;q=0.5", "foo, gzip"], VARIANTS), "gzip");
    }

    #[test]
    fn zero_is_a_refusal() {
        for (line, want) in [
            ("gzip;q=0", "identity"),
            ("gzip;q=0.000, br;q=0.", "identity"),
            ("gzip;q=0, gzip", "identity"),
            ("identity;q=0", "none"),
            ("*;q=0", "none"),
            ("*;q=0, identity", "identity"),
            ("gzip, *;q=0", "gzip"),
            ("identity;q=0, gzip", "gzip"),
            ("identity;q=0, *", "br"),
            ("br;q=0, zstd;q=0, gzip;q=0, identity;q=0", "none"),
        ] {
            assert_eq!(selected(&[line], VARIANTS), want, "{line:?}");
        }
    }

    #[test]
    fn what_does_not_parse_is_left_out() {
        for line in [
            "gzip;q=1.001",
            "gzip;q=2",
            "gzip;q=-1",
            "gzip;q=0.1234",
            "gzip;q=.5",
            "gzip;q=",
            "gzip;q",
            "gzip;q = 1",
            "gzip;level=9",
            "gzip;q=1;x=y",
            "gzip;",
            "gzip gzip",
            "\"gzip\"",
            ";q=1",
            "gzip;q=0x1",
            "gzip;q=1.0a",
            "\u{ff47}zip",
            "gzip\0",
        ] {
            assert_eq!(selected(&[line], VARIANTS), "identity", "{line:?}");
            assert_eq!(selected(&[line, "br"], VARIANTS), "br", "{line:?}");
        }
    }

    #[test]
    fn a_single_representation_is_all_there_is() {
        let single = &VARIANTS[..1];
        assert_eq!(selected(&["br, gzip"], single), "identity");
        assert_eq!(selected(&["identity;q=0, br"], single), "none");
        assert_eq!(selected(&["br"], &[]), "none");
    }
}
