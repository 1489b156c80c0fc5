//! Large bodies, a piece at a time.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;

/// The bytes of a piece. actix copies a body into a buffer of the connection before it writes to the socket, at once what
/// comes at once; a buffer of more than 128 kB it gives back after each answer, and pays for new pages at the next. Below
/// that, the larger a piece, the fewer the writes.
const PIECE: usize = 120 << 10;

/// A body that is given in pieces.
#[derive(Debug)]
pub(super) struct Pieces(Bytes);

impl Pieces {
    /// Whether a body of so many bytes is worth it.
    pub(super) fn suit(length: usize) -> bool {
        length > PIECE
    }

    pub(super) fn of(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let length = self.0.len().min(PIECE);
        let piece = self.0.split_to(length);
        Poll::Ready((length > 0).then_some(Ok(piece)))
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    #[actix_web::test]
    async fn the_pieces_are_the_whole() {
        let whole: Vec<u8> = (0..300_000_u32).map(|number| number as u8).collect();
        for length in [0, 1, PIECE, PIECE + 1, whole.len()] {
            let mut body = Pieces::of(Bytes::copy_from_slice(&whole[..length]));
            assert_eq!(body.size(), BodySize::Sized(length as u64));
            let mut got = Vec::new();
            while let Some(piece) =
                std::future::poll_fn(|context| Pin::new(&mut body).poll_next(context)).await
            {
                let piece = piece.unwrap();
                assert!(!piece.is_empty() && piece.len() <= PIECE);
                got.extend(piece);
            }
            assert_eq!(got, &whole[..length]);
        }
        let body = Pieces::of(Bytes::from_static(b"abc"));
        assert_eq!(to_bytes(body).await.unwrap(), "abc");
    }
}
