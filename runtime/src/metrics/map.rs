//! The maps' own numbers as collectors of `prometheus-client`: one a map, and one for the reclamation all maps share.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use foldhash::fast::RandomState;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use crate::{ShardedMap, reclaim_stats};

/// A map's size, shards, memory and contention, under the label `map`.
pub struct MapMetrics<K: 'static, V: 'static, S: 'static = RandomState> {
    name: String,
    map: Arc<ShardedMap<K, V, S>>,
}

impl<K, V, S> MapMetrics<K, V, S> {
    /// Collects what `map` says of itself at each scrape. Two maps of one registry need two names.
    pub fn new(name: impl Into<String>, map: Arc<ShardedMap<K, V, S>>) -> Self {
        Self { name: name.into(), map }
    }
}

impl<K, V, S> fmt::Debug for MapMetrics<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapMetrics").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<K, V, S> Collector for MapMetrics<K, V, S>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher + Send + Sync + 'static,
{
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let shards = self.map.shard_stats();
        let sum = |of: fn(&crate::map::ShardStats) -> u64| shards.iter().map(of).fold(0, u64::saturating_add);
        let labels = [("map", self.name.as_str())];
        for (name, help, value) in [
            ("auditor_map_entries", "Entries of the map.", sum(|shard| wide(shard.len))),
            ("auditor_map_slots", "Slots of the map, used or not.", sum(|shard| wide(shard.capacity))),
            ("auditor_map_shards", "Shards of the map: grows with it.", wide(shards.len())),
            ("auditor_map_memory_bytes", "Bytes of tables and nodes in use.", wide(self.map.memory_usage())),
            (
                "auditor_map_write_waits",
                "Writes to the present shards that had waited for another.",
                sum(|shard| shard.waits),
            ),
        ] {
            gauge(&mut encoder, name, help, &labels, value)?;
        }
        Ok(())
    }
}

/// What all maps have removed and not yet freed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReclaimMetrics;

impl Collector for ReclaimMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let stats = reclaim_stats();
        for (name, help, value) in [
            ("auditor_reclaim_objects", "Removed objects that wait for readers.", wide(stats.garbage_objects)),
            ("auditor_reclaim_bytes", "Bytes of removed objects that wait for readers.", wide(stats.garbage_bytes)),
        ] {
            gauge(&mut encoder, name, help, &[] as &[(&str, &str); 0], value)?;
        }
        for (name, help, value) in [
            ("auditor_reclaim_collections", "Memory barriers issued to free objects.", stats.collections),
            ("auditor_reclaim_refused", "Memory barriers that the kernel refused.", stats.refused),
            ("auditor_reclaim_drop_panics", "Destructors that panicked while objects were freed.", stats.drop_panics),
            ("auditor_reclaim_leaked", "Objects leaked for want of memory.", stats.leaked),
        ] {
            let mut encoder = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            encoder.encode_counter::<NoLabelSet, u64, f64>(&value, None)?;
        }
        Ok(())
    }
}

#[allow(clippy::cast_precision_loss)]
fn gauge<const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    labels: &[(&str, &str); N],
    value: u64,
) -> Result<(), fmt::Error> {
    let mut encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    encoder.encode_family(labels)?.encode_gauge(&(value as f64))
}

fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{MapMetrics, ReclaimMetrics};
    use crate::ShardedMap;
    use crate::metrics::{Format, encode};
    use prometheus_client::registry::Registry;

    #[test]
    fn a_map_tells_its_entries_and_its_memory_under_its_name() {
        let map: Arc<ShardedMap<u64, u64>> = Arc::new(ShardedMap::new());
        let mut registry = Registry::default();
        registry.register_collector(Box::new(MapMetrics::new("orders", Arc::clone(&map))));
        registry.register_collector(Box::new(ReclaimMetrics));
        for expected in [0, 1000] {
            (0..expected).for_each(|key| drop(map.insert(key, key)));
            let text = encode(&registry, Format::Classic).expect("encoded");
            assert!(text.contains(&format!("\nauditor_map_entries{{map=\"orders\"}} {expected}")), "{text}");
        }
        let text = encode(&registry, Format::Classic).expect("encoded");
        let bytes = text.lines().find_map(|line| line.strip_prefix("auditor_map_memory_bytes{map=\"orders\"} "));
        assert!(bytes.is_some_and(|bytes| bytes.parse::<f64>().is_ok_and(|bytes| bytes >= 16_000.0)), "{text}");
        assert!(text.contains("\nauditor_reclaim_refused_total 0\n"), "{text}");
    }
}
