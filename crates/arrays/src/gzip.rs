//! Files that may be compressed with gzip, which is recognised by their content.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;

use crate::format::{HEAD, Problem, check_growth};

/// Bytes decompressed at a time.
const BLOCK: u64 = 1 << 20;
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Whether a file that begins so is compressed with gzip.
pub(crate) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&MAGIC)
}

/// The content of a file: the file itself, or what gzip made smaller.
fn reader(file: &[u8]) -> Box<dyn Read + '_> {
    if is_gzip(file) { Box::new(Members(GzDecoder::new(file))) } else { Box::new(file) }
}

/// What gzip made smaller: all of it, in memory.
///
/// # Errors
///
/// It is damaged or followed by something else, or expands far more than real data does.
pub fn decompressed(file: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut content = Vec::new();
    let mut reader = reader(file);
    while (&mut reader).take(BLOCK).read_to_end(&mut content)? > 0 {
        check_growth("its content", content.len() as u64, file.len() as u64)?;
    }
    Ok(content)
}

/// The first bytes of the content of a file, or of as much of a file as `part` is.
pub fn content_head(part: &[u8]) -> Vec<u8> {
    let mut head = Vec::new();
    // What could be read before an error tells the kind as well.
    let _ = reader(part).take(HEAD as u64).read_to_end(&mut head);
    head
}

/// All members of a gzip file, one after the other, as `gzip -d` reads them: zeros may follow the last one, nothing else.
struct Members<'a>(GzDecoder<&'a [u8]>);

impl Read for Members<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            // At its end, a member checks its checksum.
            let read = self.0.read(buffer)?;
            let rest = *self.0.get_ref();
            if read > 0 || buffer.is_empty() || rest.iter().all(|&byte| byte == 0) {
                return Ok(read);
            }
            if !rest.starts_with(&MAGIC) {
                let count = rest.len();
                let problem = format!("{count} bytes of something else follow it");
                return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
            }
            self.0 = GzDecoder::new(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn content(file: &[u8]) -> Result<Vec<u8>, String> {
        decompressed(file).map_err(|problem| problem.to_string())
    }

    #[test]
    fn all_members_are_read() {
        let members = [gzip(b"Hopfield "), gzip(b""), gzip(b"networks")].concat();
        assert_eq!(content(&members).unwrap(), b"Hopfield networks");
        assert_eq!(content(&[&members[..], &[0; 100]].concat()).unwrap(), b"Hopfield networks");
        assert_eq!(content(b"plain").unwrap(), b"plain");
        // The checksum at the end is not needed for the first bytes.
        let sevens = gzip(&[7; 2000]);
        assert_eq!(content_head(&sevens[..sevens.len() - 8]), [7; HEAD]);
    }

    #[test]
    fn a_bomb_is_refused() {
        let problem = content(&gzip(&vec![0; 16 << 20])).unwrap_err();
        assert!(problem.contains("as a zip bomb does; allowed: 200 times"), "{problem}");
        assert_eq!(content(&gzip(&vec![0; 1 << 20])).unwrap().len(), 1 << 20);
    }

    #[test]
    fn what_is_no_member_is_an_error() {
        let good = gzip(b"Hopfield");
        let error = content(&[&good[..], b"\0\0more"].concat()).unwrap_err();
        assert_eq!(error, "6 bytes of something else follow it");
        assert!(content(&[&good[..], &MAGIC].concat()).is_err());
        assert!(content(&[&good[..], &good[..good.len() - 1]].concat()).is_err());
        let mut damaged = [&good[..], &good[..]].concat();
        let checksum = damaged.len() - 8;
        damaged[checksum] ^= 1;
        assert!(content(&damaged).unwrap_err().contains("corrupt"), "{:?}", content(&damaged));
    }
}
