//! Places: paths as text with `/` between their parts, on any system. The modules of a program name each other by them.

/// Returns the place that `path` names from the folder at `folder`; `.` and `..` are resolved by the text alone, as rustc and
/// the system do where no link is in the way.
pub fn join_places(folder: &str, path: &str) -> String {
    let path = if std::path::MAIN_SEPARATOR == '/' { path.to_owned() } else { path.replace('\\', "/") };
    let absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
    let joined = if absolute || folder.is_empty() { path } else { format!("{folder}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "." => {}
            "" if !parts.is_empty() => {}
            ".." if parts.last().is_some_and(|last| !last.is_empty() && *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Returns the folder of the file at `place`; empty where it has none.
pub fn folder_of(place: &str) -> &str {
    place.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::join_places;

    #[test]
    fn places_are_joined_by_their_text() {
        for (folder, path, place) in [
            ("/a/b", "c.rs", "/a/b/c.rs"),
            ("/a/b", "../c.rs", "/a/c.rs"),
            ("/a/b", "./d//c.rs", "/a/b/d/c.rs"),
            ("/a", "../../c.rs", "/../c.rs"),
            ("/a", "/x/c.rs", "/x/c.rs"),
            ("", "c.rs", "c.rs"),
            ("", "../c.rs", "../c.rs"),
        ] {
            assert_eq!(join_places(folder, path), place, "{folder} {path}");
        }
    }
}
