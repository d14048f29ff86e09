//! The list of devices, and which of them are compiled in.

use std::panic::AssertUnwindSafe;

use crate::quietly::quietly;
use burn::tensor::{Device, Tensor};

use crate::TrainError;

/// A kind of device.
struct Entry {
    /// Also the name of its Cargo feature.
    name: &'static str,
    /// Whether there can be several, numbered from 0; without a number, the best one is used.
    numbered: bool,
    /// Absent if the program was built without it.
    open: Option<fn(Option<usize>) -> Device>,
}

/// An entry that can be opened only with its Cargo feature.
macro_rules! entry {
    ($name:literal, $numbered:literal, $open:expr) => {
        Entry {
            name: $name,
            numbered: $numbered,
            #[cfg(feature = $name)]
            open: Some($open),
            #[cfg(not(feature = $name))]
            open: None,
        }
    };
}

/// All devices, in the order in which the default is chosen.
static ENTRIES: [Entry; 9] = [
    entry!("cuda", true, |number| Device::cuda(number.unwrap_or(0))),
    entry!("rocm", true, |number| Device::rocm(number.unwrap_or(0))),
    entry!("metal", true, |number| Device::metal(kind(number))),
    entry!("vulkan", true, |number| Device::vulkan(kind(number))),
    entry!("webgpu", true, |number| Device::webgpu(kind(number))),
    entry!("wgpu", true, |number| Device::wgpu(kind(number))),
    entry!("flex", false, |_| Device::flex()),
    entry!("cpu", false, |_| Device::cpu()),
    entry!("ndarray", false, |_| {
        // Burn will drop ndarray some day; until then it is one of our backends.
        #[allow(deprecated)]
        Device::ndarray()
    }),
];

/// The discrete GPU with this number, or the best.
#[cfg(any(feature = "metal", feature = "vulkan", feature = "webgpu", feature = "wgpu"))]
fn kind(number: Option<usize>) -> burn::tensor::DeviceKind {
    use burn::tensor::DeviceKind;
    number.map_or(DeviceKind::DefaultDevice, DeviceKind::DiscreteGpu)
}

/// The names of all devices, or of those that are compiled in, in the order in which the default is chosen.
pub(crate) fn names(only_compiled: bool) -> String {
    let entries = ENTRIES.iter().filter(|entry| !only_compiled || entry.open.is_some());
    entries.map(|entry| entry.name).collect::<Vec<_>>().join(", ")
}

/// The default device: the first that is compiled in.
pub fn default() -> &'static str {
    ENTRIES.iter().find(|entry| entry.open.is_some()).map_or("none", |entry| entry.name)
}

/// Opens a device, or panics.
type Opener = Box<dyn Fn() -> Device>;

/// How to open the device called `name`: `flex`; `cuda:1`, the second of several; or `remote:ws://host:3000`, that of a
/// [device server](https://docs.rs/burn/0.22.1/burn/server/) elsewhere.
///
/// # Errors
///
/// There is no such device. The message names the devices that are allowed, or the Cargo feature to build with.
pub(crate) fn find(name: &str) -> Result<Opener, String> {
    let (kind, number) = match name.split_once(':') {
        Some((kind, number)) => (kind, Some(number)),
        None => (name, None),
    };
    if kind == "remote" {
        return remote(number.unwrap_or_default());
    }
    let entry = ENTRIES.iter().find(|entry| entry.name == kind).ok_or_else(|| names(false))?;
    let open = entry.open.ok_or_else(|| {
        let compiled = names(true);
        format!("{compiled} (`{kind}` was not compiled in; build with --features {kind})")
    })?;
    let index = number.map(|number| number.parse::<usize>().ok().filter(|_| entry.numbered));
    match index {
        Some(None) if entry.numbered => Err(format!("{kind}, {kind}:0, {kind}:1 and so on")),
        Some(None) => Err(format!("{kind}, of which there is one")),
        index => Ok(Box::new(move || open(index.flatten()))),
    }
}

/// The environment variable that holds the token of a device server, on both sides.
pub const TOKEN: &str = "HOPFIELD_TOKEN";

#[cfg(feature = "remote")]
fn remote(url: &str) -> Result<Opener, String> {
    use burn::remote::RemoteHost;
    if !url.starts_with("ws://") {
        return Err("remote:ws://HOST:PORT".into());
    }
    let mut host = RemoteHost::websocket(url);
    if let Ok(token) = std::env::var(TOKEN) {
        host = host.with_credential(token);
    }
    Ok(Box::new(move || match Device::remote_options(&host).init() {
        Ok(device) => device,
        Err(error) => panic!("{error}"),
    }))
}

#[cfg(not(feature = "remote"))]
fn remote(_: &str) -> Result<Opener, String> {
    Err("devices of this machine (`remote` was not compiled in; build with --features remote)"
        .into())
}

/// Opens the device called `name` and tries it.
///
/// # Errors
///
/// No device is compiled in, there is none of this name, or its driver does not work here.
pub fn open(name: &str) -> Result<Device, TrainError> {
    let open = find(name).map_err(|allowed| {
        TrainError::Unfit(match name == default() {
            true => {
                "no device was compiled in; build with a feature such as --features flex".into()
            }
            // A device in a config is reported as a problem of the config.
            false => format!("--device {name}; allowed: {allowed}"),
        })
    })?;
    // The GPU libraries panic where there is no GPU or no driver.
    let tried = quietly(AssertUnwindSafe(|| {
        let device = open();
        let two = Tensor::<1>::ones([1], &device) + 1.0;
        let works = two.try_into_scalar::<f32>().map_err(|error| format!("{error:?}"));
        works.map(|_| device)
    }));
    tried.flatten().map_err(|reason| {
        TrainError::Unfit(format!(
            "device {name} can't be used here: {reason}\nhint: train on the CPU with --device flex"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_is_a_clear_error() {
        assert!(find("tpu").err().unwrap().starts_with("cuda, rocm, metal, "));
        assert!(find("flex").is_ok());
        #[cfg(not(feature = "remote"))]
        assert!(find("remote:ws://there:3000").err().unwrap().contains("--features remote"));
        assert_eq!(find("flex:1").err().unwrap(), "flex, of which there is one");
        for entry in ENTRIES.iter().filter(|entry| entry.open.is_none()) {
            let message = find(entry.name).err().unwrap();
            assert!(message.contains(&format!("--features {}", entry.name)), "{message}");
        }
    }
}
