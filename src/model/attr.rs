//! One attribute as text: its path, its arguments, and the condition that a `cfg_attr` puts on it. What an attribute says of an
//! item is read in `lower/attrs.rs`, what it says of macros in `expand/declarations.rs`.

use super::cfg::Cfg;

/// `cfg_attr`s within each other that are followed.
const NESTED: u32 = 8;

/// An attribute's path and the text of its arguments, delimiters off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::model) struct Attribute<'s> {
    /// The path as written, such as `clippy::msrv`.
    pub path: &'s str,
    /// The text behind the path: what is between the delimiters, or behind the `=`.
    pub args: &'s str,
    /// Offset of `args` in the text that offsets are told in.
    pub args_at: u32,
    /// The predicate under which the attribute is there at all.
    pub when: Cfg,
}

/// Reads what stands between the brackets of an attribute; `at` is the offset of `text`. A `cfg_attr` comes first, then the
/// attributes that it adds, each under its condition.
pub(in crate::model) fn attributes(text: &str, at: u32) -> Vec<Attribute<'_>> {
    let mut found = Vec::new();
    add(text, at, &Cfg::Always, NESTED, &mut found);
    found
}

fn add<'s>(text: &'s str, at: u32, when: &Cfg, depth: u32, found: &mut Vec<Attribute<'s>>) {
    let Some(one) = attribute(text, at, when) else { return };
    let inner = if one.path == "cfg_attr" && depth > 0 { parts(one.args) } else { Vec::new() };
    let (args, args_at) = (one.args, one.args_at);
    found.push(one);
    let Some(((from, to), rest)) = inner.split_first() else { return };
    let when = when.and(&Cfg::parse(args.get(*from..*to).unwrap_or("")));
    for &(from, to) in rest {
        let part = args.get(from..to).unwrap_or("");
        let blank = part.len() - part.trim_start().len();
        add(part.trim(), args_at + (from + blank) as u32, &when, depth - 1, found);
    }
}

fn attribute<'s>(text: &'s str, at: u32, when: &Cfg) -> Option<Attribute<'s>> {
    let end = text.find(['(', '=', '[', '{']).unwrap_or(text.len());
    let path = text.get(..end)?.trim();
    let rest = text.get(end..)?;
    let args = rest.strip_prefix(['(', '[', '{', '=']).unwrap_or("");
    let args = if rest.starts_with('=') { args } else { args.trim_end().strip_suffix([')', ']', '}']).unwrap_or(args) };
    Some(Attribute { path, args, args_at: at + end as u32 + 1, when: when.clone() })
}

/// The places of the parts of a list, at the commas outside of brackets and strings.
fn parts(args: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut depth, mut start, mut quoted, mut escaped) = (0u32, 0usize, false, false);
    for (at, byte) in args.bytes().enumerate() {
        match byte {
            b'\\' if quoted => {
                escaped = !escaped;
                continue;
            }
            b'"' if !escaped => quoted = !quoted,
            b'(' | b'[' | b'{' if !quoted => depth += 1,
            b')' | b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            b',' if !quoted && depth == 0 => {
                found.push((start, at));
                start = at + 1;
            }
            _ => {}
        }
        escaped = false;
    }
    if !args.get(start..).unwrap_or("").trim().is_empty() {
        found.push((start, args.len()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Cfg, attributes};

    #[test]
    fn a_conditional_attribute_comes_with_its_condition() {
        let text =
            r#"cfg_attr(all(test, unix), allow(clippy::unwrap_used, reason = "a, \" b"), cfg_attr(miri, ignore))"#;
        let found = attributes(text, 10);
        let shown: Vec<(&str, String)> = found.iter().map(|it| (it.path, it.when.to_string())).collect();
        assert_eq!(
            shown,
            [
                ("cfg_attr", String::new()),
                ("allow", "all(test, unix)".to_owned()),
                ("cfg_attr", "all(test, unix)".to_owned()),
                ("ignore", "all(test, unix, miri)".to_owned()),
            ]
        );
        let allow = found.get(1).expect("the second one");
        let at = allow.args_at as usize - 10;
        assert!(text.get(at..).expect("a place in the text").starts_with(allow.args));
        assert_eq!(found.iter().filter(|it| it.when == Cfg::Always).count(), 1);
    }
}
