//! What the hook is to do, decided before it is installed. Nothing here touches the system but the environment.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::error::InstallError;
use super::message::MessagePolicy;

/// Where records are written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Records {
    /// The program's standard error.
    Stderr,
    /// A file (appended to), device or named pipe; where it fails, standard error.
    Path(PathBuf),
    /// Nowhere: counters alone.
    Nowhere,
}

/// How the panic hook is to work.
///
/// ```no_run
/// # fn main() -> Result<(), auditor_runtime::InstallError> {
/// auditor_runtime::install(auditor_runtime::Config::from_env("checkout")?)?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(super) component: String,
    pub(super) service: Option<String>,
    pub(super) records: Records,
    pub(super) record_deadline: Duration,
    pub(super) records_per_second: u32,
    pub(super) counter_file: Option<PathBuf>,
    pub(super) textfile: Option<PathBuf>,
    pub(super) statsd: Option<String>,
    pub(super) pushgateway: Option<String>,
    pub(super) otlp: Option<String>,
    pub(super) push_deadline: Duration,
    pub(super) symbols: bool,
    pub(super) chain: bool,
    pub(super) message: MessagePolicy,
    pub(super) message_cap: usize,
    pub(super) identity: bool,
}

impl Config {
    /// Records on standard error, counters in the process, symbols, and the previous hook kept.
    ///
    /// `component` names the part of the service that this process is.
    pub fn new(component: impl Into<String>) -> Self {
        Self {
            component: component.into(),
            service: None,
            records: Records::Stderr,
            record_deadline: Duration::from_millis(20),
            records_per_second: 100,
            counter_file: None,
            textfile: None,
            statsd: None,
            pushgateway: None,
            otlp: None,
            push_deadline: Duration::from_millis(150),
            symbols: true,
            chain: true,
            message: MessagePolicy::default(),
            message_cap: 1024,
            identity: true,
        }
    }

    /// [`Config::new`], changed by what the environment says:
    ///
    /// | variable | value |
    /// | --- | --- |
    /// | `AUDITOR_COMPONENT` | the component's name, instead of `component` |
    /// | `AUDITOR_PANIC_RECORDS` | `stderr`, `none`, or a path |
    /// | `AUDITOR_PANIC_RECORD_DEADLINE_MS` | most milliseconds that a record waits for its descriptor |
    /// | `AUDITOR_PANIC_RECORDS_PER_SECOND` | most records a second, `0` for no limit |
    /// | `AUDITOR_PANIC_COUNTERS` | path of the counter file |
    /// | `AUDITOR_PANIC_TEXTFILE` | path of a textfile for node_exporter, ending in `.prom` |
    /// | `AUDITOR_PANIC_STATSD` | `host:port` |
    /// | `AUDITOR_PANIC_PUSHGATEWAY` | `http://host:port` |
    /// | `AUDITOR_PANIC_OTLP` | `http://host:4318`, with the feature `otlp` |
    /// | `AUDITOR_PANIC_DEADLINE_MS` | most milliseconds that a panic waits for its pushes |
    /// | `AUDITOR_PANIC_SYMBOLS` | `0` or `1` |
    /// | `AUDITOR_PANIC_CHAIN` | `0`: the previous hook is not called, so std's own text with the raw message is gone; or `1` |
    /// | `AUDITOR_PANIC_MESSAGE` | `keep`, `redact` or `omit` |
    ///
    /// # Errors
    ///
    /// A variable holds something else: a typo must not silently turn a sink off.
    pub fn from_env(component: impl Into<String>) -> Result<Self, InstallError> {
        Self::from_variables(component, |name| std::env::var_os(name))
    }

