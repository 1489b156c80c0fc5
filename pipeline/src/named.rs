//! Bytes under their hashed names, and the variants that are made of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crushed_manifest::{Asset, AssetPath, Coding, Digest, PathError, Variant, content_type};
use rayon::prelude::*;

use crate::cache::Memo;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::digest::{digest, hashed, integrity};
use crate::encode::{compressible, cost};
use crate::progress::{Progress, Stage};

/// Bytes under their hashed name.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) path: AssetPath,
    /// That of the name, which a module in a cycle shares with others.
    digest: Digest,
    /// That of the bytes.
    own: Digest,
    pub(crate) integrity: String,
    bytes: Vec<u8>,
}

impl Named {
    pub(crate) fn new(path: &AssetPath, bytes: Vec<u8>) -> Result<Self, PathError> {
        let digest = digest(&bytes);
        Ok(Self {
            path: hashed(path, digest)?,
            digest,
            own: digest,
            integrity: integrity(&bytes),
            bytes,
        })
    }

    /// The same where the hashed name is known already.
    pub(crate) fn known(path: AssetPath, name: Digest, bytes: Vec<u8>) -> Self {
        Self {
            path,
            digest: name,
            own: digest(&bytes),
            integrity: integrity(&bytes),
            bytes,
        }
    }
}

/// What a release consists of before it is encoded.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    named: BTreeMap<AssetPath, Named>,
    /// The hashed name of each source that ships by itself.
    pub(crate) sources: BTreeMap<AssetPath, AssetPath>,
}

/// In bytes: a file that is smaller is encoded in all codings by one core, and what comes of it is kept as one result. To
/// write files takes longer than to encode them.
const SMALL: usize = 16 << 10;

/// The codings of assets by their paths; `None` for one that is not smaller.
pub(crate) type Encoded = BTreeMap<AssetPath, Vec<(Coding, io::Result<Option<Coded>>)>>;

/// A variant, and its bytes.
pub(crate) type Coded = (Variant, Vec<u8>);

/// Encodes assets, what takes longest first so that no core is left with it at the end.
pub(crate) fn encode<'n>(
    assets: impl Iterator<Item = &'n Named>,
    config: &Config,
    memo: &Memo,
    progress: &dyn Progress,
) -> Encoded {
    let all = BTreeSet::from(Coding::ALL);
    let codings = config.codings.as_ref().unwrap_or(&all);
    let codings: Vec<Coding> = codings.iter().copied().collect();
    let mut work: Vec<(&Named, &[Coding])> = assets
        .filter(|named| compressible(&named.path))
        .flat_map(|named| {
            let at_once = match named.bytes.len() {
                ..SMALL => codings.len(),
                _ => 1,
            };
            codings
                .chunks(at_once.max(1))
                .map(move |some| (named, some))
        })
        .collect();
    work.sort_by_key(|(named, some)| {
        let costs = some.iter().map(|coding| cost(named.bytes.len(), *coding));
        (Reverse(costs.sum::<usize>()), some.first(), &named.path)
    });
    progress.begin(Stage::Encode, Some(work.len()));
    let made: Vec<_> = work
        .into_iter()
        .par_bridge()
        .map(|(named, some)| {
            let made = memo.encoded(&named.bytes, some, config.effort());
            let made = made.map(|made| {
                let each = some.iter().zip(made);
                each.map(|(coding, bytes)| bytes.map(|bytes| coded(*coding, bytes)))
                    .collect::<Vec<_>>()
            });
            progress.step();
            (&named.path, some, made)
        })
        .collect();
    let mut encoded = Encoded::new();
    for (path, some, made) in made {
        let variants: &mut Vec<_> = encoded.entry(path.clone()).or_default();
        match made {
            Ok(made) => variants.extend(
                some.iter()
                    .zip(made)
                    .map(|(coding, made)| (*coding, Ok(made))),
            ),
            Err(error) => variants.extend(some.first().map(|coding| (*coding, Err(error)))),
        }
    }
    encoded
}

fn coded(coding: Coding, bytes: Vec<u8>) -> Coded {
    let variant = Variant {
        coding,
        size: bytes.len() as u64,
        digest: digest(&bytes),
    };
    (variant, bytes)
}

/// What the manifest says of the assets, and their files.
type Described = (BTreeMap<AssetPath, Asset>, BTreeMap<String, Vec<u8>>);

impl Collected {
    /// Equal text gives an equal name: two bundles of the same contents are one file.
    pub(crate) fn add(&mut self, named: Named) {
        self.named.insert(named.path.clone(), named);
    }

    /// Takes the assets out and makes those of their variants that are not there yet.
    pub(crate) fn encoded(
        &mut self,
        mut early: Encoded,
        config: &Config,
        memo: &Memo,
        progress: &dyn Progress,
    ) -> Result<Described, Vec<Diagnostic>> {
        let named = std::mem::take(&mut self.named);
        let late = named
            .values()
            .filter(|named| !early.contains_key(&named.path));
        early.extend(encode(late, config, memo, progress));
        let mut errors = Vec::new();
        let mut encoded = Vec::new();
        for (path, variants) in early {
            for (coding, made) in variants {
                match made {
                    Ok(made) => {
                        encoded.extend(made.map(|(variant, bytes)| (path.clone(), variant, bytes)));
                    }
                    Err(error) => {
                        let message = format!("cannot be encoded as {coding}: {error}");
                        errors.push(Diagnostic::file(ErrorKind::Io, path.as_str(), message));
                    }
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let (mut assets, mut files) = Described::default();
        for (path, named) in named {
            let identity = Variant {
                coding: Coding::Identity,
                size: named.bytes.len() as u64,
                digest: named.own,
            };
            files.insert(path.to_string(), named.bytes);
            let asset = Asset {
                content_type: content_type(path.as_str()),
                path: path.clone(),
                digest: named.digest,
                integrity: named.integrity,
                variants: vec![identity],
            };
            assets.insert(path, asset);
        }
        for (path, variant, bytes) in encoded {
            if let Some(asset) = assets.get_mut(&path) {
                files.insert(format!("{path}{}", variant.coding.suffix()), bytes);
                asset.variants.push(variant);
            }
        }
        for asset in assets.values_mut() {
            asset.variants.sort_by_key(|variant| variant.coding);
        }
        Ok((assets, files))
    }
}
