//! A price list over HTTP with everything the checklist asks of a program: the hook first, one error enum, no handler that
//! can take the process along, metrics.
//!
//! Run it: `SHOP_LISTEN=127.0.0.1:8080 cargo run --example service --features macros,metrics`, then
//!
//! ```text
//! curl -X PUT  127.0.0.1:8080/price/tea -d 350      # kept
//! curl         127.0.0.1:8080/price/tea             # 350
//! curl -X PUT  127.0.0.1:8080/price/tea -d cheap    # 400 invalid-input
//! curl         127.0.0.1:8080/share/tea/0           # a bug: 500 internal, with the id of its record
//! curl         127.0.0.1:8080/metrics
//! ```

use std::io::Write;
use std::num::ParseIntError;
use std::path::PathBuf;
use std::sync::Arc;

use auditor_runtime::metrics::{Format, MapMetrics, PanicMetrics, ReclaimMetrics, encode};
use auditor_runtime::panic::trace::{TraceContext, in_scope};
use auditor_runtime::panic::{Panicked, boundary_future};
use auditor_runtime::{Config, ErrorKind, ShardedMap, install};
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// Everything that can go wrong here.
#[derive(Debug, ErrorKind)]
enum ShopError {
    #[kind(status = 400, message = "a price is a whole number: {0}")]
    InvalidInput(#[from] ParseIntError),
    #[kind(status = 404, message = "there is no price of {0}")]
    NotFound(String),
    #[kind(status = 503)]
    StorageUnavailable(#[from] std::io::Error),
    #[kind(status = 500, message = "{0}")]
    Internal(#[from] Panicked),
}

impl IntoResponse for ShopError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // The cause of a storage error is for the log, not for the caller.
        let body = serde_json::json!({ "code": self.code(), "message": self.to_string() });
        (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
    }
}

struct Shop {
    /// No lock to be poisoned: a panic in a handler leaves it whole.
    prices: Arc<ShardedMap<String, u64>>,
    /// Where prices are kept over restarts; none for nowhere.
    journal: Option<PathBuf>,
    changes: Counter,
    registry: Registry,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The two lines: before any thread, so before the runtime.
    let installed = install(Config::from_env("price-list")?.service("shop"))?;
    for degraded in &installed.degraded {
        eprintln!("without {}: {}", degraded.sink, degraded.error);
    }

    let address = std::env::var("SHOP_LISTEN").unwrap_or_else(|_| {
        eprintln!("SHOP_LISTEN is not set, a free port of 127.0.0.1 is taken");
        "127.0.0.1:0".to_owned()
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_io().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await?;
        println!("listening on {}", listener.local_addr()?);
        std::io::stdout().flush()?;
        Ok(axum::serve(listener, routes(shop())).await?)
    })
}

fn shop() -> Arc<Shop> {
    let mut registry = Registry::default();
    let changes = Counter::default();
    registry.register("shop_price_changes", "Prices that were set", changes.clone());
    let prices = Arc::new(ShardedMap::new());
    registry.register_collector(Box::new(PanicMetrics));
    registry.register_collector(Box::new(MapMetrics::new("prices", Arc::clone(&prices))));
    registry.register_collector(Box::new(ReclaimMetrics));
    let journal = std::env::var_os("SHOP_JOURNAL").map(PathBuf::from);
    Arc::new(Shop { prices, journal, changes, registry })
}

fn routes(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/price/{item}", get(price).put(set_price))
        .route("/share/{item}/{people}", get(share))
        .layer(from_fn(bounded))
        .route("/metrics", get(metrics))
        .with_state(shop)
}

/// Around every handler: its trace, and a boundary that turns a panic into a 500 which names the record.
async fn bounded(request: Request, next: Next) -> Response {
    let header = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
    let context = header.and_then(TraceContext::from_traceparent);
    let answered = match context {
        Some(context) => boundary_future(in_scope(context, next.run(request))).await,
        None => boundary_future(next.run(request)).await,
    };
    answered.unwrap_or_else(|panicked| ShopError::from(panicked).into_response())
}

async fn price(State(shop): State<Arc<Shop>>, Path(item): Path<String>) -> Result<String, ShopError> {
    Ok(format!("{}\n", shop.price(&item)?))
}

async fn set_price(State(shop): State<Arc<Shop>>, Path(item): Path<String>, body: String) -> Result<(), ShopError> {
    let price = body.trim().parse()?;
    shop.keep(&item, price)?;
    shop.prices.insert(item, price);
    shop.changes.inc();
    Ok(())
}

/// What each of `people` pays. For no people this divides by zero: the bug that the boundary is there for.
async fn share(State(shop): State<Arc<Shop>>, Path((item, people)): Path<(String, u64)>) -> Result<String, ShopError> {
    Ok(format!("{}\n", shop.price(&item)? / people))
}

async fn metrics(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let format = Format::accepted(accept);
    match encode(&shop.registry, format) {
        Ok(text) => ([(header::CONTENT_TYPE, format.content_type())], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Shop {
    fn price(&self, item: &str) -> Result<u64, ShopError> {
        self.prices.get_cloned(item).ok_or_else(|| ShopError::NotFound(item.to_owned()))
    }

    /// Appends the price to the journal.
    fn keep(&self, item: &str, price: u64) -> std::io::Result<()> {
        let Some(path) = &self.journal else { return Ok(()) };
        let mut journal = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
        writeln!(journal, "{item} {price}")
    }
}
