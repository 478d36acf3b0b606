//! A small HTTP server for `/metrics`: one thread, one connection at a time, each with a deadline. For programs that have
//! no server of their own; others answer with [`encode`].

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use prometheus_client::registry::Registry;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::registry::{Format, encode};

/// Most time one connection holds the server.
const CONNECTION: Duration = Duration::from_secs(1);

/// Most bytes of a request's head.
const HEAD: usize = 8192;

/// How soon the server notices that it is to stop.
const WATCH: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// A running server; it stops when this is dropped.
#[derive(Debug)]
pub struct Exporter {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Exporter {
    /// Where it listens; of use where port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Exporter {
    /// Blocks for at most a connection's deadline.
    fn drop(&mut self) {
        // Relaxed: pairs with the loads in `serve_until`; only the end of the loop hangs on it, and the join orders the rest.
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of the server has been recorded by the hook, and there is nobody here to tell.
            let _ = thread.join();
        }
    }
}

/// Serves `registry` at `http://address/metrics`.
///
/// # Errors
///
/// The address cannot be listened on, or the system refuses a thread.
pub fn serve(address: impl ToSocketAddrs, registry: Arc<Registry>) -> io::Result<Exporter> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let thread =
        Builder::new().name("auditor-metrics".to_owned()).spawn(move || serve_until(&told, &listener, &registry))?;
    Ok(Exporter { address, stop, thread: Some(thread) })
}

fn serve_until(stop: &AtomicBool, listener: &TcpListener, registry: &Registry) {
    // Relaxed: pairs with the store in `drop`, see there.
    while !stop.load(Ordering::Relaxed) {
        match listener.accept() {
            // What goes wrong with one connection concerns its client alone.
            Ok((stream, _)) => drop(answer(stream, registry)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let _ = poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&WATCH));
            }
            // No descriptors, say: later there may be some.
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn answer(mut stream: TcpStream, registry: &Registry) -> io::Result<()> {
    let start = Instant::now();
    stream.set_nonblocking(false)?;
    let head = read_head(&mut stream, start)?;
    let mut words = head.lines().next().unwrap_or("").split(' ');
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let path = path.split('?').next().unwrap_or("");
    let (status, kind, body) = match (method, path) {
        ("GET" | "HEAD", "/metrics") => {
            let accept = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("accept").then_some(value)
            });
            let format = Format::accepted(accept.unwrap_or(""));
            match encode(registry, format) {
                Ok(body) => ("200 OK", format.content_type(), body),
                Err(_) => ("500 Internal Server Error", "text/plain", String::new()),
            }
        }
        ("GET" | "HEAD", _) => ("404 Not Found", "text/plain", "the metrics are at /metrics\n".to_owned()),
        _ => ("405 Method Not Allowed", "text/plain", String::new()),
    };
    let length = body.len();
    let shown = if method == "HEAD" { "" } else { body.as_str() };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{shown}"
    );
    let mut rest = answer.as_bytes();
    while !rest.is_empty() {
        stream.set_write_timeout(Some(left(start)?))?;
        let sent = stream.write(rest)?;
        if sent == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        rest = rest.get(sent..).unwrap_or(&[]);
    }
    Ok(())
}

fn read_head(stream: &mut TcpStream, start: Instant) -> io::Result<String> {
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        stream.set_read_timeout(Some(left(start)?))?;
        match stream.read(&mut part)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => head.extend_from_slice(part.get(..count).unwrap_or(&[])),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn left(start: Instant) -> io::Result<Duration> {
    let left = CONNECTION.saturating_sub(start.elapsed());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}
