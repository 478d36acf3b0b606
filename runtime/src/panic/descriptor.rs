//! Where records go: a descriptor opened beforehand that never blocks past its deadline.

use std::ffi::{CStr, CString};
use std::fs::{File, OpenOptions};
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fmt, io};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, open, stat};
use rustix::net::SendFlags;

/// An open descriptor and how it is written to.
pub(crate) struct Descriptor {
    file: OwnedFd,
    way: Way,
    /// Where a regular file was opened by its path: it may be rotated away.
    named: Option<Named>,
}

/// A path, and which file was there when it was opened last.
struct Named {
    path: CString,
    device: AtomicU64,
    inode: AtomicU64,
}

// The types of these numbers differ from system to system.
#[allow(clippy::unnecessary_cast, clippy::cast_sign_loss)]
impl Named {
    fn note(&self, stat: &Stat) {
        // Relaxed (both): pairs with the loads of `is`; a torn pair costs one more opening.
        self.device.store(stat.st_dev as u64, Ordering::Relaxed);
        self.inode.store(stat.st_ino as u64, Ordering::Relaxed);
    }

    fn is(&self, stat: &Stat) -> bool {
        // Relaxed (both): pairs with the stores of `note`.
        (self.device.load(Ordering::Relaxed), self.inode.load(Ordering::Relaxed))
            == (stat.st_dev as u64, stat.st_ino as u64)
    }
}

/// How a write is kept from blocking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// A pipe, terminal or device opened anew with `O_NONBLOCK`: the flag is this description's alone, so the
    /// program's own standard error keeps blocking as before.
    Nonblocking,
    /// A socket: each send says that it must not wait.
    Socket,
    /// A regular file: writes go to the page cache. A hung network file system could still hold them.
    File,
    /// What could not be opened anew: polled first, which another writer can defeat.
    Polled,
}

/// Why a record did not get out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The reader took nothing until the deadline.
    Deadline,
    /// The descriptor answered with an error: no space, no reader, closed.
    Refused,
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Descriptor").field("file", &self.file).field("way", &self.way).finish()
    }
}

impl Descriptor {
    /// The program's standard error.
    ///
    /// # Errors
    ///
    /// It is closed.
    pub(crate) fn stderr() -> io::Result<Self> {
        Self::of(io::stderr().as_fd(), 2)
    }

    /// Any descriptor of this process, which stays open and is not changed.
    ///
    /// # Errors
    ///
    /// It cannot be duplicated.
    pub(crate) fn of(fd: BorrowedFd<'_>, number: i32) -> io::Result<Self> {
        let kind = FileType::from_raw_mode(fstat(fd)?.st_mode);
        if kind == FileType::Socket {
            return Ok(Self { file: fd.try_clone_to_owned()?, way: Way::Socket, named: None });
        }
        // A duplicate shares its position: a file opened anew would be written over by the program's own output.
        if kind == FileType::RegularFile {
            return Ok(Self { file: fd.try_clone_to_owned()?, way: Way::File, named: None });
        }
        match reopen(Path::new(&format!("/proc/self/fd/{number}"))) {
            Ok(file) => Ok(Self { file: file.into(), way: Way::Nonblocking, named: None }),
            Err(_) => Ok(Self { file: fd.try_clone_to_owned()?, way: Way::Polled, named: None }),
        }
    }

