//! How types are written and read: by structure, for their addresses differ from process to process.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::types::ty::{Ty, TyKind, Tys};

impl Serialize for Ty {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.kind().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Ty {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        TyKind::deserialize(deserializer).map(Self::intern)
    }
}

impl Serialize for Tys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Tys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Ty>::deserialize(deserializer).map(|types| Self::new(&types))
    }
}
