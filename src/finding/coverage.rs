//! How much of the program was understood: the honest denominator of every report.

/// Counters of a scan; each pair is "of these, so many were understood".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Coverage {
    /// Files that were read.
    pub files: u64,
    /// Files with at least one syntax error, unreadable and oversized files too.
    pub files_with_errors: u64,
    /// Functions with a body.
    pub functions: u64,
    /// Macro calls, without attribute and derive macros.
    pub macro_calls: u64,
    /// Macro calls whose arguments or expansion were read as code.
    pub macro_calls_expanded: u64,
    /// Operands of arithmetic, index and cast expressions.
    pub operands: u64,
    /// Operands whose type is known.
    pub operands_typed: u64,
    /// Function and method calls.
    pub calls: u64,
    /// Calls whose callee is known.
    pub calls_resolved: u64,
    /// Crates from a registry that the scanned code, or what it depends on, asks for.
    pub dependencies: u64,
    /// Those whose declarations could be read from sources on disk.
    pub dependencies_indexed: u64,
}

impl std::ops::AddAssign for Coverage {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.files_with_errors += other.files_with_errors;
        self.functions += other.functions;
        self.macro_calls += other.macro_calls;
        self.macro_calls_expanded += other.macro_calls_expanded;
        self.operands += other.operands;
        self.operands_typed += other.operands_typed;
        self.calls += other.calls;
        self.calls_resolved += other.calls_resolved;
        self.dependencies += other.dependencies;
        self.dependencies_indexed += other.dependencies_indexed;
    }
}

/// How much of one package was understood. Its dependencies are counted for the whole scan alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CrateCoverage {
    /// The package's name; empty for files without one.
    pub name: String,
    /// What was understood.
    pub coverage: Coverage,
    /// Sites of all kinds and verdicts.
    pub sites: u64,
    /// Sites that could not be decided.
    pub indeterminate: u64,
}
