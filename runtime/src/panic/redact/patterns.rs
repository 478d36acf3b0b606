//! What counts as a secret, as data: names that precede one, beginnings that show one, numbers of payment cards. How a message is searched
//! for them is `mod.rs`'s and `value.rs`'s business.

/// How a name must be followed for its value to be hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// By `=`, `:` or an arrow, as a flag's value, in brackets or an element after the name.
    Separated,
    /// As `Separated`, and by words: `the password is hunter2`.
    Prose,
    /// By `=` alone: the name has other meanings.
    Assigned,
    /// A header: all of its line.
    Line,
}

/// A name: the words of an identifier, whatever joins them (`api_key`, `apiKey`, `API-KEY`, `api key`).
pub(super) struct Name {
    pub(super) words: &'static [&'static str],
    pub(super) form: Form,
}

const fn name(words: &'static [&'static str], form: Form) -> Name {
    Name { words, form }
}

pub(super) const NAMES: [Name; 52] = [
    name(&["password"], Form::Prose),
    name(&["passwords"], Form::Separated),
    name(&["passwd"], Form::Prose),
    name(&["passphrase"], Form::Prose),
    name(&["passcode"], Form::Prose),
    name(&["pwd"], Form::Separated),
    name(&["pw"], Form::Assigned),
    name(&["pass"], Form::Assigned),
    name(&["secret"], Form::Separated),
    name(&["secrets"], Form::Separated),
    name(&["token"], Form::Separated),
    name(&["jwt"], Form::Separated),
    name(&["credential"], Form::Separated),
    name(&["credentials"], Form::Separated),
    name(&["creds"], Form::Separated),
    name(&["apikey"], Form::Separated),
    name(&["api", "key"], Form::Separated),
    name(&["access", "key"], Form::Separated),
    name(&["accesskey"], Form::Separated),
    name(&["account", "key"], Form::Separated),
    name(&["private", "key"], Form::Separated),
    name(&["privatekey"], Form::Separated),
    name(&["secret", "key"], Form::Separated),
    name(&["shared", "key"], Form::Separated),
    name(&["signing", "key"], Form::Separated),
    name(&["encryption", "key"], Form::Separated),
    name(&["master", "key"], Form::Separated),
    name(&["auth", "key"], Form::Separated),
    name(&["function", "key"], Form::Separated),
    name(&["connection", "string"], Form::Separated),
    name(&["session", "id"], Form::Separated),
    name(&["session", "key"], Form::Separated),
    name(&["sessionid"], Form::Separated),
    name(&["phpsessid"], Form::Separated),
    name(&["jsessionid"], Form::Separated),
    name(&["sid"], Form::Assigned),
    name(&["sig"], Form::Assigned),
    name(&["signature"], Form::Assigned),
    name(&["auth"], Form::Assigned),
    name(&["bearer"], Form::Separated),
    name(&["otp"], Form::Separated),
    name(&["totp"], Form::Separated),
    name(&["cvv"], Form::Separated),
    name(&["cvc"], Form::Separated),
    name(&["ssn"], Form::Separated),
    name(&["mnemonic"], Form::Separated),
    name(&["authorization"], Form::Line),
    name(&["proxy", "authorization"], Form::Line),
    name(&["cookie"], Form::Line),
    name(&["cookies"], Form::Line),
    name(&["set", "cookie"], Form::Line),
    name(&["www", "authenticate"], Form::Line),
];

/// Last words of an identifier that make it one of something about a secret: `token_type`, `password_policy`.
pub(super) const ABOUT: [&str; 29] = [
    "age", "bucket", "budget", "count", "dir", "error", "expires", "expiry", "field", "file", "format", "index",
    "kind", "len", "length", "limit", "manager", "name", "path", "policy", "ref", "required", "size", "status",
    "store", "ttl", "type", "url", "version",
];

/// Words before `token` by which it is a parser's.
pub(super) const PARSERS: [&str; 9] =
    ["current", "expected", "found", "last", "lookahead", "next", "peeked", "syntax", "unexpected"];

/// Values that hide nothing.
pub(super) const EMPTY: [&str; 11] =
    ["none", "null", "nil", "true", "false", "undefined", "empty", "redacted", "[redacted]", "<redacted>", "hidden"];

/// Schemes of an authorization; what follows one is the credential.
pub(super) const SCHEMES: [&str; 5] = ["bearer", "basic", "token", "apikey", "negotiate"];

