//! Packages, targets, editions, dependencies, the contexts of files.

use super::*;

const PACKAGE: &str = "[package]\nname = \"my-crate\"\nversion = \"1.2.3\"\nedition = \"2021\"\n";

#[test]
fn each_place_of_a_package_has_its_context() {
    let tree = Tree::new(&[
        ("Cargo.toml", PACKAGE),
        ("benches/speed.rs", ""),
        ("build.rs", ""),
        ("build/emit.rs", ""),
        ("examples/demo/main.rs", ""),
        ("examples/demo/part.rs", ""),
        ("src/bin/tool.rs", ""),
        ("src/bin/tool/part.rs", ""),
        ("src/lib.rs", ""),
        ("src/main.rs", ""),
        ("src/part.rs", ""),
        ("src/target/mod.rs", ""),
        ("tests/it.rs", ""),
        ("tests/ui/case.rs", ""),
        ("extra/odd.rs", ""),
        ("target/debug/build/out.rs", ""),
        (".hidden/x.rs", ""),
        ("fuzz/fuzz_targets/a.rs", ""),
    ]);
    let found = tree.scan();
    assert_eq!(
        contexts(&found),
        [
            ("benches/speed.rs", "bench"),
            ("build.rs", "build-script"),
            ("build/emit.rs", "build-script"),
            ("examples/demo/main.rs", "example"),
            ("examples/demo/part.rs", "example"),
            ("extra/odd.rs", "lib"),
            ("fuzz/fuzz_targets/a.rs", "test"),
            ("src/bin/tool.rs", "bin"),
            ("src/bin/tool/part.rs", "bin"),
            ("src/lib.rs", "lib"),
            ("src/main.rs", "bin"),
            ("src/part.rs", "lib"),
            ("src/target/mod.rs", "lib"),
            ("tests/it.rs", "test"),
            ("tests/ui/case.rs", "test"),
        ]
    );
    assert!(found.files.iter().all(|file| file.package == Some(0) && file.edition == Edition::E2021));
    let package = &found.packages[0];
    assert_eq!((package.name.as_str(), package.version.as_deref()), ("my-crate", Some("1.2.3")));
    let targets: Vec<_> = package.targets.iter().map(|it| (it.kind, it.name.as_str(), it.root.as_str())).collect();
    assert_eq!(
        targets,
        [
            (TargetKind::Lib, "my_crate", "src/lib.rs"),
            (TargetKind::Bin, "my-crate", "src/main.rs"),
            (TargetKind::Bin, "tool", "src/bin/tool.rs"),
            (TargetKind::Test, "it", "tests/it.rs"),
            (TargetKind::Bench, "speed", "benches/speed.rs"),
            (TargetKind::Example, "demo", "examples/demo/main.rs"),
            (TargetKind::BuildScript, "build-script-build", "build.rs"),
        ]
    );
    assert_eq!(gaps(&found), []);
}

#[test]
fn a_package_without_a_library_is_all_binary() {
    let tree = Tree::new(&[("Cargo.toml", PACKAGE), ("src/main.rs", ""), ("src/part.rs", "")]);
    assert_eq!(contexts(&tree.scan()), [("src/main.rs", "bin"), ("src/part.rs", "bin")]);
}

#[test]
fn a_proc_macro_package_is_proc_macro() {
    let manifest = format!("{PACKAGE}[lib]\nproc-macro = true\n");
    let tree = Tree::new(&[("Cargo.toml", manifest.as_str()), ("src/lib.rs", ""), ("src/derive.rs", "")]);
    let found = tree.scan();
    assert_eq!(contexts(&found), [("src/derive.rs", "proc-macro"), ("src/lib.rs", "proc-macro")]);
    assert_eq!(found.packages[0].targets[0].kind, TargetKind::ProcMacro);
}

