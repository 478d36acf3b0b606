//! Sinks that work, and sinks that are full, closed, gone or silent: the panic goes on in any case.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use auditor_runtime::panic::read_counter_file;

use crate::child::{Case, parsed};

#[test]
fn a_full_disk_sends_records_to_standard_error() {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let left = Case::new("literal")
        .with("AUDITOR_PANIC_RECORDS", "/dev/full")
        .with("AUDITOR_PANIC_CHAIN", "0")
        .stderr(writer)
        .run();
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("UTF-8");
    assert!(parsed(&text).iter().any(|line| line["exception.message"] == "a literal message"), "{text}");
    assert_eq!((left.code, left.counters.records, left.counters.records_lost), (Some(101), 1, 0));
}

#[test]
fn where_nothing_takes_a_record_it_is_counted_as_lost() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let left = Case::new("counters").with("AUDITOR_PANIC_RECORDS", "stderr").stderr(writer).run();
    assert_eq!((left.code, left.counters.panics), (Some(0), 5));
    assert_eq!((left.counters.records, left.counters.records_lost), (0, 5));
}

#[test]
fn a_standard_error_that_was_closed_before_the_start_does_no_harm() {
    let case = Case::new("counters");
    let (folder, counters) = (case.folder(), case.folder().join("counters"));
    let status = std::process::Command::new("/bin/sh")
        .args(["-c", "exec \"$0\" counters 2>&-", env!("CARGO_BIN_EXE_auditor-drill-child")])
        .env("AUDITOR_PANIC_COUNTERS", &counters)
        .env("AUDITOR_PANIC_RECORDS", "stderr")
        .stdout(std::process::Stdio::null())
        .status()
        .expect("a shell");
    let (_, counted) = auditor_runtime::panic::read_counter_file(&counters).expect("a counter file");
    assert_eq!((status.code(), counted.panics), (Some(0), 5));
    assert_eq!(counted.records + counted.records_lost, 5, "each record is accounted for");
    std::fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn a_pipe_that_nobody_reads_does_not_hold_the_process() {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    fill(&mut writer);
    let left = Case::new("counters")
        .with("AUDITOR_PANIC_RECORDS", "stderr")
        .with("AUDITOR_PANIC_CHAIN", "0")
        .stderr(writer)
        .run();
    drop(reader);
    assert_eq!((left.code, left.counters.panics, left.counters.records_lost), (Some(0), 5, 5));
    // The installation's record and five panics, 20 ms each.
    assert!(left.took < Duration::from_secs(5), "{:?}", left.took);
}

// Tests are built with a newer compiler than the least that the library asks for.
#[allow(clippy::incompatible_msrv)]
fn fill(writer: &mut std::io::PipeWriter) {
    let flags = rustix::fs::fcntl_getfl(&*writer).expect("flags");
    rustix::fs::fcntl_setfl(&*writer, flags | rustix::fs::OFlags::NONBLOCK).expect("set");
    while writer.write(&[0; 4096]).is_ok() {}
    rustix::fs::fcntl_setfl(&*writer, flags).expect("set back");
}

#[test]
fn sinks_that_cannot_be_had_are_told_and_do_not_keep_the_program_from_starting() {
    let left = Case::new("literal")
        .with("AUDITOR_PANIC_COUNTERS", "/no/such/folder/counters")
        .with("AUDITOR_PANIC_PUSHGATEWAY", "https://127.0.0.1:1")
        .run();
    assert_eq!((left.code, left.said("degraded")), (Some(101), "2"));
    let told = left.of_event("hook.installed")[0]["hook.degraded"].as_str().expect("told").to_owned();
    assert!(told.contains("counter file: ") && told.contains("pushgateway: "), "{told}");
    assert_eq!(left.records().len(), 1);
}

#[test]
fn statsd_gets_one_datagram_a_panic_before_an_abort_too() {
    let server = UdpSocket::bind("127.0.0.1:0").expect("bound");
    server.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
    let address = server.local_addr().expect("an address");
    let left = Case::new("extern-c").with("AUDITOR_PANIC_STATSD", address).run();
    for _ in 0..2 {
        let mut datagram = [0; 128];
        let length = server.recv(&mut datagram).expect("a datagram");
        assert_eq!(&datagram[..length], b"auditor.panics:1|c|#component:drill");
    }
    assert_eq!(left.counters.pushes, 2);
}

#[test]
fn the_textfile_is_whole_and_there_before_an_abort() {
    let case = Case::new("extern-c");
    let path = case.folder().join("panics.prom");
    let left = case.with("AUDITOR_PANIC_TEXTFILE", path.display()).run_and_keep();
    let text = std::fs::read_to_string(&path).expect("the textfile");
    assert!(text.contains("\nauditor_panics_total{component=\"drill\"} 2\n"), "{text}");
    assert_eq!((left.counters.pushes, left.counters.pushes_failed), (2, 0));
    let names: Vec<_> = std::fs::read_dir(&left.folder).expect("listed").flatten().map(|e| e.file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("draft")), "{names:?}");
    std::fs::remove_dir_all(&left.folder).expect("removed");
}

