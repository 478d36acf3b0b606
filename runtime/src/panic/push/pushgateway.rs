//! A Pushgateway, over plain HTTP/1.1, every step with what is left of the deadline.
//!
//! What is pushed is the counter that survives restarts, where there is one: a counter that starts again at 1 in each
//! process shows the second crash as no change.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Instant;

use super::{Sink, left};
use crate::metrics;
use crate::panic::counters::Snapshot;

#[derive(Debug)]
pub(crate) struct Pushgateway {
    address: SocketAddr,
    host: String,
    path: String,
    component: String,
}

impl Pushgateway {
    /// Resolves `url`, `http://host:port` with or without a path before `/metrics`. Blocks on the name's resolution.
    ///
    /// # Errors
    ///
    /// It is no such URL, or the name has no address.
    pub(crate) fn resolve(url: &str, job: &str, component: &str) -> io::Result<Self> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "a Pushgateway's URL is http://host:port");
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
        let slash = if prefix.is_empty() { "" } else { "/" };
        let path = format!("{slash}{prefix}/metrics/job/{}/component/{}", encoded(job), encoded(component));
        Ok(Self { address, host: host.to_owned(), path, component: component.to_owned() })
    }
}

/// Percent-encoding of everything but unreserved characters. A `/` cannot come here: `install` refuses it.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

impl Sink for Pushgateway {
    fn push(&mut self, snapshot: &Snapshot, deadline: Instant) -> io::Result<()> {
        let body = metrics::panics_as_text(&self.component, snapshot);
        let request = format!(
            "PUT {} HTTP/1.1\r\nHost: {}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.path,
            self.host,
            body.len()
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
            Err(io::Error::other("the Pushgateway refused the push"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pushgateway;
    use crate::panic::counters::Snapshot;
    use crate::panic::push::Sink;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::{Duration, Instant};

    #[test]
    fn the_group_is_in_the_path_and_the_answer_decides() {
        for (answer, taken) in [("HTTP/1.1 202 Accepted\r\n\r\n", true), ("HTTP/1.1 400 Bad Request\r\n\r\n", false)] {
            let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
            let url = format!("http://{}/base", listener.local_addr().expect("an address"));
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().expect("a connection");
                let mut head = [0; 64];
                stream.read_exact(&mut head).expect("a request");
                stream.write_all(answer.as_bytes()).expect("answered");
                let mut rest = Vec::new();
                let _ = stream.read_to_end(&mut rest);
                String::from_utf8_lossy(&head).into_owned()
            });
            let mut gateway = Pushgateway::resolve(&url, "shop", "check out").expect("resolved");
            let pushed = gateway.push(&Snapshot::default(), Instant::now() + Duration::from_secs(5));
            assert_eq!(pushed.is_ok(), taken, "{pushed:?}");
            let head = server.join().expect("served");
            assert!(head.starts_with("PUT /base/metrics/job/shop/component/check%20out HTTP/1.1\r\n"), "{head}");
        }
    }

    #[test]
    fn a_gateway_that_never_answers_costs_the_deadline() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut gateway = Pushgateway::resolve(&url, "job", "part").expect("resolved");
        let start = Instant::now();
        assert!(gateway.push(&Snapshot::default(), start + Duration::from_millis(50)).is_err());
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(45) && took < Duration::from_secs(2), "{took:?}");
    }

    #[test]
    fn other_urls_are_refused() {
        for url in ["https://host:1", "host:9091", "http://", "http://ho st:1", "http://127.0.0.1:1/a\r\nX: y"] {
            assert!(Pushgateway::resolve(url, "job", "part").is_err(), "{url}");
        }
    }
}
