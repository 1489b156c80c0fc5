//! The files of a bundle, made up from bytes.

use crate::generate::{Choices, Piece, text};
use crate::guard;

/// Most are made up, some of them spoiled, and some raw.
pub fn files(data: &[u8], make: impl FnOnce(&mut Choices<'_>) -> Vec<Vec<Piece>>) -> Vec<String> {
    let mut choices = Choices::new(data);
    let way = choices.below(4);
    if way == 3 {
        // Files as they are, parted by a byte that no UTF-8 has.
        return choices
            .rest()
            .splitn(3, |byte| *byte == 0xff)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .collect();
    }
    let mut files: Vec<String> = make(&mut choices).iter().map(|file| text(file)).collect();
    for file in &mut files {
        guard::spoil(file, way, &mut choices);
    }
    files
}
