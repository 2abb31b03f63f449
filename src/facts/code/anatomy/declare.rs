//! Writes down what is declared: signatures, fields, bounds, impls.

use proc_macro2::TokenStream;
use syn::punctuated::Punctuated;
use syn::visit::Visit as _;
use syn::{
    Attribute, FnArg, GenericArgument, GenericParam, Meta, ReceiverKind, ReturnType, Token, TypeParamBound,
};

use super::super::ItemKind;
use super::super::attributes::Said;
use super::super::seen::{Namespace, OutsideKind, ScopeId, Span};
use super::super::syntax::Walk;
use super::super::{spans, templates};
use super::body::Body;
use super::lower::brackets;
use super::types::{Bound, Generics, NameId, Parameter, ParameterKind, Type};
use super::{Field, Function, Impl, Input, Owner, Raw, Receiver, Trait, TypeItem, Visibility};

/// How deep types inside types are told.
const DEEPEST: usize = 24;

/// What a declaration says beside its signature.
pub(in super::super) struct About<'a> {
    pub name: &'a syn::Ident,
    pub attributes: &'a [Attribute],
    pub visibility: Visibility,
}

impl From<&syn::Visibility> for Visibility {
    fn from(visibility: &syn::Visibility) -> Self {
        match visibility {
            syn::Visibility::Public(_) => Self::Public,
            syn::Visibility::Restricted(_) => Self::Restricted,
            syn::Visibility::Inherited => Self::Private,
        }
    }
}

