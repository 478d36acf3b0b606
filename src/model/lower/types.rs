//! Lowers types and bounds as written.

use super::{InText, Lower};
use crate::model::hir::{Anchor, GenericArg, GenericArgs, List, PathId, Segment, TypeId, TypeRef};
use crate::model::name::Name;
use crate::syntax::{Node, SyntaxKind as K};

impl Lower<'_> {
    /// `std::thread::LocalKey<ty>`: what a static of `thread_local!` is.
    pub(super) fn local_key(&mut self, ty: TypeId) -> TypeId {
        let args = [GenericArg::Type(ty)];
        let args = self.add_args(GenericArgs { args: &args, bindings: &[], output: None, parenthesized: false });
        let module = Segment { name: Name::new("thread"), args: None };
        let key = Segment { name: Name::LOCAL_KEY, args: Some(args) };
        let path = self.out.add_path(Anchor::OtherCrate(Name::STD), [module, key]);
        self.add_type(TypeRef::Path(path))
    }

    pub(super) fn ty(&mut self, source: &InText<'_>, node: Node<'_>) -> TypeId {
        let lowered = match node.kind() {
            K::PAREN_TYPE | K::FOR_TYPE => return self.inner_type(source, node),
            K::NEVER_TYPE => TypeRef::Never,
            K::INFER_TYPE => TypeRef::Infer,
            K::TUPLE_TYPE => {
                let inner = node.children().filter(|n| is_type(n.kind()));
                let elements: Vec<TypeId> = inner.map(|n| self.ty(source, n)).collect();
                TypeRef::Tuple(self.type_list(&elements))
            }
            K::REF_TYPE => TypeRef::Ref { ty: self.inner_type(source, node), mutable: node.has(K::MUT_KW) },
            K::PTR_TYPE => TypeRef::Ptr { ty: self.inner_type(source, node), mutable: node.has(K::MUT_KW) },
            K::SLICE_TYPE => TypeRef::Slice(self.inner_type(source, node)),
            K::ARRAY_TYPE => {
                let ty = self.inner_type(source, node);
                let len = node.child(K::CONST_ARG).and_then(|arg| arg.nodes().next());
                TypeRef::Array { ty, len: self.const_body(source, len) }
            }
            K::PATH_TYPE => match node.child(K::PATH) {
                Some(path) => TypeRef::Path(self.path(source, path)),
                None => TypeRef::Missing,
            },
            K::FN_PTR_TYPE => {
                let params: Vec<TypeId> = node
                    .child(K::PARAM_LIST)
                    .into_iter()
                    .flat_map(Node::nodes)
                    .filter_map(|param| param.find(is_type))
                    .map(|ty| self.ty(source, ty))
                    .collect();
                let params = self.type_list(&params);
                TypeRef::FnPtr { params, ret: self.ret_type(source, node), is_unsafe: node.has(K::UNSAFE_KW) }
            }
            K::IMPL_TRAIT_TYPE => TypeRef::ImplTrait(self.bounds(source, node)),
            K::DYN_TRAIT_TYPE => TypeRef::Dyn(self.bounds(source, node)),
            K::MACRO_TYPE => {
                if let Some(call) = node.child(K::MACRO_CALL) {
                    return self.macro_type(source, call);
                }
                TypeRef::Missing
            }
            _ => TypeRef::Missing,
        };
        self.add_type(lowered)
    }

    /// Lowers the first type directly below `node`.
    pub(super) fn inner_type(&mut self, source: &InText<'_>, node: Node<'_>) -> TypeId {
        node.find(is_type).map_or(TypeId::new(0), |ty| self.ty(source, ty))
    }

    /// Lowers the type after `->`, if there is one.
    pub(super) fn ret_type(&mut self, source: &InText<'_>, node: Node<'_>) -> Option<TypeId> {
        let ty = node.child(K::RET_TYPE)?.find(is_type)?;
        Some(self.ty(source, ty))
    }

    /// Lowers the trait paths of the `TYPE_BOUND_LIST` below `node`; lifetimes and `?Trait` are left out.
    pub(super) fn bounds(&mut self, source: &InText<'_>, node: Node<'_>) -> List<PathId> {
        let mut paths = Vec::new();
        let list = if node.kind() == K::TYPE_BOUND_LIST { Some(node) } else { node.child(K::TYPE_BOUND_LIST) };
        for bound in list.into_iter().flat_map(Node::nodes) {
            if bound.has(K::QUESTION) {
                continue;
            }
            let ty = bound
                .find(is_type)
                .map(|ty| if ty.kind() == K::FOR_TYPE { ty.find(is_type).unwrap_or(ty) } else { ty });
            if let Some(path) = ty.and_then(|ty| ty.child(K::PATH)) {
                paths.push(self.path(source, path));
            }
        }
        self.path_list(&paths)
    }
}

/// Tells whether nodes of `kind` are types.
#[inline]
pub(super) fn is_type(kind: K) -> bool {
    matches!(
        kind,
        K::ARRAY_TYPE
            | K::DYN_TRAIT_TYPE
            | K::FN_PTR_TYPE
            | K::FOR_TYPE
            | K::IMPL_TRAIT_TYPE
            | K::INFER_TYPE
            | K::MACRO_TYPE
            | K::NEVER_TYPE
            | K::PAREN_TYPE
            | K::PATH_TYPE
            | K::PTR_TYPE
            | K::REF_TYPE
            | K::SLICE_TYPE
            | K::TUPLE_TYPE
    )
}