#[test]
fn declared_targets_and_switches_win_over_discovery() {
    let manifest = "[package]\nname = \"p\"\nedition = \"2018\"\nautobins = false\nautotests = false\nbuild = \"gen/main.rs\"\n\
         [lib]\npath = \"lib/root.rs\"\nname = \"other\"\n[[bin]]\nname = \"tool\"\npath = \"cli/tool.rs\"\n[[bin]]\nname = \"lost\"\n\
         [[test]]\nname = \"unpublished\"\npath = \"tests/none.rs\"\n";
    let tree = Tree::new(&[
        ("Cargo.toml", manifest),
        ("cli/args.rs", ""),
        ("cli/tool.rs", ""),
        ("gen/main.rs", ""),
        ("gen/part.rs", ""),
        ("lib/part.rs", ""),
        ("lib/root.rs", ""),
        ("src/main.rs", ""),
        ("tests/a.rs", ""),
    ]);
    let found = tree.scan();
    assert_eq!(
        contexts(&found),
        [
            ("cli/args.rs", "bin"),
            ("cli/tool.rs", "bin"),
            ("gen/main.rs", "build-script"),
            ("gen/part.rs", "build-script"),
            ("lib/part.rs", "lib"),
            ("lib/root.rs", "lib"),
            ("src/main.rs", "lib"),
            ("tests/a.rs", "test"),
        ]
    );
    let targets: Vec<_> = found.packages[0].targets.iter().map(|it| (it.name.as_str(), it.root.as_str())).collect();
    assert_eq!(targets, [("other", "lib/root.rs"), ("tool", "cli/tool.rs"), ("build-script-build", "gen/main.rs")]);
    assert_eq!(gaps(&found), [("Cargo.toml", "the root file of binary `lost` was not found")]);
}

#[test]
fn the_2015_edition_discovers_nothing_beside_what_is_declared() {
    let files = [("src/bin/a.rs", ""), ("src/bin/b.rs", "")];
    let tree = Tree::new(&files);
    tree.add("Cargo.toml", "[package]\nname = \"p\"\n[[bin]]\nname = \"a\"\n");
    let found = tree.scan();
    assert_eq!(found.packages[0].edition, Edition::E2015);
    assert_eq!(found.packages[0].targets.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn the_2015_edition_looks_in_its_old_places() {
    let tree = Tree::new(&[("src/old.rs", ""), ("src/main.rs", "")]);
    tree.add("Cargo.toml", "[package]\nname = \"p\"\n[lib]\nname = \"old\"\n[[bin]]\nname = \"tool\"\n");
    let found = tree.scan();
    let targets: Vec<_> = found.packages[0].targets.iter().map(|it| (it.name.as_str(), it.root.as_str())).collect();
    assert_eq!(targets, [("old", "src/old.rs"), ("tool", "src/main.rs")]);
    assert_eq!(gaps(&found), []);
}

#[test]
fn members_inherit_from_a_virtual_workspace() {
    let tree = Tree::new(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"a\", \"b\"]\nexclude = [\"c\"]\n[workspace.package]\nedition = \"2018\"\nversion = \"7.0.0\"\n\
             [workspace.dependencies]\nserde = \"1.0.5\"\nthe-b = { path = \"b\", package = \"b\" }\n\
             [profile.release]\npanic = \"abort\"\noverflow-checks = true\n",
        ),
        (
            "a/Cargo.toml",
            "[package]\nname = \"a\"\nversion.workspace = true\nedition.workspace = true\n\
             [dependencies]\nserde = { workspace = true, optional = true }\nthe-b = { workspace = true }\n\
             [target.'cfg(unix)'.dev-dependencies]\nlibc = { version = \"0.2\" }\n\
             [features]\ndefault = [\"std\"]\nstd = [\"serde/std\"]\nslow = []\n",
        ),
        ("a/src/lib.rs", ""),
        ("b/Cargo.toml", "[package]\nname = \"b\"\nedition = \"2024\"\n"),
        ("b/src/lib.rs", ""),
        ("c/Cargo.toml", "[package]\nname = \"c\"\nedition.workspace = true\n"),
        ("c/src/lib.rs", ""),
    ]);
    let found = tree.scan();
    let packages: Vec<_> = found.packages.iter().map(|it| (it.name.as_str(), it.edition)).collect();
    assert_eq!(packages, [("a", Edition::E2018), ("b", Edition::E2024), ("c", Edition::E2024)]);
    assert_eq!(found.files.iter().map(|file| file.package).collect::<Vec<_>>(), [Some(0), Some(1), Some(2)]);
    let [a, b, c] = &found.packages[..] else { panic!("three packages") };
    assert_eq!(a.version.as_deref(), Some("7.0.0"));
    assert_eq!(a.features, ["default", "serde", "slow", "std"]);
    assert_eq!(a.default_features, ["default", "serde", "std"]);
    let release = Profile {
        name: "release".into(),
        panic: Some("abort".into()),
        overflow_checks: Some(true),
        debug_assertions: None,
    };
    assert_eq!((&a.profiles, &b.profiles), (&vec![release.clone()], &vec![release]));
    assert_eq!(c.profiles, []);
    let root = tree.0.path().canonicalize().unwrap();
    let dependency = |name: &str, kind, platform: Option<&str>| {
        let found = a.dependencies.iter().find(|it| it.name == name).unwrap();
        assert_eq!((found.kind, found.platform.as_deref()), (kind, platform));
        (found.package.clone(), found.version_req.clone(), found.path.clone(), found.optional)
    };
    assert_eq!(dependency("serde", DependencyKind::Normal, None), ("serde".into(), Some("1.0.5".into()), None, true));
    assert_eq!(dependency("the_b", DependencyKind::Normal, None), ("b".into(), None, Some(root.join("b")), false));
    assert_eq!(
        dependency("libc", DependencyKind::Dev, Some("cfg(unix)")),
        ("libc".into(), Some("0.2".into()), None, false)
    );
    assert_eq!(
        gaps(&found),
        [("c/Cargo.toml", "the edition is inherited from a workspace that was not found; read as 2024")]
    );
}

