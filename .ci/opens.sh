#!/bin/sh
# Which files a scan opens: none outside the checkout, the cache, the registry's sources, the system's libraries, /proc/self and
# /sys/fs/cgroup. Scans checkouts that try to lead it elsewhere, and the fixtures. Skipped where strace is absent.
set -eu
command -v strace >/dev/null || { echo "skipped: strace is not installed"; exit 0; }
auditor=${1:-target/release/auditor}
auditor=$(cd "$(dirname "$auditor")" && pwd)/$(basename "$auditor")
fixtures=$(cd "$(dirname "$0")/../fixtures" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
package='[package]\nname = "p"\nversion = "0.1.0"\nedition = "2021"\n'
mkdir -p "$work/outside/src"
printf 'pub fn f() {}\n' | tee "$work/outside/src/lib.rs" > "$work/outside/m.rs"
printf "$package" > "$work/outside/Cargo.toml"
printf 'API_TOKEN secret\n' > "$work/outside/secret.toml"

# made NAME TEXT: a checkout whose library is TEXT.
made() {
    mkdir -p "$work/$1/.git" "$work/$1/src"
    printf "$package" > "$work/$1/Cargo.toml"
    printf '%s\n' "$2" > "$work/$1/src/lib.rs"
}
made path '#[path = "../../outside/m.rs"] mod m;'
made include 'include!("../../outside/m.rs");'
made absolute '#[path = "/etc/hostname"] mod m; include!("/etc/hostname");'
made link 'mod m; mod n;'
ln -s ../../outside/m.rs "$work/link/src/m.rs"
ln -s ../../outside "$work/link/src/n"
made config ''
printf 'extend = ["../outside/secret.toml", "/etc/hostname"]\n' > "$work/config/auditor.toml"
made linked-config ''
ln -s ../outside/secret.toml "$work/linked-config/auditor.toml"
made dependency 'pub fn f(x: outside::T) {}'
printf '[dependencies]\noutside = { path = "../outside" }\n' >> "$work/dependency/Cargo.toml"
made workspace ''
printf "$package"'workspace = "../outside"\n' > "$work/workspace/Cargo.toml"
made linked-manifest 'mod m;'
mkdir "$work/linked-manifest/inner"
ln -s ../../outside/Cargo.toml "$work/linked-manifest/inner/Cargo.toml"
printf 'pub fn f() {}\n' > "$work/linked-manifest/inner/lib.rs"
made linked-lock ''
ln -s ../outside/secret.toml "$work/linked-lock/Cargo.lock"
made linked-cargo ''
ln -s ../outside "$work/linked-cargo/.cargo"

wrong=0
for checkout in path include absolute link config linked-config dependency workspace linked-manifest linked-lock linked-cargo fixtures; do
    folder="$work/$checkout"
    [ "$checkout" = fixtures ] && folder="$fixtures"
    AUDITOR_CACHE_DIR="$work/cache" CARGO_HOME="$work/cargo" \
        strace -f -qq -e trace=open,openat,openat2 -o "$work/trace" "$auditor" scan "$folder" > /dev/null 2>&1 || true
    # Only what could be opened; folders that are walked count too.
    opened=$(grep -v ' = -1 ' "$work/trace" | sed -n 's/^[^"]*"\([^"]*\)".*/\1/p' | sort -u |
        grep -Ev "^($folder|$work/cache|$work/cargo|/lib|/usr/lib|/lib64|/etc/ld\.so|/proc/|/sys/fs/cgroup|/sys/devices/system/cpu|/dev/null|/dev/tty)(/|\.|$)" |
        grep -Ev '^(/proc|/lib|/usr/lib)' || true)
    if [ -n "$opened" ]; then
        echo "$checkout: opened outside of it:"
        echo "$opened" | sed 's/^/    /'
        wrong=1
    fi
done
[ "$wrong" -eq 0 ] && echo "no file outside was opened"
exit "$wrong"