#[test]
fn the_last_of_many_threads_leaves_every_panic_in_the_textfile() {
    let case = Case::new("many-threads").with("AUDITOR_PANIC_DEADLINE_MS", 9000);
    let path = case.folder().join("panics.prom");
    let left = case.with("AUDITOR_PANIC_TEXTFILE", path.display()).run_and_keep();
    let text = std::fs::read_to_string(&path).expect("the textfile");
    assert!(text.contains("\nauditor_panics_total{component=\"drill\"} 800\n"), "{text}");
    assert_eq!((left.counters.pushes_failed, left.counters.pushes_suppressed), (0, 0));
    assert!(left.counters.pushes <= 800, "pushes of panics that wait together are one: {:?}", left.counters);
    std::fs::remove_dir_all(&left.folder).expect("removed");
}

#[test]
fn a_gateway_gets_the_count_that_survives_restarts() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
        let mut request = Vec::new();
        let mut part = [0; 4096];
        while !String::from_utf8_lossy(&request).contains("_count{") {
            let count = stream.read(&mut part).expect("a request");
            assert!(count > 0, "the request ended early");
            request.extend_from_slice(&part[..count]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").expect("answered");
        String::from_utf8(request).expect("UTF-8")
    });
    let first = Case::new("caught");
    let (folder, counters) = (first.folder(), first.folder().join("counters"));
    assert_eq!(first.run_and_keep().counters.panics, 1);
    let second =
        Case::new("literal").with("AUDITOR_PANIC_COUNTERS", counters.display()).with("AUDITOR_PANIC_PUSHGATEWAY", url);
    assert_eq!(second.run().code, Some(101));
    let request = server.join().expect("served");
    assert!(request.starts_with("PUT /metrics/job/auditor/component/drill HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\nauditor_panics_total{component=\"drill\"} 2\n"), "{request}");
    std::fs::remove_dir_all(folder).expect("removed");
}