    /// [`Config::from_env`] with the variables given by `look_up`.
    ///
    /// # Errors
    ///
    /// As [`Config::from_env`].
    pub fn from_variables(
        component: impl Into<String>,
        look_up: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, InstallError> {
        let mut config = Self::new(component);
        let text = |name: &'static str| match look_up(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(value)) if value.is_empty() => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) => Err(InstallError::invalid(name, "not UTF-8")),
        };
        let path = |name| look_up(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(component) = text("AUDITOR_COMPONENT")? {
            config.component = component;
        }
        match path("AUDITOR_PANIC_RECORDS") {
            None => {}
            Some(name) if name.as_os_str() == "stderr" => config.records = Records::Stderr,
            Some(name) if name.as_os_str() == "none" => config.records = Records::Nowhere,
            Some(name) => config.records = Records::Path(name),
        }
        config.counter_file = path("AUDITOR_PANIC_COUNTERS");
        config.textfile = path("AUDITOR_PANIC_TEXTFILE");
        config.statsd = text("AUDITOR_PANIC_STATSD")?;
        config.pushgateway = text("AUDITOR_PANIC_PUSHGATEWAY")?;
        config.otlp = text("AUDITOR_PANIC_OTLP")?;
        let millis = |name| match text(name)?.map(|value| value.parse()) {
            None => Ok(None),
            Some(Ok(number)) => Ok(Some(Duration::from_millis(number))),
            Some(Err(_)) => Err(InstallError::invalid(name, "not a number")),
        };
        config.push_deadline = millis("AUDITOR_PANIC_DEADLINE_MS")?.unwrap_or(config.push_deadline);
        config.record_deadline = millis("AUDITOR_PANIC_RECORD_DEADLINE_MS")?.unwrap_or(config.record_deadline);
        if let Some(value) = text("AUDITOR_PANIC_RECORDS_PER_SECOND")? {
            let invalid = |_| InstallError::invalid("AUDITOR_PANIC_RECORDS_PER_SECOND", "not a number");
            config.records_per_second = value.parse().map_err(invalid)?;
        }
        let flag = |name| match text(name)?.as_deref() {
            None => Ok(None),
            Some("0") => Ok(Some(false)),
            Some("1") => Ok(Some(true)),
            Some(_) => Err(InstallError::invalid(name, "neither 0 nor 1")),
        };
        config.symbols = flag("AUDITOR_PANIC_SYMBOLS")?.unwrap_or(config.symbols);
        config.chain = flag("AUDITOR_PANIC_CHAIN")?.unwrap_or(config.chain);
        if let Some(value) = text("AUDITOR_PANIC_MESSAGE")? {
            config.message = match value.as_str() {
                "keep" => MessagePolicy::Keep,
                "redact" => MessagePolicy::Redact,
                "omit" => MessagePolicy::Omit,
                _ => return Err(InstallError::invalid("AUDITOR_PANIC_MESSAGE", "not keep, redact or omit")),
            };
        }
        Ok(config)
    }

    /// `service.name`, where the environment's `OTEL_SERVICE_NAME` is not to decide.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Where records go.
    #[must_use]
    pub fn records(mut self, records: Records) -> Self {
        self.records = records;
        self
    }

    /// Most time a record waits for its descriptor; 20 ms unless told.
    #[must_use]
    pub fn record_deadline(mut self, deadline: Duration) -> Self {
        self.record_deadline = deadline;
        self
    }

    /// Most records written a second; 100 unless told, zero for no limit. What is left out is counted, and the next record says how many
    /// were; a panic that ends the process is always written. The previous hook is called for every panic.
    #[must_use]
    pub fn records_per_second(mut self, most: u32) -> Self {
        self.records_per_second = most;
        self
    }

    /// The file that keeps the counters over aborts and restarts. One file a component.
    #[must_use]
    pub fn counter_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.counter_file = Some(path.into());
        self
    }

    /// A file for node_exporter's textfile collector, replaced whole after each panic.
    #[must_use]
    pub fn textfile(mut self, path: impl Into<PathBuf>) -> Self {
        self.textfile = Some(path.into());
        self
    }

