//! The list of devices, and which of them are compiled in.

use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};

use crate::quietly::{expect_panics, in_libraries, quietly};
use burn::tensor::{Device, Devices, Tensor};

use crate::TrainError;

/// A kind of device.
struct Entry {
    /// Also the name of its Cargo feature.
    name: &'static str,
    /// Whether there can be several, numbered from 0; without a number, the best one is used.
    numbered: bool,
    /// What must be there for it to work.
    needs: &'static str,
    /// Absent if the program was built without it.
    compiled: Option<Compiled>,
}

#[derive(Clone, Copy)]
struct Compiled {
    open: fn(Option<usize>) -> Device,
    /// All that are here.
    list: fn() -> Devices,
}

/// An entry that can be opened only with its Cargo feature.
macro_rules! entry {
    ($name:literal, $numbered:literal, $needs:expr, $kind:ident, $open:expr) => {
        Entry {
            name: $name,
            numbered: $numbered,
            needs: $needs,
            #[cfg(feature = $name)]
            compiled: Some(Compiled {
                open: $open,
                list: || Device::enumerate(burn::tensor::DeviceType::$kind),
            }),
            #[cfg(not(feature = $name))]
            compiled: None,
        }
    };
}

const GPU: &str = "a GPU and its driver";
const CPU: &str = "nothing but a CPU";

/// All devices, in the order in which the default is chosen.
static ENTRIES: [Entry; 9] = [
    entry!("cuda", true, "an NVIDIA GPU and its driver (libcuda.so)", Cuda, |number| Device::cuda(
        number.unwrap_or(0)
    )),
    entry!("rocm", true, "an AMD GPU and ROCm", Rocm, |number| Device::rocm(number.unwrap_or(0))),
    entry!("metal", true, GPU, Metal, |number| Device::metal(kind(number))),
    entry!(
        "vulkan",
        true,
        "a GPU and its driver for Vulkan, with the Vulkan loader",
        Vulkan,
        |number| { Device::vulkan(kind(number)) }
    ),
    entry!("webgpu", true, GPU, WebGpu, |number| Device::webgpu(kind(number))),
    entry!("wgpu", true, "a GPU and its driver for Vulkan, Metal or Direct3D", Wgpu, |number| {
        Device::wgpu(kind(number))
    }),
    entry!("flex", false, CPU, Flex, |_| Device::flex()),
    entry!("cpu", false, CPU, Cpu, |_| Device::cpu()),
    entry!("ndarray", false, CPU, NdArray, |_| {
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
    let entries = ENTRIES.iter().filter(|entry| !only_compiled || entry.compiled.is_some());
    entries.map(|entry| entry.name).collect::<Vec<_>>().join(", ")
}

/// The default device: the first that is compiled in.
pub fn default() -> &'static str {
    ENTRIES.iter().find(|entry| entry.compiled.is_some()).map_or("none", |entry| entry.name)
}

/// Opens a device; an error says why it isn't here. Libraries below may panic instead.
type Opener = Box<dyn Fn() -> Result<Device, String>>;

/// Whether the device of this name is the CPU.
pub fn is_cpu(name: &str) -> bool {
    ENTRIES.iter().any(|entry| entry.name == name && entry.needs == CPU)
}

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
    let Compiled { open, list } = entry.compiled.ok_or_else(|| {
        let compiled = names(true);
        format!("{compiled} (`{kind}` was not compiled in; build with --features {kind})")
    })?;
    let index = number.map(|number| number.parse::<usize>().ok().filter(|_| entry.numbered));
    match index {
        Some(None) if entry.numbered => Err(format!("{kind}, {kind}:0, {kind}:1 and so on")),
        Some(None) => Err(format!("{kind}, of which there is one")),
        index => Ok(Box::new(move || {
            let here = list();
            if here.is_empty() {
                return Err(format!("none was found; it needs {}", entry.needs));
            }
            let number = index.flatten();
            let device = open(number);
            match number {
                Some(number) if !here.contains(&device) => Err(format!(
                    "no discrete GPU has the number {number}; numbers start at 0, and without one the best device is used"
                )),
                _ => Ok(device),
            }
        })),
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
    Ok(Box::new(move || Device::remote_options(&host).init().map_err(|error| error.to_string())))
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
        let device = open()?;
        let two = Tensor::<1>::ones([1], &device) + 1.0;
        let works = two.try_into_scalar::<f32>().map_err(|error| format!("{error:?}"));
        works.map(|_| device)
    }));
    let device = tried.flatten().map_err(|reason| {
        let hint = format!("hint: {}", other_devices(name));
        TrainError::Unfit(format!("device {name} can't be used here: {}\n{hint}", cause(&reason)))
    })?;
    // A panic with one of these is a fault of ours or of Burn's.
    if !["flex", "ndarray"].contains(&name) {
        expect_panics();
        *IN_USE.lock().unwrap_or_else(PoisonError::into_inner) = Some(name.to_owned());
    }
    Ok(device)
}

