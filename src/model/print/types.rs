//! Types, paths and generic arguments as compact Rust text.

use std::fmt::Write;

use super::Printer;
use crate::model::hir::{
    Anchor, BodyId, Expr, FileModel, GenericArg, GenericArgs, List, Literal, Path, PathId, TypeId, TypeRef,
};
use crate::model::name::Name;

impl Printer<'_, '_> {
    pub(super) fn typed(&mut self, model: &FileModel, ty: Option<TypeId>) {
        if let Some(ty) = ty {
            self.out.push(':');
            self.ty(model, ty);
        }
    }

    pub(super) fn assigned(&mut self, model: &FileModel, ty: Option<TypeId>) {
        if let Some(ty) = ty {
            self.out.push('=');
            self.ty(model, ty);
        }
        self.out.push_str(";\n");
    }

    pub(super) fn ty(&mut self, model: &FileModel, id: TypeId) {
        match model.ty(id) {
            TypeRef::Missing | TypeRef::Infer => self.out.push('_'),
            TypeRef::Never => self.out.push('!'),
            TypeRef::Path(path) => self.path(model, path),
            TypeRef::Ref { ty, mutable } => {
                self.out.push_str(if mutable { "&mut " } else { "&" });
                self.ty_in_parens(model, ty);
            }
            TypeRef::Ptr { ty, mutable } => {
                self.out.push_str(if mutable { "*mut " } else { "*const " });
                self.ty_in_parens(model, ty);
            }
            TypeRef::Slice(ty) => {
                self.out.push('[');
                self.ty(model, ty);
                self.out.push(']');
            }
            TypeRef::Array { ty, len } => {
                self.out.push('[');
                self.ty(model, ty);
                let _ = write!(self.out, ";{}]", self.length(model, len));
            }
            TypeRef::Tuple(parts) => {
                self.out.push('(');
                for &part in model.list(parts) {
                    self.ty(model, part);
                    self.out.push(',');
                }
                self.out.push(')');
            }
            TypeRef::FnPtr { params, ret, is_unsafe } => {
                self.out.push_str(if is_unsafe { "unsafe fn(" } else { "fn(" });
                for &param in model.list(params) {
                    self.ty(model, param);
                    self.out.push(',');
                }
                self.out.push(')');
                if let Some(ret) = ret {
                    self.out.push_str("->");
                    self.ty(model, ret);
                }
            }
            TypeRef::ImplTrait(bounds) => self.object(model, "impl ", bounds),
            TypeRef::Dyn(bounds) => self.object(model, "dyn ", bounds),
        }
    }

    pub(super) fn ty_in_parens(&mut self, model: &FileModel, id: TypeId) {
        let several =
            matches!(model.ty(id), TypeRef::Dyn(bounds) | TypeRef::ImplTrait(bounds) if model.list(bounds).len() > 1);
        self.out.push_str(if several { "(" } else { "" });
        self.ty(model, id);
        self.out.push_str(if several { ")" } else { "" });
    }

    pub(super) fn object(&mut self, model: &FileModel, keyword: &str, bounds: List<PathId>) {
        if model.list(bounds).is_empty() {
            self.out.push('_');
            return;
        }
        self.bounds(model, bounds, keyword);
    }

    pub(super) fn length(&self, model: &FileModel, body: BodyId) -> String {
        if let Some(value) = literal(model, body) {
            return value;
        }
        let root = model.bodies.get(body.index()).map(|body| model.constant(body.root));
        match root {
            Some(Expr::Path(path)) => model.path(path).map_or_else(|| "_".into(), plain),
            _ => "_".into(),
        }
    }

    pub(super) fn path(&mut self, model: &FileModel, id: PathId) {
        if let Some(path) = model.path(id) {
            self.path_text(model, path);
        }
    }

    pub(super) fn path_text(&mut self, model: &FileModel, path: Path<'_>) {
        match path.anchor {
            Anchor::Plain => {}
            Anchor::Global => self.out.push_str("::"),
            // The text is read in an edition that knows no such path.
            Anchor::Root => {
                let here = path.segments.first().is_none_or(|first| self.at_root.contains(&first.name));
                self.out.push_str(if here { "crate::" } else { "::" });
            }
            Anchor::Crate => self.out.push_str("crate::"),
            Anchor::OtherCrate(name) => {
                let _ = write!(self.out, "::{name}::");
            }
            Anchor::SelfModule => self.out.push_str("self::"),
            Anchor::Super(levels) => (0..levels).for_each(|_| self.out.push_str("super::")),
            Anchor::Type { ty, trait_path } => {
                self.out.push('<');
                self.ty(model, ty);
                if let Some(of) = trait_path {
                    self.out.push_str(" as ");
                    self.path(model, of);
                }
                self.out.push_str(">::");
            }
        }
        for (at, segment) in path.segments.iter().enumerate() {
            let _ = write!(self.out, "{}{}", if at == 0 { "" } else { "::" }, word(segment.name));
            if let Some(args) = path.args_at(at) {
                self.generic_args(model, args);
            }
        }
        if path.segments.is_empty() && self.out.ends_with("::") && !matches!(path.anchor, Anchor::Type { .. }) {
            // auditor: allow(panicking-api) the text ends with two colons
            self.out.truncate(self.out.len() - 2);
            if path.anchor == Anchor::SelfModule || matches!(path.anchor, Anchor::Crate | Anchor::Super(_)) {
                self.out.push_str("::");
            }
        }
    }

    pub(super) fn generic_args(&mut self, model: &FileModel, args: GenericArgs<'_>) {
        if args.parenthesized {
            if let Some(GenericArg::Type(inputs)) = args.args.first() {
                self.ty(model, *inputs);
            }
            if let Some(output) = args.output {
                self.out.push_str("->");
                self.ty(model, output);
            }
            return;
        }
        self.out.push('<');
        for &arg in args.args {
            match arg {
                GenericArg::Type(ty) => self.ty(model, ty),
                GenericArg::Const(body) => {
                    let text = self.length(model, body);
                    let _ = write!(self.out, "{{{text}}}");
                }
            }
            self.out.push(',');
        }
        for &(name, ty) in args.bindings {
            let _ = write!(self.out, "{}=", word(name));
            self.ty(model, ty);
            self.out.push(',');
        }
        self.out.push('>');
    }
}

/// A name as it must be written: `r#` before a keyword.
pub(super) fn word(name: Name) -> String {
    let text = name.as_str();
    let raw = matches!(
        text,
        "type" | "try" | "dyn" | "match" | "move" | "async" | "await" | "gen" | "unsafe" | "yield" | "do" | "become"
    );
    if raw { format!("r#{text}") } else { text.to_owned() }
}

fn plain(path: Path<'_>) -> String {
    let prefix = match path.anchor {
        Anchor::Crate => "crate::",
        Anchor::SelfModule => "self::",
        _ => "",
    };
    let names: Vec<&str> = path.segments.iter().map(|segment| segment.name.as_str()).collect();
    format!("{prefix}{}", names.join("::"))
}

/// The value of a constant that is a literal.
pub(super) fn literal(model: &FileModel, body: BodyId) -> Option<String> {
    let root = model.bodies.get(body.index())?.root;
    match model.constant(root) {
        Expr::Literal(Literal::Int { value, .. }) => Some(u64::from(value).to_string()),
        _ => None,
    }
}
