//! Bytes under their hashed names, and the variants that are made of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crushed_manifest::{Asset, AssetPath, Coding, Digest, PathError, Variant, content_type};
use rayon::prelude::*;

use crate::cache::Memo;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::digest::{digest, hashed, integrity};
use crate::encode::compressible;

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

/// What the manifest says of the assets, and their files.
type Described = (BTreeMap<AssetPath, Asset>, BTreeMap<String, Vec<u8>>);

impl Collected {
    /// Equal text gives an equal name: two bundles of the same contents are one file.
    pub(crate) fn add(&mut self, named: Named) {
        self.named.insert(named.path.clone(), named);
    }

    /// Takes the assets out and makes their variants, the largest first so that no core is left with a long one at the end.
    pub(crate) fn encoded(
        &mut self,
        config: &Config,
        memo: &Memo,
    ) -> Result<Described, Vec<Diagnostic>> {
        let named = std::mem::take(&mut self.named);
        let all = BTreeSet::from(Coding::ALL);
        let codings = config.codings.as_ref().unwrap_or(&all);
        let mut work: Vec<(&Named, Coding)> = named
            .values()
            .filter(|named| compressible(&named.path))
            .flat_map(|named| codings.iter().map(move |coding| (named, *coding)))
            .collect();
        work.sort_by_key(|(named, coding)| (Reverse(named.bytes.len()), *coding, &named.path));
        let encoded: Vec<(AssetPath, Variant, Vec<u8>)> = work
            .into_par_iter()
            .with_max_len(1)
            .filter_map(
                |(named, coding)| match memo.encoded(&named.bytes, coding, config.effort) {
                    Ok(encoded) => encoded.map(|bytes| {
                        let variant = Variant {
                            coding,
                            size: bytes.len() as u64,
                            digest: digest(&bytes),
                        };
                        Ok((named.path.clone(), variant, bytes))
                    }),
                    Err(error) => {
                        let message = format!("cannot be encoded as {coding}: {error}");
                        Some(Err(vec![Diagnostic::file(
                            ErrorKind::Io,
                            named.path.as_str(),
                            message,
                        )]))
                    }
                },
            )
            .collect::<Result<_, _>>()?;
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
            files.insert(format!("{path}{}", variant.coding.suffix()), bytes);
            if let Some(asset) = assets.get_mut(&path) {
                asset.variants.push(variant);
            }
        }
        for asset in assets.values_mut() {
            asset.variants.sort_by_key(|variant| variant.coding);
        }
        Ok((assets, files))
    }
}
