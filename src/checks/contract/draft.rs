//! What is put together of one operation before it is an entry of the ledger: its obligations, the worse one where two are of one
//! kind, and what a comment claims of those that are open.

use std::borrow::Cow;

use super::comment::Argument;
use super::terms;
use crate::checks::body_cx::BodyCx;
use crate::finding::{Bytes, Duty, Obligation, Shape, Standing};
use crate::source::Span;
use crate::types::layout::Measure;
use crate::types::ty::{Ty, TyKind};

/// An operation in the making.
#[derive(Debug)]
pub struct Draft {
    /// What it is.
    pub kind: &'static str,
    /// What it looks at.
    pub detail: String,
    /// What is converted.
    pub from: Option<Shape>,
    /// Into what.
    pub to: Option<Shape>,
    /// What it asks.
    pub obligations: Vec<Obligation>,
    /// The unsafe block or function that it stands in.
    pub within: Option<Span>,
}

impl Draft {
    /// An operation that asks nothing yet.
    pub const fn new(kind: &'static str) -> Self {
        Self { kind, detail: String::new(), from: None, to: None, obligations: Vec::new(), within: None }
    }

    /// Adds what is asked and what is known of it; of two that are of one kind the worse one stays.
    pub fn add(&mut self, duty: Duty, standing: Standing, fact: impl Into<Cow<'static, str>>) {
        let one = Obligation { duty, standing, fact: fact.into() };
        match self.obligations.iter_mut().find(|known| known.duty == duty) {
            Some(known) if known.standing <= standing => {}
            Some(known) => *known = one,
            None => self.obligations.push(one),
        }
    }

    /// The same, which a fact shows.
    pub fn met(&mut self, duty: Duty, fact: impl Into<Cow<'static, str>>) {
        self.add(duty, Standing::Met, fact);
    }

    /// The same, of which nothing is known: what would show it.
    pub fn open(&mut self, duty: Duty, wants: impl Into<Cow<'static, str>>) {
        self.add(duty, Standing::Open, wants);
    }

    /// Whether nothing worse than `standing` is known of an obligation, or it is not asked.
    pub fn stands(&self, duty: Duty) -> Option<Standing> {
        self.obligations.iter().find(|one| one.duty == duty).map(|one| one.standing)
    }

    /// Marks the open obligations that the argument speaks of.
    pub fn claim(&mut self, argument: &Argument) {
        let spoken = argument.duties();
        for one in &mut self.obligations {
            if one.standing == Standing::Open && spoken.has(one.duty) {
                one.standing = Standing::Claimed;
                one.fact = argument.quoted().into();
            }
        }
        self.obligations.sort_by_key(|one| one.duty);
    }

    /// Whether an open obligation of `duties` is left.
    pub fn has_open(&self) -> bool {
        self.obligations.iter().any(|one| matches!(one.standing, Standing::Open | Standing::Violated))
    }
}

/// What shows that something is met where the data says no more.
pub fn wanted(duty: Duty) -> String {
    format!("asks that {}", terms::asks(duty))
}

/// Returns a side of a conversion: of a pointer with the layout of what it is to, of any other type with its own.
pub fn shape(cx: &BodyCx<'_>, ty: Ty) -> Shape {
    let measured = match ty.kind() {
        TyKind::Ptr(to, _) | TyKind::Ref(to, _) => *to,
        TyKind::Adt(_, args) if cx.is_std_adt(ty, crate::model::name::Name::new("NonNull")) => {
            args.first().copied().unwrap_or(ty)
        }
        _ => ty,
    };
    let layout = cx.known.layout(measured);
    let bytes = |measure: Measure| match measure {
        Measure::Exactly(bytes) => Bytes::Exactly(bytes),
        Measure::AtLeast(bytes) => Bytes::AtLeast(bytes),
        Measure::Varies => Bytes::Varies,
    };
    let name = cx.shown(ty).unwrap_or_else(|| "_".to_owned());
    Shape { name, size: bytes(layout.size), align: bytes(layout.align) }
}
