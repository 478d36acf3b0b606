//! One HTTP/1.1 request over plain TCP, every step with what is left of the deadline. Only the answer's status is read.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Instant;

use super::left;

/// Where requests go.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    address: SocketAddr,
    host: String,
    /// What the URL has after the host, without a slash at its end.
    prefix: String,
}

impl Endpoint {
    /// Resolves `http://host[:port][/prefix]`. Blocks on the name's resolution.
    ///
    /// # Errors
    ///
    /// It is no such URL, or the name has no address.
    pub(super) fn resolve(url: &str) -> io::Result<Self> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "a sink's URL is http://host:port");
        let rest = url.strip_prefix("http://").ok_or_else(invalid)?;
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let clean = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if host.is_empty() || !clean(host) || !clean(prefix) {
            return Err(invalid());
        }
        let with_port = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
            host.to_owned()
        } else {
            format!("{host}:80")
        };
        let address = with_port.to_socket_addrs()?.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        Ok(Self { address, host: host.to_owned(), prefix })
    }

    /// Sends `body` with `method` to `path` and waits for a status of 2xx.
    ///
    /// # Errors
    ///
    /// The deadline passes, the connection breaks, or the answer is another.
    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &str,
        deadline: Instant,
    ) -> io::Result<()> {
        let (host, prefix, length) = (&self.host, &self.prefix, body.len());
        let request = format!(
            "{method} {prefix}{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        let mut stream = TcpStream::connect_timeout(&self.address, left(deadline)?)?;
        let mut rest = request.as_bytes();
        while !rest.is_empty() {
            stream.set_write_timeout(Some(left(deadline)?))?;
            let sent = stream.write(rest)?;
            if sent == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            rest = rest.get(sent..).unwrap_or(&[]);
        }
        let mut answer = [0; 12];
        let mut read = 0_usize;
        while let Some(free) = answer.get_mut(read..).filter(|free| !free.is_empty()) {
            stream.set_read_timeout(Some(left(deadline)?))?;
            match stream.read(free)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => read = read.saturating_add(count),
            }
        }
        // `HTTP/1.1 200`: any 2xx is a yes.
        if answer.starts_with(b"HTTP/1.") && answer.get(9) == Some(&b'2') {
            Ok(())
        } else {
            Err(io::Error::other("the push was refused"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn other_urls_are_refused() {
        for url in ["https://host:1", "host:9091", "http://", "http://ho st:1", "http://127.0.0.1:1/a\r\nX: y"] {
            assert!(Endpoint::resolve(url).is_err(), "{url}");
        }
    }
}