/// Reads one request whole and answers yes.
fn answered(listener: &TcpListener) -> Option<(String, serde_json::Value)> {
    let start = std::time::Instant::now();
    let mut stream = loop {
        match listener.accept() {
            Ok((stream, _)) => break stream,
            Err(_) if start.elapsed() > Duration::from_secs(5) => return None,
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    stream.set_nonblocking(false).expect("set");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
    let mut request = Vec::new();
    let mut part = [0; 4096];
    loop {
        let count = stream.read(&mut part).expect("a request");
        request.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a length");
        if body.len() == length.parse::<usize>().expect("a number") {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").expect("answered");
            let head = head.lines().next().expect("a first line").to_owned();
            return Some((head, serde_json::from_str(body).expect("JSON")));
        }
    }
}

#[test]
fn a_collector_gets_counters_and_records_or_the_missing_feature_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    listener.set_nonblocking(true).expect("set");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = std::thread::spawn(move || [answered(&listener), answered(&listener)]);
    let left = Case::new("task").with("AUDITOR_PANIC_OTLP", url).with("AUDITOR_PANIC_DEADLINE_MS", 2000).run();
    if cfg!(feature = "otlp") {
        let [metrics, logs] = server.join().expect("served").map(|request| request.expect("a request"));
        assert_eq!((metrics.0.as_str(), logs.0.as_str()), ("POST /v1/metrics HTTP/1.1", "POST /v1/logs HTTP/1.1"));
        let sum = &metrics.1["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0]["sum"];
        assert_eq!(sum["dataPoints"][0]["asDouble"], 1.0, "{}", metrics.1);
        let records = &logs.1["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
        assert_eq!(records.as_array().map(Vec::len), Some(1), "{records}");
        assert_eq!(records[0]["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(records[0]["body"]["stringValue"], "in a task");
        assert_eq!((left.counters.pushes, left.counters.pushes_failed), (1, 0));
    } else {
        let told = left.of_event("hook.installed")[0]["hook.degraded"].as_str().expect("told").to_owned();
        assert!(told.contains("otlp: ") && told.contains("feature"), "{told}");
    }
}

/// A listener whose queue is full: further connections get no answer at all, as behind a firewall that drops them.
fn black_hole() -> (TcpListener, Vec<TcpStream>) {
    use rustix::net::{AddressFamily, SocketType, bind, ipproto, listen, socket};
    let raw = socket(AddressFamily::INET, SocketType::STREAM, Some(ipproto::TCP)).expect("a socket");
    bind(&raw, &std::net::SocketAddr::from(([127, 0, 0, 1], 0))).expect("bound");
    listen(&raw, 0).expect("listening");
    let listener = TcpListener::from(raw);
    let address = listener.local_addr().expect("an address");
    let filling = (0..4).map_while(|_| TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok()).collect();
    (listener, filling)
}

#[test]
fn a_black_holed_gateway_costs_its_deadline_once_and_later_panics_nothing() {
    let (listener, _filling) = black_hole();
    let left = Case::new("storm")
        .with("AUDITOR_PANIC_PUSHGATEWAY", format!("http://{}", listener.local_addr().expect("an address")))
        .with("AUDITOR_PANIC_DEADLINE_MS", 100)
        .run();
    assert_eq!((left.code, left.counters.panics, left.records().len()), (Some(0), 100, 100));
    let worst: u64 = left.said("worst_ns").parse().expect("a number");
    assert!(worst < 1_000_000_000, "{worst}");
    let all: u64 = left.said("all_ms").parse().expect("a number");
    assert!(all < 3_000, "{all}");
    assert!(left.counters.pushes_failed >= 1, "{:?}", left.counters);
    assert!(left.counters.pushes_suppressed >= 50, "{:?}", left.counters);
}

#[test]
fn records_go_on_in_a_new_file_after_rotation() {
    let left = Case::new("rotation").run_and_keep();
    assert_eq!(left.said("renamed"), "true");
    let messages = |name: &str| {
        let text = std::fs::read_to_string(left.folder.join(name)).expect("records");
        let lines = crate::child::parsed(&text).into_iter().filter(|line| line["event.name"] == "exception");
        lines.map(|line| line["exception.message"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((messages("records.1"), messages("records")), (vec!["before".into()], vec!["after".into()]));
    std::fs::remove_dir_all(&left.folder).expect("removed");
}

#[test]
fn a_forked_child_has_ids_of_its_own_and_its_pushes_start_again() {
    let case = Case::new("fork");
    let (counters, textfile) = (case.folder().join("counters"), case.folder().join("panics.prom"));
    let left = case.with("AUDITOR_PANIC_TEXTFILE", textfile.display()).run_and_keep();
    assert_eq!((left.said("ended"), left.records().len()), ("true", 2), "{}", left.stdout);
    let [child, parent] = [0, 1].map(|place| left.records()[place]);
    assert_eq!(
        (&child["exception.message"], &parent["exception.message"]),
        (&"in the child".into(), &"in the parent".into())
    );
    assert_eq!(
        (child["process.pid"].to_string(), parent["process.pid"].to_string()),
        (left.said("child").into(), left.said("parent").into())
    );
    assert_ne!(child["record.id"], parent["record.id"]);
    // Both processes count in one file, and both have pushed.
    let (_, counted) = read_counter_file(&counters).expect("a counter file");
    assert_eq!((counted.panics, counted.pushes, counted.pushes_failed, counted.pushes_suppressed), (2, 2, 0, 0));
    assert!(
        std::fs::read_to_string(&textfile)
            .expect("the textfile")
            .contains("\nauditor_panics_total{component=\"drill\"} 2\n")
    );
    std::fs::remove_dir_all(&left.folder).expect("removed");
}

#[test]
fn a_storm_is_cut_off_and_the_record_after_it_says_how_much_was_left_out() {
    let left = Case::new("many-threads").with("AUDITOR_PANIC_RECORDS_PER_SECOND", 100).run();
    let counters = left.counters;
    assert_eq!(counters.panics, 800);
    assert_eq!(counters.records + counters.records_suppressed, 800, "{counters:?}");
    assert!((100..700).contains(&left.records().len()), "{}", left.records().len());
    // One that ends the process is written all the same.
    let left = Case::new("storm-then-main").with("AUDITOR_PANIC_RECORDS_PER_SECOND", 10).run();
    let records = left.records();
    let told: u64 = records.iter().filter_map(|record| record["record.suppressed_before"].as_u64()).sum();
    let last = records.last().expect("records");
    assert_eq!((last["severity"].as_str(), left.counters.panics), (Some("FATAL"), 101));
    assert_eq!((told, told + records.len() as u64), (left.counters.records_suppressed, 101));
}

#[test]
fn the_raw_text_of_std_is_turned_off_by_the_environment() {
    for (chain, there) in [("1", true), ("0", false)] {
        let case = Case::new("secret").with("AUDITOR_PANIC_CHAIN", chain).with("AUDITOR_PANIC_RECORDS", "stderr");
        let path = case.folder().join("stderr");
        let left = case.stderr(std::fs::File::create(&path).expect("made")).run_and_keep();
        let text = std::fs::read_to_string(&path).expect("standard error");
        assert_eq!((text.contains("hunter2"), text.contains("[redacted]")), (there, true), "{text}");
        std::fs::remove_dir_all(&left.folder).expect("removed");
    }
}
