//! How long one request waits for the store in all.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::store::{Store, StoreError};

/// What a request may still spend on the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// Nothing for a store that is always quick.
    left: Option<Duration>,
    whole: Option<Duration>,
}

impl Allowance {
    pub(crate) fn new(store: &Arc<dyn Store>) -> Allowance {
        let whole = store.patience();
        Allowance { left: whole, whole }
    }

    /// Waits for an operation as long as there is something left.
    pub(crate) async fn spend<T>(
        &mut self,
        operation: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let Some(left) = self.left else {
            return operation.await;
        };
        let start = Instant::now();
        // The first operation has all that the store allows itself, and is left to the store's own limit: it learns
        // from what exceeds that.
        let done = match self.left == self.whole {
            true => operation.await,
            false => match timeout(left, operation).await {
                Ok(done) => done,
                Err(_) => Err(StoreError::new("the store is too slow for this request")),
            },
        };
        self.left = Some(left.saturating_sub(start.elapsed()));
        done
    }

    /// Waits for a write as long as there is something left, and then lets it go on by itself.
    pub(crate) async fn spend_on_write(
        &mut self,
        write: impl Future<Output = Result<(), StoreError>> + Send + 'static,
    ) -> Result<(), StoreError> {
        if self.left.is_none() {
            return write.await;
        }
        let written = tokio::spawn(write);
        self.spend(async {
            written
                .await
                .unwrap_or_else(|_| Err(StoreError::new("the write did not end")))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::*;

    fn of(millis: u64) -> Allowance {
        let left = Some(Duration::from_millis(millis));
        Allowance { left, whole: left }
    }

    async fn takes(millis: u64) -> Result<(), StoreError> {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn slow_operations_do_not_add_up() {
        let start = Instant::now();
        let mut allowance = of(100);
        assert!(allowance.spend(takes(80)).await.is_ok());
        assert!(allowance.spend(takes(15)).await.is_ok());
        assert!(allowance.spend(takes(15)).await.is_err());
        assert!(allowance.spend(takes(15)).await.is_err());
        let spent = start.elapsed();
        assert!((100..=105).contains(&spent.as_millis()), "{spent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_is_not_waited_for_still_ends() {
        let mut allowance = of(100);
        assert!(allowance.spend(takes(90)).await.is_ok());
        let (sender, written) = tokio::sync::oneshot::channel();
        let write = async move {
            takes(50).await?;
            sender
                .send(())
                .map_err(|()| StoreError::new("nobody waits"))
        };
        assert!(allowance.spend_on_write(write).await.is_err());
        assert!(written.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_in_memory_is_waited_for() {
        let store: Arc<dyn Store> = Arc::new(Memory::default());
        let mut allowance = Allowance::new(&store);
        for _ in 0..10 {
            assert!(allowance.spend(takes(1_000)).await.is_ok());
            assert!(allowance.spend_on_write(takes(1_000)).await.is_ok());
        }
    }
}
