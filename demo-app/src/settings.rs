//! What the environment says.

use std::env;
use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};

/// The address that is listened on when `BIND` is not set.
const DEFAULT_BIND: &str = "127.0.0.1:8080";

/// The app's settings. `STATIC_URL` is not among them: `crushed::init` reads it.
#[derive(Debug)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub bind: SocketAddr,
}

/// A variable whose value cannot be used.
#[derive(Debug)]
pub struct SettingsError {
    value: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "BIND={:?} is not an address to listen on, give one like {DEFAULT_BIND}",
            self.value
        )
    }
}

impl std::error::Error for SettingsError {}

impl Settings {
    /// Reads the environment.
    pub fn from_env() -> Result<Self, SettingsError> {
        let bind = env::var_os("BIND").map(|value| value.to_string_lossy().into_owned());
        Self::parse(bind.as_deref().unwrap_or(DEFAULT_BIND))
    }

    fn parse(bind: &str) -> Result<Self, SettingsError> {
        let first = bind
            .to_socket_addrs()
            .ok()
            .and_then(|mut addresses| addresses.next());
        first
            .map(|bind| Self { bind })
            .ok_or_else(|| SettingsError {
                value: bind.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bind_is_an_address_with_a_port() {
        assert_eq!(
            Settings::parse("[::1]:0").unwrap().bind.to_string(),
            "[::1]:0"
        );
        for bad in ["", "8080", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:99999"] {
            let error = Settings::parse(bad).unwrap_err().to_string();
            assert!(error.contains("127.0.0.1:8080"), "{error}");
        }
    }
}
