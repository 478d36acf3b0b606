//! Terms and facts as `rules/std/facts.toml` writes them, in the arguments and the result of a call.

use std::fmt;

use crate::model::name::Name;

/// A value of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A number.
    Int(i128),
    /// An argument before the call, the receiver first.
    Arg(u8),
    /// What a lent argument holds after the call.
    After(u8),
    /// The result.
    Ret,
    /// An item that the result yields.
    Item,
    /// A part of a value.
    Projected(Box<Term>, Projected),
}

/// A part of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projected {
    /// The number of its elements, its bytes as text, or the items that it will yield.
    Len,
    /// A field.
    Field(Name),
    /// The value as one variant of its enum.
    Variant(Name),
    /// An item that it yields.
    Item,
    /// Where a range begins.
    Start,
    /// One past where a range ends.
    End,
    /// The bytes that a `char` takes in UTF-8.
    Utf8,
    /// The bytes that a pattern matches.
    Match,
}

/// A sum of terms and a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The terms that are added.
    pub terms: Vec<Term>,
    /// The number.
    pub constant: i128,
}

/// How two sums are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

/// Something that holds, or has to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// `left <= right` and the like, over the whole numbers.
    Order(Sum, Relation, Sum),
    /// The position is at a boundary between characters of the text.
    Boundary(Term, Sum),
    /// The map has the key.
    Has(Term, Term),
    /// The ends of the range are in order, or one is open.
    Ordered(Term),
    /// The value is of this variant.
    Is(Term, Name),
    /// The number is one that the integer type of the result, of its payload, holds.
    Fits(Term),
    /// The power of a number that is not negative is one that the type of the result holds.
    Power(Term, Term),
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Arg(at) => write!(f, "arg{at}"),
            Self::After(at) => write!(f, "arg{at}'"),
            Self::Ret => f.write_str("ret"),
            Self::Item => f.write_str("item"),
            Self::Projected(of, part) => match part {
                Projected::Len => write!(f, "len({of})"),
                Projected::Item => write!(f, "item({of})"),
                Projected::Start => write!(f, "start({of})"),
                Projected::End => write!(f, "end({of})"),
                Projected::Utf8 => write!(f, "utf8({of})"),
                Projected::Match => write!(f, "match({of})"),
                Projected::Field(name) | Projected::Variant(name) => write!(f, "{of}.{name}"),
            },
        }
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "";
        for term in &self.terms {
            write!(f, "{before}{term}")?;
            before = " + ";
        }
        if self.terms.is_empty() || self.constant != 0 { write!(f, "{before}{}", self.constant) } else { Ok(()) }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(left, relation, right) => {
                let sign = match relation {
                    Relation::Less => "<",
                    Relation::LessEqual => "<=",
                    Relation::Equal => "==",
                    Relation::NotEqual => "!=",
                };
                write!(f, "{left} {sign} {right}")
            }
            Self::Boundary(text, at) => write!(f, "boundary({text}, {at})"),
            Self::Has(map, key) => write!(f, "has({map}, {key})"),
            Self::Is(value, variant) => write!(f, "is({value}, {variant})"),
            Self::Ordered(range) => write!(f, "ordered({range})"),
            Self::Power(base, exponent) => write!(f, "power({base}, {exponent})"),
            Self::Fits(value) => write!(f, "fits({value})"),
        }
    }
}