/// The characters that a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// `A-Z`, `0-9`.
    Upper,
    /// Letters, digits, `_`, `-`.
    Url,
    /// As `Url`, and dots between parts.
    Dotted,
}

/// How the tokens of an issuer begin.
pub(super) struct Beginning {
    pub(super) text: &'static str,
    /// Least characters that follow it.
    pub(super) least: usize,
    pub(super) alphabet: Alphabet,
}

const fn beginning(text: &'static str, least: usize, alphabet: Alphabet) -> Beginning {
    Beginning { text, least, alphabet }
}

/// As their issuers publish them, many for the secret scanners of code hosts.
pub(super) const BEGINNINGS: [Beginning; 42] = [
    // AWS: keys of users, of sessions.
    beginning("AKIA", 16, Alphabet::Upper),
    beginning("ASIA", 16, Alphabet::Upper),
    // GitHub, GitLab.
    beginning("ghp_", 30, Alphabet::Url),
    beginning("gho_", 30, Alphabet::Url),
    beginning("ghu_", 30, Alphabet::Url),
    beginning("ghs_", 30, Alphabet::Url),
    beginning("ghr_", 30, Alphabet::Url),
    beginning("github_pat_", 22, Alphabet::Url),
    beginning("glpat-", 20, Alphabet::Url),
    beginning("glptt-", 20, Alphabet::Url),
    beginning("gldt-", 20, Alphabet::Url),
    // Slack.
    beginning("xoxb-", 10, Alphabet::Url),
    beginning("xoxp-", 10, Alphabet::Url),
    beginning("xoxa-", 10, Alphabet::Url),
    beginning("xoxs-", 10, Alphabet::Url),
    beginning("xapp-", 10, Alphabet::Url),
    // Stripe, Square, PayPal.
    beginning("sk_live_", 16, Alphabet::Url),
    beginning("sk_test_", 16, Alphabet::Url),
    beginning("rk_live_", 16, Alphabet::Url),
    beginning("whsec_", 16, Alphabet::Url),
    beginning("sq0csp-", 20, Alphabet::Url),
    // Language models.
    beginning("sk-proj-", 20, Alphabet::Url),
    beginning("sk-ant-", 20, Alphabet::Url),
    beginning("sk-", 32, Alphabet::Url),
    beginning("hf_", 30, Alphabet::Url),
    // Google, Azure.
    beginning("AIza", 35, Alphabet::Url),
    beginning("ya29.", 20, Alphabet::Dotted),
    beginning("GOCSPX-", 20, Alphabet::Url),
    // Registries and clouds.
    beginning("npm_", 30, Alphabet::Url),
    beginning("pypi-", 30, Alphabet::Url),
    beginning("dckr_pat_", 20, Alphabet::Url),
    beginning("dop_v1_", 30, Alphabet::Url),
    beginning("shpat_", 30, Alphabet::Url),
    beginning("SG.", 40, Alphabet::Dotted),
    beginning("hvs.", 20, Alphabet::Dotted),
    beginning("hvb.", 20, Alphabet::Dotted),
    beginning("glsa_", 20, Alphabet::Url),
    beginning("lin_api_", 20, Alphabet::Url),
    beginning("PMAK-", 20, Alphabet::Url),
    beginning("AGE-SECRET-KEY-1", 40, Alphabet::Upper),
    beginning("dapi", 32, Alphabet::Url),
    // JSON Web Tokens: `{"` in base64.
    beginning("eyJ", 12, Alphabet::Dotted),
];

/// Payment cards: the first and last value of the number's first six digits, and the lengths of such numbers.
pub(super) struct Card {
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) lengths: &'static [usize],
}

const fn card(first: u32, last: u32, lengths: &'static [usize]) -> Card {
    Card { first, last, lengths }
}

/// Visa, Mastercard, American Express, Discover, JCB, Diners Club, UnionPay, by ISO/IEC 7812 prefixes.
pub(super) const CARDS: [Card; 11] = [
    card(400_000, 499_999, &[13, 16, 19]),
    card(510_000, 559_999, &[16]),
    card(222_100, 272_099, &[16]),
    card(340_000, 349_999, &[15]),
    card(370_000, 379_999, &[15]),
    card(601_100, 601_199, &[16]),
    card(644_000, 659_999, &[16]),
    card(352_800, 358_999, &[16]),
    card(300_000, 305_999, &[14]),
    card(360_000, 369_999, &[14]),
    card(620_000, 629_999, &[16, 17, 18, 19]),
];
