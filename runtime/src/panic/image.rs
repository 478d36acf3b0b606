//! Where the executable is in memory, so that a record's addresses can be looked up in the file later.

use std::fs;
use std::ops::Range;

/// The executable's mapped range; empty where it is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Image {
    range: Range<usize>,
}

impl Image {
    /// Reads `/proc/self/maps`. Blocks on it.
    pub(super) fn read() -> Self {
        let Ok(executable) = fs::read_link("/proc/self/exe") else { return Self::default() };
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        executable.to_str().map_or_else(Self::default, |name| Self::of(&maps, name))
    }

    /// The range from the first to the last mapping of `executable`.
    fn of(maps: &str, executable: &str) -> Self {
        let mut range: Option<Range<usize>> = None;
        for line in maps.lines().filter(|line| line.ends_with(executable)) {
            let ends = line.split(' ').next().and_then(|ends| ends.split_once('-'));
            let Some((start, end)) = ends else { continue };
            let (Ok(start), Ok(end)) = (usize::from_str_radix(start, 16), usize::from_str_radix(end, 16)) else {
                continue;
            };
            let low = range.as_ref().map_or(start, |range| range.start.min(start));
            let high = range.as_ref().map_or(end, |range| range.end.max(end));
            range = Some(low..high);
        }
        Self { range: range.unwrap_or_default() }
    }

    /// How far `address` is into the executable, where it is inside.
    pub(super) fn offset(&self, address: usize) -> Option<usize> {
        if self.range.contains(&address) { address.checked_sub(self.range.start) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn addresses_inside_the_executable_become_offsets() {
        let maps = "55a0-55b0 r--p 00000000 fe:00 1 /bin/it\n55b0-55d0 r-xp 00010000 fe:00 1 /bin/it\n\
                    7f00-7f10 r-xp 00000000 fe:00 2 /lib/libc.so.6\n";
        let image = Image::of(maps, "/bin/it");
        assert_eq!(image.offset(0x55a0), Some(0));
        assert_eq!(image.offset(0x55cf), Some(0x2f));
        assert_eq!(image.offset(0x55d0), None);
        assert_eq!(image.offset(0x7f00), None);
        assert_eq!(Image::of("", "/bin/it").offset(0), None);
    }
}
