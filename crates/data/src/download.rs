//! MNIST in full, downloaded once into burn-dataset's cache by burn-dataset's downloader.

use std::fs;
use std::io::Read;
use std::path::Path;

use burn_dataset::network::downloader::download_file_as_bytes;
use flate2::read::GzDecoder;

use crate::folder::split;
use crate::{DataError, Dataset, quietly};

/// The mirror that burn-dataset uses.
const MIRROR: &str = "https://storage.googleapis.com/cvdf-datasets/mnist/";

/// All 60,000 training and 10,000 test digits of MNIST, from burn-dataset's cache folder
/// (`<cache>/burn-dataset/mnist`), into which missing files are downloaded first.
///
/// # Errors
///
/// [`DataError::Download`] if a file is missing and can't be downloaded; otherwise as
/// [`folder`](crate::folder()).
pub fn mnist() -> Result<Dataset, DataError> {
    // Without a home folder there is no cache; the system's temporary folder will do.
    let cache = dirs::cache_dir().unwrap_or_else(std::env::temp_dir);
    mnist_in(&cache.join("burn-dataset").join("mnist"))
}

fn mnist_in(cache: &Path) -> Result<Dataset, DataError> {
    let load = |dir: &str, prefix: &str| {
        let dir = cache.join(dir);
        let images = dir.join(format!("{prefix}-images-idx3-ubyte"));
        let labels = dir.join(format!("{prefix}-labels-idx1-ubyte"));
        for file in [&images, &labels] {
            if !file.exists() {
                download(file, cache)?;
            }
        }
        split(&images, &labels)
    };
    Dataset::new(load("train", "train")?, load("test", "t10k")?)
}

/// Downloads one file, so that it is in the cache whole or not at all.
fn download(file: &Path, cache: &Path) -> Result<(), DataError> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let url = format!("{MIRROR}{name}.gz");
    let failed =
        |reason: String| DataError::Download { cache: cache.into(), url: url.clone(), reason };
    // burn-dataset panics when there is no network.
    let compressed = quietly(|| download_file_as_bytes(&url, &name))
        .map_err(|reason| failed(short(&reason).to_owned()))?;
    let mut bytes = Vec::new();
    let unpacked = GzDecoder::new(&compressed[..]).read_to_end(&mut bytes);
    unpacked.map_err(|error| failed(format!("what came is not a gzip file ({error})")))?;

    let partial = file.with_extension("partial");
    let io = |source| DataError::Io { path: file.into(), source };
    fs::create_dir_all(file.parent().unwrap_or(cache)).map_err(io)?;
    fs::write(&partial, bytes).map_err(io)?;
    fs::rename(&partial, file).map_err(io)
}

/// The useful part of a panic that shows a nested debug structure: its innermost message.
fn short(panic: &str) -> &str {
    let message = panic.rsplit("error: \"").next().unwrap_or(panic);
    message.split('"').next().unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_the_cache_need_no_network() {
        let images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 255];
        let labels = [0, 0, 8, 1, 0, 0, 0, 1, 7];
        let cache = tempfile::tempdir().unwrap();
        for (dir, prefix) in [("train", "train"), ("test", "t10k")] {
            let dir = cache.path().join(dir);
            fs::create_dir_all(&dir).unwrap();
            fs::write(dir.join(format!("{prefix}-images-idx3-ubyte")), images).unwrap();
            fs::write(dir.join(format!("{prefix}-labels-idx1-ubyte")), labels).unwrap();
        }
        let dataset = mnist_in(cache.path()).unwrap();
        assert_eq!(dataset.train.labels(), [7]);
    }
}
