//! Arrays that are mapped, not read.

use hopfield_arrays::{
    ArrayError, ArrayFile, MappedArray, Npy, Npz, Safetensors, bytes, npy_header, to_bytes,
};

fn map(file: &ArrayFile, name: &str) -> Result<MappedArray, ArrayError> {
    // SAFETY: each test has a folder of its own, and drops the mapped array before it writes to the file again.
    #[allow(unsafe_code)]
    unsafe {
        file.map(name)
    }
}

#[test]
fn numbers_stay_in_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine");
    let numbers: Vec<f32> = (0..6).map(|i| i as f32 - 2.5).collect();
    let array = |name| [(name, &[2, 3][..], &numbers[..])];
    let good = [
        ("array", to_bytes(&Npy, &array("array"), None).unwrap()),
        ("a", to_bytes(&Safetensors, &array("a"), Some("{}")).unwrap()),
    ];
    for (name, content) in good {
        std::fs::write(&path, &content).unwrap();
        let file = ArrayFile::open(&path).unwrap();
        let mapped = map(&file, name).unwrap();
        assert_eq!((mapped.shape(), mapped.numbers()), (&[2, 3][..], &numbers[..]));
        drop(mapped);
        assert!(
            map(&file, "b")
                .unwrap_err()
                .to_string()
                .contains("there is no array `b` in it; there are: ")
        );
        std::fs::write(&path, &content[..content.len() - 1]).unwrap();
        assert!(map(&file, name).unwrap_err().to_string().ends_with("become shorter"));
    }
}

#[test]
fn a_file_that_was_replaced_is_still_the_one_that_was_opened() {
    let folder = tempfile::tempdir().unwrap();
    let [path, other] = ["mine", "other"].map(|name| folder.path().join(name));
    let content =
        |numbers: &[f32]| to_bytes(&Npy, &[("array", &[numbers.len()], numbers)], None).unwrap();
    std::fs::write(&path, content(&[1.0, 2.0])).unwrap();
    std::fs::write(&other, content(&[3.0, 4.0, 5.0])).unwrap();
    let file = ArrayFile::open(&path).unwrap();
    std::fs::rename(&other, &path).unwrap();
    assert_eq!(map(&file, "array").unwrap().numbers(), [1.0, 2.0]);
}

#[test]
fn what_can_not_be_mapped_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine");
    let problem = |name, content: Vec<u8>| {
        std::fs::write(&path, content).unwrap();
        map(&ArrayFile::open(&path).unwrap(), name).unwrap_err().to_string()
    };
    let npz = to_bytes(&Npz, &[("a", &[1], &[1.0])], None).unwrap();
    let message = problem("a", npz);
    assert!(
        message.contains("it is float32, in npz; needed is an npy or safetensors"),
        "{message}"
    );
    // The line that mends it is followed in tests/interop.
    let double = String::from_utf8_lossy(&npy_header(&[2, 2])[10..]).replace("<f4", ">f8");
    let double = double.replace("False", "True ");
    let double = [b"\x93NUMPY\x01\x00v\x00", double.as_bytes(), &[0; 32]].concat();
    let message = problem("array", double);
    let line = "as np.save('x.npy', np.ascontiguousarray(a, dtype=np.float32)) writes it";
    let found = "can't be mapped: it is float64, big-endian, column-major, in npy";
    assert!(message.contains(found) && message.ends_with(line), "{message}");

    // A header that ends at no multiple of 4, as other programs may write.
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}\n";
    let header = [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()];
    let content = [&header.concat()[..], &[0; 4]].concat();
    assert_ne!((content.len() - 4) % 4, 0);
    assert!(problem("array", content).contains("no multiple of 4"));

    let memory = [npy_header(&[1]), bytes(&[0.0])].concat();
    let memory = ArrayFile::from_bytes("x", memory).unwrap();
    assert!(map(&memory, "array").unwrap_err().to_string().contains("not opened from a file"));
}