#[test]
fn a_member_scanned_alone_finds_its_workspace_above() {
    let tree = Tree::new(&[
        ("Cargo.toml", "[workspace]\n[workspace.package]\nedition = \"2018\"\n"),
        ("a/Cargo.toml", "[package]\nname = \"a\"\nedition.workspace = true\n"),
        ("a/src/bin/x.rs", ""),
    ]);
    for (path, name) in [("a", "src/bin/x.rs"), ("a/src", "bin/x.rs"), ("a/src/bin/x.rs", "x.rs")] {
        let found = tree.try_scan(&[path], &[]).unwrap();
        assert_eq!(contexts(&found), [(name, "bin")]);
        assert_eq!(found.files[0].edition, Edition::E2018);
    }
}

#[test]
fn without_a_manifest_the_newest_edition_and_the_places_hold() {
    let tree = Tree::new(&[("a.rs", ""), ("main.rs", ""), ("tests/t.rs", "")]);
    let found = tree.scan();
    assert_eq!(contexts(&found), [("a.rs", "lib"), ("main.rs", "bin"), ("tests/t.rs", "test")]);
    assert!(found.files.iter().all(|file| file.package.is_none() && file.edition == Edition::E2024));
}

#[test]
fn a_nested_package_owns_its_files_and_a_fuzz_package_is_test_code() {
    let tree = Tree::new(&[
        ("Cargo.toml", PACKAGE),
        ("src/lib.rs", ""),
        ("tests/inner/Cargo.toml", "[package]\nname = \"inner\"\nedition = \"2018\"\n"),
        ("tests/inner/src/lib.rs", ""),
        ("fuzz/Cargo.toml", "[package]\nname = \"f\"\nedition = \"2021\"\n[package.metadata]\ncargo-fuzz = true\n"),
        ("fuzz/src/lib.rs", ""),
    ]);
    let found = tree.scan();
    assert_eq!(
        contexts(&found),
        [("fuzz/src/lib.rs", "test"), ("src/lib.rs", "lib"), ("tests/inner/src/lib.rs", "test")]
    );
    let owners: Vec<_> = found.files.iter().map(|it| found.packages[it.package.unwrap()].name.as_str()).collect();
    assert_eq!(owners, ["f", "my-crate", "inner"]);
}

#[test]
fn a_broken_manifest_is_a_gap_with_its_place_and_its_files_are_still_scanned() {
    let tree = Tree::new(&[("Cargo.toml", "[package]\nname = \"x\"\nedition = = 3\n"), ("src/main.rs", "")]);
    let found = tree.scan();
    assert_eq!(contexts(&found), [("src/main.rs", "bin")]);
    let [gap] = &found.gaps[..] else { panic!("one gap, not {:?}", found.gaps) };
    assert_eq!((gap.path.as_str(), gap.position.map(|at| at.line)), ("Cargo.toml", Some(3)));
    assert!(gap.reason.starts_with("manifest not readable: "), "{}", gap.reason);
}

#[test]
fn an_odd_value_is_a_gap_and_the_rest_of_the_manifest_holds() {
    let tree = Tree::new(&[("Cargo.toml", "[package]\nname = \"x\"\nedition = \"2099\"\n"), ("src/lib.rs", "")]);
    let found = tree.scan();
    assert_eq!((found.packages[0].name.as_str(), found.files[0].edition), ("x", Edition::E2024));
    assert_eq!(gaps(&found), [("Cargo.toml", "unknown edition \"2099\"; read as 2024")]);
}
