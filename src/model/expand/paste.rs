//! `paste!`, a procedural macro whose rules are few and well known: `[<get_ $name:snake>]` is one name. Much code that macros
//! make leans on it. What such a call stands for is decided in `lower/`.

use super::span_map::{Expansion, InText};
use crate::syntax::SyntaxKind as K;
use crate::syntax::tokens::{Token, TokenText};

/// Returns what a call with `tokens` between its delimiters makes; `None` where it joins what makes no name.
pub(in crate::model) fn pasted(tokens: &[Token], source: &InText<'_>) -> Option<Expansion> {
    let mut made = Expansion::with_room(tokens.len());
    let mut rest = tokens;
    while let Some((first, behind)) = rest.split_first() {
        if let Some((within, after)) = bracketed(rest, K::L_ANGLE, K::R_ANGLE) {
            let end = rest.len() - after.len();
            let last = rest.get(end - 1)?;
            made.push(K::IDENT, &joined(within, source.text)?, source.place(first.start, last.end));
            made.space();
            rest = after;
            continue;
        }
        if let Some(after) = pieced_doc(rest, source.text) {
            rest = after;
            continue;
        }
        made.push(first.kind, source.text.text_of(first), source.place(first.start, first.end));
        if !first.joint {
            made.space();
        }
        rest = behind;
    }
    Some(made)
}

/// Takes `[<…>]` off the front: what is within, and what follows.
fn bracketed(tokens: &[Token], open: K, close: K) -> Option<(&[Token], &[Token])> {
    let [bracket, first, ..] = tokens else { return None };
    if bracket.kind != K::L_BRACK || first.kind != open {
        return None;
    }
    let end = closing(tokens)?;
    let within = tokens.get(2..end.checked_sub(1)?)?;
    (tokens.get(end - 1)?.kind == close).then_some((within, tokens.get(end + 1..)?))
}

/// Takes `#[doc = "a" stringify!(b)]` off the front, whose pieces it joins to a text that nobody here asks for.
fn pieced_doc<'t>(tokens: &'t [Token], text: &str) -> Option<&'t [Token]> {
    let [hash, rest @ ..] = tokens else { return None };
    let [_, doc, is, ..] = rest else { return None };
    if hash.kind != K::POUND || is.kind != K::EQ || text.text_of(doc) != "doc" {
        return None;
    }
    let end = closing(rest)?;
    (end > 4).then(|| rest.get(end + 1..))?
}

/// Returns where the bracket that `tokens` begin with is closed.
fn closing(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0u32;
    tokens.iter().position(|token| {
        match token.kind {
            K::L_BRACK => depth += 1,
            K::R_BRACK => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

/// Joins the parts of a name; what follows a colon changes the part before it.
fn joined(tokens: &[Token], text: &str) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut tokens = tokens.iter();
    while let Some(token) = tokens.next() {
        let own = text.text_of(token);
        match token.kind {
            K::COLON => {
                let style = text.text_of(tokens.next()?);
                let part = parts.last_mut()?;
                *part = styled(part, style)?;
            }
            K::STRING => parts.push(own.trim_matches('"').replace('-', "_")),
            K::INT_NUMBER | K::UNDERSCORE | K::LIFETIME_IDENT => parts.push(own.to_owned()),
            kind if kind == K::IDENT || kind.is_any_identifier() || own.starts_with(char::is_alphabetic) => {
                parts.push(own.trim_start_matches("r#").to_owned());
            }
            _ => return None,
        }
    }
    Some(parts.concat()).filter(|name| !name.is_empty())
}

fn styled(part: &str, style: &str) -> Option<String> {
    Some(match style {
        "lower" => part.to_lowercase(),
        "upper" => part.to_uppercase(),
        "snake" => snake(part),
        "camel" => camel(part),
        _ => return None,
    })
}

fn snake(part: &str) -> String {
    let (mut made, mut before) = (String::new(), '_');
    for c in part.chars() {
        if c.is_uppercase() && before != '_' {
            made.push('_');
        }
        made.push(c);
        before = c;
    }
    made.to_lowercase()
}

fn camel(part: &str) -> String {
    let (mut made, mut before) = (String::new(), '_');
    for c in part.chars() {
        match c {
            '_' => {}
            _ if before == '_' => made.extend(c.to_uppercase()),
            _ if before.is_uppercase() => made.extend(c.to_lowercase()),
            _ => made.push(c),
        }
        before = c;
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::syntax::{Edition, lex};

    fn paste(text: &str) -> Option<String> {
        let tokens = lex(text, Edition::Edition2021);
        pasted(&tokens, &InText::file(FileId(0), text))
            .map(|made| made.text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn names_are_joined_and_all_else_stays() {
        for (call, made) in [
            ("fn [<get_ Name:snake>](&self) -> [<Name Error>];", "fn get_name (&self) -> NameError ;"),
            ("[<a_ b _ 3 \"x-y\">]!()", "a_b_3x_y !()"),
            ("[<GetHTTP:snake:upper>] [<one_two:camel>] [<if r#type>]", "GET_H_T_T_P OneTwo iftype"),
            ("let a: [<T as A>::B; 3] = [[0; 3]; 1];", "let a: [<T as A>::B; 3] = [[0; 3]; 1];"),
            ("#[doc = \"of \" stringify!(X)] #[doc = \"kept\"] struct [<X Y>];", "#[doc = \"kept\"] struct XY ;"),
        ] {
            assert_eq!(paste(call).as_deref(), Some(made), "{call}");
        }
    }

    #[test]
    fn what_makes_no_name_is_left_to_the_compiler() {
        for call in ["[<a + b>]", "[<>]", "[<a:shout>]", "[<env!(\"X\")>]"] {
            assert_eq!(paste(call), None, "{call}");
        }
    }
}
