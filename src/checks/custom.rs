//! Users' own rules: methods, paths and macros that they forbid.

use rustc_hash::FxHashMap;

use super::body_cx::BodyCx;
use super::sites::Sites;
use crate::finding::{Match, Pattern, RuleId};
use crate::model::hir::{Anchor, Expr, ExprId, Path};
use crate::model::name::Name;

/// The most rules of a user's that one place is reported for.
const MOST_RULES: usize = 32;

/// Users' patterns, ready to be asked about an expression.
#[derive(Debug, Default)]
pub struct Patterns {
    methods: FxHashMap<Name, Vec<(Option<Name>, RuleId)>>,
    /// By the last name: all names, and the rule.
    paths: FxHashMap<Name, Vec<(Vec<Name>, RuleId)>>,
    macros: FxHashMap<Name, Vec<RuleId>>,
    any: bool,
}

impl Patterns {
    /// Prepares `patterns`.
    pub fn new(patterns: &[Pattern]) -> Self {
        let mut made = Self { any: !patterns.is_empty(), ..Self::default() };
        for pattern in patterns {
            let rule = pattern.rule.clone();
            match &pattern.matches {
                Match::Method { method, receiver } => {
                    let receiver = receiver.as_deref().map(last_name);
                    made.methods.entry(Name::new(method)).or_default().push((receiver, rule));
                }
                Match::Path(path) => {
                    let names: Vec<Name> = path.split("::").map(|name| Name::new(name.trim())).collect();
                    let Some(&last) = names.last() else { continue };
                    made.paths.entry(last).or_default().push((names, rule));
                }
                Match::Macro(name) => {
                    made.macros.entry(last_name(name.trim_end_matches('!'))).or_default().push(rule);
                }
            }
        }
        made
    }

    /// Whether there is any.
    pub const fn any(&self) -> bool {
        self.any
    }

    /// Reports every rule that matches the expression `id`.
    pub fn look(&self, cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
        match cx.expr(id) {
            Expr::MethodCall { receiver, method, .. } => {
                let rules = self.methods.get(&method).into_iter().flatten();
                let rules = rules.filter(|(wanted, _)| wanted.is_none_or(|wanted| is_of(cx, id, receiver, wanted)));
                report(cx, id, rules.map(|(_, rule)| rule), &method.to_string(), sites);
            }
            Expr::Path(path) => {
                let Some(path) = cx.model.path(path) else { return };
                let Some(last) = path.segments.last() else { return };
                let rules = self.paths.get(&last.name).into_iter().flatten();
                let mut rules = rules.filter(|(names, _)| means(cx, path, names)).peekable();
                let Some((names, _)) = rules.peek() else { return };
                let shown: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
                report(cx, id, rules.map(|(_, rule)| rule), &shown.join("::"), sites);
            }
            Expr::Macro { call, .. } => {
                let Some(call) = cx.code.calls.get(call.index()) else { return };
                let rules = self.macros.get(&call.name).into_iter().flatten();
                report(cx, id, rules, &format!("{}!", call.path), sites);
            }
            _ => {}
        }
    }
}

/// Reports a place for the first of the rules that match it.
fn report<'r>(
    cx: &BodyCx<'_>,
    id: ExprId,
    rules: impl Iterator<Item = &'r RuleId>,
    detail: &str,
    sites: &mut Sites<'_>,
) {
    for (at, rule) in rules.enumerate() {
        if at == MOST_RULES {
            sites.leave_off(cx.code.span(id));
            return;
        }
        sites.report_custom(cx, id, rule, detail.to_owned());
    }
}

fn last_name(path: &str) -> Name {
    Name::new(path.rsplit("::").next().unwrap_or(path).trim())
}

/// Whether the receiver's type is called `wanted`, by its type or by the path that its value is made by.
fn is_of(cx: &BodyCx<'_>, id: ExprId, receiver: ExprId, wanted: Name) -> bool {
    if let Some(callee) = cx.typed.callee(id) {
        return callee.owner == wanted || cx.typed.receiver(id).is_some_and(|ty| cx.adt_name(ty) == wanted);
    }
    let ty = cx.typed.receiver(id).unwrap_or_else(|| cx.ty(receiver));
    if !ty.is_unknown() {
        return cx.adt_name(ty) == wanted;
    }
    super::callee::free_call(cx, receiver).is_some_and(|(owner, _, _)| owner == wanted)
}

/// Whether a path as written can mean the path `wanted`: it is that path's end, and what it begins with is imported.
fn means(cx: &BodyCx<'_>, path: Path<'_>, wanted: &[Name]) -> bool {
    let written: Vec<Name> = path.segments.iter().map(|segment| segment.name).collect();
    if matches!(path.anchor, Anchor::Type { .. }) || written.len() > wanted.len() {
        return false;
    }
    let (before, end) = wanted.split_at_checked(wanted.len() - written.len()).unwrap_or((&[], wanted));
    end == written && (before.is_empty() || is_imported(cx, wanted, before.len()))
}

/// Whether a `use` of the file brings in the name at `at` of `wanted` by its whole path, or by a glob.
fn is_imported(cx: &BodyCx<'_>, wanted: &[Name], at: usize) -> bool {
    cx.model.imports.iter().any(|import| {
        let Some(path) = cx.model.path(import.path) else { return false };
        let names = path.segments.iter().map(|segment| segment.name);
        match import.name {
            Some(_) => names.eq(wanted.iter().take(at + 1).copied()),
            None => names.eq(wanted.iter().take(at).copied()),
        }
    })
}
