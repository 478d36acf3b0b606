//! Lowers paths and generic arguments as written.

use super::types::is_type;
use super::{Lower, Source};
use crate::model::hir::{Anchor, GenericArg, GenericArgs, Path, PathId, Segment, TypeId, TypeRef};
use crate::model::name::Name;
use crate::syntax::{Node, SyntaxKind as K};

/// A path as far as it was read.
struct Written {
    anchor: Anchor,
    first: Option<Segment>,
    more: Vec<Segment>,
}

impl Lower<'_> {
    pub(super) fn path(&mut self, source: &Source<'_>, node: Node<'_>) -> PathId {
        let mut written = Written { anchor: Anchor::Plain, first: None, more: Vec::new() };
        self.collect(source, node, &mut written);
        let Written { anchor, first, more } = written;
        self.add_path(Path { anchor, segments: first.into_iter().chain(more).collect() })
    }

    fn collect(&mut self, source: &Source<'_>, node: Node<'_>, path: &mut Written) {
        // A qualified path is nested to the left; its depth is bounded with all nesting.
        if let Some(qualifier) = node.child(K::PATH) {
            self.collect(source, qualifier, path);
        }
        let Some(segment) = node.child(K::PATH_SEGMENT) else { return };
        let first = path.first.is_none();
        if first && segment.has(K::COLON2) && !segment.has(K::TYPE_ANCHOR) {
            path.anchor = Anchor::Global;
        }
        if let Some(anchor) = segment.child(K::TYPE_ANCHOR) {
            path.anchor = self.type_anchor(source, anchor);
            return;
        }
        let Some(name_ref) = segment.child(K::NAME_REF) else { return };
        let keyword = name_ref.children().next().map(Node::kind);
        match (keyword, path.anchor) {
            (Some(K::CRATE_KW), Anchor::Plain) if first => path.anchor = Anchor::Crate,
            (Some(K::SELF_KW), Anchor::Plain) if first && node_continues(source, node) => {
                path.anchor = Anchor::SelfModule;
            }
            (Some(K::SUPER_KW), Anchor::Plain | Anchor::SelfModule) if first => path.anchor = Anchor::Super(1),
            (Some(K::SUPER_KW), Anchor::Super(levels)) if first => {
                path.anchor = Anchor::Super(levels.saturating_add(1));
            }
            _ => {
                let name = Name::new(source.text_of(name_ref));
                let args = self.generic_args(source, segment);
                match path.first {
                    None => path.first = Some(Segment { name, args }),
                    Some(_) => path.more.push(Segment { name, args }),
                }
            }
        }
    }

    fn type_anchor(&mut self, source: &Source<'_>, node: Node<'_>) -> Anchor {
        let mut types = node.nodes().filter(|n| is_type(n.kind()));
        let ty = types.next();
        let trait_path = types.next().and_then(|ty| ty.child(K::PATH));
        let ty = ty.map_or(TypeId(0), |ty| self.ty(source, ty));
        Anchor::Type { ty, trait_path: trait_path.map(|path| self.path(source, path)) }
    }

    /// Lowers the generic arguments directly below `node`, `<…>` or `(…) -> …`.
    pub(super) fn generic_args(&mut self, source: &Source<'_>, node: Node<'_>) -> Option<Box<GenericArgs>> {
        if let Some(list) = node.child(K::GENERIC_ARG_LIST) {
            let (mut args, mut bindings) = (Vec::new(), Vec::new());
            for arg in list.nodes() {
                self.generic_arg(source, arg, &mut args, &mut bindings);
            }
            let (args, bindings) = (args.into(), bindings.into());
            return Some(Box::new(GenericArgs { args, bindings, ..GenericArgs::default() }));
        }
        let list = node.child(K::PARENTHESIZED_ARG_LIST).or_else(|| node.child(K::PARAM_LIST))?;
        let inputs: Vec<u32> = list
            .nodes()
            .filter_map(|arg| if is_type(arg.kind()) { Some(arg) } else { arg.find(is_type) })
            .map(|ty| self.ty(source, ty).0)
            .collect();
        let inputs = self.list(&inputs);
        let tuple = self.add_type(TypeRef::Tuple(inputs));
        let output = self.ret_type(source, node);
        Some(Box::new(GenericArgs {
            args: [GenericArg::Type(tuple)].into(),
            bindings: Box::default(),
            output,
            parenthesized: true,
        }))
    }

    fn generic_arg(
        &mut self,
        source: &Source<'_>,
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
fn node_continues(source: &Source<'_>, node: Node<'_>) -> bool {
    source.text.get(node.end() as usize..).is_some_and(|rest| rest.trim_start().starts_with("::"))
}
