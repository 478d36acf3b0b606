//! What editions change: in 2015, imports and paths that begin with `::` begin at the crate's root.

use serde_json::Value;

use super::cli::Place;

/// `kind line verdict` of the sites of integer divisions and indexes.
fn sites(place: &Place) -> Vec<String> {
    let run = place.run(&["surface", "--format", "json", "."]);
    let surface: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let sites = surface["sites"].as_array().expect("sites").iter();
    let told = sites.map(|site| {
        let text = |key: &str| site[key].as_str().expect("text").to_owned();
        format!("{} {} {}", text("kind"), site["line"], text("verdict"))
    });
    told.filter(|site| site.starts_with("integer-division") || site.starts_with("slice-index")).collect()
}

#[test]
fn in_the_2015_edition_imports_begin_at_the_root() {
    let place = Place::new("edition-2015");
    place.write("Cargo.toml", "[package]\nname = \"old\"\nversion = \"0.1.0\"\nedition = \"2015\"\n");
    place.write("src/lib.rs", "mod tables;\nmod state;\npub use tables::WIDTH;\n");
    place
        .write("src/tables.rs", "pub const WIDTH: u32 = 8;\npub static TABLE: [&'static [u8; 4]; 2] = [&[0; 4]; 2];\n");
    place.write(
        "src/state.rs",
        "use std::mem::swap;\nuse tables::TABLE;\nuse WIDTH;\nuse {tables as t};\n\npub fn f(at: usize, n: u32) -> u8 {\n    \
         let x = n / WIDTH / ::tables::WIDTH / t::WIDTH / ::WIDTH;\n    let (mut a, mut b) = (3u64, 4);\n    swap(&mut a, &mut \
         b);\n    let y = 7 / b / ::std::cmp::max(a, b);\n    TABLE[at][x as usize]\n}\n",
    );
    let old = sites(&place);
    let expected = [
        "integer-division 7 discharged",
        "integer-division 7 discharged",
        "integer-division 7 discharged",
        "integer-division 7 discharged",
        "integer-division 10 possible",
        // The divisor is the greater of what was divided by before and another.
        "integer-division 10 discharged",
        "slice-index 11 possible",
        "slice-index 11 possible",
    ];
    assert_eq!(old, expected);
    // Later editions have no such paths: what they mean is not known then.
    place.write("Cargo.toml", "[package]\nname = \"old\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    let new = sites(&place);
    assert!(new.contains(&"slice-index 11 indeterminate".to_owned()), "{new:?}");
}
