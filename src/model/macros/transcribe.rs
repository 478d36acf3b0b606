//! Writes out a rule's transcriber with its variables filled in; every token keeps its real place.

use super::MacroDef;
use super::matcher::{Args, Binding, Bindings};
use super::rules::Op;
use crate::model::lower::{Place, Virtual};
use crate::model::name::Name;
use crate::source::Span;
use crate::syntax::SyntaxKind as K;
use crate::syntax::tokens::{Token, TokenText};

/// Writes out `ops`; `None` where a repetition is not bounded by its variables or the text grows past `limit`.
pub(super) fn transcribe(
    ops: &[Op],
    def: &MacroDef,
    args: &Args<'_>,
    bindings: &Bindings,
    context: u32,
    limit: usize,
) -> Option<Virtual> {
    let mut writer =
        Writer { def, args, bindings, context, limit, rounds: Vec::new(), alone: false, made: Virtual::default() };
    writer.write(ops)?;
    Some(writer.made)
}

struct Writer<'w> {
    def: &'w MacroDef,
    args: &'w Args<'w>,
    bindings: &'w Bindings,
    context: u32,
    limit: usize,
    /// The round of each enclosing repetition.
    rounds: Vec<usize>,
    /// Whether what is written is a variable that a repetition without separator holds alone: `$($rest)*`.
    alone: bool,
    made: Virtual,
}

/// The place of a name that is substituted for a `$name`; the first one that it was substituted for still counts, as in rustc.
fn substituted(place: Place, variable: (Span, u32)) -> Place {
    Place { variable: Some(variable), earlier: place.earlier.or(place.variable), ..place }
}

/// The place of a token tree that is substituted for a `$name`; one that was substituted before stands at the `$name` now.
fn moved_on(place: Place, variable: (Span, u32)) -> Place {
    let span = if place.variable.is_some() { variable.0 } else { place.span };
    Place { span, variable: Some(variable), ..place }
}

impl Writer<'_> {
    fn write(&mut self, ops: &[Op]) -> Option<()> {
        for (at, op) in ops.iter().enumerate() {
            if self.made.text.len() > self.limit {
                return None;
            }
            match op {
                Op::Token(token) => self.own(token, token.joint),
                Op::Group(open, inside, close) => {
                    self.own(open, false);
                    self.write(inside)?;
                    self.own(close, close.joint);
                }
                Op::Crate { start, end } => self.krate(*start, *end),
                Op::Var { name, start, token, .. } => {
                    let before_colons =
                        matches!(ops.get(at + 1), Some(Op::Token(next)) if next.kind == K::COLON && next.joint);
                    self.variable(*name, *start, token, before_colons);
                }
                Op::Repeat { ops, separator, .. } => self.repeat(ops, separator)?,
            }
        }
        Some(())
    }

    /// Writes a token of the definition itself.
    fn own(&mut self, token: &Token, joint: bool) {
        let place = self.own_place(token.start, token.end);
        self.made.push(self.own_kind(token), self.def.text.text_of(token), place);
        if !joint {
            self.made.space();
        }
    }

    /// What is a word to an older definition may be a keyword where it is called.
    fn own_kind(&self, token: &Token) -> K {
        if self.def.edition == self.args.edition {
            token.kind
        } else {
            token.kind_in(&self.def.text, self.args.edition)
        }
    }

    fn own_place(&self, start: u32, end: u32) -> Place {
        let place = self.def.source().place(start, end);
        Place { context: self.context, variable: None, earlier: None, ..place }
    }

    fn krate(&mut self, start: u32, end: u32) {
        let place = self.own_place(start, end);
        if self.def.krate.is_missing() {
            self.made.push(K::CRATE_KW, "crate", place);
        } else {
            self.made.push_together([(K::COLON, ":"), (K::COLON, ":"), (K::IDENT, self.def.krate.as_str())], place);
        }
    }

    fn variable(&mut self, name: Name, start: u32, token: &Token, before_colons: bool) {
        let end = token.end;
        let Some((from, to, fragment)) = self.bound(name) else {
            // Not a variable of this macro: it may be one of a macro that this one defines.
            let place = self.own_place(start, end);
            self.made.push_together([(K::DOLLAR, "$"), (token.kind, self.def.text.text_of(token))], place);
            self.made.space();
            return;
        };
        let tokens = self.args.tokens.get(from..to).unwrap_or(&[]);
        let simple = tokens.len() <= 1;
        let grouped = !simple && matches!(fragment.as_str(), "expr" | "expr_2021");
        let qualified = fragment.as_str() == "ty"
            && before_colons
            && !tokens.iter().all(|token| matches!(token.kind, K::IDENT | K::COLON));
        let variable = (self.def.source().place(start, end).span, self.context);
        let group = Place { span: variable.0, context: variable.1, variable: None, earlier: None };
        // What a group is part of begins and ends at the `$name`; what lies within stays where it was.
        if grouped {
            self.made.push(K::L_PAREN, "(", group);
        } else if qualified {
            self.made.push_glue(K::L_ANGLE, "<");
        }
        let alone = self.alone;
        for (at, token) in tokens.iter().enumerate() {
            let place = self.args.source.place(token.start, token.end);
            let outermost = at == 0 || at + 1 == tokens.len();
            let place = match fragment.as_str() {
                "ident" | "lifetime" => substituted(place, variable),
                "tt" if alone || !outermost => place,
                "tt" => moved_on(place, variable),
                _ if grouped => place,
                _ => Place { variable: Some(variable), ..place },
            };
            self.argument(token, place);
        }
        if grouped {
            self.made.push(K::R_PAREN, ")", group);
        } else if qualified {
            self.made.push_glue(K::R_ANGLE, ">");
        }
        self.made.space();
    }

    fn argument(&mut self, token: &Token, place: Place) {
        self.made.push(token.kind, self.args.source.text.text_of(token), place);
        if !token.joint {
            self.made.space();
        }
    }

    /// Returns what `name` is bound to in the current rounds.
    fn bound(&self, name: Name) -> Option<(usize, usize, Name)> {
        let mut binding = self.bindings.get(&name)?;
        let mut rounds = self.rounds.iter();
        loop {
            match binding {
                Binding::Tokens { from, to, fragment } => return Some((*from, *to, *fragment)),
                Binding::Rounds(each) => binding = each.get(*rounds.next()?)?,
            }
        }
    }

    fn repeat(&mut self, ops: &[Op], separator: &[Token]) -> Option<()> {
        let count = self.round_count(ops)?;
        for round in 0..count {
            if round > 0 {
                for token in separator {
                    self.own(token, token.joint);
                }
            }
            self.rounds.push(round);
            let outer = std::mem::replace(&mut self.alone, separator.is_empty() && matches!(ops, [Op::Var { .. }]));
            let written = self.write(ops);
            self.alone = outer;
            self.rounds.pop();
            written?;
        }
        Some(())
    }

    /// Returns how often a repetition goes round: as often as the first of its variables that repeats here.
    fn round_count(&self, ops: &[Op]) -> Option<usize> {
        ops.iter().find_map(|op| match op {
            Op::Var { name, .. } => {
                let mut binding = self.bindings.get(name)?;
                let mut rounds = self.rounds.iter();
                loop {
                    let Binding::Rounds(each) = binding else { return None };
                    match rounds.next() {
                        Some(&round) => binding = each.get(round)?,
                        None => return Some(each.len()),
                    }
                }
            }
            Op::Group(_, inside, _) | Op::Repeat { ops: inside, .. } => self.round_count(inside),
            Op::Token(_) | Op::Crate { .. } => None,
        })
    }
}
