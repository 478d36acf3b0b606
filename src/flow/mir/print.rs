//! A body as text, for tests and for whoever debugs a lowering.

use std::fmt::{self, Display, Formatter};

use super::body::{
    AssertKind, BlockId, CallSiteId, Comparison, Extent, MirBody, Rvalue, StatementKind, TerminatorKind,
};
use super::place::{Const, Operand, Place, Projection};

/// Something of a body, to be shown.
struct Shown<'a, T>(&'a MirBody, T);

impl Display for MirBody {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, block) in self.blocks.iter().enumerate() {
            writeln!(f, "bb{at}:")?;
            for statement in &block.statements {
                match &statement.kind {
                    StatementKind::Assign(place, value) => {
                        writeln!(f, "    {} = {}", Shown(self, *place), Shown(self, *value))?;
                    }
                    StatementKind::Lend(place, Extent::Whole) => writeln!(f, "    lend {}", Shown(self, *place))?,
                    StatementKind::Lend(place, Extent::Elements) => {
                        writeln!(f, "    lend {}[..]", Shown(self, *place))?;
                    }
                }
            }
            writeln!(f, "    {}", Shown(self, &block.terminator.kind))?;
        }
        Ok(())
    }
}

impl Display for Shown<'_, Place> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let &Self(body, place) = self;
        write!(f, "_{}", place.local.0)?;
        for step in body.paths.behind(super::place::TreePath::ROOT, place.path).unwrap_or_default() {
            match step {
                Projection::Field(name) => write!(f, ".{name}")?,
                Projection::Variant(name) => write!(f, " as {name}")?,
                Projection::Len => f.write_str(".len")?,
                Projection::Tag => f.write_str(".tag")?,
            }
        }
        Ok(())
    }
}

impl Display for Shown<'_, Operand> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.1 {
            Operand::Const(Const::Int(value), _) => write!(f, "{value}"),
            Operand::Const(Const::Char(value), _) => write!(f, "{value:?}"),
            Operand::Const(Const::Sequence(len), _) => write!(f, "[_; {len}]"),
            Operand::Read(place, _) => Shown(self.0, place).fmt(f),
        }
    }
}

impl Display for Shown<'_, Rvalue> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let body = self.0;
        let operand = |operand| Shown(body, operand);
        match self.1 {
            Rvalue::Use(of) => operand(of).fmt(f),
            Rvalue::Arith(op, left, right, _) => write!(f, "{op:?}({}, {})", operand(left), operand(right)),
            Rvalue::Unknown(_) => f.write_str("?"),
            Rvalue::Compare(how, left, right) => {
                let sign = match how {
                    Comparison::Less => "<",
                    Comparison::LessEqual => "<=",
                    Comparison::Equal => "==",
                };
                write!(f, "{} {sign} {}", operand(left), operand(right))
            }
            Rvalue::Not(of) => write!(f, "!{}", operand(of)),
            Rvalue::Cast(of, to) => {
                write!(f, "{} as {}{}", operand(of), if to.signed { 'i' } else { 'u' }, to.bits)
            }
            Rvalue::IsVariant(place, variant) => write!(f, "{} is {variant}", Shown(body, place)),
            Rvalue::Aggregate(Some(variant)) => write!(f, "{variant} {{ … }}"),
            Rvalue::Aggregate(None) => f.write_str("{ … }"),
            Rvalue::Item(of) => write!(f, "item({})", operand(of)),
        }
    }
}

impl Display for Shown<'_, &TerminatorKind> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let body = self.0;
        match *self.1 {
            TerminatorKind::Goto(next) => write!(f, "goto bb{}", next.0),
            TerminatorKind::Branch { on, then, otherwise } => {
                write!(f, "if {} bb{} else bb{}", Shown(body, on), then.0, otherwise.0)
            }
            TerminatorKind::Fork(one, other) => write!(f, "fork bb{} bb{}", one.0, other.0),
            TerminatorKind::Call(call, next) => write!(f, "{} -> bb{}", Shown(body, call), next.0),
            TerminatorKind::Assert(kind, BlockId(next)) => write!(f, "assert {} -> bb{next}", Shown(body, kind)),
            TerminatorKind::Return => f.write_str("return"),
            TerminatorKind::Unreachable => f.write_str("unreachable"),
        }
    }
}

impl Display for Shown<'_, CallSiteId> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let body = self.0;
        let Some(call) = body.call(self.1) else { return f.write_str("call?") };
        write!(f, "{} = call{}(", Shown(body, call.dest), self.1.0)?;
        for (at, arg) in call.args.iter().enumerate() {
            let before = if at == 0 { "" } else { ", " };
            write!(f, "{before}{}", Shown(body, *arg))?;
        }
        f.write_str(")")?;
        for lend in &call.lends {
            let elements = if lend.extent == Extent::Elements { "[..]" } else { "" };
            write!(f, " lend {}{elements}", Shown(body, lend.place))?;
        }
        Ok(())
    }
}

impl Display for Shown<'_, AssertKind> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let body = self.0;
        let operand = |operand| Shown(body, operand);
        match self.1 {
            AssertKind::Index { base, index, .. } => write!(f, "{} < {}.len", operand(index), Shown(body, base)),
            AssertKind::Slice { base, start, end, inclusive, .. } => {
                write!(f, "{}..", operand(start))?;
                if inclusive {
                    f.write_str("=")?;
                }
                if let Some(end) = end {
                    operand(end).fmt(f)?;
                }
                write!(f, " in {}", Shown(body, base))
            }
            AssertKind::Division(dividend, divisor, _) => write!(f, "{} / {}", operand(dividend), operand(divisor)),
            AssertKind::Overflow(op, left, right, _) => write!(f, "{op:?}({}, {})", operand(left), operand(right)),
            AssertKind::Variant(place, variant) => write!(f, "{} is {variant}", Shown(body, place)),
            AssertKind::Call(call) => write!(f, "call{}", call.0),
            AssertKind::Key(map, key) => write!(f, "{} has {}", Shown(body, map), operand(key)),
            AssertKind::Never => f.write_str("false"),
        }
    }
}
