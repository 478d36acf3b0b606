//! `#[derive(Plain)]`: the compiler checks, member by member, what the trait demands.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, parse2};

/// The implementation, and the checks that make it right.
pub(crate) fn expand(item: TokenStream) -> Result<TokenStream, Error> {
    let DeriveInput { ident, generics, data, .. } = parse2(item)?;
    if !generics.params.is_empty() {
        let message = "`#[derive(Plain)]` needs a type without parameters: whether it has padding must be known here";
        return Err(Error::new_spanned(generics, message));
    }
    let members = match data {
        Data::Struct(data) => data.fields.into_iter().map(|field| field.ty).collect(),
        Data::Enum(data) => {
            if let Some(variant) = data.variants.iter().find(|variant| !matches!(variant.fields, Fields::Unit)) {
                let message = "a variant with members leaves bytes of the other variants unset";
                return Err(Error::new_spanned(variant, message));
            }
            Vec::new()
        }
        Data::Union(data) => {
            let message = "bytes of a union may be unset";
            return Err(Error::new_spanned(data.union_token, message));
        }
    };
    let is_whole = if members.is_empty() {
        // A struct of nothing, or an enum that is its discriminant alone.
        quote!(true)
    } else {
        quote!(::core::mem::size_of::<#ident>() == 0 #(+ ::core::mem::size_of::<#members>())*)
    };
    Ok(quote! {
        const _: () = {
            const fn is_plain<T: ::auditor_runtime::Plain>() {}
            #(is_plain::<#members>();)*
            ::core::assert!(#is_whole, "there is padding between the members: reorder or fill them");
        };
        // SAFETY: every member is plain, by the checks above, and they fill the type without gaps; or it is a discriminant alone, which is an integer. The
        // type has no parameters, hence no lifetimes to hold for.
        #[automatically_derived]
        #[allow(unsafe_code)]
        unsafe impl ::auditor_runtime::Plain for #ident {
            type Width = [u8; ::core::mem::size_of::<#ident>()];
        }
    })
}
