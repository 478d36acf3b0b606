//! The forms of identity's values, as their issuers define them: a variable of the right name may hold anything.

use super::cgroup::{is_fargate, is_garden, is_hex, is_uid};

/// What a value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Any text.
    Text,
    /// An RFC 1123 label, as containers and namespaces have: at most 63 lower-case letters, digits and inner `-`.
    Label,
    /// An RFC 1123 subdomain, as pods and nodes have: labels with dots between, at most 253 bytes.
    Subdomain,
    /// A UUID, or the configuration hash that the kubelet gives a static pod.
    PodUid,
    /// 64 hexadecimal digits or their first 12 and more, a Fargate task's or Garden's id.
    ContainerId,
}

impl Form {
    pub(super) fn is_of(self, value: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Label => is_label(value),
            Self::Subdomain => value.len() <= 253 && value.split('.').all(is_label),
            Self::PodUid => is_uid(value) || is_hex(value, 32),
            Self::ContainerId => {
                (12..=64).contains(&value.len()) && is_hex(value, value.len())
                    || is_uid(value)
                    || is_fargate(value)
                    || is_garden(value)
            }
        }
    }
}

fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}
