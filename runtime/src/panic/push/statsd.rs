//! One statsd datagram a panic, from the panicking thread: a send that cannot block.

use std::io;
use std::net::{ToSocketAddrs, UdpSocket};

/// A connected socket and the datagram that says "one more panic".
#[derive(Debug)]
pub(crate) struct Statsd {
    socket: UdpSocket,
    datagram: Box<[u8]>,
}

impl Statsd {
    /// Resolves and connects to `address`, `host:port`. Blocks on the name's resolution.
    ///
    /// # Errors
    ///
    /// The name has no address, or no socket is to be had.
    pub(crate) fn connect(address: &str, component: &str) -> io::Result<Self> {
        let target = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let local = if target.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(local)?;
        socket.connect(target)?;
        socket.set_nonblocking(true)?;
        // Of DogStatsD's tags `,`, `|` and `:` end a value.
        let component = component.replace([',', '|', ':', '#', '\n'], "_");
        let datagram = format!("auditor.panics:1|c|#component:{component}").into_bytes().into_boxed_slice();
        Ok(Self { socket, datagram })
    }

    /// Sends the datagram; false where the system did not take it. Whether it arrives nobody knows.
    pub(crate) fn send(&self) -> bool {
        matches!(self.socket.send(&self.datagram), Ok(sent) if sent == self.datagram.len())
    }
}
