//! The example service as its callers see it: each error its status and code, a bug in a handler a 500 and no more.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

struct Service {
    child: Child,
    address: String,
    records: PathBuf,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.records);
    }
}

/// The example, built by cargo if it is not fresh: a test that is run by its name alone builds no examples.
fn built() -> PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM
        .get_or_init(|| {
            let here = std::env::current_exe().expect("this test's path");
            let target = here.ancestors().nth(3).expect("the target folder");
            let built = Command::new(env!("CARGO"))
                .args(["build", "--quiet", "--offline", "--example", "service", "--features", "macros,metrics"])
                .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "--target-dir"])
                .arg(target)
                .status()
                .expect("cargo runs");
            assert!(built.success(), "the example is built");
            target.join("debug/examples/service")
        })
        .clone()
}

fn start(name: &str, journal: &Path) -> Service {
    let program = built();
    let records = std::env::temp_dir().join(format!("auditor-service-{}-{name}", std::process::id()));
    let mut child = Command::new(program)
        .env("SHOP_LISTEN", "127.0.0.1:0")
        .env("SHOP_JOURNAL", journal)
        .env("AUDITOR_PANIC_RECORDS", &records)
        .env("AUDITOR_PANIC_SYMBOLS", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the example starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("it says where it listens");
    let address = line.trim().strip_prefix("listening on ").expect("an address").to_owned();
    Service { child, address, records }
}

impl Service {
    /// Status, and what came after the head.
    fn ask(&self, request: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("connected");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
        let length = body.len();
        let head = format!(
            "{request} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: {length}\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
        (status, body.to_owned())
    }

    fn code(&self, request: &str, body: &str) -> (u16, String) {
        let (status, body) = self.ask(request, body);
        let value: Value = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"));
        (status, value["code"].as_str().expect("a code").to_owned())
    }

    fn records(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.records).expect("records");
        let all = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        all.filter(|line| line["event.name"] == "exception").collect()
    }
}

#[test]
fn each_error_has_its_status_and_code() {
    let service = start("errors", Path::new("/dev/null"));
    assert_eq!(service.code("GET /price/tea", ""), (404, "not-found".to_owned()));
    assert_eq!(service.ask("PUT /price/tea", "350").0, 200);
    assert_eq!(service.ask("GET /price/tea", ""), (200, "350\n".to_owned()));
    assert_eq!(service.code("PUT /price/tea", "cheap"), (400, "invalid-input".to_owned()));
    assert_eq!(service.ask("GET /share/tea/2", ""), (200, "175\n".to_owned()));
    let full = start("full", Path::new("/dev/full"));
    assert_eq!(full.code("PUT /price/tea", "350"), (503, "storage-unavailable".to_owned()));
    assert_eq!(full.code("GET /price/tea", ""), (404, "not-found".to_owned()));
}

#[test]
fn a_bug_in_a_handler_is_a_500_with_a_record_and_the_service_goes_on() {
    let service = start("bug", Path::new("/dev/null"));
    assert_eq!(service.ask("PUT /price/tea", "350").0, 200);
    for panics in 1..=20 {
        let (status, body) = service.ask("GET /share/tea/0", "");
        assert_eq!(status, 500, "{body}");
        assert!(body.contains("\"code\":\"internal\""), "{body}");
        let records = service.records();
        assert_eq!(records.len(), panics);
        let record = records.last().expect("one");
        assert!(body.contains(record["record.id"].as_str().expect("an id")), "{body} {record}");
        assert_eq!(record["exception.message"], "attempt to divide by zero");
        assert_eq!(record["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!((&record["service.name"], &record["component"]), (&"shop".into(), &"price-list".into()));
        assert_eq!(record["panic.nesting"], "outermost", "a worker's earlier panic is known to be over");
    }
    let (status, text) = service.ask("GET /metrics", "");
    assert_eq!(status, 200);
    assert!(text.contains("\nauditor_panics_total{component=\"price-list\"} 20"), "{text}");
    assert!(text.contains("\nauditor_panics_caught_total{component=\"price-list\"} 20"), "{text}");
    assert!(text.contains("\nshop_price_changes_total 1\n"), "{text}");
    assert!(text.contains("\nauditor_map_entries{map=\"prices\"} 1"), "{text}");
}
