//! How long after a panic the counters, the record and the pushes are out, with every core busy.

use std::io::{self, Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Claim, Facts, Limit};
use crate::case::Left;
use crate::machine::Machine;
use crate::plan::Plan;

const MS_200: u64 = 200_000_000;
const US_100: u64 = 100_000;

/// Runnable threads a core, the drill's own among them, above which a limit of microseconds measures the machine.
const BUSY: f64 = 2.0;

const CONTROL: &[&str] = &["RIS-RT-12c"];

const fn nanos(id: &'static str, title: &'static str, limit: Limit) -> Claim {
    Claim { id, controls: CONTROL, title, limit, unit: Some("ns") }
}

pub(super) const CLAIMS: [Claim; 16] = [
    nanos("emission-counter-p50", "panic to counter, half of the panics", Limit::Told),
    nanos("emission-counter-p99", "panic to counter, 99 of 100", Limit::Told),
    nanos("emission-counter-p999", "panic to counter, 999 of 1,000", Limit::AtMost(US_100)),
    nanos("emission-counter-max", "panic to counter, all", Limit::AtMost(MS_200)),
    nanos("emission-record-p50", "panic to record, half of the panics", Limit::Told),
    nanos("emission-record-p99", "panic to record, 99 of 100", Limit::Told),
    nanos("emission-record-p999", "panic to record, 999 of 1,000", Limit::AtMost(US_100)),
    nanos("emission-record-max", "panic to record, all", Limit::AtMost(MS_200)),
    nanos("emission-statsd-max", "panic to the statsd datagram given to the system, all", Limit::AtMost(MS_200)),
    nanos(
        "emission-textfile-max",
        "panic to the textfile renamed into its place, all, late ones too",
        Limit::AtMost(MS_200),
    ),
    nanos("emission-pushgateway-max", "panic to the Pushgateway's answer, all, late ones too", Limit::AtMost(MS_200)),
    nanos(
        "emission-otlp-max",
        "panic to the OpenTelemetry collector's answer, all, late ones too",
        Limit::AtMost(MS_200),
    ),
    nanos("emission-push-p50", "panic to every sink, half of the panics", Limit::Told),
    nanos("hook-wait-max", "how long a panic waited for its sinks, all", Limit::AtMost(MS_200)),
    Claim {
        id: "emission-push-delivered",
        controls: CONTROL,
        title: "of a thousand pushes, how many a sink took; after one that is late, panics do not wait until it is done",
        limit: Limit::Told,
        unit: Some("per mille"),
    },
    Claim {
        id: "hook-allocations",
        controls: CONTROL,
        title: "allocations between the hook's entry and its record, ten panics of all payload kinds",
        limit: Limit::AtMost(0),
        unit: Some("allocations"),
    },
];

/// Panics that are timed with every local sink configured, where the plan has as many.
const WITH_SINKS: u32 = 500;

pub(super) fn look(plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    let [
        c50,
        c99,
        c999,
        cmax,
        r50,
        r99,
        r999,
        rmax,
        statsd,
        textfile,
        gateway,
        otlp,
        p50,
        pmax,
        delivered,
        allocations,
    ] = &CLAIMS;
    let left =
        plan.case("latency")?.with("AUDITOR_DRILL_PANICS", plan.panics).deadline(Duration::from_secs(120)).run()?;
    let how = how(&left);
    let lost = Some(format!("{} records of {} were lost", left.counters.records_lost, left.counters.panics));
    for (claim, name) in [
        (c50, "counter_p50_ns"),
        (c99, "counter_p99_ns"),
        (c999, "counter_p999_ns"),
        (cmax, "counter_max_ns"),
        (r50, "record_p50_ns"),
        (r99, "record_p99_ns"),
        (r999, "record_p999_ns"),
        (rmax, "record_max_ns"),
    ] {
        decide_by_load(facts, claim, left.number(name), &how, lost.clone());
    }
    let left = with_sinks(plan)?;
    let place = textfiles(&left.folder).display().to_string();
    let sinks = format!(
        "{}; statsd and the answers of a Pushgateway and a collector over loopback, textfile under {place}",
        self::how(&left)
    );
    facts.decide(statsd, left.number("statsd_max_ns"), &sinks, None);
    facts.decide(textfile, left.number("textfile_answered_max_ns"), &sinks, None);
    facts.decide(gateway, left.number("pushgateway_answered_max_ns"), &sinks, None);
    if cfg!(feature = "otlp") {
        facts.decide(otlp, left.number("otlp_answered_max_ns"), &sinks, None);
    } else {
        facts.not_run(std::slice::from_ref(otlp), "built without the feature otlp");
    }
    facts.decide(p50, left.number("push_p50_ns"), &sinks, None);
    facts.decide(pmax, left.number("push_max_ns"), &sinks, None);
    let counts = left.counters;
    let asked = counts.pushes.saturating_add(counts.pushes_failed).saturating_add(counts.pushes_suppressed);
    let share = counts.pushes.saturating_mul(1000).checked_div(asked);
    let detail = format!(
        "{} taken, {} failed, {} not waited for",
        counts.pushes, counts.pushes_failed, counts.pushes_suppressed
    );
    facts.decide(delivered, share, &sinks, Some(detail));

    let left = plan.case("allocations")?.run()?;
    let counts = left.stdout.lines().filter_map(|line| line.strip_prefix("hook_allocations ")?.parse::<u64>().ok());
    facts.decide(allocations, counts.max(), "a counting allocator around the hook; the most of any panic", None);
    Ok(())
}

