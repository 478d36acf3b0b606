//! What identity is read from, as plain data, so that tests can give samples.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Most bytes read of any one file.
const FILE_CAP: u64 = 1 << 20;

/// Most bytes of a value; longer ones are not identifiers.
const VALUE_CAP: usize = 256;

/// The surroundings of a process.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Inputs {
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// Files of a downward API volume by name: `uid`, `name`, `namespace`.
    pub downward_api: BTreeMap<String, String>,
    /// `/proc/self/cgroup`.
    pub cgroup: String,
    /// `/proc/self/mountinfo`.
    pub mountinfo: String,
    /// The executable's first bytes.
    pub executable_head: Vec<u8>,
}

impl Inputs {
    /// This process's own. What cannot be read is empty.
    pub fn read() -> Self {
        let folder = std::env::var_os("AUDITOR_DOWNWARD_API").unwrap_or_else(|| "/etc/podinfo".into());
        let downward = ["uid", "name", "namespace"].into_iter().filter_map(|name| {
            let text = text(&Path::new(&folder).join(name));
            (!text.is_empty()).then(|| (name.to_owned(), text))
        });
        Self {
            environment: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            downward_api: downward.collect(),
            cgroup: text(Path::new("/proc/self/cgroup")),
            mountinfo: text(Path::new("/proc/self/mountinfo")),
            executable_head: bytes(Path::new("/proc/self/exe"), 1 << 16),
        }
    }

    /// A variable that is set, not empty, not an unexpanded `$(NAME)`, and no longer than an identifier can be.
    pub(super) fn env(&self, name: &str) -> Option<String> {
        usable(self.environment.get(name)?)
    }

    pub(super) fn downward(&self, name: &str) -> Option<String> {
        usable(self.downward_api.get(name)?)
    }

    /// An attribute of `OTEL_RESOURCE_ATTRIBUTES`: `key=value` pairs with commas between, values percent-encoded.
    pub(super) fn attribute(&self, key: &str) -> Option<String> {
        let pairs = self.environment.get("OTEL_RESOURCE_ATTRIBUTES")?;
        let value = pairs.split(',').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (name.trim() == key).then(|| percent_decoded(value.trim()))?
        })?;
        usable(&value)
    }
}

fn usable(value: &str) -> Option<String> {
    let value = value.trim();
    let fits = !value.is_empty() && value.len() <= VALUE_CAP && !value.starts_with("$(");
    (fits && !value.contains(char::is_control)).then(|| value.to_owned())
}

/// None where an escape is broken or the bytes are no UTF-8.
fn percent_decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from((high << 4) | low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&bytes(path, FILE_CAP)).into_owned()
}

fn bytes(path: &Path, cap: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        // What was read before an error is kept: these files are read for what they show.
        let _ = file.take(cap).read_to_end(&mut bytes);
    }
    bytes
}
