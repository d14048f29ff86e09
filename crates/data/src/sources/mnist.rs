//! MNIST in full, downloaded once into the cache that burn-dataset uses, too.

use std::fmt;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use ureq::Agent;

use super::idx_folder::split;
use crate::{DataError, Dataset, Source};

/// The mirror, over plain HTTP: the SHA-256 of each file protects the data, not the transport. (A TLS library would take
/// longer to build than this whole crate.)
const MIRROR: &str = "http://storage.googleapis.com/cvdf-datasets/mnist/";

/// The files by their names in the cache, and the SHA-256 of each as it is downloaded, gzip-compressed.
const FILES: [(&str, &str); 4] = [
    (
        "train/train-images-idx3-ubyte",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    (
        "train/train-labels-idx1-ubyte",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    (
        "test/t10k-images-idx3-ubyte",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    (
        "test/t10k-labels-idx1-ubyte",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
];

/// No file is larger, compressed.
const MAX_BYTES: u64 = 64 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Without an answer for so long, the download has failed.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(60);

/// All 60,000 training and 10,000 test digits of MNIST, from the cache folder (`<cache>/burn-dataset/mnist`), into which
/// missing files are downloaded first. A proxy is taken from `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
#[derive(Debug)]
pub struct Mnist {
    cache: PathBuf,
    mirror: String,
    files: [(&'static str, String); 4],
    agent: Agent,
}

impl Default for Mnist {
    fn default() -> Self {
        // Without a home folder there is no cache; the system's temporary folder will do.
        let cache = dirs::cache_dir().unwrap_or_else(std::env::temp_dir);
        let agent = Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(RESPONSE_TIMEOUT));
        Self {
            cache: cache.join("burn-dataset").join("mnist"),
            mirror: MIRROR.into(),
            files: FILES.map(|(file, sha256)| (file, sha256.into())),
            agent: agent.build().into(),
        }
    }
}

impl fmt::Display for Mnist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MNIST")
    }
}

impl Source for Mnist {
    fn load(&self) -> Result<Dataset, DataError> {
        let mut paths = Vec::with_capacity(self.files.len());
        for (file, sha256) in &self.files {
            let path = self.cache.join(file);
            if !path.exists() {
                self.download(&path, sha256)?;
            }
            paths.push(path);
        }
        let [train_images, train_labels, test_images, test_labels] = &paths[..] else {
            unreachable!("there are four files")
        };
        Dataset::new(split(train_images, train_labels)?, split(test_images, test_labels)?)
    }
}

impl Mnist {
    /// Downloads one file, so that it is in the cache whole or not at all.
    fn download(&self, path: &Path, sha256: &str) -> Result<(), DataError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let url = format!("{}{name}.gz", self.mirror);
        let bytes = self.fetch(&url, sha256).map_err(|reason| DataError::Download {
            cache: self.cache.clone(),
            url,
            reason,
        })?;
        let partial = path.with_extension("partial");
        let io = |source| DataError::Io { path: path.into(), source };
        fs::create_dir_all(path.parent().unwrap_or(&self.cache)).map_err(io)?;
        fs::write(&partial, bytes).map_err(io)?;
        fs::rename(&partial, path).map_err(io)
    }

    /// The uncompressed content of a gzip file with this SHA-256.
    fn fetch(&self, url: &str, sha256: &str) -> Result<Vec<u8>, String> {
        let mut response = self.agent.get(url).call().map_err(|error| error.to_string())?;
        let compressed = response.body_mut().with_config().limit(MAX_BYTES).read_to_vec();
        let compressed = compressed.map_err(|error| error.to_string())?;
        let found = hex(&compressed);
        if found != sha256 {
            return Err(format!(
                "the file has the SHA-256 {found}, but MNIST's has {sha256}: it was damaged or replaced on the way"
            ));
        }
        let mut bytes = Vec::new();
        let unpacked = GzDecoder::new(&compressed[..]).read_to_end(&mut bytes);
        unpacked.map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}

/// SHA-256 in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    const IMAGES: [u8; 17] = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 255];
    const LABELS: [u8; 9] = [0, 0, 8, 1, 0, 0, 0, 1, 7];

    fn content(file: &str) -> &'static [u8] {
        if file.contains("images") { &IMAGES } else { &LABELS }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Answers each request with the file that it asks for, or with `status`; gives its address.
    fn serve(status: &'static str, requests: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().take(requests) {
                let mut stream = stream.unwrap();
                let mut request = [0; 1024];
                let read = stream.read(&mut request).unwrap();
                let path = String::from_utf8_lossy(&request[..read]);
                let body = gzip(content(path.lines().next().unwrap()));
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                );
                stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
            }
        });
        format!("http://{address}/mnist/")
    }

    /// MNIST of one black pixel, in this cache.
    fn tiny(cache: &Path, mirror: String) -> Mnist {
        Mnist {
            cache: cache.into(),
            mirror,
            files: FILES.map(|(file, _)| (file, hex(&gzip(content(file))))),
            agent: Agent::config_builder().proxy(None).build().into(),
        }
    }

    #[test]
    fn files_are_downloaded_once() {
        let cache = tempfile::tempdir().unwrap();
        let source = tiny(cache.path(), serve("200 OK", 4));
        let downloaded = source.load().unwrap();
        assert_eq!((downloaded.train.labels(), downloaded.test.pixels()), (&[7][..], &[255][..]));
        // The server is gone, and nothing but the files is left.
        assert_eq!(source.load().unwrap(), downloaded);
        for (dir, count) in [("train", 2), ("test", 2)] {
            assert_eq!(fs::read_dir(cache.path().join(dir)).unwrap().count(), count);
        }
    }

    #[test]
    fn a_file_with_another_hash_is_refused() {
        let cache = tempfile::tempdir().unwrap();
        let source =
            Mnist { files: Mnist::default().files, ..tiny(cache.path(), serve("200 OK", 1)) };
        let error = source.load().unwrap_err().to_string();
        assert!(error.contains("train-images-idx3-ubyte.gz: the file has the SHA-256 "), "{error}");
        assert!(error.contains("but MNIST's has 440fcabf73cc"), "{error}");
        assert!(error.contains("--set data.dir="), "{error}");
        assert!(fs::read_dir(cache.path()).unwrap().next().is_none());
    }

    #[test]
    fn a_server_that_refuses_or_is_not_there_is_a_clear_error() {
        let cache = tempfile::tempdir().unwrap();
        let error = tiny(cache.path(), serve("404 Not Found", 1)).load().unwrap_err().to_string();
        assert!(error.contains("could not be downloaded from http://127.0.0.1:"), "{error}");
        assert!(error.contains("404"), "{error}");
        // A port that was free a moment ago.
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = tiny(cache.path(), format!("http://{free}/")).load().unwrap_err().to_string();
        assert!(error.contains("could not be downloaded"), "{error}");
    }
}
