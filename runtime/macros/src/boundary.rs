//! `#[panic_boundary]`: the body moves into a closure or an async block inside a boundary.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, ReturnType, Type, parse2};

/// The function with its body inside a boundary.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "`#[panic_boundary]` takes no arguments"));
    }
    let ItemFn { attrs, vis, sig, block, .. } = parse2(item)?;
    if sig.constness.is_some() {
        return Err(Error::new_spanned(sig.constness, "a const function cannot catch a panic"));
    }
    let output = match &sig.output {
        ReturnType::Type(_, output) if !matches!(**output, Type::ImplTrait(_)) => output,
        _ => {
            let message = "`#[panic_boundary]` needs a function that returns `Result<_, E>` where `E: From<Panicked>`";
            return Err(Error::new_spanned(&sig, message));
        }
    };
    let caught = if sig.asyncness.is_some() {
        quote! {
            ::auditor_runtime::panic::boundary_future(async move {
                let output: #output = async move #block.await;
                output
            })
            .await
        }
    } else {
        quote! {
            ::auditor_runtime::panic::boundary(::core::panic::AssertUnwindSafe(move || -> #output #block))
        }
    };
    Ok(quote! {
        #(#attrs)*
        #vis #sig {
            match #caught {
                ::core::result::Result::Ok(output) => output,
                ::core::result::Result::Err(panicked) => {
                    ::auditor_runtime::panic::FromPanicked::from_panicked(panicked)
                }
            }
        }
    })
}
