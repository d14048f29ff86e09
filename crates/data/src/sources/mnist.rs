//! MNIST in full, downloaded once into the cache that burn-dataset uses, too.

use std::fmt;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use hopfield_arrays::decompressed;
use sha2::{Digest, Sha256};
use ureq::Agent;

use super::idx_folder::split;
use super::of_images;
use crate::{DataError, Dataset, Source};

/// The mirror, over plain HTTP: the SHA-256 of each file protects the data, not the transport. (A TLS library would take
/// longer to build than this whole crate.)
const MIRROR: &str = "http://storage.googleapis.com/cvdf-datasets/mnist/";

/// Training images and labels, test images and labels: each file's name, and the SHA-256 of its uncompressed content.
const FILES: [(&str, &str); 4] = [
    ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    ("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
];

/// No file is larger, compressed or not.
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
        let train = split(&self.file("train", 0)?, &self.file("train", 1)?)?;
        let test = split(&self.file("test", 2)?, &self.file("test", 3)?)?;
        Dataset::new(of_images(train), of_images(test))
    }
}

impl Mnist {
    /// The path of a file in a folder of the cache. If it is missing, it is downloaded, completely or not at all.
    fn file(&self, folder: &str, index: usize) -> Result<PathBuf, DataError> {
        let (name, sha256) = &self.files[index];
        let folder = self.cache.join(folder);
        let (path, partial) = (folder.join(name), folder.join(name).with_extension("partial"));
        if path.exists() {
            return Ok(path);
        }
        let url = format!("{}{name}.gz", self.mirror);
        let bytes = self.fetch(&url, sha256).map_err(|reason| DataError::Download {
            cache: self.cache.clone(),
            url,
            reason,
        })?;
        let written = fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&partial, bytes))
            .and_then(|()| fs::rename(&partial, &path));
        match written {
            Ok(()) => Ok(path),
            Err(source) => Err(DataError::Io { path, source }),
        }
    }

    /// The content of a gzip file, which must have this SHA-256.
    fn fetch(&self, url: &str, sha256: &str) -> Result<Vec<u8>, String> {
        let mut response = self.agent.get(url).call().map_err(|error| error.to_string())?;
        let mut body = response.body_mut().with_config().limit(MAX_BYTES).reader();
        let mut compressed = Vec::new();
        body.read_to_end(&mut compressed).map_err(|error| error.to_string())?;
        let content = decompressed(&compressed).map_err(|problem| problem.to_string())?;
        match format!("{:x}", Sha256::digest(&content)) {
            found if found == sha256 => Ok(content),
            found => Err(format!(
                "its content has the SHA-256 {found}, but MNIST's has {sha256}: it was damaged or replaced on the way"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::path::Path;
    use std::thread;

    use super::*;
    use crate::tests::gzip;

    const IMAGES: [u8; 17] = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 255];
    const LABELS: [u8; 9] = [0, 0, 8, 1, 0, 0, 0, 1, 7];

    fn content(file: &str) -> &'static [u8] {
        if file.contains("images") { &IMAGES } else { &LABELS }
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
            files: FILES.map(|(file, _)| (file, format!("{:x}", Sha256::digest(content(file))))),
            agent: Agent::config_builder().proxy(None).build().into(),
        }
    }

    #[test]
    fn files_are_downloaded_once() {
        let cache = tempfile::tempdir().unwrap();
        let source = tiny(cache.path(), serve("200 OK", 4));
        let downloaded = source.load().unwrap();
        assert_eq!(
            (downloaded.train.labels(), downloaded.test.all_rows().unwrap()),
            (Some(&[7][..]), vec![1.0])
        );
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
        assert!(
            error.contains("train-images-idx3-ubyte.gz: its content has the SHA-256 "),
            "{error}"
        );
        assert!(error.contains("but MNIST's has "), "{error}");
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
