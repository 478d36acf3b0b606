//! Messages with a secret in them, which must go, and messages that only look like it, which must stay as they are.

use super::{Part, redacted};

fn shown(message: &str) -> String {
    redacted(message).map(|part| if let Part::Shown(text) = part { text } else { "[redacted]" }).collect()
}

/// Message, and the secret in it. Tokens are put together here, so that no scanner of repositories takes them for real.
const GO: [(&str, &str); 92] = [
    ("postgres://admin:hunter2@db:5432/app refused", "hunter2"),
    ("connecting to redis://:hunter2@cache:6379/0", "hunter2"),
    ("mongodb+srv://app:hun/ter2@cluster0.example.net/test?w=1", "hun/ter2"),
    ("amqp://guest:p@ss@rabbit:5672/%2f", "p@ss"),
    ("https://user:hunter2@example.com/path?x=1 returned 500", "hunter2"),
    ("cloning https://0123456789abcdef0123456789abcdef@git.example.com/a.git", "0123456789abcdef0123456789abcdef"),
    ("dial admin:hunter2@tcp(10.0.0.1:3306)/app: timeout", "hunter2"),
    ("DATABASE_URL=postgres://u:hunter2@h/d", "hunter2"),
    ("pwd=hunter2", "hunter2"),
    ("Server=db;Uid=sa;Pwd=hunter2;Database=x", "hunter2"),
    ("passphrase: hunter2", "hunter2"),
    ("the password is hunter2", "hunter2"),
    ("password was \"swordfish\"", "swordfish"),
    ("password hunter2 rejected", "hunter2"),
    ("password 'swordfish' rejected", "swordfish"),
    ("Password(\"hunter2\")", "hunter2"),
    ("Password { inner: \"hunter2\" }", "hunter2"),
    ("password=\"hun\\\"ter2 tail\"", "ter2 tail"),
    ("password='hun ter2'", "hun ter2"),
    ("password:\nhunter2", "hunter2"),
    ("password=a\u{2028}hunter2", "hunter2"),
    ("password = hunter2, user = ann", "hunter2"),
    ("password := hunter2", "hunter2"),
    ("password -> hunter2", "hunter2"),
    ("secret=>hunter2", "hunter2"),
    ("--password hunter2", "hunter2"),
    ("run with --password=hunter2 --verbose", "hunter2"),
    ("mysql --db-password 'hun ter2' app", "hun ter2"),
    ("curl --token hunter2 failed", "hunter2"),
    ("PASSWORD=hunter2 OK", "hunter2"),
    ("DB_PASSWORD_PROD=hunter2", "hunter2"),
    ("dbPassword: hunter2", "hunter2"),
    ("spring.datasource.password=hunter2", "hunter2"),
    ("\"password\":\"hunter2\"", "hunter2"),
    ("{\"password\":[\"hunter2\"]}", "hunter2"),
    ("{\"password\": {\"value\": \"hunter2\", \"n\": 1}}", "hunter2"),
    ("{\\\"password\\\":\\\"hunter2\\\"}", "hunter2"),
    ("config['password'] = 'hunter2'", "hunter2"),
    ("<password>hunter2</password>", "hunter2"),
    ("passwd: hunter2", "hunter2"),
    ("login?user=a&pass=hunter2&x=1", "hunter2"),
    ("auth_token = Secret { inner: hunter2 }", "hunter2"),
    ("password: Some(Password { v: \"hunter2\" })", "hunter2"),
    ("client_secret: Some(\"hunter2\")", "hunter2"),
    ("credentials = (\"bob\", \"hunter2\")", "hunter2"),
    ("creds: [bob, hunter2]", "hunter2"),
    ("token=ab,hunter2", "hunter2"),
    ("token=ab;hunter2 end", "hunter2"),
    ("token=ab)hunter2", "hunter2"),
    ("access_token: hunter2", "hunter2"),
    ("accessToken=hunter2", "hunter2"),
    ("refresh-token: hunter2", "hunter2"),
    ("invalid token: hunter2", "hunter2"),
    ("x-api-key: hunter2", "hunter2"),
    ("API key: hunter2", "hunter2"),
    ("APIKey=hunter2", "hunter2"),
    ("apikey hunter2? apikey=hunter2", "apikey=hunter2"),
    ("aws_secret_access_key = hunter2/abc+def", "hunter2"),
    ("AccountName=x;AccountKey=hunter2==;EndpointSuffix=y", "hunter2"),
    ("?sv=2022&sig=hunter2%3D&se=2026", "hunter2"),
    ("X-Amz-Signature=hunter2abcdef", "hunter2"),
    ("session_id=hunter2", "hunter2"),
    ("PHPSESSID=hunter2; path=/", "hunter2"),
    ("Cookie: sid=hunter2", "hunter2"),
    ("Set-Cookie: id=hunter2; HttpOnly", "hunter2"),
    ("{\"cookie\": \"a=1; sid=hunter2\", \"host\": \"h\"}", "hunter2"),
    ("Authorization: Bearer hunter2.abc", "hunter2"),
    ("Authorization: Basic Ym9iOmh1bnRlcjI= end", "Ym9iOmh1bnRlcjI"),
    ("Authorization: Digest username=bob response=hunter2", "hunter2"),
    ("Proxy-Authorization: hunter2", "hunter2"),
    ("\"authorization\": \"hunter2\"", "hunter2"),
    ("got Bearer abc123", "abc123"),
    ("sent Basic Ym9iOmh1bnRlcjI=", "Ym9iOmh1bnRlcjI"),
    ("jwt: hunter2", "hunter2"),
    ("otp=482910", "482910"),
    ("cvv: 123", "123"),
    (concat!("key AKIA", "IOSFODNN7EXAMPLE refused"), "IOSFODNN7EXAMPLE"),
    (concat!("bad eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiJodW50ZXIyIn0.c2ln"), "eyJzdWIiOiJodW50ZXIyIn0"),
    (concat!("push with ghp", "_0123456789abcdefghijABCDEFGHIJ012345 failed"), "0123456789abcdefghij"),
    (concat!("github_pat", "_11ABCDEFG0abcdefghijkl_mnop"), "11ABCDEFG0"),
    (concat!("glpat", "-0123456789abcdefghij"), "0123456789abcdefghij"),
    (concat!("xoxb", "-1234567890-abcdefghij"), "1234567890-abcdefghij"),
    (concat!("stripe sk_live", "_0123456789abcdefABCDEF"), "0123456789abcdefABCDEF"),
    (concat!("openai sk-proj", "-0123456789abcdefABCDEF_-xyz"), "0123456789abcdefABCDEF"),
    (concat!("maps AIza", "SyA0123456789abcdefghijklmnopqrstuv"), "SyA0123456789"),
    (concat!("npm", "_0123456789abcdefghijABCDEFGHIJ012345"), "0123456789abcdefghij"),
    (concat!("vault hvs", ".CAESIJ0123456789abcdefghij"), "CAESIJ0123456789"),
    ("private key: -----BEGIN RSA PRIVATE KEY----- hunter2 -----END", "hunter2"),
    ("-----BEGIN PRIVATE KEY-----\nhunter2\nabc\n-----END PRIVATE KEY----- after", "hunter2"),
    ("card 4111111111111111 declined", "4111111111111111"),
    ("card 5500-0000-0000-0004 and amex 378282246310005", "5500-0000-0000-0004"),
    ("charge 4242 4242 4242 4242 failed", "4242 4242 4242 4242"),
];

