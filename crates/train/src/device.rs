//! The devices that this program was built for.

use burn::tensor::Device;

/// A device by name; `open` is absent if the program was built without it.
struct Entry {
    /// Also the name of its Cargo feature.
    name: &'static str,
    open: Option<fn() -> Device>,
}

/// An entry whose constructor exists only with its Cargo feature.
macro_rules! entry {
    ($name:literal, $open:expr) => {
        Entry {
            name: $name,
            #[cfg(feature = $name)]
            open: Some(|| $open),
            #[cfg(not(feature = $name))]
            open: None,
        }
    };
}

/// All devices, those that are taken by default first.
static ENTRIES: [Entry; 9] = [
    entry!("cuda", Device::cuda(0usize)),
    entry!("rocm", Device::rocm(0usize)),
    entry!("metal", Device::metal(burn::tensor::DeviceKind::DefaultDevice)),
    entry!("vulkan", Device::vulkan(burn::tensor::DeviceKind::DefaultDevice)),
    entry!("webgpu", Device::webgpu(burn::tensor::DeviceKind::DefaultDevice)),
    entry!("wgpu", Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
    entry!("flex", Device::flex()),
    entry!("cpu", Device::cpu()),
    entry!("ndarray", {
        // Burn will drop ndarray some day; until then it is one of our backends.
        #[allow(deprecated)]
        Device::ndarray()
    }),
];

/// The names of the devices compiled in, the default first.
pub fn compiled_in() -> Vec<&'static str> {
    let entries = ENTRIES.iter().filter(|entry| entry.open.is_some());
    entries.map(|entry| entry.name).collect()
}

/// The device called `name`, or the default one, and its name.
///
/// # Errors
///
/// There is none of this name, or it was not compiled in: the message names the feature.
pub fn open(name: Option<&str>) -> Result<(&'static str, Device), String> {
    let built = compiled_in();
    let Some(name) = name.or(built.first().copied()) else {
        return Err(
            "no device was compiled in; build with a feature such as --features flex".into()
        );
    };
    match ENTRIES.iter().find(|entry| entry.name == name) {
        Some(entry) => match entry.open {
            Some(open) => Ok((entry.name, open())),
            None => Err(format!(
                "device `{name}` was not compiled in; build with --features {name} (this program has: {})",
                built.join(", ")
            )),
        },
        None => {
            let all: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
            Err(format!("unknown device `{name}`; allowed: {}", all.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_is_a_clear_error() {
        assert!(
            open(Some("tpu")).unwrap_err().starts_with("unknown device `tpu`; allowed: cuda, ")
        );
        assert!(compiled_in().contains(&"flex"));
        assert_eq!(open(Some("flex")).unwrap().0, "flex");
        for entry in ENTRIES.iter().filter(|entry| entry.open.is_none()) {
            let message = open(Some(entry.name)).unwrap_err();
            assert!(message.contains(&format!("--features {}", entry.name)), "{message}");
        }
    }
}
