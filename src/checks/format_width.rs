//! Widths and precisions that are given to a macro that formats as arguments: `{:>1$}`, `{:w$}`, `{:.*}`. What is greater than
//! 65,535 panics.

use super::arithmetic::constant;
use super::body_cx::BodyCx;
use crate::model::hir::{Expr, ExprId, Literal};

/// The greatest width and precision.
const GREATEST: i128 = 65_535;

/// Tells whether all widths and precisions that are arguments are known to be small enough; `None` where there are none.
/// `leading` arguments stand before the format string.
pub fn widths_are_small(cx: &BodyCx<'_>, args: &[ExprId], leading: usize) -> Option<bool> {
    let format = *args.get(leading)?;
    if !matches!(cx.expr(format), Expr::Literal(Literal::Str)) {
        return None;
    }
    let given = args.get(leading + 1..).unwrap_or(&[]);
    let counts = counts(cx.text_of(cx.code.span(format)));
    let is_small = |count: &Count| {
        let Count::Positional(at) = count else { return false };
        let value = given.get(*at).and_then(|&arg| constant(cx, arg));
        value.is_some_and(|value| (0..=GREATEST).contains(&value))
    };
    (!counts.is_empty()).then(|| counts.iter().all(is_small))
}

/// An argument that says how wide or precise something is shown.
#[derive(Debug, PartialEq, Eq)]
enum Count {
    /// By its place among the arguments.
    Positional(usize),
    /// By a name, of an argument or a variable.
    Named,
}

/// The arguments that the placeholders of a format string take as widths and precisions.
fn counts(text: &str) -> Vec<Count> {
    let mut counts = Vec::new();
    let mut next = 0;
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        if let Some(after) = after.strip_prefix('{') {
            rest = after;
            continue;
        }
        let (argument, spec, after) = placeholder(after);
        rest = after;
        let spec = without_fill(spec);
        for (width, _) in spec.match_indices('$') {
            let before = spec.get(..width).unwrap_or("");
            let name = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
            // A flag may stand before it, as in `{:0w$}`: what is no number is a name all the same.
            counts.push(name.parse().map_or(Count::Named, Count::Positional));
        }
        if spec.contains(".*") {
            counts.push(Count::Positional(next));
            next += 1;
        }
        next += usize::from(argument.trim().is_empty());
    }
    counts
}

/// Splits what stands behind a `{` into argument, format and the rest of the text. A fill character may be a `}`.
fn placeholder(text: &str) -> (&str, &str, &str) {
    let end = text.find('}').unwrap_or(text.len());
    let colon = text.get(..end).and_then(|inside| inside.find(':'));
    let Some(colon) = colon else {
        return (text.get(..end).unwrap_or(""), "", text.get(end + 1..).unwrap_or(""));
    };
    let (argument, spec) = (text.get(..colon).unwrap_or(""), text.get(colon + 1..).unwrap_or(""));
    let fill = spec.len() - without_fill(spec).len();
    let end = spec.get(fill..).and_then(|rest| rest.find('}')).map_or(spec.len(), |at| fill + at);
    (argument, spec.get(..end).unwrap_or(""), spec.get(end + 1..).unwrap_or(""))
}

/// A format without its fill character and alignment.
fn without_fill(spec: &str) -> &str {
    let mut chars = spec.chars();
    match (chars.next(), chars.next()) {
        (Some(_), Some('<' | '^' | '>')) => chars.as_str(),
        _ => spec.strip_prefix(['<', '^', '>']).unwrap_or(spec),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_and_precisions_that_are_arguments_are_found() {
        use Count::{Named, Positional};
        let cases: [(&str, &[Count]); 10] = [
            ("{} {:?} {{:w$}} {:>8.3}", &[]),
            ("{:>1$}", &[Positional(1)]),
            ("{:w$}", &[Named]),
            ("{:.*} {}", &[Positional(0)]),
            ("{} {:.*}", &[Positional(1)]),
            ("{0:>1$.2$}", &[Positional(1), Positional(2)]),
            ("{:$>5}", &[]),
            ("{:}<1$}", &[Positional(1)]),
            ("{name:>width$.prec$}", &[Named, Named]),
            ("{:#01$x}", &[Positional(1)]),
        ];
        for (text, expected) in cases {
            assert_eq!(counts(text), expected, "{text}");
        }
    }
}