/// What must be shown as it is.
const STAY: [&str; 94] = [
    "",
    "index out of bounds: the len is 3 but the index is 5",
    "called `Option::unwrap()` on a `None` value",
    "called `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound, message: \"No such file or directory\" }",
    "assertion `left == right` failed\n  left: 3\n right: 4",
    "attempt to divide by zero",
    "the token expired",
    "token has expired at 2026-12-01T04:00:00Z",
    "unexpected token: `;`",
    "unexpected token: Ident(\"foo\")",
    "expected token: Comma, found token: Semi",
    "next_token: Eof",
    "tokens: 4096",
    "max_tokens=4096",
    "token_count=17",
    "token_type: bearer",
    "token bucket is empty",
    "tokenizer failed at 12: bad input",
    "tokio::task::spawn_blocking: no runtime",
    "password=",
    "password: ",
    "password incorrect",
    "invalid password for user bob",
    "the password is too short",
    "password is required",
    "password must have at least 8 characters",
    "password_policy: strict",
    "password_file=/run/secrets/db",
    "passwordless login is off",
    "password: None",
    "password: null, user: \"ann\"",
    "password=****",
    "argon2::password::hash failed",
    "assert!(password == expected)",
    "reset_password called for 42",
    "check_password(user) returned false",
    "3 passed, 0 failed; pass: 3",
    "pass 2 of 3",
    "compass: 270",
    "bypass=on",
    "secretary: \"Ms Jones\"",
    "secret \"db-creds\" not found",
    "secret_name: db",
    "secrets manager is unreachable",
    "the secret store is sealed",
    "author: bob",
    "authority=example.com",
    "authors = 3",
    "authentication failed for user bob",
    "auth: ok",
    "basic authentication is off",
    "Basic understanding",
    "bearer of bad news",
    "Bearer token expired",
    "api key missing",
    "the API key has no such scope",
    "key: 42",
    "key not found: \"users/17\"",
    "primary key: id",
    "foreign key constraint fails",
    "public key: ssh-ed25519",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    "GET http://example.com:8080/path/@handle 404",
    "https://example.com/a?b=c#d",
    "ssh://git@github.com/a/b.git",
    "mailto:bob@example.com",
    "bob@example.com: no such mailbox",
    "file:///etc/passwd: permission denied",
    "/etc/passwd: line 3",
    "connect to db.example.com:5432 failed",
    "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
    "commit 0123456789abcdef0123456789abcdef01234567",
    "id 550e8400-e29b-41d4-a716-446655440000",
    "order 4111111111111112 not found",
    "order 1234567890123456 not found",
    "at 1795374001000000042 ns",
    "phone +4412345678901234",
    "build 4.1.1.1.1.1.1.1",
    "0x4111111111111111",
    "hash sha256:4111111111111111abc",
    "session: started",
    "session 17 is closed",
    "signature: fn(u32) -> u64",
    "signature mismatch",
    "sid: 7",
    "pin=13",
    "GPIO pin: 5",
    "sk-learn is not installed",
    "skipped: 3",
    "npm_config_registry is not set",
    "AKIA is a prefix",
    "the cookie jar is empty",
    "thread 'main' panicked: cookies are off",
];