/// Decides by the claim's limit; but where that is not kept while other work kept the cores busy before the drill began, the figure is that
/// work's as well, and is told for what it is.
fn decide_by_load(facts: &mut Facts, claim: &Claim, value: Option<u64>, how: &str, detail: Option<String>) {
    let load = Machine::this().load.unwrap_or(0.0);
    match (claim.limit, value) {
        (Limit::AtMost(US_100), Some(found)) if found > US_100 && load > BUSY => {
            let why = format!(
                "over {US_100} ns, while {load:.1} threads a core wanted to run: on a quiet machine it is decided"
            );
            facts.report(claim, found, how, why);
        }
        _ => facts.decide(claim, value, how, detail),
    }
}

fn how(left: &Left) -> String {
    let number = |name| left.number(name).unwrap_or(0);
    format!(
        "{} panics, timed from before panic!() by the panicking thread, {} busy threads, {} µs of sleep before each",
        number("panics_timed"),
        number("busy_threads"),
        number("pause_us")
    )
}

/// Where the textfile goes: to memory where there is such a place, as it should be deployed. A busy disk can hold a rename
/// for longer than any limit here.
fn textfiles(otherwise: &Path) -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { otherwise.to_owned() }
}

/// The latency case with every sink that a machine has by itself.
fn with_sinks(plan: &Plan) -> io::Result<Left> {
    let statsd = UdpSocket::bind("127.0.0.1:0")?;
    let gateway = TcpListener::bind("127.0.0.1:0")?;
    gateway.set_nonblocking(true)?;
    let stop = AtomicBool::new(false);
    let case = plan.case("latency")?.deadline(Duration::from_secs(120));
    let textfile = textfiles(case.folder()).join(format!("auditor-drill-{}.prom", std::process::id()));
    let case = case
        .with("AUDITOR_DRILL_PANICS", WITH_SINKS.min(plan.panics))
        .with("AUDITOR_DRILL_PAUSE_US", 2000)
        .with("AUDITOR_PANIC_TEXTFILE", textfile.display())
        .with("AUDITOR_PANIC_STATSD", statsd.local_addr()?)
        .with("AUDITOR_PANIC_PUSHGATEWAY", format!("http://{}", gateway.local_addr()?));
    let case = if cfg!(feature = "otlp") {
        case.with("AUDITOR_PANIC_OTLP", format!("http://{}", gateway.local_addr()?))
    } else {
        case
    };
    // auditor: allow(panicking-api) a thread that panics ends the drill's child, and the drill sees it
    std::thread::scope(|scope| {
        let answering = std::thread::Builder::new().spawn_scoped(scope, || answer_all(&gateway, &stop));
        let left = answering.and_then(|_| case.run());
        // Relaxed: pairs with the load in `answer_all`; only the end of its loop hangs on it.
        stop.store(true, Ordering::Relaxed);
        let _ = std::fs::remove_file(&textfile);
        left
    })
}

/// Says yes to every push, as a Pushgateway and a collector do.
fn answer_all(gateway: &TcpListener, stop: &AtomicBool) {
    // Relaxed: pairs with the store in `with_sinks`.
    while !stop.load(Ordering::Relaxed) {
        let Ok((mut stream, _)) = gateway.accept() else {
            std::thread::sleep(Duration::from_micros(200));
            continue;
        };
        let _ = stream.set_nonblocking(false);
        let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
        let mut request = Vec::new();
        let mut part = [0; 4096];
        while !is_whole(&request) {
            match stream.read(&mut part) {
                Ok(count @ 1..) => request.extend_from_slice(part.get(..count).unwrap_or(&[])),
                _ => break,
            }
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
}

/// Whether a request's body is as long as its head says.
fn is_whole(request: &[u8]) -> bool {
    let Some(head) = request.windows(4).position(|end| end == b"\r\n\r\n") else { return false };
    let text = String::from_utf8_lossy(request.get(..head).unwrap_or(&[]));
    let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse::<usize>().ok());
    request.len() >= head.saturating_add(4).saturating_add(length.unwrap_or(0))
}