    /// The file, pipe or device at `path`; a file is made where there is none, and appended to.
    ///
    /// # Errors
    ///
    /// It cannot be opened for writing. A named pipe without a reader is one of these: opening it must not wait.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        let file = append_to(&path)?;
        let stat = fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(Self { file, way: Way::Nonblocking, named: None });
        }
        let named = Named { path, device: AtomicU64::new(0), inode: AtomicU64::new(0) };
        named.note(&stat);
        Ok(Self { file, way: Way::File, named: Some(named) })
    }

    /// Goes over to the file that is at the path now, where the one that was opened has been renamed or removed (log rotation). Where
    /// that cannot be opened, records go on to the old one.
    fn follow_rotation(&self) {
        let Some(named) = &self.named else { return };
        if stat(named.path.as_c_str()).is_ok_and(|stat| named.is(&stat)) {
            return;
        }
        let Ok(file) = append_to(&named.path) else { return };
        let Ok(stat) = fstat(&file) else { return };
        if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile && replace(&self.file, &file).is_ok() {
            named.note(&stat);
        }
    }

    /// Writes `line` whole, or says why not. Takes at most `within`.
    ///
    /// Neither allocates nor locks. A line of at most `PIPE_BUF` bytes enters a pipe whole or not at all; elsewhere a
    /// part may be left behind when the deadline comes.
    pub(crate) fn write(&self, line: &[u8], within: Duration) -> Result<(), Lost> {
        let start = Instant::now();
        self.follow_rotation();
        let mut rest = line;
        while !rest.is_empty() {
            let written = match self.way {
                Way::Socket => rustix::net::send(&self.file, rest, SendFlags::DONTWAIT | SendFlags::NOSIGNAL),
                Way::Polled => match self.ready(Duration::ZERO) {
                    true => rustix::io::write(&self.file, rest),
                    false => Err(rustix::io::Errno::AGAIN),
                },
                Way::Nonblocking | Way::File => rustix::io::write(&self.file, rest),
            };
            match written {
                Ok(0) => return Err(Lost::Refused),
                Ok(count) => rest = rest.get(count..).unwrap_or(&[]),
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => {
                    let left = within.saturating_sub(start.elapsed());
                    if left.is_zero() || !self.ready(left) {
                        return Err(Lost::Deadline);
                    }
                }
                Err(_) => return Err(Lost::Refused),
            }
            if start.elapsed() > within && !rest.is_empty() {
                return Err(Lost::Deadline);
            }
        }
        Ok(())
    }

    /// Whether the descriptor takes bytes before `within` is over.
    fn ready(&self, within: Duration) -> bool {
        let wait = Timespec {
            tv_sec: i64::try_from(within.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(within.subsec_nanos()),
        };
        let mut polled = [PollFd::new(&self.file, PollFlags::OUT)];
        matches!(poll(&mut polled, Some(&wait)), Ok(1..))
    }
}

/// Opens without waiting, and makes a file where there is none. Allocates nothing.
fn append_to(path: &CStr) -> io::Result<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::APPEND | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(open(path, flags, Mode::RUSR | Mode::WUSR)?)
}

/// Makes `number` a descriptor of what `file` is one of; a write of another thread goes to the old or to the new, whole.
fn replace(number: &OwnedFd, file: &OwnedFd) -> io::Result<()> {
    // SAFETY: the number is an open descriptor's for as long as `number` is borrowed, and is not closed here: `ManuallyDrop` keeps this
    // second owner from that.
    let mut target = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(number.as_raw_fd()) });
    #[cfg(any(target_os = "linux", target_os = "android"))]
    rustix::io::dup3(file, &mut target, rustix::io::DupFlags::CLOEXEC)?;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        rustix::io::dup2(file, &mut target)?;
        rustix::io::fcntl_setfd(&*target, rustix::io::FdFlags::CLOEXEC)?;
    }
    Ok(())
}

fn reopen(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOCTTY | OFlags::NONBLOCK;
    OpenOptions::new().write(true).custom_flags(flags.bits() as i32).open(path)
}

#[cfg(all(test, not(miri), target_os = "linux"))]
mod tests {
    use super::{Descriptor, Lost, Way};
    use std::io::{Read, pipe};
    use std::os::fd::{AsFd, AsRawFd};
    use std::path::Path;
    use std::time::{Duration, Instant};

    const SOON: Duration = Duration::from_millis(30);

    #[test]
    fn a_full_pipe_that_nobody_reads_costs_the_deadline_and_no_more() {
        let (mut reader, writer) = pipe().expect("a pipe");
        let descriptor = Descriptor::of(writer.as_fd(), writer.as_raw_fd()).expect("duplicated");
        assert_eq!(descriptor.way, Way::Nonblocking);
        let line = [b'x'; 4096];
        while descriptor.write(&line, Duration::ZERO).is_ok() {}
        let start = Instant::now();
        assert_eq!(descriptor.write(&line, SOON), Err(Lost::Deadline));
        let took = start.elapsed();
        assert!(took >= SOON && took < SOON * 20, "{took:?}");
        let mut room = [0; 8192];
        reader.read_exact(&mut room).expect("read");
        assert_eq!(descriptor.write(&line, SOON), Ok(()));
    }

