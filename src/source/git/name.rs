//! Which commit a name means: branches, tags, hashes and their beginnings, and what follows them (`~2`, `^`, `...`).

use gix_hash::{ObjectId, Prefix};
use gix_object::{Find, Kind, TagRefIter};
use gix_ref::file::ReferenceExt;

use super::{Repository, Revision, RevisionError, damaged};
use crate::source::boundary::read_given;

/// Longer chains of tags of tags, and more steps back, are no revision that anybody means.
const MOST_STEPS: u32 = 100_000;

/// One step from a commit to an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// `~n`: so many first parents back.
    Back(u32),
    /// `^n`: to its nth parent, counted from 1; `^0` is the commit itself.
    Parent(u32),
}

impl Repository {
    /// Returns the commit that `name` means. `NAME...` is the commit at which the history of `HEAD` left that of `NAME`. Blocks.
    ///
    /// # Errors
    /// When nothing has the name, or the clone lacks what it means; the message says what to fetch.
    pub fn resolve(&self, name: &str) -> Result<Revision, RevisionError> {
        let wrong = |why: &str| RevisionError::Name { name: name.to_owned(), why: why.to_owned() };
        let id = match name.split_once("..") {
            None => self.one(name, name)?,
            Some((base, ".")) => {
                let head = self.one("HEAD", name)?;
                let other = self.one(if base.is_empty() { "HEAD" } else { base }, name)?;
                self.merge_base(&head, &other, name)?
            }
            Some(_) => return Err(wrong("a range is none; `REF...` is where HEAD left REF")),
        };
        self.commit(&id, name)?;
        Ok(Revision { name: name.to_owned(), id })
    }

    /// The commit that `text`, without dots, means; `name` is all that the user gave.
    fn one(&self, text: &str, name: &str) -> Result<ObjectId, RevisionError> {
        let wrong = |why: &str| RevisionError::Name { name: name.to_owned(), why: why.to_owned() };
        let end = text.find(['~', '^']).unwrap_or(text.len());
        let (base, rest) = text.split_at(end);
        if base.contains(['@', ':']) && base != "@" {
            return Err(wrong("what was there at other times, and paths, are not read"));
        }
        let mut id = self.base(if base == "@" { "HEAD" } else { base }, name)?;
        for step in steps(rest).ok_or_else(|| wrong("`~n` and `^n` alone may follow a name"))? {
            id = self.step(id, step, name)?;
        }
        Ok(id)
    }

    /// The commit that a name alone means, as git looks for it: a whole hash, a name, the beginning of a hash.
    fn base(&self, base: &str, name: &str) -> Result<ObjectId, RevisionError> {
        let hex = base.len() >= 4 && base.len() <= 40 && base.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex && base.len() == 40 {
            return self.peeled(ObjectId::from_hex(base.as_bytes()).map_err(damaged)?, name);
        }
        if base == "FETCH_HEAD" {
            let text = read_given(&self.git_dir.join(base)).unwrap_or_default();
            if let Some(id) = text.get(..40).and_then(|hash| ObjectId::from_hex(hash.as_bytes()).ok()) {
                return self.peeled(id, name);
            }
        }
        let found = match gix_ref::PartialName::try_from(base) {
            Ok(partial) => self.refs.try_find(&partial).map_err(damaged)?,
            Err(_) => None,
        };
        if let Some(mut found) = found {
            let packed = self.refs.cached_packed_buffer().map_err(damaged)?;
            // A branch without a commit leads nowhere.
            if let Ok(id) = found.follow_to_object_packed(&self.refs, packed.as_ref().map(|packed| &***packed)) {
                return self.peeled(id, name);
            }
        }
        if hex {
            let prefix = Prefix::from_hex(base).map_err(damaged)?;
            match self.objects.lookup_prefix(prefix, None).map_err(damaged)? {
                Some(Ok(id)) => return self.peeled(id, name),
                Some(Err(())) => {
                    let why = "several objects begin with it".to_owned();
                    return Err(RevisionError::Name { name: name.to_owned(), why });
                }
                None => {}
            }
        }
        let branch = base.strip_prefix("origin/").unwrap_or(base);
        let help = if base == "HEAD" {
            "it has no commit yet".to_owned()
        } else {
            format!("`git fetch --depth=1 origin {branch}` makes it FETCH_HEAD, for `--since FETCH_HEAD`")
        };
        Err(RevisionError::Unknown { name: base.to_owned(), help })
    }

    /// The commit that a tag, or a tag of a tag, is of.
    fn peeled(&self, mut id: ObjectId, name: &str) -> Result<ObjectId, RevisionError> {
        for _ in 0..MOST_STEPS {
            let mut buffer = Vec::new();
            let data = self.objects.try_find(&id, &mut buffer).map_err(damaged)?;
            let data = data.ok_or_else(|| self.absent(&id, name))?;
            match data.kind {
                Kind::Commit => return Ok(id),
                Kind::Tag => {
                    id = TagRefIter::from_bytes(data.data, data.object_hash).target_id().map_err(damaged)?;
                }
                other => {
                    let why = format!("it is no commit but a {other}");
                    return Err(RevisionError::Name { name: name.to_owned(), why });
                }
            }
        }
        Err(damaged("tags of tags without end"))
    }

    fn step(&self, from: ObjectId, step: Step, name: &str) -> Result<ObjectId, RevisionError> {
        let (times, nth) = match step {
            Step::Back(times) => (times, 1),
            Step::Parent(0) => (0, 1),
            Step::Parent(nth) => (1, nth),
        };
        let mut id = from;
        for _ in 0..times {
            let Some(parents) = self.commit(&id, name)?.parents else {
                let help = "it is shallow: `git fetch --deepen=50` brings more of the history".to_owned();
                return Err(RevisionError::Absent { what: format!("what `{name}` names"), help });
            };
            id = *parents.get(nth as usize - 1).ok_or_else(|| RevisionError::Name {
                name: name.to_owned(),
                why: "the history does not go back that far".to_owned(),
            })?;
        }
        Ok(id)
    }
}

/// Reads `~2^^1`; `None` where it says anything else.
fn steps(mut rest: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while let Some(sign) = rest.chars().next() {
        rest = rest.get(1..)?;
        if rest.starts_with('{') {
            // `^{commit}` and `^{}` ask for what is done anyway.
            let (_, after) = rest
                .strip_prefix("{}")
                .map(|after| ("", after))
                .or_else(|| rest.strip_prefix("{commit}").map(|after| ("commit", after)))?;
            rest = after;
            continue;
        }
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let number = if number.is_empty() { 1 } else { number.parse().ok().filter(|number| *number <= MOST_STEPS)? };
        steps.push(match sign {
            '~' => Step::Back(number),
            '^' => Step::Parent(number),
            _ => return None,
        });
        rest = after;
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::{Step, steps};

    #[test]
    fn steps_back_are_read_as_git_reads_them() {
        assert_eq!(steps(""), Some(vec![]));
        assert_eq!(steps("~"), Some(vec![Step::Back(1)]));
        assert_eq!(steps("^2~3"), Some(vec![Step::Parent(2), Step::Back(3)]));
        assert_eq!(steps("^^0"), Some(vec![Step::Parent(1), Step::Parent(0)]));
        assert_eq!(steps("^{commit}~1"), Some(vec![Step::Back(1)]));
        for wrong in ["^{tree}", "~x", "~99999999999", "^é"] {
            assert_eq!(steps(wrong), None, "{wrong}");
        }
    }
}