#[test]
fn secrets_go() {
    let mut leaks = Vec::new();
    for (message, secret) in GO {
        let text = shown(message);
        if text.contains(secret) || !text.contains("[redacted]") {
            leaks.push(format!("{message:?} is shown as {text:?}"));
        }
    }
    assert!(leaks.is_empty(), "{} of {}:\n{}", leaks.len(), GO.len(), leaks.join("\n"));
}

#[test]
fn what_is_no_secret_stays() {
    let mut lost = Vec::new();
    for message in STAY {
        let text = shown(message);
        if text != message {
            lost.push(format!("{message:?} is shown as {text:?}"));
        }
    }
    assert!(lost.is_empty(), "{} of {}:\n{}", lost.len(), STAY.len(), lost.join("\n"));
}

#[test]
fn only_the_secret_goes() {
    for (message, expected) in [
        ("login failed: password=hunter2, user=ann", "login failed: password=[redacted], user=ann"),
        ("{\"token\": \"a b c\", \"n\": 1}", "{\"token\": \"[redacted]\", \"n\": 1}"),
        ("Authorization: Bearer eyJhbGciOi.x.y end", "Authorization: Bearer [redacted] end"),
        ("API_KEY=k1&secret=s2", "API_KEY=[redacted]&secret=[redacted]"),
        ("Password: pässwörd ü", "Password: [redacted] ü"),
        ("client_secret: Some(\"y\")", "client_secret: Some(\"[redacted]\")"),
        ("postgres://u:p@h:5432/d?sslmode=off", "postgres://u:[redacted]@h:5432/d?sslmode=off"),
        ("charge of 4242 4242 4242 4242, twice", "charge of [redacted], twice"),
        ("a Password(\"p\") b", "a Password([redacted]) b"),
        ("Cookie: a=b\nHost: c", "Cookie: [redacted]\nHost: c"),
    ] {
        assert_eq!(shown(message), expected, "{message}");
    }
}

#[test]
fn nothing_makes_the_search_slow_or_wrong() {
    for piece in [
        "password=",
        "://",
        "a:b@tcp(",
        "eyJ.",
        "(",
        "\"",
        "\\",
        "1 ",
        "4111 ",
        "-----BEGIN ",
        "token=(",
        "é",
        "_a",
        "aB",
        "Bearer ",
    ] {
        let message = piece.repeat(if cfg!(miri) { 256 } else { 4096 } / piece.len());
        let start = std::time::Instant::now();
        let text = shown(&message);
        assert!(text.len() <= message.len().saturating_mul(3), "{piece}");
        // Some milliseconds where this is built without optimization; a quadratic search takes seconds.
        assert!(start.elapsed() < std::time::Duration::from_millis(if cfg!(miri) { 60_000 } else { 500 }), "{piece}");
    }
}
