//! Lowers paths and generic arguments as written.

use super::types::is_type;
use super::{InText, Lower};
use crate::model::hir::{Anchor, ArgsId, GenericArg, GenericArgs, PathId, Segment, TypeId, TypeRef};
use crate::model::name::Name;
use crate::syntax::{Edition, Node, SyntaxKind as K};

impl Lower<'_> {
    pub(super) fn path(&mut self, source: &InText<'_>, node: Node<'_>) -> PathId {
        let start = self.segments.len();
        let anchor = self.collect(source, node, start);
        self.add_path(anchor, start)
    }

    /// Puts the names of a path on `self.segments`, where they begin at `start`; returns its anchor.
    fn collect(&mut self, source: &InText<'_>, node: Node<'_>, start: usize) -> Anchor {
        let (mut qualifier, mut segment) = (None, None);
        for child in node.children() {
            match child.kind() {
                K::PATH => qualifier = Some(child),
                K::PATH_SEGMENT => segment = Some(child),
                _ => {}
            }
        }
        // A qualified path is nested to the left; its depth is bounded with all nesting.
        let anchor = qualifier.map_or(Anchor::Plain, |qualifier| self.collect(source, qualifier, start));
        let Some(segment) = segment else { return anchor };
        let (mut global, mut name_ref, mut generic) = (false, None, false);
        for child in segment.children() {
            match child.kind() {
                K::TYPE_ANCHOR => return self.type_anchor(source, child),
                K::COLON2 => global = true,
                K::NAME_REF => name_ref = Some(child),
                K::GENERIC_ARG_LIST | K::PARENTHESIZED_ARG_LIST | K::PARAM_LIST => generic = true,
                _ => {}
            }
        }
        let first = self.segments.len() == start;
        let anchor = if first && global { self.global() } else { anchor };
        let Some(name_ref) = name_ref else { return anchor };
        match (name_ref.first_kind(), anchor) {
            (K::CRATE_KW, Anchor::Plain) if first => Anchor::Crate,
            (K::SELF_KW, Anchor::Plain) if first && node_continues(source, node) => Anchor::SelfModule,
            (K::SUPER_KW, Anchor::Plain | Anchor::SelfModule) if first => Anchor::Super(1),
            (K::SUPER_KW, Anchor::Super(levels)) if first => Anchor::Super(levels.saturating_add(1)),
            _ => {
                let name = Name::new(source.text_of(name_ref));
                let args = if generic { self.generic_args(source, segment) } else { None };
                self.segments.push(Segment { name, args });
                anchor
            }
        }
    }

    /// Where a path that begins with `::` begins.
    pub(super) fn global(&self) -> Anchor {
        if self.cx.edition == Edition::Edition2015 { Anchor::Root } else { Anchor::Global }
    }

    fn type_anchor(&mut self, source: &InText<'_>, node: Node<'_>) -> Anchor {
        let mut types = node.nodes().filter(|n| is_type(n.kind()));
        let ty = types.next();
        let trait_path = types.next().and_then(|ty| ty.child(K::PATH));
        let ty = ty.map_or(TypeId::new(0), |ty| self.ty(source, ty));
        Anchor::Type { ty, trait_path: trait_path.map(|path| self.path(source, path)) }
    }

    /// Lowers the generic arguments directly below `node`, `<…>` or `(…) -> …`.
    pub(super) fn generic_args(&mut self, source: &InText<'_>, node: Node<'_>) -> Option<ArgsId> {
        let lists = |kind| matches!(kind, K::GENERIC_ARG_LIST | K::PARENTHESIZED_ARG_LIST | K::PARAM_LIST);
        let list = node.find(lists)?;
        if list.kind() == K::GENERIC_ARG_LIST {
            let (mut args, mut bindings) = (Vec::new(), Vec::new());
            for arg in list.nodes() {
                self.generic_arg(source, arg, &mut args, &mut bindings);
            }
            let (args, bindings) = (args.as_slice(), bindings.as_slice());
            return Some(self.add_args(GenericArgs { args, bindings, output: None, parenthesized: false }));
        }
        let inputs: Vec<TypeId> = list
            .nodes()
            .filter_map(|arg| if is_type(arg.kind()) { Some(arg) } else { arg.find(is_type) })
            .map(|ty| self.ty(source, ty))
            .collect();
        let inputs = self.type_list(&inputs);
        let tuple = self.add_type(TypeRef::Tuple(inputs));
        let output = self.ret_type(source, node);
        let args = &[GenericArg::Type(tuple)];
        Some(self.add_args(GenericArgs { args, bindings: &[], output, parenthesized: true }))
    }

    fn generic_arg(
        &mut self,
        source: &InText<'_>,
        arg: Node<'_>,
        args: &mut Vec<GenericArg>,
        bindings: &mut Vec<(Name, TypeId)>,
    ) {
        match arg.kind() {
            K::TYPE_ARG => args.push(GenericArg::Type(self.inner_type(source, arg))),
            K::CONST_ARG => {
                let body = self.const_body(source, arg.nodes().next());
                args.push(GenericArg::Const(body));
            }
            K::ASSOC_TYPE_ARG => {
                if let (Some(name), Some(ty)) = (arg.child(K::NAME_REF), arg.find(is_type)) {
                    let name = Name::new(source.text_of(name));
                    let ty = self.ty(source, ty);
                    bindings.push((name, ty));
                } else if let (Some(name), true) = (arg.child(K::NAME_REF), arg.has(K::TYPE_BOUND_LIST)) {
                    let name = Name::new(source.text_of(name));
                    let bounds = self.bounds(source, arg);
                    let ty = self.add_type(TypeRef::ImplTrait(bounds));
                    bindings.push((name, ty));
                }
            }
            _ => {}
        }
    }
}

/// Tells `self::x` from `self`: whether the path goes on after `node`.
fn node_continues(source: &InText<'_>, node: Node<'_>) -> bool {
    source.text.get(node.end() as usize..).is_some_and(|rest| rest.trim_start().starts_with("::"))
}
