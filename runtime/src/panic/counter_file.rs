//! The counters in a file mapped into memory: they survive an abort and go on counting after a restart.
//!
//! Layout, version 1, native byte order, 4096 bytes: magic, version, size, time made, number of starts, then `Counters`.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fmt, fs, io, ptr};

use super::clock::unix_nanos;
use super::counters::{Counters, Snapshot};

const MAGIC: u64 = u64::from_ne_bytes(*b"AUDPANIC");
const VERSION: u32 = 1;
const SIZE: u32 = 4096;

/// The file's first bytes.
#[repr(C)]
struct Page {
    magic: u64,
    version: u32,
    size: u32,
    made_unix_ns: u64,
    starts: AtomicU64,
    counters: Counters,
}

const _: () = assert!(size_of::<Page>() <= SIZE as usize && align_of::<Page>() == 8);

/// A counter file mapped for the rest of the process.
pub(crate) struct CounterFile {
    page: &'static Page,
    /// Where an unreadable file was put before this one was made.
    pub(crate) set_aside: Option<PathBuf>,
}

impl fmt::Debug for CounterFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CounterFile").field("starts", &self.starts()).field("counters", &self.page.counters).finish()
    }
}

impl CounterFile {
    /// Maps the file at `path`, made where there is none, and counts one more start.
    ///
    /// A file that is no counter file of this version is renamed to `<name>.invalid-<time>`, never overwritten.
    /// Several processes may map one file: they count together.
    ///
    /// # Errors
    ///
    /// What the file system answers: no such folder, no permission, no space (the file's blocks are written beforehand,
    /// so that a full disk shows here and not as a signal in the hook).
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut set_aside = None;
        // Twice at most: another process may make the file between a look and the making.
        for _ in 0..3 {
            match OpenOptions::new().read(true).write(true).open(path) {
                Ok(mut file) => {
                    if is_valid(&mut file)? {
                        let page = map(&file)?;
                        // Relaxed: pairs with nothing, the number of starts stands for itself.
                        page.starts.fetch_add(1, Ordering::Relaxed);
                        return Ok(Self { page, set_aside });
                    }
                    let aside = with_suffix(path, &format!(".invalid-{}", unix_nanos()));
                    fs::rename(path, &aside)?;
                    set_aside = Some(aside);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => make(path)?,
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("the counter file kept changing while it was opened"))
    }

    pub(crate) fn counters(&self) -> &'static Counters {
        &self.page.counters
    }

    pub(crate) fn starts(&self) -> u64 {
        // Relaxed: pairs with nothing.
        self.page.starts.load(Ordering::Relaxed)
    }
}

/// What a counter file holds, read by another process or after the one that counted has ended.
///
/// # Errors
///
/// The file cannot be read, or is no counter file of this version.
pub fn read_counter_file(path: &Path) -> io::Result<(u64, Snapshot)> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    if !is_valid(&mut file)? {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no counter file of version 1"));
    }
    let page = map(&file)?;
    // Relaxed: pairs with nothing.
    let read = (page.starts.load(Ordering::Relaxed), page.counters.snapshot());
    // SAFETY: this mapping was made above and `page`, the only reference into it, is not used after this.
    unsafe { rustix::mm::munmap(ptr::from_ref(page).cast_mut().cast(), SIZE as usize) }?;
    Ok(read)
}

fn is_valid(file: &mut File) -> io::Result<bool> {
    if !file.metadata()?.is_file() || file.metadata()?.len() != u64::from(SIZE) {
        return Ok(false);
    }
    let mut head = [0; 16];
    file.read_exact(&mut head)?;
    Ok(head == header())
}

fn header() -> [u8; 16] {
    let mut head = [0; 16];
    let fields = MAGIC.to_ne_bytes().into_iter().chain(VERSION.to_ne_bytes()).chain(SIZE.to_ne_bytes());
    for (to, from) in head.iter_mut().zip(fields) {
        *to = from;
    }
    head
}

/// Makes the file whole beside its place and links it there, so that no process ever opens a half-written one; where
/// another process was first, its file stays.
fn make(path: &Path) -> io::Result<()> {
    let draft = with_suffix(path, &format!(".draft-{}-{}", std::process::id(), unix_nanos()));
    let linked = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&draft)?;
        file.write_all(&header())?;
        file.write_all(&unix_nanos().to_ne_bytes())?;
        file.write_all(&[0; SIZE as usize - 24])?;
        file.sync_all()?;
        match fs::hard_link(&draft, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    })();
    let _ = fs::remove_file(&draft);
    linked
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Maps a file that `is_valid` accepted.
fn map(file: &File) -> io::Result<&'static Page> {
    use rustix::mm::{MapFlags, ProtFlags, mmap};
    // SAFETY: a null hint lets the kernel choose a free range, so no live memory is replaced.
    let start =
        unsafe { mmap(ptr::null_mut(), SIZE as usize, ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED, file, 0) }?;
    // SAFETY: aligned: a mapping starts at a page. In bounds: the file, and so the mapping, is 4096 bytes, `Page` is at
    // most that (asserted above). Initialized and valid: integers and atomics take any bytes. Alive: it is unmapped only
    // by `read_counter_file`, after its last use. Aliased: other processes change only what is atomic here; the header's
    // plain fields are written before the file is linked into its place and by nobody after. A process that truncates
    // the file makes this one end with SIGBUS; the file is the deployment's to guard.
    Ok(unsafe { &*start.cast::<Page>() })
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::{CounterFile, SIZE, read_counter_file};
    use std::path::PathBuf;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("auditor-counter-file-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder is made");
        folder
    }

    #[test]
    fn counts_go_on_where_the_last_process_left_them() {
        let folder = folder("restart");
        let path = folder.join("counters");
        for start in 1..=3 {
            let file = CounterFile::open(&path).expect("it opens");
            let number = file.counters().panicked(start);
            file.counters().classified(false, true);
            assert_eq!((number, file.starts()), (start, start));
        }
        let (starts, seen) = read_counter_file(&path).expect("it is readable");
        assert_eq!((starts, seen.panics, seen.fatal, seen.last_panic_unix_ns), (3, 3, 3, 3));
        assert_eq!(std::fs::read_dir(&folder).expect("listed").count(), 1, "no draft is left behind");
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn what_is_no_counter_file_is_set_aside_not_overwritten() {
        for (name, bytes) in [("short", b"AUDPANIC".to_vec()), ("other", vec![7; SIZE as usize]), ("empty", Vec::new())]
        {
            let folder = folder(name);
            let path = folder.join("counters");
            std::fs::write(&path, &bytes).expect("written");
            assert!(read_counter_file(&path).is_err());
            let file = CounterFile::open(&path).expect("it opens");
            assert_eq!(file.counters().snapshot().panics, 0);
            let aside = file.set_aside.expect("the old file was kept");
            assert_eq!(std::fs::read(aside).expect("readable"), bytes);
            std::fs::remove_dir_all(folder).expect("removed");
        }
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let error = CounterFile::open(&folder("missing").join("no/such/counters")).expect_err("no folder");
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    }
}
