use std::fmt;

/// What a parser found wrong in one text, by its place in that text.
///
/// The stage that knows which file the text came from makes a [`Diagnostic`](crate::Diagnostic) of it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Fault {
    /// Byte offset into the text.
    pub offset: usize,
    /// What is wrong: lower case, no final period.
    pub message: String,
    /// The mend, if one is known.
    pub help: Option<String>,
}

impl Fault {
    /// A fault without a mend.
    pub fn new(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset,
            message: message.into(),
            help: None,
        }
    }

    /// Adds the mend.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
