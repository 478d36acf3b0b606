//! A Pushgateway.
//!
//! What is pushed is the counter that survives restarts, where there is one: a counter that starts again at 1 in each
//! process shows the second crash as no change.

use std::io;
use std::time::Instant;

use super::Sink;
use super::http::Endpoint;
use crate::metrics;
use crate::panic::counters::Snapshot;

#[derive(Clone, Debug)]
pub(crate) struct Pushgateway {
    endpoint: Endpoint,
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
        let path = format!("/metrics/job/{}/component/{}", encoded(job), encoded(component));
        Ok(Self { endpoint: Endpoint::resolve(url)?, path, component: component.to_owned() })
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
    fn name(&self) -> &'static str {
        "pushgateway"
    }

    fn for_thread(&self) -> Box<dyn Sink> {
        Box::new(self.clone())
    }

    fn push(&mut self, snapshot: &Snapshot, deadline: Instant) -> io::Result<()> {
        let body = metrics::panics_as_text(&self.component, snapshot);
        self.endpoint.send("PUT", &self.path, "text/plain; version=0.0.4", &body, deadline)
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
}
