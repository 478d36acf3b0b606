#!/bin/bash
# A real Prometheus and a real Pushgateway, on loopback, watch the example service panic, abort and start again.
# Prints "skipped" where Debian's packages cannot be had. Every wait has a deadline.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(prometheus prometheus-pushgateway curl)
missing() { for tool in "${packages[@]}" promtool; do command -v "$tool" >/dev/null || return 0; done; return 1; }
if missing; then
    timeout 120 apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null 2>&1 || true
fi
if missing; then
    echo "skipped: ${packages[*]} are not installed and cannot be"
    exit 0
fi

cargo build --quiet -p auditor-runtime --features macros,metrics --example service
cargo build --quiet -p auditor-runtime-drill --no-default-features --bin auditor-drill-child
target="${CARGO_TARGET_DIR:-target}/debug"

folder=$(mktemp -d)
started=()
stop() {
    for pid in "${started[@]}"; do kill -KILL "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap stop EXIT

port=$((20000 + RANDOM % 10000))
prometheus=127.0.0.1:$port gateway=127.0.0.1:$((port + 1)) shop=127.0.0.1:$((port + 2))
cat >"$folder/prometheus.yml" <<END
global: { scrape_interval: 100ms, scrape_timeout: 90ms }
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: ["$shop"] }]
  - job_name: gateway
    honor_labels: true
    static_configs: [{ targets: ["$gateway"] }]
END
promtool check config "$folder/prometheus.yml" >/dev/null

# within SECONDS COMMAND...: until it succeeds; prints the milliseconds it took.
within() {
    local seconds=$1 start now; shift
    start=$(date +%s%3N)
    until "$@" >/dev/null 2>&1; do
        now=$(date +%s%3N)
        if ((now - start > seconds * 1000)); then echo "not within $seconds s: $*" >&2; exit 1; fi
        sleep 0.01
    done
    echo $(($(date +%s%3N) - start))
}
run_in_background() { "$@" >>"$folder/log" 2>&1 & started+=($!); }
start_shop() {
    run_in_background env SHOP_LISTEN="$shop" AUDITOR_PANIC_COUNTERS="$folder/counters" AUDITOR_PANIC_RECORDS="$folder/records" \
        AUDITOR_PANIC_PUSHGATEWAY="http://$gateway" AUDITOR_PANIC_DEADLINE_MS=1000 "$target/examples/service"
    shop_pid=$!
    within 10 curl -sf "http://$shop/metrics" >/dev/null
    curl -sf -X PUT "http://$shop/price/tea" -d 350
}
panic() { curl -s "http://$shop/share/tea/0" | grep -q '"code":"internal"'; }
# shows INSTANCE VALUE: Prometheus has this count of panics, scraped from the shop ($shop) or from the gateway ("").
shows() {
    curl -sf "http://$prometheus/api/v1/query" --data-urlencode \
        "query=auditor_panics_total{component=\"price-list\",job=\"shop\",instance=\"$1\"}" |
        grep -q "\"value\":\[[0-9.]*,\"$2\"\]"
}

run_in_background prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/tsdb" --web.listen-address="$prometheus"
run_in_background prometheus-pushgateway --web.listen-address="$gateway"
start_shop
within 20 curl -sf "http://$prometheus/-/ready" >/dev/null
within 10 curl -sf "http://$gateway/-/ready" >/dev/null

within 20 shows "$shop" 0 >/dev/null
echo "a first scrape shows 0 panics"

said=$(curl -sf "http://$shop/metrics" | promtool check metrics 2>&1) || { echo "promtool: $said" >&2; exit 1; }
[ -z "$said" ] || { echo "promtool: $said" >&2; exit 1; }
echo "promtool check metrics has nothing to say"

for expected in 1 2 3; do
    panic
    ms=$(within 10 shows "$shop" "$expected")
    pushed=$(within 10 shows "" "$expected")
    echo "panic $expected: scraped from the service after $ms ms, from the Pushgateway $pushed ms later"
done

kill -ABRT "$shop_pid"
wait "$shop_pid" 2>/dev/null || true
# A process whose panic itself aborts: two runs of the hook, pushed before the end, in the same counter file.
{
    OTEL_SERVICE_NAME=shop AUDITOR_COMPONENT=price-list AUDITOR_PANIC_COUNTERS="$folder/counters" \
        AUDITOR_PANIC_RECORDS="$folder/records" AUDITOR_PANIC_PUSHGATEWAY="http://$gateway" AUDITOR_PANIC_DEADLINE_MS=1000 \
        AUDITOR_PANIC_SYMBOLS=0 "$target/auditor-drill-child" extern-c >/dev/null
} 2>/dev/null || ended=$?
[ "${ended:-0}" = 134 ] || { echo "it was to abort, and ended with ${ended:-0}" >&2; exit 1; }
start_shop
ms=$(within 10 shows "$shop" 5)
echo "after an abort, and a start again, 5 panics are scraped: $ms ms"
panic
ms=$(within 10 shows "$shop" 6)
pushed=$(within 10 shows "" 6)
echo "one more is the sixth: $ms ms, from the Pushgateway $pushed ms later"
said=$(curl -sf "http://$gateway/metrics" | promtool check metrics 2>&1 | grep auditor_) || true
[ -z "$said" ] || { echo "promtool on the gateway: $said" >&2; exit 1; }
echo "passed"
