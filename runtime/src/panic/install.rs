//! Puts the hook in place: opens, maps, reads and resolves everything beforehand, so that the hook only writes.

use std::panic::{set_hook, take_hook};
use std::time::Duration;
use std::{fs, io};

use super::clock::{rfc3339, unix_nanos};
use super::config::{Config, Records};
use super::counter_file::CounterFile;
use super::counters::Counters;
use super::descriptor::Descriptor;
use super::error::InstallError;
use super::hook;
use super::identity::{Confidence, Fact, Identity, Source};
use super::image::Image;
use super::line::Line;
use super::push::pushgateway::Pushgateway;
use super::push::statsd::Statsd;
use super::push::textfile::Textfile;
use super::push::{Pusher, Sink};
use super::rate_limit::RateLimit;
use super::record::render_identity;
use super::run_id::RunId;
use super::state::{PROCESS, STATE, State, counts};

/// A sink that was configured and cannot be had; the hook works without it.
#[derive(Debug)]
pub struct Degraded {
    /// Which sink.
    pub sink: &'static str,
    /// Why not.
    pub error: io::Error,
}

/// The hook is in place. Dropping this changes nothing.
#[derive(Debug)]
#[non_exhaustive]
pub struct Installed {
    /// Threads that ran in this process when the hook was put in place, the calling one included; none where the system
    /// does not tell. A thread that had ended by then is not seen.
    pub threads: Option<usize>,
    /// Sinks that were configured and cannot be had. They are also in the record that `install` writes.
    pub degraded: Vec<Degraded>,
    /// How often the counter file has been opened, this time included.
    pub starts: Option<u64>,
    /// What was found out about this process.
    pub identity: Option<Identity>,
}

impl Installed {
    /// Whether no other thread ran before the hook was in place; none where the system does not tell.
    pub fn before_first_thread(&self) -> Option<bool> {
        self.threads.map(|threads| threads == 1)
    }
}

/// Installs the panic hook for this process. Call it first in `main`.
///
/// It reads identity, opens descriptors, maps the counter file and resolves names; then puts the hook in place and keeps
/// the previous one; then starts the pushing thread, where a textfile or a Pushgateway is configured; and writes a record
/// `hook.installed` that says all this. A sink that cannot be had does not keep a service from starting: see
/// [`Installed::degraded`].
///
/// Blocks on these files and on name resolution.
///
/// # Errors
///
/// The hook is already installed, the thread is panicking, or a setting is not valid.
pub fn install(config: Config) -> Result<Installed, InstallError> {
    validate(&config)?;
    if std::thread::panicking() {
        return Err(InstallError::Panicking);
    }
    if STATE.get().is_some() {
        return Err(InstallError::AlreadyInstalled);
    }
    let mut degraded = Vec::new();
    let identity = config.identity.then(|| identity(&config));
    let sinks = sinks(&config, identity.as_ref(), &mut degraded);
    let state = state(&config, identity, sinks, &mut degraded);
    STATE.set(state).map_err(|_| InstallError::AlreadyInstalled)?;
    let state = STATE.get().ok_or(InstallError::AlreadyInstalled)?;

    let threads = running_threads();
    // auditor: allow(panicking-api) set before anything panics
    let previous = take_hook();
    // auditor: allow(panicking-api) set before anything panics
    set_hook(Box::new(move |info| hook::run(state, &previous, info)));

    if let Some(pusher) = &state.pusher {
        keep(pusher.start(), "pushing thread", &mut degraded);
    }
    let installed = Installed {
        threads,
        degraded,
        starts: state.file.as_ref().map(CounterFile::starts),
        identity: state.identity.clone(),
    };
    announce(state, &installed);
    Ok(installed)
}

fn validate(config: &Config) -> Result<(), InstallError> {
    let component = &config.component;
    if component.is_empty() || component.len() > 128 || component.contains(|c: char| c == '/' || c.is_control()) {
        return Err(InstallError::invalid("component", "one to 128 bytes, no slash, no control character"));
    }
    if config.push_deadline < Duration::from_millis(20) || config.push_deadline > Duration::from_secs(10) {
        return Err(InstallError::invalid("push deadline", "20 milliseconds to 10 seconds"));
    }
    if config.record_deadline > Duration::from_secs(10) {
        return Err(InstallError::invalid("record deadline", "at most 10 seconds"));
    }
    Ok(())
}

/// The value, or none and one more sink that could not be had.
fn keep<T>(result: io::Result<T>, sink: &'static str, degraded: &mut Vec<Degraded>) -> Option<T> {
    result.map_err(|error| degraded.push(Degraded { sink, error })).ok()
}

