//! Files that desktops put beside those of the user.

/// Whether a file with this name, or an entry of an archive with this path, is nobody's data: hidden (`._digits.npy`,
/// `.DS_Store`), in a folder `__MACOSX`, or a list of thumbnails or settings that Windows writes.
///
/// ```
/// use hopfield_arrays::is_foreign;
///
/// assert!(is_foreign("._train-images-idx3-ubyte") && is_foreign("__MACOSX/digits/a.npy"));
/// assert!(!is_foreign("train-images-idx3-ubyte") && !is_foreign("digits/a.npy"));
/// ```
pub fn is_foreign(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with('.')
        || ["Thumbs.db", "desktop.ini"].contains(&name)
        || path.split('/').any(|folder| folder == "__MACOSX")
}
