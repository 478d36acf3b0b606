//! `#[derive(ErrorKind)]`: reads the variants' attributes, then writes the kinds, the trait, `Display`, `Error`, `From`.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Error, Field, Fields, LitInt, LitStr, Type, parse2};

/// A variant as its attributes describe it.
struct Variant {
    name: Ident,
    code: String,
    status: u16,
    message: String,
    fields: Fields,
    cause: Option<Cause>,
}

/// The field that is another error.
struct Cause {
    index: usize,
    kind: Type,
    converts: bool,
}

/// The derived items.
pub(crate) fn expand(item: TokenStream) -> Result<TokenStream, Error> {
    let input: DeriveInput = parse2(item)?;
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(
            &input.ident,
            "`ErrorKind` is derived for an enum: one for all errors of a crate",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "an error enum with an `ErrorKind` has no parameters"));
    }
    let mut kinds = format_ident!("{}Kind", input.ident);
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("kind")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") {
                return Err(meta.error("on the enum only `name = …` is known"));
            }
            kinds = meta.value()?.parse()?;
            Ok(())
        })?;
    }
    let variants = data.variants.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    refuse_equal_codes(&variants)?;
    let items = [
        kinds_enum(&input, &kinds, &variants),
        error_kind(&input.ident, &kinds, &variants),
        display(&input.ident, &variants),
        error(&input.ident, &variants),
        conversions(&input.ident, &variants),
    ];
    Ok(items.into_iter().collect())
}

fn read(variant: &syn::Variant) -> Result<Variant, Error> {
    let (mut status, mut code, mut message) = (None, None, None);
    for attribute in variant.attrs.iter().filter(|attribute| attribute.path().is_ident("kind")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("status") {
                status = Some(read_status(&meta.value()?.parse()?)?);
            } else if meta.path.is_ident("code") {
                code = Some(read_code(&meta.value()?.parse()?)?);
            } else if meta.path.is_ident("message") {
                message = Some(meta.value()?.parse::<LitStr>()?.value());
            } else {
                return Err(meta.error("known are `status`, `code` and `message`"));
            }
            Ok(())
        })?;
    }
    let missing = "say what HTTP status this is: `#[kind(status = 400)]` where the caller erred, 500 to 599 where the service did";
    let status = status.ok_or_else(|| Error::new_spanned(&variant.ident, missing))?;
    let code = code.unwrap_or_else(|| kebab(&variant.ident.to_string()));
    let message = message.unwrap_or_else(|| code.replace('-', " "));
    Ok(Variant {
        cause: cause(&variant.fields)?,
        name: variant.ident.clone(),
        fields: variant.fields.clone(),
        message: inlined(&message),
        code,
        status,
    })
}

fn read_status(literal: &LitInt) -> Result<u16, Error> {
    let status = literal.base10_parse()?;
    if (400..=599).contains(&status) {
        Ok(status)
    } else {
        Err(Error::new_spanned(literal, "an error's HTTP status is between 400 and 599"))
    }
}

fn read_code(literal: &LitStr) -> Result<String, Error> {
    let code = literal.value();
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if code.split('-').all(word) {
        Ok(code)
    } else {
        Err(Error::new_spanned(literal, "a code is kebab-case: clients compare it and it never changes"))
    }
}

fn cause(fields: &Fields) -> Result<Option<Cause>, Error> {
    let marked = |field: &Field, mark: &str| field.attrs.iter().any(|attribute| attribute.path().is_ident(mark));
    let mut cause = None;
    for (index, field) in fields.iter().enumerate() {
        let converts = marked(field, "from");
        if !converts && !marked(field, "source") {
            continue;
        }
        if cause.is_some() {
            return Err(Error::new_spanned(field, "an error has one cause"));
        }
        if converts && fields.len() != 1 {
            return Err(Error::new_spanned(field, "`#[from]` needs a variant of this one field"));
        }
        cause = Some(Cause { index, kind: field.ty.clone(), converts });
    }
    Ok(cause)
}

fn refuse_equal_codes(variants: &[Variant]) -> Result<(), Error> {
    let mut seen = BTreeMap::new();
    for variant in variants {
        if let Some(other) = seen.insert(&variant.code, &variant.name) {
            let message = format!("`{}` and `{other}` have the same code `{}`", variant.name, variant.code);
            return Err(Error::new_spanned(&variant.name, message));
        }
    }
    Ok(())
}

