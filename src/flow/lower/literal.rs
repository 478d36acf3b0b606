//! Literals: how long texts are, which character is meant, and what a literal text is parsed into.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::Lower;
use crate::flow::mir::{Operand, Rvalue, Scalar};
use crate::model::hir::{Expr, ExprId, Literal};
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::{Ty, TyKind};

impl Lower<'_> {
    /// The text of an expression in its file; empty where it stands in another one.
    pub(super) fn text_of(&self, expr: ExprId) -> &str {
        let span = self.source.code.span(expr);
        let own = span.file == self.source.model.file;
        own.then(|| self.source.text.get(span.start as usize..span.end as usize)).flatten().unwrap_or("")
    }

    /// What a string literal without escapes says.
    fn plain_text(&self, expr: ExprId) -> Option<&str> {
        if !matches!(self.source.code.expr(expr), Expr::Literal(Literal::Str)) {
            return None;
        }
        let text = self.text_of(expr).strip_prefix('"')?.strip_suffix('"')?;
        (!text.contains(['\\', '\r'])).then_some(text)
    }

    /// `"17".parse()` and `CString::new("name")`: what becomes of a literal is known.
    pub(super) fn literal_call(&mut self, expr: ExprId, callee: Option<Callee>, args: &[ExprId]) -> Option<Operand> {
        let callee = callee.filter(Callee::is_std)?;
        let &[literal] = args else { return None };
        let text = self.plain_text(literal)?;
        let fits = match (callee.owner, callee.name) {
            (Name::STR, Name::PARSE) => self.parses(text, self.ty(expr))?,
            (owner, name) if owner.as_str() == "CString" && name.as_str() == "new" => !text.contains('\0'),
            _ => return None,
        };
        let temp = self.temp_of(Rvalue::Aggregate(Some(if fits { Name::OK } else { Name::ERR })));
        Some(Operand::Read(temp, Scalar::Other))
    }

    /// Whether a text parses as the payload of a result; `None` for a type whose parser is not std's.
    fn parses(&self, text: &str, result: Ty) -> Option<bool> {
        let TyKind::Adt(_, args) = result.kind() else { return None };
        let target = *args.first()?;
        Some(match target.kind() {
            TyKind::Int(int) => {
                let (least, most) = self.int_type(*int).range();
                // What is beyond 128 bits with a sign is not looked at.
                text.parse::<i128>().is_ok_and(|value| (least..=most).contains(&value))
            }
            TyKind::Float(_) => text.parse::<f64>().is_ok(),
            TyKind::Bool => text.parse::<bool>().is_ok(),
            TyKind::Char => text.parse::<char>().is_ok(),
            _ => match self.std_name(target)?.as_str() {
                "IpAddr" => text.parse::<IpAddr>().is_ok(),
                "Ipv4Addr" => text.parse::<Ipv4Addr>().is_ok(),
                "Ipv6Addr" => text.parse::<Ipv6Addr>().is_ok(),
                "SocketAddr" => text.parse::<SocketAddr>().is_ok(),
                "SocketAddrV4" => text.parse::<SocketAddrV4>().is_ok(),
                "SocketAddrV6" => text.parse::<SocketAddrV6>().is_ok(),
                "String" => true,
                _ => return None,
            },
        })
    }
}

/// The character of a literal `'x'`.
pub(super) fn character(literal: &str) -> Option<char> {
    let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut chars = inner.chars();
    let first = chars.next()?;
    let value = match (first, chars.next()) {
        ('\\', Some('n')) => '\n',
        ('\\', Some('r')) => '\r',
        ('\\', Some('t')) => '\t',
        ('\\', Some('0')) => '\0',
        ('\\', Some(quoted @ ('\\' | '\'' | '"'))) => quoted,
        ('\\', _) => return None,
        (one, None) => return Some(one),
        _ => return None,
    };
    chars.next().is_none().then_some(value)
}

/// How many bytes a literal `"…"` or `r"…"` has; `None` where it has escapes that are not one byte.
pub(super) fn string_length(literal: &str) -> Option<u64> {
    if let Some(raw) = literal.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        return (raw.len() as u64).checked_sub(2 * hashes as u64 + 2);
    }
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut len = 0;
    let mut chars = inner.chars();
    while let Some(one) = chars.next() {
        len += match one {
            '\\' => match chars.next()? {
                'n' | 'r' | 't' | '0' | '\\' | '\'' | '"' => 1,
                _ => return None,
            },
            // A line end is one byte, whatever the file has.
            '\r' => 0,
            other => other.len_utf8() as u64,
        };
    }
    Some(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_as_long_as_what_they_say() {
        let cases = [
            ("\"ab\"", Some(2)),
            ("\"\"", Some(0)),
            ("\"→\"", Some(3)),
            (r#""a\n\"""#, Some(3)),
            (r#""\u{e9}""#, None),
        ];
        for (literal, len) in cases.into_iter().chain([("r\"a\\b\"", Some(3)), ("r#\"x\"#", Some(1)), ("x", None)]) {
            assert_eq!(string_length(literal), len, "{literal}");
        }
        for (literal, value) in
            [("'='", Some('=')), ("'\\n'", Some('\n')), ("'→'", Some('→')), ("'\\u{e9}'", None), ("'", None)]
        {
            assert_eq!(character(literal), value, "{literal}");
        }
    }
}
