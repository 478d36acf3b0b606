//! When a real Prometheus has seen a panic, where one is installed: told, not limited, since its interval is the
//! deployment's; that the count it has grows by at least one a panic is a claim.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Claim, Facts, Limit};
use crate::case::new_folder;
use crate::plan::Plan;

/// Panics that are watched for.
const PANICS: u64 = 5;

/// No step of the whole takes longer.
const DEADLINE: Duration = Duration::from_secs(20);

pub(super) const CLAIMS: [Claim; 2] = [
    Claim {
        id: "metric-delta-observed",
        controls: &["RIS-RT-12c"],
        title: "Prometheus's count of panics has grown by one for each of five panics",
        limit: Limit::AtLeast(PANICS),
        unit: Some("panics"),
    },
    Claim {
        id: "observation-latency-max",
        controls: &["RIS-RT-12c"],
        title: "panic to the sample in Prometheus, the longest of five; no more than its scrape interval decides it",
        limit: Limit::Told,
        unit: Some("ns"),
    },
];

pub(super) fn look(plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    if !cfg!(feature = "exporter") {
        facts.not_run(&CLAIMS, "the child was built without the exporter");
        return Ok(());
    }
    // This child is talked to while it runs, so its lines carry no proof: one that the other cases have not proven is not asked.
    if !plan.trouble.lock().unwrap_or_else(PoisonError::into_inner).unproven.is_empty() {
        facts.not_run(&CLAIMS, "the child is not proven to be the one that was built");
        return Ok(());
    }
    let Some(program) = installed() else {
        facts.not_run(&CLAIMS, "no prometheus in PATH");
        return Ok(());
    };
    let folder = new_folder()?;
    let seen = watch(plan, program, folder.clone());
    fs::remove_dir_all(&folder)?;
    let (count, longest) = match seen {
        Ok(seen) => seen,
        // The child never said, or Prometheus never saw: the claim failed; that it took too long is no figure.
        Err(error) => {
            facts.decide(&CLAIMS[0], Value::Null, "prometheus on loopback", Some(error.to_string()));
            facts.not_run(&CLAIMS[1..], "the first panics were not seen");
            return Ok(());
        }
    };
    let how = "prometheus on loopback, scrape interval 100 ms, its query API asked every 5 ms; the child's exporter";
    facts.decide(&CLAIMS[0], count, how, None);
    facts.decide(&CLAIMS[1], longest, how, None);
    Ok(())
}

fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    // auditor: allow(panicking-api) on Unix a list of paths is any bytes; only Redox and wasm have none, and no drill
    std::env::split_paths(&path).map(|folder| folder.join("prometheus")).find(|program| program.is_file())
}

/// A process that is killed when this is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Either it has ended or it ends now; there is nobody to tell of a failure.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The child that serves metrics and panics when told.
struct Service {
    _process: Process,
    told: ChildStdin,
    says: BufReader<ChildStdout>,
}

impl Service {
    fn start(plan: &Plan) -> io::Result<Self> {
        let mut process = Process(
            Command::new(&plan.child)
                .arg("serve")
                .env_clear()
                .env("AUDITOR_PANIC_RECORDS", "none")
                .env("AUDITOR_PANIC_CHAIN", "0")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?,
        );
        let pipes = (process.0.stdin.take(), process.0.stdout.take());
        let (Some(told), Some(says)) = pipes else { return Err(io::Error::other("the child has no pipes")) };
        Ok(Self { _process: process, told, says: BufReader::new(says) })
    }

    /// The child's next line of this name. It ends with the child, which ends with its standard input.
    fn next(&mut self, name: &str) -> io::Result<String> {
        loop {
            let mut line = String::new();
            if self.says.read_line(&mut line)? == 0 {
                return Err(io::Error::other(format!("the child ended without its {name}")));
            }
            if let Some(value) = line.trim().strip_prefix(name) {
                return Ok(value.trim().to_owned());
            }
        }
    }
}

fn watch(plan: &Plan, program: PathBuf, folder: PathBuf) -> io::Result<(u64, u64)> {
    let mut service = Service::start(plan)?;
    let target = service.next("address")?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let config = folder.join("prometheus.yml");
    let text = format!(
        "global: {{ scrape_interval: 100ms, scrape_timeout: 90ms }}\n\
         scrape_configs: [{{ job_name: drill, static_configs: [{{ targets: ['{target}'] }}] }}]\n"
    );
    fs::write(&config, text)?;
    let _prometheus = Process(
        Command::new(program)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?,
    );
    wait_for(&address, 0)?;
    let mut longest = 0;
    let mut count = 0;
    for panic in 1..=PANICS {
        let start = Instant::now();
        service.told.write_all(b"panic\n")?;
        service.next("panicked")?;
        count = wait_for(&address, panic)?;
        longest = longest.max(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    Ok((count, longest))
}

/// Waits until Prometheus has a count of at least `panics`, and gives it.
fn wait_for(address: &str, panics: u64) -> io::Result<u64> {
    let start = Instant::now();
    loop {
        // Until it listens, and has scraped once, there is no answer.
        if let Ok(Some(count)) = count(address) {
            if count >= panics {
                return Ok(count);
            }
        }
        if start.elapsed() > DEADLINE {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "Prometheus did not see the panic"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn count(address: &str) -> io::Result<Option<u64>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    write!(stream, "GET /api/v1/query?query=auditor_panics_total HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let body: Value = serde_json::from_str(body)?;
    let count = body.pointer("/data/result/0/value/1").and_then(Value::as_str);
    Ok(count.and_then(|count| count.parse().ok()))
}
