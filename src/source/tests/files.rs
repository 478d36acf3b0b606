//! Which files are taken, which links are followed, what becomes a gap.

use std::path::Path;

use super::*;

#[test]
fn ignored_and_excluded_files_are_left_out_and_named_files_are_taken() {
    let tree = Tree::new(&[
        (".gitignore", "/generated\n*.gen.rs\n"),
        ("a.gen.rs", ""),
        ("b.rs", ""),
        ("generated/c.rs", ""),
        ("notes.txt", ""),
        ("vendor/d.rs", ""),
        ("vendor/keep/e.rs", ""),
    ]);
    assert_eq!(names(&tree.scan()), ["b.rs", "vendor/d.rs", "vendor/keep/e.rs"]);
    assert_eq!(names(&tree.try_scan(&[""], &["vendor"]).unwrap()), ["b.rs"]);
    assert_eq!(names(&tree.try_scan(&[""], &["/b.rs", "vendor/*.rs"]).unwrap()), ["vendor/keep/e.rs"]);
    let named = tree.try_scan(&["notes.txt", "vendor", "generated/c.rs", "vendor/d.rs"], &["vendor/keep"]).unwrap();
    assert_eq!(names(&named), ["generated/c.rs", "notes.txt", "vendor/d.rs"]);
}

#[test]
fn what_cannot_be_scanned_at_all_is_an_error_that_names_it() {
    let tree = Tree::new(&[("notes.txt", "")]);
    let error = |paths: &[&str], exclude: &[&str]| tree.try_scan(paths, exclude).unwrap_err().to_string();
    assert!(error(&[""], &[]).starts_with("no Rust sources found in `"));
    assert!(error(&["none"], &[]).starts_with(&format!("cannot scan `{}`: ", tree.path("none").display())));
    assert!(error(&[""], &["a["]).starts_with("malformed exclude glob `a[`: "), "{}", error(&[""], &["a["]));
    assert!(matches!(tree.try_scan(&[], &[]), Err(DiscoverError::NoPath)));
}

#[cfg(unix)]
#[test]
fn links_are_read_once_never_followed_round_and_never_out() {
    let link = |to: &Path, at: PathBuf| std::os::unix::fs::symlink(to, at).unwrap();
    let outside = Tree::new(&[("secret.rs", ""), ("folder/x.rs", ""), ("readme.md", "")]);
    let tree = Tree::new(&[("src/a.rs", ""), ("src/body.in", ""), ("src/deep/b.rs", "")]);
    link(&tree.path("src"), tree.path("src/deep/loop"));
    link(Path::new("round.rs"), tree.path("src/round.rs"));
    link(Path::new("a.rs"), tree.path("src/alias.rs"));
    link(Path::new("body.in"), tree.path("src/body.rs"));
    link(Path::new("nowhere.rs"), tree.path("src/gone.rs"));
    link(&outside.path("secret.rs"), tree.path("src/leak.rs"));
    link(&outside.path("folder"), tree.path("src/other"));
    link(&outside.path("readme.md"), tree.path("README.md"));
    let found = tree.scan();
    assert_eq!(names(&found), ["src/a.rs", "src/body.rs", "src/deep/b.rs"]);
    let leaves = "symbolic link leaves the scanned folder";
    let [gone, leak, other, round] = &gaps(&found)[..] else { panic!("four gaps, not {:?}", found.gaps) };
    assert_eq!((*leak, *other), (("src/leak.rs", leaves), ("src/other", leaves)));
    for (gap, path) in [(gone, "src/gone.rs"), (round, "src/round.rs")] {
        assert_eq!(gap.0, path);
        assert!(gap.1.starts_with("symbolic link cannot be followed: "), "{}", gap.1);
    }
}

/// A folder that cannot be opened, whoever asks: its path is longer than the system takes.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_read_is_a_gap() {
    let tree = Tree::new(&[("a.rs", "")]);
    let deep: PathBuf = std::iter::repeat_n("d".repeat(250), 10).collect();
    fs::create_dir_all(tree.path("one").join(&deep)).unwrap();
    fs::create_dir_all(tree.path("two").join(&deep)).unwrap();
    fs::rename(tree.path("two"), tree.path("one").join(&deep).join("two")).unwrap();
    let found = tree.scan();
    assert_eq!(names(&found), ["a.rs"]);
    let [gap] = &found.gaps[..] else { panic!("one gap, not {:?}", found.gaps) };
    assert!(gap.path.starts_with("one/ddd"), "{}", gap.path);
    assert!(gap.reason.starts_with("cannot be read: "), "{}", gap.reason);
}

#[test]
fn every_found_file_is_read_or_a_gap() {
    let tree = Tree::new(&[("good.rs", "fn main() {}")]);
    // Bytes of no text, from a fixed linear congruence.
    let noise: Vec<u8> =
        std::iter::successors(Some(1_u32), |x| Some(x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)))
            .map(|x| (x >> 24) as u8)
            .take(10_000)
            .collect();
    tree.add("noise.rs", &noise);
    fs::File::create(tree.path("huge.rs")).unwrap().set_len(200_000_000).unwrap();
    tree.add("folder.rs/inner.rs", "// a folder may be called like a file");
    let found = tree.scan();
    let read: Vec<_> = found
        .files
        .iter()
        .map(|file| match load(file, DEFAULT_FILE_BYTES) {
            Ok(text) => format!("{}: {} bytes", file.relative, text.len()),
            Err(gap) => format!("{}: {}", gap.path, gap.reason.split(" at ").next().unwrap()),
        })
        .collect();
    assert_eq!(
        read,
        [
            "folder.rs/inner.rs: 37 bytes",
            "good.rs: 12 bytes",
            "huge.rs: larger than the limit of 33554432 bytes",
            "noise.rs: not valid UTF-8",
        ]
    );
}

#[test]
fn the_standard_input_is_a_file_of_its_own() {
    let file = stdin_file("<stdin>");
    assert_eq!((file.relative.as_str(), file.package, file.context), ("<stdin>", None, FileContext::Lib));
    assert_eq!(load_from(&b"fn main() {}"[..], &file.relative, 100).unwrap(), "fn main() {}");
}
