//! Where a run's results come from: the config, the images, the programs.

use std::collections::BTreeMap;

use hopfield_data::Dataset;
use hopfield_database::TrainedFrom;
use sha2::{Digest, Sha256};

use crate::config::Config;

/// The provenance of a run.
pub(crate) fn provenance(
    config: &Config,
    data: &Dataset,
    init_sha256: Option<String>,
) -> TrainedFrom {
    TrainedFrom {
        config_sha256: config.sha256(),
        data_sha256: data_sha256(data),
        init_sha256,
        seed: config.seed,
        versions: versions(&config.device),
    }
}

/// SHA-256 of all images and labels, in hexadecimal.
pub fn data_sha256(data: &Dataset) -> String {
    let mut hash = Sha256::new();
    for split in [&data.train, &data.test] {
        hash.update(split.pixels());
        hash.update(split.labels());
    }
    format!("{:x}", hash.finalize())
}

/// The version of Burn in the lock file.
const BURN: &str = "0.22.1";

fn versions(device: &str) -> BTreeMap<String, String> {
    let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    BTreeMap::from([
        ("hopfield-train".into(), env!("CARGO_PKG_VERSION").into()),
        ("burn".into(), BURN.into()),
        ("device".into(), device.into()),
        ("target".into(), target),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_burn_is_the_one_in_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        assert!(lock.contains(&format!("name = \"burn\"\nversion = \"{BURN}\"")));
    }
}