/// The device that was opened last, of those that may fail.
static IN_USE: Mutex<Option<String>> = Mutex::new(None);

/// What else one can take, of the devices that are compiled in.
fn other_devices(name: &str) -> String {
    let kind = name.split(':').next();
    let compiled = ENTRIES.iter().filter(|entry| entry.compiled.is_some());
    let others = compiled.map(|entry| entry.name).filter(|&other| Some(other) != kind);
    let others = others.map(|other| format!("--device {other}")).collect::<Vec<_>>();
    match others.is_empty() {
        true => "build for the CPU with `cargo build --release`".into(),
        false => format!("take another device with {}", others.join(" or ")),
    }
}

/// Runs a program. The libraries below panic where a device fails; that becomes an error, too.
///
/// # Errors
///
/// Those of the program, or that of the device.
pub fn guarded<T, E: From<TrainError>>(program: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    in_libraries(program).unwrap_or_else(|message| {
        let name = IN_USE.lock().unwrap_or_else(PoisonError::into_inner).take();
        let name = name.unwrap_or_default();
        Err(TrainError::Unfit(failure(&name, &message)).into())
    })
}

/// What went wrong on a device, by the message of a panic.
fn failure(name: &str, message: &str) -> String {
    let cause = cause(message);
    let memory = ["out of device memory", "out-of-memory", "allocate buffer"];
    let hint = if memory.iter().any(|words| message.contains(words)) {
        "reduce the batch (training.batch_size), the patterns or the images, or ".to_owned()
    } else {
        String::new()
    };
    let hint = format!("hint: {hint}{}", other_devices(name));
    format!("device {name} failed: {cause}\n{hint}")
}

/// The innermost cause in a message of CubeCL, which tells all of them, each with a backtrace.
fn cause(message: &str) -> String {
    let inner = message.rsplit("Caused by:").next().unwrap_or(message);
    let end = ["Backtrace", "No backtrace", "Asked at"];
    let lines = inner.lines().take_while(|line| !end.iter().any(|end| line.starts_with(end)));
    let lines: Vec<_> = lines.map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_in_a_sentence() {
        let message = "Error while reading data: An error happened during execution\nCaused by:\n  A launch error happened\n\
                       Caused by:\n  out of device memory allocating 64 bytes\nBacktrace:\nNo backtrace available\n";
        let found = failure("wgpu", message);
        assert!(found.starts_with(
            "device wgpu failed: out of device memory allocating 64 bytes\nhint: reduce the batch"
        ));
        let message =
            "Caused by:\n  can't allocate buffer of size: 16\nNo backtrace available\nAsked at:\n";
        let found = failure("cuda:1", message);
        assert!(
            found.starts_with(
                "device cuda:1 failed: can't allocate buffer of size: 16\nhint: reduce"
            )
        );
        assert_eq!(cause("no adapter"), "no adapter");
        assert!(!failure("cuda:1", "a kernel failed").contains("batch"));
    }

    #[test]
    fn a_device_that_is_not_there_is_a_clear_error() {
        assert!(find("tpu").err().unwrap().starts_with("cuda, rocm, metal, "));
        assert!(find("flex").is_ok());
        #[cfg(not(feature = "remote"))]
        assert!(find("remote:ws://there:3000").err().unwrap().contains("--features remote"));
        assert_eq!(find("flex:1").err().unwrap(), "flex, of which there is one");
        for entry in ENTRIES.iter().filter(|entry| entry.compiled.is_none()) {
            let message = find(entry.name).err().unwrap();
            assert!(message.contains(&format!("--features {}", entry.name)), "{message}");
        }
    }
}
