//! Syntax contexts: which macro expansions a token of an expansion's text was written for, as rustc's marks say it.

use rustc_hash::FxHashMap;

use crate::model::hir::SyntaxContext;
use crate::source::FileId;

/// Which `macro_rules!` a definition is: where its rules begin, and the context of that place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) struct MacroDefSite {
    pub(in crate::model) file: FileId,
    /// Where the opening delimiter of its rules stands.
    pub(in crate::model) start: u32,
    pub(in crate::model) ctx: SyntaxContext,
}

/// One context but the root: the last expansion, of which macro, and the context without it.
#[derive(Debug, Clone, Copy)]
struct Mark {
    parent: SyntaxContext,
    def: MacroDefSite,
}

/// The syntax contexts of one file.
#[derive(Debug, Default)]
pub(in crate::model) struct SyntaxContexts {
    marks: Vec<Mark>,
    /// The contexts of names that are not from a file's own text, in the text of a macro that an expansion defined.
    nested: FxHashMap<(SyntaxContext, SyntaxContext), SyntaxContext>,
}

impl SyntaxContexts {
    /// Begins an expansion of the macro `def`: the context of its own text where that is a file's.
    pub(in crate::model) fn expansion(&mut self, def: MacroDefSite) -> SyntaxContext {
        self.marks.push(Mark { parent: SyntaxContext::ROOT, def });
        SyntaxContext(self.marks.len() as u32)
    }

    /// Returns the context of a name of the definition's text in the expansion whose context is `expansion`; `written` is the
    /// name's context in the definition.
    pub(in crate::model) fn marked(&mut self, written: SyntaxContext, expansion: SyntaxContext) -> SyntaxContext {
        if written.is_root() {
            return expansion;
        }
        let Some(&Mark { def, .. }) = self.mark(expansion) else { return expansion };
        let Self { marks, nested } = self;
        *nested.entry((written, expansion)).or_insert_with(|| {
            marks.push(Mark { parent: written, def });
            SyntaxContext(marks.len() as u32)
        })
    }

    /// Returns the context without its last expansion, if that is of the macro `def`: what a macro's text names is looked up
    /// where the macro is defined.
    pub(in crate::model) fn without(&self, ctx: SyntaxContext, def: MacroDefSite) -> Option<SyntaxContext> {
        self.mark(ctx).filter(|mark| mark.def == def).map(|mark| mark.parent)
    }

    fn mark(&self, ctx: SyntaxContext) -> Option<&Mark> {
        self.marks.get((ctx.0 as usize).checked_sub(1)?)
    }
}
