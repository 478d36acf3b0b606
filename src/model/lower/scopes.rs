//! Scopes of bindings and labels while bodies are lowered: which binding a name means, with macro hygiene. A name that a macro's
//! text has is looked up where the macro is defined, one of an argument where the call is.

use crate::model::expand::syntax_context::{MacroDefSite, SyntaxContexts};
use crate::model::hir::{BindingId, LabelId, SyntaxContext};
use crate::model::name::Name;

/// What is in scope, innermost last.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    entries: Vec<Entry>,
    /// In alternatives of an or-pattern but the first: where the first one's bindings begin.
    pub(super) alternatives: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
enum Entry {
    Binding(Name, SyntaxContext, BindingId),
    Label(Name, SyntaxContext, LabelId),
    /// A `macro_rules!`: outwards of it, a name of its text is one of the text around it.
    Macro(MacroDefSite),
    /// A closure or `async` block: labels around it are not seen within.
    Closure,
}

impl Scopes {
    /// Returns how much is in scope, for `leave`.
    pub(super) fn enter(&self) -> usize {
        self.entries.len()
    }

    /// Leaves what was entered since `enter` returned `scope`.
    pub(super) fn leave(&mut self, scope: usize) {
        self.entries.truncate(scope);
    }

    pub(super) fn bind(&mut self, name: Name, ctx: SyntaxContext, binding: BindingId) {
        self.entries.push(Entry::Binding(name, ctx, binding));
    }

    pub(super) fn label(&mut self, name: Name, ctx: SyntaxContext, label: LabelId) {
        self.entries.push(Entry::Label(name, ctx, label));
    }

    pub(super) fn define_macro(&mut self, def: MacroDefSite) {
        self.entries.push(Entry::Macro(def));
    }

    pub(super) fn closure(&mut self) {
        self.entries.push(Entry::Closure);
    }

    /// Returns the binding of this name that an alternative before this one made.
    pub(super) fn alternative(&self, name: Name, ctx: SyntaxContext) -> Option<BindingId> {
        self.entries.get(self.alternatives?..)?.iter().find_map(|&entry| match entry {
            Entry::Binding(known, at, binding) if known == name && at == ctx => Some(binding),
            _ => None,
        })
    }

    /// Returns the binding that a name means; O(what is in scope).
    pub(super) fn binding(&self, name: Name, ctx: SyntaxContext, contexts: &SyntaxContexts) -> Option<BindingId> {
        let mut ctx = ctx;
        for &entry in self.entries.iter().rev() {
            match entry {
                Entry::Binding(known, at, binding) if known == name && at == ctx => return Some(binding),
                Entry::Macro(def) => ctx = contexts.without(ctx, def).unwrap_or(ctx),
                _ => {}
            }
        }
        None
    }

    /// Returns the label that a name means; O(what is in scope).
    pub(super) fn find_label(&self, name: Name, ctx: SyntaxContext, contexts: &SyntaxContexts) -> Option<LabelId> {
        let mut ctx = ctx;
        for &entry in self.entries.iter().rev() {
            match entry {
                Entry::Label(known, at, label) if known == name && at == ctx => return Some(label),
                Entry::Macro(def) => ctx = contexts.without(ctx, def).unwrap_or(ctx),
                Entry::Closure => return None,
                _ => {}
            }
        }
        None
    }
}
