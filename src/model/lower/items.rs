//! Lowers items: what they declare and, where wanted, their bodies.

use super::pat::name_of;
use super::types::is_type;
use super::{InText, Lower};
use crate::model::hir::{
    Binding, BlockKind, BodyId, BodyKind, FnId, GenericsId, ItemId, List, Param, Pat, TypeId, VariantId,
};
use crate::model::item::{
    Field, FieldVisibility, Function, GenericParam, Generics, Item, ItemKind, Mark, Parent, SelfParam, Variant,
};
use crate::model::name::Name;
use crate::syntax::{Node, SyntaxKind as K};

impl Lower<'_> {
    /// Lowers the items directly below `node`.
    pub(super) fn items_below(&mut self, source: &InText<'_>, node: Node<'_>) {
        for child in node.nodes() {
            self.item(source, child);
        }
    }

    pub(super) fn item(&mut self, source: &InText<'_>, node: Node<'_>) {
        if !is_item(node.kind()) {
            // An expression macro among items, as `MACRO_ITEMS` may hold.
            return;
        }
        let start = self.out.code.next_id().number();
        let outer = (self.owner, self.parent, self.body, self.cfg);
        if matches!(self.parent, Parent::Block(..)) {
            self.note_blocks();
        }
        let outer_blocks = std::mem::take(&mut self.blocks);
        let outer_scopes = std::mem::take(&mut self.scopes);
        let id = self.open_item(source, node);
        let outer_holes = std::mem::take(&mut self.nested_bodies);
        self.body = None;
        let kind = self.item_kind(source, node, id);
        (self.owner, self.parent, self.body, self.cfg) = outer;
        self.blocks = outer_blocks;
        self.scopes = outer_scopes;
        if matches!(kind, ItemKind::MacroRules)
            && self.body.is_some()
            && let Some(rules) = node.child(K::TOKEN_TREE)
        {
            self.scopes.define_macro(source.macro_def_site(rules.start()));
        }
        self.nested_bodies = outer_holes;
        self.nested_bodies.push(start..self.out.code.next_id().number());
        if let Some(item) = self.out.items.get_mut(id.index()) {
            item.kind = kind;
        }
    }

    /// Adds an item with all that every kind has; the rest is lowered in its scope.
    fn open_item(&mut self, source: &InText<'_>, node: Node<'_>) -> ItemId {
        let id = ItemId(self.out.items.len() as u32);
        let span = source.span_of(node);
        let (attrs, cfg) = self.item_attributes(source, node, span);
        let name_node = node.child(K::NAME);
        let first = node.children().find(|n| !n.kind().is_trivia() && n.kind() != K::ATTR);
        let name_at = name_node.or(first).unwrap_or(node);
        self.out.items.push(Item {
            // What the functions of an extern block need to know of it; other kinds are set once they are lowered.
            kind: if node.kind() == K::EXTERN_BLOCK { ItemKind::ExternBlock } else { ItemKind::MacroCall },
            name: name_node.map_or(Name::MISSING, |name| Name::new(source.text_of(name))),
            parent: self.parent,
            generics: GenericsId(0),
            cfg,
            attrs,
            public: node.child(K::VISIBILITY).is_some_and(|vis| !vis.has(K::VISIBILITY_INNER)),
        });
        self.out.code.items.push((span, source.span_of(name_at)));
        if source.is_file() && self.bodies_wanted() {
            self.out.waivable.push(span);
        }
        self.owner = id;
        self.parent = Parent::Item(id);
        self.cfg = cfg;
        if node.has(K::GENERIC_PARAM_LIST) || node.has(K::WHERE_CLAUSE) {
            let generics = self.generics(source, node);
            if let Some(item) = self.out.items.get_mut(id.index()) {
                item.generics = generics;
            }
        }
        id
    }

    fn item_kind(&mut self, source: &InText<'_>, node: Node<'_>, id: ItemId) -> ItemKind {
        match node.kind() {
            K::FN => ItemKind::Fn(self.function(source, node, id)),
            K::STRUCT => {
                let (fields, tuple) = self.fields(source, node);
                ItemKind::Struct { fields, tuple }
            }
            K::UNION => ItemKind::Union { fields: self.fields(source, node).0 },
            K::ENUM => ItemKind::Enum { variants: self.variants(source, node) },
            K::TRAIT => {
                let supertraits = self.bounds(source, node);
                self.assoc_items(source, node);
                ItemKind::Trait { supertraits, is_unsafe: node.has(K::UNSAFE_KW) }
            }
            K::IMPL => self.impl_block(source, node),
            K::TYPE_ALIAS => {
                let bounds = self.bounds(source, node);
                ItemKind::TypeAlias { ty: node.find(is_type).map(|ty| self.ty(source, ty)), bounds }
            }
            K::CONST => {
                let ty = node.find(is_type).map(|ty| self.ty(source, ty));
                ItemKind::Const { ty, body: self.initializer(source, node) }
            }
            K::STATIC => {
                let ty = node.find(is_type).map(|ty| self.ty(source, ty));
                let ty = if self.thread_local_depth > 0 { ty.map(|ty| self.local_key(ty)) } else { ty };
                ItemKind::Static { ty, body: self.initializer(source, node), mutable: node.has(K::MUT_KW) }
            }
            K::MODULE => self.module(source, node, id),
            K::USE => ItemKind::Use { imports: self.imports(source, node) },
            K::EXTERN_CRATE => self.extern_crate(source, node, id),
            K::EXTERN_BLOCK => {
                if let Some(list) = node.child(K::EXTERN_ITEM_LIST) {
                    self.items_below(source, list);
                }
                ItemKind::ExternBlock
            }
            K::MACRO_RULES | K::MACRO_DEF => {
                self.local_macro(source, node);
                ItemKind::MacroRules
            }
            _ => {
                self.macro_items(source, node);
                ItemKind::MacroCall
            }
        }
    }

    fn module(&mut self, source: &InText<'_>, node: Node<'_>, id: ItemId) -> ItemKind {
        let list = node.child(K::ITEM_LIST);
        self.note_module_paths(source, node);
        let path = node.children().filter(|n| n.kind() == K::ATTR).find_map(|attr| {
            let text = source.text_of(attr).split_once("path")?.1.trim_start();
            text.strip_prefix('=')?.split('"').nth(1).map(Name::new)
        });
        if let Some(list) = list {
            let macros = self.local_macros.names.len();
            self.items_below(source, list);
            let hands_on = self.out.items.get(id.index()).is_some_and(|item| item.attrs.is(Mark::MacroExport));
            if !hands_on {
                self.local_macros.truncate(macros);
            }
        }
        ItemKind::Module { inline: list.is_some(), path }
    }

    fn impl_block(&mut self, source: &InText<'_>, node: Node<'_>) -> ItemKind {
        let types: Vec<Node<'_>> = node.nodes().filter(|n| is_type(n.kind())).collect();
        let (trait_node, self_node) = match types.as_slice() {
            [one] => (None, Some(*one)),
            [one, two, ..] => (Some(*one), Some(*two)),
            [] => (None, None),
        };
        let trait_path = trait_node.and_then(|ty| ty.child(K::PATH)).map(|path| self.path(source, path));
        let self_ty = self_node.map_or(TypeId::new(0), |ty| self.ty(source, ty));
        let negative = node.has(K::BANG);
        self.assoc_items(source, node);
        ItemKind::Impl { trait_path, self_ty, is_unsafe: node.has(K::UNSAFE_KW), negative }
    }

    fn assoc_items(&mut self, source: &InText<'_>, node: Node<'_>) {
        if let Some(list) = node.child(K::ASSOC_ITEM_LIST) {
            self.items_below(source, list);
        }
    }

    fn initializer(&mut self, source: &InText<'_>, node: Node<'_>) -> Option<BodyId> {
        // The value stands after `=`; a CONST_ARG may wrap it.
        let value = node.nodes().find(|n| super::expr::is_expr(n.kind()));
        let value = value?;
        if self.thread_local_depth > 0 {
            return Some(self.add_body(BodyKind::Fn, |this| (Vec::new(), this.expr(source, value))));
        }
        Some(self.const_body(source, Some(value)))
    }

    fn function(&mut self, source: &InText<'_>, node: Node<'_>, id: ItemId) -> FnId {
        let mut self_param = None;
        let (mut pats, mut types) = (Vec::new(), Vec::new());
        let first_binding = self.out.code.bindings.len() as u32;
        for param in node.child(K::PARAM_LIST).into_iter().flat_map(Node::nodes) {
            match param.kind() {
                K::SELF_PARAM => self_param = Some(self.self_param(source, param)),
                K::PARAM => {
                    if self.bodies_wanted() {
                        pats.push(self.inner_pat(source, param));
                    }
                    types.push(self.inner_type(source, param));
                }
                _ => {}
            }
        }
        let params = self.type_list(&types);
        let ret = self.ret_type(source, node);
        let in_extern_block = match self.out.items.get(id.index()).map(|item| item.parent) {
            Some(Parent::Item(parent)) => self.is_extern_block(parent),
            _ => false,
        };
        let function = Function {
            self_param,
            params,
            ret,
            body: None,
            is_unsafe: node.has(K::UNSAFE_KW) || (in_extern_block && !node.has(K::SAFE_KW)),
            is_async: node.has(K::ASYNC_KW),
            is_const: node.has(K::CONST_KW),
            foreign_abi: node.child(K::ABI).is_some_and(|abi| !source.text_of(abi).contains("\"Rust\""))
                || in_extern_block,
        };
        let fn_id = FnId(self.out.functions.len() as u32);
        self.out.functions.push(function);
        if let (true, Some(block)) = (self.bodies_wanted(), node.child(K::BLOCK_EXPR)) {
            let params = pats.into_iter().zip(types);
            let params = params.map(|(pat, ty)| Param { pat, ty: Some(ty) }).collect();
            let body = self.fn_body(source, node, block, params);
            if let Some(function) = self.out.functions.get_mut(fn_id.index()) {
                function.body = Some(body);
            }
            if let Some(body) = self.out.bodies.get_mut(body.index()) {
                body.bindings.start = first_binding;
            }
        }
        fn_id
    }

    fn is_extern_block(&self, id: ItemId) -> bool {
        self.out.items.get(id.index()).is_some_and(|item| item.kind == ItemKind::ExternBlock)
    }

    fn fn_body(&mut self, source: &InText<'_>, node: Node<'_>, block: Node<'_>, declared: Vec<Param>) -> BodyId {
        // What the parameters bind.
        let scopes = std::mem::take(&mut self.scopes);
        self.add_body(BodyKind::Fn, |this| {
            this.scopes = scopes;
            let mut params = Vec::new();
            if let Some(param) = node.child(K::PARAM_LIST).and_then(|list| list.child(K::SELF_PARAM)) {
                let mutable = param.has(K::MUT_KW) && !param.has(K::AMP);
                let name = param.child(K::NAME).map_or(param.start(), Node::start);
                let ctx = source.context(name);
                let binding = this.bind(Binding { name: Name::SELF_VALUE, ctx, by_ref: false, mutable });
                params.push(Param { pat: this.add_pat(Pat::Bind { binding, sub: None }), ty: None });
            }
            params.extend(declared);
            (params, this.block(source, block, BlockKind::Plain))
        })
    }

    fn self_param(&mut self, source: &InText<'_>, param: Node<'_>) -> SelfParam {
        if let Some(ty) = param.find(is_type) {
            return SelfParam::Typed(self.ty(source, ty));
        }
        match (param.has(K::AMP), param.has(K::MUT_KW)) {
            (true, true) => SelfParam::RefMut,
            (true, false) => SelfParam::Ref,
            (false, _) => SelfParam::Value,
        }
    }

    /// Lowers the fields directly below `node`, and tells whether they are positional.
    fn fields(&mut self, source: &InText<'_>, node: Node<'_>) -> (List<Field>, bool) {
        let mut fields = Vec::new();
        let field_of = |name: Name, ty: TypeId, field: Node<'_>| {
            let visibility = match field.child(K::VISIBILITY) {
                None => FieldVisibility::Private,
                Some(written) if written.has(K::VISIBILITY_INNER) => FieldVisibility::Restricted,
                Some(_) => FieldVisibility::Public,
            };
            let attrs =
                field.children().take_while(|child| matches!(child.kind(), K::ATTR | K::COMMENT | K::WHITESPACE));
            let mut attrs = attrs.filter(|child| child.kind() == K::ATTR);
            let conditional =
                attrs.any(|attr| source.text_of(attr).trim_start_matches(['#', '[', ' ']).starts_with("cfg("));
            Field { name, ty, visibility, conditional }
        };
        if let Some(list) = node.child(K::RECORD_FIELD_LIST) {
            for field in list.nodes().filter(|n| n.kind() == K::RECORD_FIELD) {
                let ty = self.inner_type(source, field);
                fields.push(field_of(name_of(source, field), ty, field));
            }
            return (self.out.add_list(&fields), false);
        }
        let Some(list) = node.child(K::TUPLE_FIELD_LIST) else { return (List::EMPTY, true) };
        for (at, field) in list.nodes().filter(|n| n.kind() == K::TUPLE_FIELD).enumerate() {
            let ty = self.inner_type(source, field);
            fields.push(field_of(Name::new(&at.to_string()), ty, field));
        }
        (self.out.add_list(&fields), true)
    }

    fn variants(&mut self, source: &InText<'_>, node: Node<'_>) -> List<VariantId> {
        let mut ids = Vec::new();
        for variant in node.child(K::VARIANT_LIST).into_iter().flat_map(Node::nodes) {
            if variant.kind() != K::VARIANT {
                continue;
            }
            let cfg = self.cfg_attribute(source, variant).unwrap_or(self.cfg);
            let (fields, tuple) = self.fields(source, variant);
            let value = variant.nodes().find(|n| super::expr::is_expr(n.kind()) || n.kind() == K::CONST_ARG);
            let discriminant = value.map(|value| {
                let value = if value.kind() == K::CONST_ARG { value.nodes().next() } else { Some(value) };
                self.const_body(source, value)
            });
            let unit = !variant.has(K::RECORD_FIELD_LIST) && !variant.has(K::TUPLE_FIELD_LIST);
            ids.push(VariantId(self.out.variants.len() as u32));
            self.out.variants.push(Variant { name: name_of(source, variant), fields, tuple, unit, cfg, discriminant });
        }
        self.out.add_list(&ids)
    }

    fn generics(&mut self, source: &InText<'_>, node: Node<'_>) -> GenericsId {
        let (mut params, mut all_bounds) = (Vec::new(), Vec::new());
        for param in node.child(K::GENERIC_PARAM_LIST).into_iter().flat_map(Node::nodes) {
            let name = name_of(source, param);
            match param.kind() {
                K::TYPE_PARAM => {
                    let ty = param.find(is_type).map(|ty| self.ty(source, ty));
                    params.push(GenericParam { name, is_const: false, ty });
                    let bounds = self.bounds(source, param);
                    if !bounds.is_empty() {
                        let subject = self.name_type(name);
                        all_bounds.push((subject, bounds));
                    }
                }
                K::CONST_PARAM => {
                    let ty = param.find(is_type).map(|ty| self.ty(source, ty));
                    params.push(GenericParam { name, is_const: true, ty });
                }
                _ => {}
            }
        }
        for pred in node.child(K::WHERE_CLAUSE).into_iter().flat_map(Node::nodes) {
            let Some(subject) = pred.find(is_type) else { continue };
            let subject = self.ty(source, subject);
            let bounds = self.bounds(source, pred);
            all_bounds.push((subject, bounds));
        }
        self.out.add_generics(Generics { params: &params, bounds: &all_bounds })
    }

    /// A type of one name.
    pub(super) fn name_type(&mut self, name: Name) -> TypeId {
        use crate::model::hir::{Anchor, Segment, TypeRef};
        let start = self.segments.len();
        self.segments.push(Segment { name, args: None });
        let path = self.add_path(Anchor::Plain, start);
        self.add_type(TypeRef::Path(path))
    }
}

/// Tells whether nodes of `kind` are items.
pub(super) fn is_item(kind: K) -> bool {
    matches!(
        kind,
        K::CONST
            | K::ENUM
            | K::EXTERN_BLOCK
            | K::EXTERN_CRATE
            | K::FN
            | K::IMPL
            | K::MACRO_CALL
            | K::MACRO_DEF
            | K::MACRO_RULES
            | K::MODULE
            | K::STATIC
            | K::STRUCT
            | K::TRAIT
            | K::TYPE_ALIAS
            | K::UNION
            | K::USE
    )
}
