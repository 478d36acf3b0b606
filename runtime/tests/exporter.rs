//! The exporter over real sockets: formats, refusals, clients that do not behave.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use auditor_runtime::metrics::{Exporter, PanicMetrics, serve};
use auditor_runtime::{Config, boundary, install};
use prometheus_client::registry::Registry;

fn exporter() -> Exporter {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(PanicMetrics));
    serve("127.0.0.1:0", Arc::new(registry)).expect("it listens")
}

fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer
}

#[test]
fn panics_are_counted_in_both_formats() {
    let records = std::env::temp_dir().join(format!("auditor-exporter-{}", std::process::id()));
    let config = Config::new("exported").chain(false).symbols(false);
    install(config.records(auditor_runtime::panic::Records::Path(records.clone()))).expect("installed");
    let exporter = exporter();
    for expected in 1..=3 {
        assert!(boundary(|| panic!("counted")).is_err());
        let classic = ask(exporter.address(), "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(classic.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"), "{classic}");
        assert!(classic.contains(&format!("\nauditor_panics_total{{component=\"exported\"}} {expected}")), "{classic}");
    }
    let request = "GET /metrics HTTP/1.1\r\naccept: application/openmetrics-text;version=1.0.0,*/*;q=0.1\r\n\r\n";
    let open = ask(exporter.address(), request);
    assert!(open.contains("Content-Type: application/openmetrics-text") && open.ends_with("# EOF\n"), "{open}");
    std::fs::remove_file(records).expect("removed");
}

#[test]
fn other_paths_and_methods_are_refused() {
    let exporter = exporter();
    assert!(ask(exporter.address(), "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
    assert!(ask(exporter.address(), "POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
    assert!(ask(exporter.address(), "HEAD /metrics HTTP/1.1\r\n\r\n").ends_with("\r\n\r\n"));
}

#[test]
fn a_silent_client_and_an_endless_one_hold_the_server_no_longer_than_their_deadline() {
    let exporter = exporter();
    let _silent = TcpStream::connect(exporter.address()).expect("connected");
    let mut endless = TcpStream::connect(exporter.address()).expect("connected");
    let _ = endless.write_all(&[b'x'; 20_000]);
    let start = Instant::now();
    assert!(ask(exporter.address(), "GET /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    let start = Instant::now();
    drop(exporter);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}
