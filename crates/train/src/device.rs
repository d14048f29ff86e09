//! The devices that this program was built for.

use burn::tensor::{Device, Tensor};
use hopfield_data::quietly;

use crate::TrainError;

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

/// The names of all devices, those that are taken by default first.
pub(crate) fn names() -> String {
    ENTRIES.each_ref().map(|entry| entry.name).join(", ")
}

/// The name of the device that is taken if none is asked for: the first that was compiled in.
pub fn default() -> &'static str {
    ENTRIES.iter().find(|entry| entry.open.is_some()).map_or("none", |entry| entry.name)
}

/// How to open the device called `name`.
///
/// # Errors
///
/// It is not there: what is allowed, or the Cargo feature to build with.
pub(crate) fn find(name: &str) -> Result<fn() -> Device, String> {
    let names = |compiled: &dyn Fn(&Entry) -> bool| -> String {
        let entries = ENTRIES.iter().filter(|entry| compiled(entry));
        entries.map(|entry| entry.name).collect::<Vec<_>>().join(", ")
    };
    match ENTRIES.iter().find(|entry| entry.name == name) {
        Some(Entry { open: Some(open), .. }) => Ok(*open),
        Some(_) => Err(format!(
            "{} (`{name}` was not compiled in; build with --features {name})",
            names(&|entry| entry.open.is_some())
        )),
        None => Err(names(&|_| true)),
    }
}

/// Opens the device called `name` and tries it.
///
/// # Errors
///
/// There is no device at all, or none of this name, or its driver does not work here.
pub fn open(name: &str) -> Result<Device, TrainError> {
    let open = find(name).map_err(|allowed| match name == default() {
        true => TrainError::NoDevice,
        false => TrainError::UnknownDevice { name: name.to_owned(), allowed },
    })?;
    // The GPU libraries panic where there is no GPU or no driver.
    let tried = quietly(|| {
        let device = open();
        let two = Tensor::<1>::ones([1], &device) + 1.0;
        let works = two.try_into_scalar::<f32>().map_err(|error| format!("{error:?}"));
        works.map(|_| device)
    });
    tried.flatten().map_err(|reason| TrainError::Device { name: name.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_is_a_clear_error() {
        assert!(find("tpu").unwrap_err().starts_with("cuda, rocm, metal, "));
        assert!(find("flex").is_ok());
        for entry in ENTRIES.iter().filter(|entry| entry.open.is_none()) {
            let message = find(entry.name).unwrap_err();
            assert!(message.contains(&format!("--features {}", entry.name)), "{message}");
        }
    }
}