impl Walk<'_> {
    /// Writes a shape down, with the names it uses; in tests nothing.
    fn raw<T>(&mut self, at: Span, work: impl FnOnce(&mut Self) -> T) -> Option<Raw<T>> {
        if self.in_tests {
            return None;
        }
        let outer = std::mem::take(&mut self.lowering);
        let is = work(self);
        let names = std::mem::replace(&mut self.lowering, outer).names;
        Some(Raw { scope: self.scope, at, in_macro: self.in_macro, is, names })
    }

    /// Writes a function down while its body is walked.
    pub(in super::super) fn function_shape(
        &mut self,
        about: &About<'_>,
        sig: &syn::Signature,
        block: Option<&syn::Block>,
        walk_body: impl FnOnce(&mut Self),
    ) {
        if self.in_tests || !self.is_asked_for(sig, block) {
            let outer = std::mem::take(&mut self.lowering);
            walk_body(self);
            self.lowering = outer;
            return;
        }
        let owner = std::mem::replace(&mut self.owner, Owner::Module);
        let at = spans::bytes(about.name.span());
        let raw = self.raw(at, |walk| {
            let mut function = walk.signature(about, sig, owner);
            walk.lowering.body = Some(Body::default());
            walk_body(walk);
            function.body = walk.lowering.body.take().unwrap_or_default();
            function
        });
        self.owner = owner;
        if raw.as_ref().is_some_and(|raw| raw.is.body.is_too_large()) {
            self.outside(self.scope, about.name, OutsideKind::Unseen, &Said::default(), false);
            return;
        }
        self.seen.product.functions.extend(raw);
    }

    /// Writes down what the templates of a macro would declare. Nothing else of them is a fact: they
    /// become code where the macro is called.
    pub(in super::super) fn template_shapes(&mut self, rules: &TokenStream) {
        for template in templates::written_out(rules) {
            let Ok(file) = syn::parse2::<syn::File>(template) else { continue };
            let kept = std::mem::take(&mut self.seen.decls);
            let calls = self.seen.inside.calls.len();
            let (uses, files) = (self.seen.uses.len(), self.seen.files.len());
            let (sites, lints) = (self.seen.inside.unsafe_sites.len(), self.seen.inside.lints.len());
            let outer = std::mem::replace(&mut self.in_macro, true);
            file.items.iter().for_each(|item| self.visit_item(item));
            self.in_macro = outer;
            self.seen.decls = kept;
            self.seen.inside.calls.truncate(calls);
            self.seen.uses.truncate(uses);
            self.seen.files.truncate(files);
            self.seen.inside.unsafe_sites.truncate(sites);
            self.seen.inside.lints.truncate(lints);
        }
    }

    /// True for a function that a rule may ask for: in a file with unsafe code and at the border to other
    /// languages any of them, elsewhere those with the words that rules start from, those that call themselves, and
    /// those that take input apart by its indices.
    fn is_asked_for(&self, sig: &syn::Signature, block: Option<&syn::Block>) -> bool {
        if self.has_unsafe || sig.abi.is_some() || sig.ident == "drop" {
            return true;
        }
        let Some(block) = block else { return false };
        let body = brackets(&block.brace_token.span);
        self.asked.is_for(&sig.ident.to_string(), self.text, body)
    }

    fn signature(&mut self, about: &About<'_>, sig: &syn::Signature, owner: Owner) -> Function {
        let receiver = sig.receiver().map(|receiver| match &receiver.kind {
            ReceiverKind::Reference(_, lifetime, mutability) => Receiver::Reference {
                lifetime: lifetime.as_ref().map(|lifetime| self.lifetime(lifetime)),
                mutable: mutability.is_some(),
            },
            ReceiverKind::Typed(_, ty) => Receiver::Typed(self.type_shape(ty)),
            _ => Receiver::Value,
        });
        let inputs = sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => {
                Some(Input { names: self.bound(&typed.pat).into(), of: self.type_shape(&typed.ty) })
            }
            FnArg::Receiver(_) => None,
        });
        let inputs = inputs.collect();
        let safety = &sig.safety;
        Function {
            name: self.word_id(&sig.ident),
            visibility: about.visibility,
            is_unsafe: match safety {
                syn::Safety::Unsafe(_) => true,
                syn::Safety::Safe(_) => false,
                syn::Safety::Default => owner == Owner::Foreign,
            },
            is_async: sig.asyncness.is_some(),
            is_const: sig.constness.is_some(),
            is_extern: sig.abi.is_some() || owner == Owner::Foreign,
            is_exported: exported(about.attributes),
            receiver,
            inputs,
            output: match &sig.output {
                ReturnType::Type(_, ty) => Some(self.type_shape(ty)),
                ReturnType::Default => None,
            },
            generics: self.generics_shape(&sig.generics),
            owner,
            body: Body::default(),
        }
    }

    /// Writes a function of an `extern` block down.
    pub(in super::super) fn foreign_shape(&mut self, about: &About<'_>, sig: &syn::Signature) {
        let at = spans::bytes(about.name.span());
        let raw = self.raw(at, |walk| walk.signature(about, sig, Owner::Foreign));
        self.seen.product.functions.extend(raw);
    }

    /// Writes a struct, an enum or a union down.
    pub(in super::super) fn type_item_shape<'f>(
        &mut self,
        about: &About<'_>,
        kind: ItemKind,
        generics: &syn::Generics,
        fields: impl IntoIterator<Item = &'f syn::Field>,
    ) {
        let at = spans::bytes(about.name.span());
        let raw = self.raw(at, |walk| {
            let name = walk.word_id(about.name);
            let fields: Vec<Field> = fields.into_iter().map(|field| walk.field_shape(field)).collect();
            let (derives, repr) = walk.derives_and_repr(about.attributes);
            let generics = walk.generics_shape(generics);
            let (visibility, bare) = (about.visibility, fields.is_empty());
            TypeItem { kind, name, visibility, generics, fields, derives, repr, bare }
        });
        self.seen.product.types.extend(raw);
    }

    fn field_shape(&mut self, field: &syn::Field) -> Field {
        Field {
            name: field.ident.as_ref().map(|ident| self.word_id(ident)),
            visibility: (&field.vis).into(),
            of: self.type_shape(&field.ty),
        }
    }

    fn derives_and_repr(&mut self, attributes: &[Attribute]) -> (Vec<NameId>, Vec<Box<str>>) {
        let (mut derives, mut repr) = (Vec::new(), Vec::new());
        for attribute in attributes {
            let Meta::List(list) = &attribute.meta else { continue };
            if list.path.is_ident("derive") {
                let paths = list.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated);
                for path in paths.unwrap_or_default() {
                    let path = self.path(&path, Namespace::Macro);
                    derives.push(self.name_id(path));
                }
            } else if list.path.is_ident("repr") {
                let words = list.tokens.to_string();
                repr.extend(words.split(',').map(|word| word.trim().into()));
            }
        }
        (derives, repr)
    }

    /// Writes a trait down.
    pub(in super::super) fn trait_shape(&mut self, item: &syn::ItemTrait) -> Owner {
        let at = spans::bytes(item.ident.span());
        let raw = self.raw(at, |walk| Trait {
            name: walk.word_id(&item.ident),
            visibility: (&item.vis).into(),
            is_unsafe: item.unsafety.is_some(),
            generics: walk.generics_shape(&item.generics),
            supers: walk.bounds(&item.supertraits, 0),
        });
        let index = u32::try_from(self.seen.product.traits.len()).unwrap_or(u32::MAX);
        self.seen.product.traits.extend(raw);
        Owner::Trait(index)
    }

    /// Writes the head of an impl down.
    pub(in super::super) fn impl_shape(&mut self, item: &syn::ItemImpl) -> Owner {
        let first = item.unsafety.as_ref().map_or(item.impl_token.span, |token| token.span);
        let raw = self.raw(spans::bytes(first), |walk| Impl {
            is_unsafe: item.unsafety.is_some(),
            negative: item.modifiers.polarity.is_some(),
            of_trait: item.trait_.as_ref().map(|(path, _)| {
                let types = walk.types_of_path(path, 0);
                let path = walk.path(path, Namespace::Type);
                (walk.name_id(path), types)
            }),
            self_type: walk.type_shape(&item.self_ty),
            generics: walk.generics_shape(&item.generics),
        });
        let index = u32::try_from(self.seen.product.impls.len()).unwrap_or(u32::MAX);
        self.seen.product.impls.extend(raw);
        Owner::Impl(index)
    }

    fn lifetime(&mut self, lifetime: &syn::Lifetime) -> NameId {
        let text = self.intern(&lifetime.to_string());
        self.name_id(super::super::seen::PathAt { path: text, scope: ScopeId::MAX, ns: Namespace::Local })
    }

    fn generics_shape(&mut self, generics: &syn::Generics) -> Generics {
        let parameters = generics.params.iter().map(|param| match param {
            GenericParam::Lifetime(param) => Parameter {
                name: self.lifetime(&param.lifetime),
                kind: ParameterKind::Lifetime,
                bounds: param.bounds.iter().map(|bound| Bound::Lifetime(self.lifetime(bound))).collect(),
            },
            GenericParam::Type(param) => Parameter {
                name: self.word_id(&param.ident),
                kind: ParameterKind::Type,
                bounds: self.bounds(&param.bounds, 0),
            },
            GenericParam::Const(param) => {
                Parameter { name: self.word_id(&param.ident), kind: ParameterKind::Const, bounds: Vec::new() }
            }
        });
        let parameters = parameters.collect();
        let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        let wheres = predicates.filter_map(|predicate| match predicate {
            syn::WherePredicate::Type(demand) => {
                Some((self.type_shape(&demand.bounded_ty), self.bounds(&demand.bounds, 0)))
            }
            syn::WherePredicate::Lifetime(demand) => {
                let bounds = demand.bounds.iter().map(|bound| Bound::Lifetime(self.lifetime(bound)));
                let bounds = bounds.collect();
                Some((Type::Lifetime(self.lifetime(&demand.lifetime)), bounds))
            }
            _ => None,
        });
        Generics { parameters, wheres: wheres.collect() }
    }

    fn bounds(&mut self, bounds: &Punctuated<TypeParamBound, Token![+]>, depth: usize) -> Vec<Bound> {
        let bounds = bounds.iter().filter_map(|bound| match bound {
            TypeParamBound::Trait(bound) if bound.maybe.is_some() => Some(Bound::Relaxed),
            TypeParamBound::Trait(bound) => {
                let types = self.types_of_path(&bound.path, depth);
                let path = self.path(&bound.path, Namespace::Type);
                Some(Bound::Trait(self.name_id(path), types))
            }
            TypeParamBound::Lifetime(lifetime) => Some(Bound::Lifetime(self.lifetime(lifetime))),
            _ => None,
        });
        bounds.collect()
    }

    /// A type as it is written.
    pub(super) fn type_shape(&mut self, ty: &syn::Type) -> Type {
        self.type_within(ty, 0)
    }

    fn type_within(&mut self, ty: &syn::Type, depth: usize) -> Type {
        if depth > DEEPEST {
            return Type::Other;
        }
        let depth = depth + 1;
        match ty {
            syn::Type::Path(path) => {
                let mut types = self.types_of_path(&path.path, depth);
                if let Some(qself) = &path.qself {
                    types.insert(0, self.type_within(&qself.ty, depth));
                }
                let mut at = self.path(&path.path, Namespace::Type);
                if path.qself.is_some() {
                    at.ns = Namespace::Local;
                }
                Type::Path(self.name_id(at), types)
            }
            syn::Type::Reference(reference) => Type::Reference {
                lifetime: reference.lifetime.as_ref().map(|lifetime| self.lifetime(lifetime)),
                mutable: reference.mutability.is_some(),
                to: Box::new(self.type_within(&reference.elem, depth)),
            },
            syn::Type::Ptr(pointer) => Type::Pointer {
                mutable: matches!(pointer.mutability, syn::PointerMutability::Mut(_)),
                to: Box::new(self.type_within(&pointer.elem, depth)),
            },
            syn::Type::Slice(slice) => Type::Slice(Box::new(self.type_within(&slice.elem, depth))),
            syn::Type::Array(array) => Type::Array(Box::new(self.type_within(&array.elem, depth))),
            syn::Type::Tuple(tuple) => {
                Type::Tuple(tuple.elems.iter().map(|ty| self.type_within(ty, depth)).collect())
            }
            syn::Type::FnPtr(pointer) => {
                let mut types: Vec<Type> =
                    pointer.inputs.iter().map(|input| self.type_within(&input.ty, depth)).collect();
                types.extend(self.returned(&pointer.output, depth));
                Type::Function { foreign: pointer.abi.is_some(), types }
            }
            syn::Type::TraitObject(object) => Type::Object(self.bounds(&object.bounds, depth)),
            syn::Type::ImplTrait(object) => Type::Opaque(self.bounds(&object.bounds, depth)),
            syn::Type::Paren(paren) => self.type_within(&paren.elem, depth),
            syn::Type::Group(group) => self.type_within(&group.elem, depth),
            _ => Type::Other,
        }
    }

    fn returned(&mut self, output: &ReturnType, depth: usize) -> Option<Type> {
        match output {
            ReturnType::Type(_, ty) => Some(self.type_within(ty, depth)),
            ReturnType::Default => None,
        }
    }

    fn types_of_path(&mut self, path: &syn::Path, depth: usize) -> Vec<Type> {
        let mut types = Vec::new();
        for segment in &path.segments {
            match &segment.arguments {
                syn::PathArguments::AngleBracketed(generics) => {
                    types.extend(self.generic_types_within(&generics.args, depth));
                }
                syn::PathArguments::Parenthesized(function) => {
                    types.extend(function.inputs.iter().map(|input| self.type_within(&input.ty, depth)));
                    types.extend(self.returned(&function.output, depth));
                }
                syn::PathArguments::None => {}
            }
        }
        types
    }

    /// The types among generic arguments.
    pub(super) fn generic_types(&mut self, arguments: &Punctuated<GenericArgument, Token![,]>) -> Vec<Type> {
        self.generic_types_within(arguments, 0)
    }

    fn generic_types_within(
        &mut self,
        arguments: &Punctuated<GenericArgument, Token![,]>,
        depth: usize,
    ) -> Vec<Type> {
        let types = arguments.iter().map(|argument| match argument {
            GenericArgument::Type(ty) => self.type_within(ty, depth),
            GenericArgument::Lifetime(lifetime) => Type::Lifetime(self.lifetime(lifetime)),
            GenericArgument::AssocType(of) => self.type_within(&of.ty, depth),
            _ => Type::Other,
        });
        types.collect()
    }
}

/// True for a function that other languages can call by its name.
fn exported(attributes: &[Attribute]) -> bool {
    let names = |path: &syn::Path| path.is_ident("no_mangle") || path.is_ident("export_name");
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("unsafe") => {
            list.parse_args::<Meta>().is_ok_and(|inner| names(inner.path()))
        }
        meta => names(meta.path()),
    })
}
