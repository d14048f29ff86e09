//! What both targets of array files do: read everything that a file says it has, some numbers at a time.

use hopfield_arrays::ArrayFile;

/// Reads all arrays; what is given out agrees with the file's own words, and is finite.
pub fn read(content: &[u8]) {
    let Ok(mut file) = ArrayFile::from_bytes("fuzz", content.to_vec()) else { return };
    for array in file.arrays().to_vec() {
        let Ok(mut numbers) = file.numbers(&array.name) else { continue };
        let size = array.element.size().expect("a type that is read");
        let mut read = 0;
        while numbers.left() > 0 {
            let Ok(block) = numbers.read(1000) else { break };
            assert!(block.iter().all(|number| number.is_finite()));
            read += block.len();
            // A stored zip entry or tensor can't hold more than the file does; a compressed one 200 times as much.
            assert!(size * read <= 200 * content.len() + (1 << 20), "{read} numbers of {} bytes", content.len());
        }
    }
}