    #[test]
    fn the_programs_own_descriptor_keeps_blocking() {
        let (_reader, writer) = pipe().expect("a pipe");
        let _descriptor = Descriptor::of(writer.as_fd(), writer.as_raw_fd()).expect("duplicated");
        let flags = rustix::fs::fcntl_getfl(&writer).expect("flags");
        assert!(!flags.contains(rustix::fs::OFlags::NONBLOCK));
    }

    #[test]
    fn no_reader_and_no_space_are_refusals() {
        let (reader, writer) = pipe().expect("a pipe");
        let descriptor = Descriptor::of(writer.as_fd(), writer.as_raw_fd()).expect("duplicated");
        drop(reader);
        assert_eq!(descriptor.write(b"line\n", SOON), Err(Lost::Refused));
        let full = Descriptor::at(Path::new("/dev/full")).expect("opened");
        assert_eq!(full.write(b"line\n", SOON), Err(Lost::Refused));
    }

    #[test]
    fn a_socket_takes_a_line_or_the_deadline_passes() {
        let (here, mut there) = std::os::unix::net::UnixStream::pair().expect("a pair");
        let descriptor = Descriptor::of(here.as_fd(), here.as_raw_fd()).expect("duplicated");
        assert_eq!(descriptor.way, Way::Socket);
        assert_eq!(descriptor.write(b"line\n", SOON), Ok(()));
        let mut line = [0; 5];
        there.read_exact(&mut line).expect("read");
        assert_eq!(&line, b"line\n");
        while descriptor.write(&[0; 4096], Duration::ZERO).is_ok() {}
        assert_eq!(descriptor.write(&[0; 4096], SOON), Err(Lost::Deadline));
    }

    #[test]
    fn a_file_that_is_shared_keeps_what_each_wrote() {
        use std::io::Write;
        let path = std::env::temp_dir().join(format!("auditor-descriptor-shared-{}", std::process::id()));
        let mut own = std::fs::File::create(&path).expect("made");
        let descriptor = Descriptor::of(own.as_fd(), own.as_raw_fd()).expect("duplicated");
        own.write_all(b"own 1\n").expect("written");
        assert_eq!(descriptor.write(b"record\n", SOON), Ok(()));
        own.write_all(b"own 2\n").expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "own 1\nrecord\nown 2\n");
        std::fs::remove_file(path).expect("removed");
    }

    #[test]
    fn a_file_that_was_rotated_away_is_made_anew_and_one_put_in_its_place_is_taken() {
        let folder = std::env::temp_dir().join(format!("auditor-descriptor-rotated-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("made");
        let (path, old) = (folder.join("records"), folder.join("records.1"));
        let descriptor = Descriptor::at(&path).expect("opened");
        assert_eq!(descriptor.write(b"one\n", SOON), Ok(()));
        std::fs::rename(&path, &old).expect("renamed");
        assert_eq!(descriptor.write(b"two\n", SOON), Ok(()));
        std::fs::rename(&path, folder.join("records.2")).expect("renamed");
        std::fs::write(&path, "made by logrotate\n").expect("written");
        assert_eq!(descriptor.write(b"three\n", SOON), Ok(()));
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(descriptor.write(b"four\n", SOON), Ok(()));
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("read");
        assert_eq!([read("records.1"), read("records.2"), read("records")], ["one\n", "two\n", "four\n"]);
        // The path is a folder now: what is open stays.
        std::fs::remove_file(&path).expect("removed");
        std::fs::create_dir(&path).expect("made");
        assert_eq!(descriptor.write(b"five\n", SOON), Ok(()));
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn a_file_is_appended_to() {
        let path = std::env::temp_dir().join(format!("auditor-descriptor-{}", std::process::id()));
        std::fs::write(&path, "before\n").expect("written");
        let descriptor = Descriptor::at(&path).expect("opened");
        assert_eq!(descriptor.write(b"after\n", SOON), Ok(()));
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "before\nafter\n");
        std::fs::remove_file(path).expect("removed");
    }
}