fn sinks(config: &Config, identity: Option<&Identity>, degraded: &mut Vec<Degraded>) -> Vec<Box<dyn Sink>> {
    let mut sinks: Vec<Box<dyn Sink>> = Vec::new();
    if let Some(path) = &config.textfile {
        sinks.push(Box::new(Textfile::new(path, &config.component)));
    }
    if let Some(url) = &config.pushgateway {
        let service = config.service.as_deref().or_else(|| identity?.service_name.value());
        let job = service.filter(|job| !job.contains('/')).unwrap_or("auditor");
        if let Some(gateway) = keep(Pushgateway::resolve(url, job, &config.component), "pushgateway", degraded) {
            sinks.push(Box::new(gateway));
        }
    }
    if let Some(url) = &config.otlp {
        let collector = otlp(url, &config.component, identity);
        sinks.extend(keep(collector, "otlp", degraded));
    }
    sinks
}

#[cfg(feature = "otlp")]
fn otlp(url: &str, component: &str, identity: Option<&Identity>) -> io::Result<Box<dyn Sink>> {
    use super::push::{otlp::Otlp, outbox::OUTBOX};
    Ok(Box::new(Otlp::resolve(url, component, identity, &OUTBOX)?))
}

#[cfg(not(feature = "otlp"))]
fn otlp(_url: &str, _component: &str, _identity: Option<&Identity>) -> io::Result<Box<dyn Sink>> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this program was built without the feature otlp"))
}

fn state(
    config: &Config,
    identity: Option<Identity>,
    sinks: Vec<Box<dyn Sink>>,
    degraded: &mut Vec<Degraded>,
) -> State {
    let (records, fallback) = match &config.records {
        Records::Nowhere => (None, None),
        Records::Stderr => (keep(Descriptor::stderr(), "records", degraded), None),
        Records::Path(path) => {
            let records = keep(Descriptor::at(path), "records", degraded);
            (records, keep(Descriptor::stderr(), "standard error", degraded))
        }
    };
    let file = config.counter_file.as_ref();
    let file = file.and_then(|path| keep(CounterFile::open(path), "counter file", degraded));
    if let Some(aside) = file.as_ref().and_then(|file| file.set_aside.as_ref()) {
        let error = io::Error::new(io::ErrorKind::InvalidData, format!("it was set aside as {}", aside.display()));
        degraded.push(Degraded { sink: "old counter file", error });
    }
    let statsd = config.statsd.as_ref();
    State {
        run: RunId::new(),
        rate_limit: RateLimit::new(config.records_per_second),
        component: config.component.clone(),
        rendered: render_identity(&config.component, identity.as_ref()),
        identity,
        image: Image::read(),
        message: config.message.clone(),
        message_cap: config.message_cap,
        file,
        records,
        fallback,
        record_deadline: config.record_deadline,
        statsd: statsd.and_then(|to| keep(Statsd::connect(to, &config.component), "statsd", degraded)),
        symbols: config.symbols,
        chain: config.chain,
        #[cfg(feature = "otlp")]
        outbox: sinks.iter().any(|sink| sink.name() == "otlp").then_some(&super::push::outbox::OUTBOX),
        pusher: (!sinks.is_empty()).then(|| Pusher::new(config.push_deadline, sinks, counts, count_push)),
    }
}

/// What is known of the process, with what the configuration says itself.
fn identity(config: &Config) -> Identity {
    let configured =
        |value: &str| Fact::Known { value: value.to_owned(), source: Source::Configured, confidence: Confidence::High };
    let mut identity = Identity::read();
    identity.component = configured(&config.component);
    if let Some(name) = &config.service {
        identity.service_name = configured(name);
    }
    identity
}

fn running_threads() -> Option<usize> {
    Some(fs::read_dir("/proc/self/task").ok()?.count())
}

fn count_push(taken: bool) {
    PROCESS.pushed(taken);
    if let Some(file) = STATE.get().and_then(|state| state.file.as_ref()) {
        Counters::pushed(file.counters(), taken);
    }
}

/// Writes the record of the installation itself: who, since when, how many threads ran, what could not be had, and each
/// identity fact with its source and confidence.
fn announce(state: &State, installed: &Installed) {
    let mut line = Line::new();
    line.pieces("time", |out| rfc3339(out, unix_nanos()));
    line.text("severity", "INFO");
    line.number("severity_number", 9);
    line.text("event.name", "hook.installed");
    line.pieces("run.id", |out| out.hex_word(state.run.current()));
    line.number("process.pid", u64::from(std::process::id()));
    match installed.threads.map(u64::try_from) {
        Some(Ok(threads)) => line.number("hook.threads", threads),
        _ => line.null("hook.threads"),
    }
    if let Some(starts) = installed.starts {
        line.number("hook.starts", starts);
    }
    let degraded: Vec<String> =
        installed.degraded.iter().map(|degraded| format!("{}: {}", degraded.sink, degraded.error)).collect();
    if !degraded.is_empty() {
        line.text_capped("hook.degraded", &degraded.join("; "), 512);
    }
    line.rendered(&state.rendered);
    for (name, fact) in installed.identity.iter().flat_map(Identity::facts) {
        match fact {
            Fact::Known { source, confidence, .. } => {
                line.text(&format!("{name}.source"), source.name());
                line.text(&format!("{name}.confidence"), confidence.name());
            }
            Fact::Unavailable { .. } => {}
        }
    }
    let _ = state.write(line.finish());
}