/// `StorageUnavailable` as `storage-unavailable`.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// The message with `{0}` as `{_0}`, so that every field is captured by its name and none needs to be used.
fn inlined(message: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for c in message.chars() {
        if before == '{' && c.is_ascii_digit() {
            out.push('_');
        }
        out.push(c);
        // `{{` is a brace of the text.
        before = if before == '{' && c == '{' { ' ' } else { c };
    }
    out
}

/// The names that a variant's fields are bound to.
fn names(fields: &Fields) -> Vec<Ident> {
    let name = |(index, field): (usize, &Field)| field.ident.clone().unwrap_or_else(|| format_ident!("_{index}"));
    fields.iter().enumerate().map(name).collect()
}

fn pattern(variant: &Variant) -> TokenStream {
    let (name, fields) = (&variant.name, names(&variant.fields));
    match variant.fields {
        Fields::Named(_) => quote!(Self::#name { #(#fields),* }),
        Fields::Unnamed(_) => quote!(Self::#name(#(#fields),*)),
        Fields::Unit => quote!(Self::#name),
    }
}

fn kinds_enum(input: &DeriveInput, kinds: &Ident, variants: &[Variant]) -> TokenStream {
    let (vis, error) = (&input.vis, &input.ident);
    let names: Vec<_> = variants.iter().map(|variant| &variant.name).collect();
    let codes = variants.iter().map(|variant| &variant.code);
    let statuses = variants.iter().map(|variant| variant.status);
    let docs = variants.iter().map(|variant| format!("`{}`, HTTP status {}.", variant.code, variant.status));
    let doc = format!("The kinds of [`{error}`].");
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #vis enum #kinds { #(#[doc = #docs] #names),* }

        #[allow(dead_code)]
        impl #kinds {
            /// Every kind, in the order of the variants.
            pub const ALL: &'static [Self] = &[#(Self::#names),*];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { #(Self::#names => #codes),* }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { #(Self::#names => #statuses),* }
            }
        }
    }
}

fn error_kind(error: &Ident, kinds: &Ident, variants: &[Variant]) -> TokenStream {
    let names: Vec<_> = variants.iter().map(|variant| &variant.name).collect();
    quote! {
        impl ::auditor_runtime::ErrorKind for #error {
            type Kind = #kinds;

            fn kind(&self) -> #kinds {
                match self { #(Self::#names { .. } => #kinds::#names),* }
            }

            fn code(&self) -> &'static str {
                self.kind().code()
            }

            fn status(&self) -> u16 {
                self.kind().status()
            }
        }
    }
}

fn display(error: &Ident, variants: &[Variant]) -> TokenStream {
    let patterns = variants.iter().map(pattern);
    let messages = variants.iter().map(|variant| &variant.message);
    quote! {
        #[allow(unused_variables)]
        impl ::core::fmt::Display for #error {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self { #(#patterns => ::core::write!(f, #messages)),* }
            }
        }
    }
}

fn error(error: &Ident, variants: &[Variant]) -> TokenStream {
    let arms = variants.iter().map(|variant| {
        let pattern = pattern(variant);
        let cause = variant.cause.as_ref().and_then(|cause| names(&variant.fields).into_iter().nth(cause.index));
        match cause {
            Some(cause) => quote!(#pattern => ::core::option::Option::Some(#cause)),
            None => quote!(#pattern => ::core::option::Option::None),
        }
    });
    quote! {
        #[allow(unused_variables)]
        impl ::core::error::Error for #error {
            fn source(&self) -> ::core::option::Option<&(dyn ::core::error::Error + 'static)> {
                match self { #(#arms),* }
            }
        }
    }
}

fn conversions(error: &Ident, variants: &[Variant]) -> TokenStream {
    let converting = variants.iter().filter(|variant| variant.cause.as_ref().is_some_and(|cause| cause.converts));
    converting
        .filter_map(|variant| {
            let name = &variant.name;
            let kind = &variant.cause.as_ref()?.kind;
            let made = match variant.fields.iter().next()?.ident.as_ref() {
                Some(field) => quote!(Self::#name { #field: cause }),
                None => quote!(Self::#name(cause)),
            };
            Some(quote! {
                impl ::core::convert::From<#kind> for #error {
                    fn from(cause: #kind) -> Self {
                        #made
                    }
                }
            })
        })
        .collect()
}
