//! The maps as serde's maps (feature `serde`). A map that others write meanwhile is serialized as its iteration meets it; each
//! entry is whole.

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::fixed::FixedMap;

/// What a map is filled through while it is read. Taking an entry can fail; the text says why.
trait Fill<K, V>: Sized {
    /// An empty map; `hint` entries are to be expected, as far as the source is to be believed.
    fn empty(hint: usize) -> Self;
    fn take(&mut self, key: K, value: V) -> Result<(), &'static str>;
}

/// Reads any map that can be filled.
struct Filling<K, V, M>(PhantomData<(K, V, M)>);

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>, M: Fill<K, V>> Visitor<'de> for Filling<K, V, M> {
    type Value = M;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<M, A::Error> {
        // A length from outside is not believed further than a mebibyte.
        let most = (1_usize << 20).checked_div(size_of::<(K, V)>()).unwrap_or(1 << 20);
        let mut map = M::empty(entries.size_hint().unwrap_or(0).min(most));
        while let Some((key, value)) = entries.next_entry()? {
            map.take(key, value).map_err(A::Error::custom)?;
        }
        Ok(map)
    }
}

fn read<'de, K, V, M, D>(deserializer: D) -> Result<M, D::Error>
where
    K: Deserialize<'de>,
    V: Deserialize<'de>,
    M: Fill<K, V>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_map(Filling(PhantomData))
}

impl<K: Serialize, V: Serialize, const BUCKETS: usize, S> Serialize for FixedMap<K, V, BUCKETS, S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<K: Eq + Hash, V, const BUCKETS: usize, S: BuildHasher + Default> Fill<K, V> for FixedMap<K, V, BUCKETS, S> {
    fn empty(_hint: usize) -> Self {
        Self::default()
    }

    fn take(&mut self, key: K, value: V) -> Result<(), &'static str> {
        self.insert(key, value).map(drop).map_err(|_| "more entries than the fixed map has room for")
    }
}

/// Entries that do not fit are an error.
impl<'de, K, V, const BUCKETS: usize, S> Deserialize<'de> for FixedMap<K, V, BUCKETS, S>
where
    K: Deserialize<'de> + Eq + Hash,
    V: Deserialize<'de>,
    S: BuildHasher + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<K, V, Self, D>(deserializer)
    }
}

#[cfg(feature = "std")]
mod with_std {
    use std::collections::HashMap;

    use super::{BuildHasher, Deserialize, Deserializer, Fill, Hash, Serialize, SerializeMap, Serializer, read};
    use crate::checked::{CheckedMap, Policy};
    use crate::map::{Ref, ShardedMap};
    use crate::ordered::ShardedSkipMap;

    /// Formats want the number of entries first: they are collected before any is written, and held until all are.
    fn write<'a, K, V, T>(entries: impl Iterator<Item = Ref<'a, K, V>>, serializer: T) -> Result<T::Ok, T::Error>
    where
        K: Serialize + 'a,
        V: Serialize + 'a,
        T: Serializer,
    {
        let entries: Vec<_> = entries.collect();
        let mut map = serializer.serialize_map(Some(entries.len()))?;
        for entry in &entries {
            map.serialize_entry(entry.key(), entry.value())?;
        }
        map.end()
    }

    impl<K, V, S> Serialize for ShardedMap<K, V, S>
    where
        K: Serialize + Eq + Hash + Send,
        V: Serialize + Send,
        S: BuildHasher + 'static,
    {
        fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
            write(self.iter(), serializer)
        }
    }

    impl<K, V, S> Fill<K, V> for ShardedMap<K, V, S>
    where
        K: Eq + Hash + Send,
        V: Send,
        S: BuildHasher + Default + 'static,
    {
        fn empty(hint: usize) -> Self {
            Self::with_capacity_and_hasher(hint, S::default())
        }

        fn take(&mut self, key: K, value: V) -> Result<(), &'static str> {
            self.try_insert(key, value).map(drop).map_err(|_| "no memory for the entry")
        }
    }

    /// Of entries with the same key the last stays. A lack of memory for an entry is an error.
    impl<'de, K, V, S> Deserialize<'de> for ShardedMap<K, V, S>
    where
        K: Deserialize<'de> + Eq + Hash + Send,
        V: Deserialize<'de> + Send,
        S: BuildHasher + Default + 'static,
    {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            read::<K, V, Self, D>(deserializer)
        }
    }

    /// In the keys' order.
    impl<K, V> Serialize for ShardedSkipMap<K, V>
    where
        K: Serialize + Ord + Clone + Send + Sync + 'static,
        V: Serialize + Send + 'static,
    {
        fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
            write(self.iter(), serializer)
        }
    }

    impl<K: Ord + Clone + Send + Sync + 'static, V: Send + 'static> Fill<K, V> for ShardedSkipMap<K, V> {
        fn empty(_hint: usize) -> Self {
            Self::new()
        }

        fn take(&mut self, key: K, value: V) -> Result<(), &'static str> {
            self.insert(key, value);
            Ok(())
        }
    }

    /// Of entries with the same key the last stays.
    impl<'de, K, V> Deserialize<'de> for ShardedSkipMap<K, V>
    where
        K: Deserialize<'de> + Ord + Clone + Send + Sync + 'static,
        V: Deserialize<'de> + Send + 'static,
    {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            read::<K, V, Self, D>(deserializer)
        }
    }

    /// As one read: a writer inside is a conflict, and an error here.
    impl<K: Serialize + Eq + Hash, V: Serialize, S: BuildHasher> Serialize for CheckedMap<K, V, S> {
        fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
            self.read(|map| serializer.collect_map(map)).map_err(serde::ser::Error::custom)?
        }
    }

    /// With the default policy.
    impl<'de, K, V, S> Deserialize<'de> for CheckedMap<K, V, S>
    where
        K: Deserialize<'de> + Eq + Hash,
        V: Deserialize<'de>,
        S: BuildHasher + Default,
    {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            HashMap::deserialize(deserializer).map(|map| Self::from_map(map, Policy::default()))
        }
    }
}