    /// A statsd server, `host:port`; one datagram a panic, never waited for.
    #[must_use]
    pub fn statsd(mut self, address: impl Into<String>) -> Self {
        self.statsd = Some(address.into());
        self
    }

    /// A Pushgateway, `http://host:port`.
    #[must_use]
    pub fn pushgateway(mut self, url: impl Into<String>) -> Self {
        self.pushgateway = Some(url.into());
        self
    }

    /// An OpenTelemetry collector that takes OTLP/HTTP with JSON, `http://host:4318`: the counters, and the
    /// records as log records; of these, sixteen can wait at once for a collector that does not answer.
    #[cfg(feature = "otlp")]
    #[must_use]
    pub fn otlp(mut self, url: impl Into<String>) -> Self {
        self.otlp = Some(url.into());
        self
    }

    /// Most time a panicking thread waits for textfile, Pushgateway and collector; 150 ms unless told. After a failure, panics do not
    /// wait for a second.
    #[must_use]
    pub fn push_deadline(mut self, deadline: Duration) -> Self {
        self.push_deadline = deadline;
        self
    }

    /// Whether a second record with the stack's symbols follows: tens of milliseconds for the first panic of a process.
    #[must_use]
    pub fn symbols(mut self, resolve: bool) -> Self {
        self.symbols = resolve;
        self
    }

    /// Whether the previous hook is called last; yes unless told. Without it std's own text, which shows messages as they are, secrets
    /// included, is gone from standard error.
    #[must_use]
    pub fn chain(mut self, chain: bool) -> Self {
        self.chain = chain;
        self
    }

    /// What records show of messages.
    #[must_use]
    pub fn message(mut self, policy: MessagePolicy) -> Self {
        self.message = policy;
        self
    }

    /// Most bytes of a message in a record, escapes included; 1024 unless told, 2048 at most.
    #[must_use]
    pub fn message_cap(mut self, bytes: usize) -> Self {
        self.message_cap = bytes.min(2048);
        self
    }

    /// Whether records say which pod and container this is; yes unless told.
    #[must_use]
    pub fn identity(mut self, read: bool) -> Self {
        self.identity = read;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, Records};
    use crate::panic::MessagePolicy;

    fn from(variables: &[(&str, &str)]) -> Result<Config, String> {
        Config::from_variables("part", |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into())
        })
        .map_err(|error| error.to_string())
    }

    #[test]
    fn each_variable_is_read() {
        let config = from(&[
            ("AUDITOR_COMPONENT", "other"),
            ("AUDITOR_PANIC_RECORDS", "/tmp/records"),
            ("AUDITOR_PANIC_DEADLINE_MS", "40"),
            ("AUDITOR_PANIC_SYMBOLS", "0"),
            ("AUDITOR_PANIC_CHAIN", "0"),
            ("AUDITOR_PANIC_RECORDS_PER_SECOND", "7"),
            ("AUDITOR_PANIC_MESSAGE", "omit"),
            ("AUDITOR_PANIC_STATSD", ""),
        ])
        .expect("valid");
        assert_eq!(config.component, "other");
        assert_eq!(config.records, Records::Path("/tmp/records".into()));
        assert_eq!(config.push_deadline.as_millis(), 40);
        assert_eq!((config.symbols, config.message, config.statsd), (false, MessagePolicy::Omit, None));
        assert_eq!((config.chain, config.records_per_second), (false, 7));
    }

    #[test]
    fn a_typo_is_an_error_that_names_the_variable() {
        for (name, value) in [
            ("AUDITOR_PANIC_DEADLINE_MS", "1s"),
            ("AUDITOR_PANIC_SYMBOLS", "yes"),
            ("AUDITOR_PANIC_CHAIN", "off"),
            ("AUDITOR_PANIC_RECORDS_PER_SECOND", "many"),
            ("AUDITOR_PANIC_MESSAGE", "hide"),
        ] {
            let error = from(&[(name, value)]).expect_err("refused");
            assert!(error.contains(name), "{error}");
        }
    }
}
