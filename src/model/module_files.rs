//! Where the file of `mod name;` lies, as rustc looks for it.

/// A `mod name;` and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct ModuleFile<'m> {
    /// The path of the file that declares it, with `/`.
    pub place: &'m str,
    /// Whether that file is a crate's root.
    pub is_root: bool,
    /// The inline modules around the declaration, outermost first.
    pub within: &'m [&'m str],
    /// The module's name.
    pub name: &'m str,
    /// Its `#[path]`.
    pub path: Option<&'m str>,
}

/// Returns the places that the module's file may have, likeliest first.
pub fn candidates(module: &ModuleFile<'_>) -> Vec<String> {
    let (folder, file) = module.place.rsplit_once('/').map_or(("", module.place), |(folder, file)| (folder, file));
    let mut base: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let absolute = module.place.starts_with('/');
    // A module file `a/b.rs` has its own modules in `a/b/`; roots and `mod.rs` have them beside themselves.
    let own_folder =
        if module.is_root || file == "mod.rs" { None } else { Some(file.strip_suffix(".rs").unwrap_or(file)) };
    let below = |base: &[&str], rest: &str| joined(absolute, base, rest);
    if let Some(path) = module.path {
        if module.within.is_empty() {
            return vec![below(&base, path)];
        }
        base.extend(own_folder);
        base.extend(module.within);
        return vec![below(&base, path)];
    }
    base.extend(own_folder);
    base.extend(module.within);
    let name = module.name;
    vec![below(&base, &format!("{name}.rs")), below(&base, &format!("{name}/mod.rs"))]
}

/// Joins two paths and resolves `.` and `..`.
fn joined(absolute: bool, base: &[&str], rest: &str) -> String {
    let absolute = absolute || rest.starts_with('/');
    let base = if rest.starts_with('/') { &[] } else { base };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.iter().copied().chain(rest.split(['/', '\\'])) {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    if absolute { format!("/{path}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::{ModuleFile, candidates};

    #[test]
    fn a_module_lies_where_rustc_looks_for_it() {
        let of = |place, is_root, within, path| candidates(&ModuleFile { place, is_root, within, name: "m", path });
        assert_eq!(of("src/lib.rs", true, &[], None), ["src/m.rs", "src/m/mod.rs"]);
        assert_eq!(of("src/a.rs", false, &[], None), ["src/a/m.rs", "src/a/m/mod.rs"]);
        assert_eq!(of("src/a/mod.rs", false, &["b"], None), ["src/a/b/m.rs", "src/a/b/m/mod.rs"]);
        assert_eq!(of("/x/src/a.rs", false, &[], Some("../odd.rs")), ["/x/odd.rs"]);
        assert_eq!(of("src/a.rs", false, &["b"], Some("odd.rs")), ["src/a/b/odd.rs"]);
    }
}
