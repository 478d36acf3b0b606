//! Reads terms and facts: `ret.Some.0 + len(arg1) <= len(arg0)`.

use super::term::{Fact, Projected, Relation, Sum, Term};
use crate::model::name::Name;

/// What is left of a text that is read from the front.
struct Cursor<'a> {
    rest: &'a str,
}

/// Reads a fact; `None` where the text is none.
pub(super) fn fact(text: &str) -> Option<Fact> {
    let mut cursor = Cursor { rest: text };
    let fact = cursor.fact()?;
    cursor.rest.trim().is_empty().then_some(fact)
}

/// Reads a term.
pub(super) fn term(text: &str) -> Option<Term> {
    let mut cursor = Cursor { rest: text };
    let term = cursor.term()?;
    cursor.rest.trim().is_empty().then_some(term)
}

/// Reads a field of an item, `1 = item(arg0)`.
pub(super) fn field(text: &str) -> Option<(Name, Term)> {
    let (name, value) = text.split_once('=')?;
    Some((Name::new(name.trim()), term(value)?))
}

impl Cursor<'_> {
    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        let eaten = rest.strip_prefix(token);
        self.rest = eaten.unwrap_or(rest);
        eaten.is_some()
    }

    fn expect(&mut self, token: &str) -> Option<()> {
        self.eat(token).then_some(())
    }

    fn word(&mut self) -> Option<&str> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, rest) = rest.split_at_checked(end)?;
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn fact(&mut self) -> Option<Fact> {
        for name in ["boundary(", "has(", "is(", "fits(", "ordered(", "power("] {
            if !self.eat(name) {
                continue;
            }
            let of = self.term()?;
            if matches!(name, "fits(" | "ordered(") {
                self.expect(")")?;
                return Some(if name == "fits(" { Fact::Fits(of) } else { Fact::Ordered(of) });
            }
            self.expect(",")?;
            let fact = match name {
                "boundary(" => Fact::Boundary(of, self.sum()?),
                "has(" => Fact::Has(of, self.term()?),
                "power(" => Fact::Power(of, self.term()?),
                _ => Fact::Is(of, Name::new(self.word()?)),
            };
            self.expect(")")?;
            return Some(fact);
        }
        let left = self.sum()?;
        let relation = if self.eat("<=") {
            Relation::LessEqual
        } else if self.eat("<") {
            Relation::Less
        } else if self.eat("==") {
            Relation::Equal
        } else if self.eat("!=") {
            Relation::NotEqual
        } else {
            return None;
        };
        Some(Fact::Order(left, relation, self.sum()?))
    }

    fn sum(&mut self) -> Option<Sum> {
        let mut sum = Sum { terms: Vec::new(), constant: 0 };
        let mut sign = if self.eat("-") { -1 } else { 1 };
        loop {
            match self.term()? {
                Term::Int(value) => sum.constant += sign * value,
                term if sign == 1 => sum.terms.push(term),
                // What is subtracted stands on the other side.
                _ => return None,
            }
            sign = if self.eat("+") {
                1
            } else if self.eat("-") {
                -1
            } else {
                return Some(sum);
            };
        }
    }

    fn term(&mut self) -> Option<Term> {
        let mut term = self.plain()?;
        while self.eat(".") {
            let name = self.word()?;
            let variant = name.starts_with(char::is_uppercase);
            let name = Name::new(name);
            let part = if variant { Projected::Variant(name) } else { Projected::Field(name) };
            term = Term::Projected(Box::new(term), part);
        }
        Some(term)
    }

    fn plain(&mut self) -> Option<Term> {
        for (name, part) in [
            ("len(", Projected::Len),
            ("item(", Projected::Item),
            ("start(", Projected::Start),
            ("end(", Projected::End),
            ("utf8(", Projected::Utf8),
            ("match(", Projected::Match),
        ] {
            if self.eat(name) {
                let of = self.term()?;
                self.expect(")")?;
                return Some(Term::Projected(Box::new(of), part));
            }
        }
        match self.word()? {
            "ret" => Some(Term::Ret),
            "some" => Some(payload(Name::SOME)),
            "ok" => Some(payload(Name::OK)),
            "err" => Some(payload(Name::ERR)),
            "item" => Some(Term::Item),
            word => match word.strip_prefix("arg") {
                Some(at) => {
                    let at = at.parse().ok()?;
                    Some(if self.eat("'") { Term::After(at) } else { Term::Arg(at) })
                }
                None => word.parse().ok().map(Term::Int),
            },
        }
    }
}

/// What the result holds as one of its variants.
fn payload(variant: Name) -> Term {
    let of = Term::Projected(Box::new(Term::Ret), Projected::Variant(variant));
    Term::Projected(Box::new(of), Projected::Field(Name::new("0")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_as_they_are_written() {
        for text in [
            "ret.Some.0 + len(arg1) <= len(arg0)",
            "len(arg0') == len(arg0) + 1",
            "ret < 65",
            "boundary(arg0, ret.Some.0 + len(arg1))",
            "has(arg0', arg1)",
            "is(arg0, Ok)",
            "fits(arg0)",
            "ordered(arg1)",
            "power(arg0, arg1)",
            "end(arg1) <= len(arg0)",
            "item.0 != 0",
        ] {
            assert_eq!(fact(text).map(|fact| fact.to_string()).as_deref(), Some(text));
        }
        assert_eq!(fact("some - 1 < len(arg0)").unwrap().to_string(), "ret.Some.0 + -1 < len(arg0)");
    }

    #[test]
    fn what_is_no_fact_is_refused() {
        for text in
            ["", "ret", "ret <= ", "ret <= arg0 junk", "1 - arg0 < 2", "is(arg0)", "has(arg0, arg1", "nonsense < 1"]
        {
            assert_eq!(fact(text), None, "{text}");
        }
        assert_eq!(
            field("1 = item(arg0)").map(|(name, term)| format!("{name} {term}")).as_deref(),
            Some("1 item(arg0)")
        );
    }
}
