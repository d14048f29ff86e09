//! The configs that come with the program.

/// A config that comes with the program.
#[derive(Debug, PartialEq, Eq)]
pub struct Shipped {
    /// The name of its file, without `.toml`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal)*) => {
        &[$(Shipped { name: $name, text: include_str!(concat!("../configs/", $name, ".toml")) }),*]
    };
}

/// All of them, the first ones first.
pub const SHIPPED: &[Shipped] = shipped!(
    "digits" "accurate" "gallery" "readable" "digits-denoise" "deep" "best-64" "best-256" "classify"
);

/// The JSON Schema of a config, which editors use to complete and check keys.
pub const SCHEMA: &str = include_str!("../configs/schema.json");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_config_in_the_folder_is_here() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/configs");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
        let mut files: Vec<_> = files.map(|name| name.into_string().unwrap()).collect();
        files.retain(|name| name.ends_with(".toml"));
        let mut names: Vec<_> =
            SHIPPED.iter().map(|config| format!("{}.toml", config.name)).collect();
        files.sort();
        names.sort();
        assert_eq!(names, files);
    }
}
