//! What a service gives for a request.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::Error;

/// The answer to a request: at once, or some time later. One that is there at once is neither put into a box nor asked
/// for twice, as it would be in an `async` block.
pub struct Answer<T>(State<T>);

enum State<T> {
    /// Taken when it was given.
    Now(Option<T>),
    Later(Pin<Box<dyn Future<Output = Result<T, Error>>>>),
}

// Nothing in it is pinned but the future, which is in a box.
impl<T> Unpin for Answer<T> {}

impl<T> Answer<T> {
    pub(crate) fn now(response: T) -> Answer<T> {
        Answer(State::Now(Some(response)))
    }

    pub(crate) fn later(answer: impl Future<Output = Result<T, Error>> + 'static) -> Answer<T> {
        Answer(State::Later(Box::pin(answer)))
    }
}

impl<T> Future for Answer<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Now(response) => match response.take() {
                Some(response) => Poll::Ready(Ok(response)),
                // Polled again after it was ready, which futures may answer as they like.
                None => Poll::Pending,
            },
            State::Later(answer) => answer.as_mut().poll(context),
        }
    }
}

impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}
