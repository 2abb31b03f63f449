//! Items: what they declare, and the scopes that they open.

use proc_macro2::Span;
use syn::visit::Visit as _;
use syn::{Attribute, Expr, Ident, ItemMod, Stmt, Type, UseTree, Visibility};

use super::super::anatomy::{self, About};
use super::super::attributes::{Said, safety_section};
use super::super::seen::{Decl, DeclKind, Field, OutsideKind, ScopeId, ScopeKind, Str, Use, UseName};
use super::super::{ItemKind, UnsafeKind, macros, spans};
use super::Walk;
use super::paths::{path_of_type, path_text};

impl Walk<'_> {
    pub(super) fn declare(&mut self, named: &Named<'_>) -> usize {
        let name = self.ident(named.ident);
        let cfg = named.said.cfg.iter().map(|condition| self.intern(condition)).collect();
        let attributes = self.written(named.attributes);
        self.seen.decls.push(Decl {
            scope: self.scope,
            name,
            kind: named.kind,
            public: named.public,
            at: spans::bytes(named.ident.span()),
            attributes,
            cfg,
            test_fn: named.said.test_fn,
            ignored: named.said.ignored,
            test: named.said.test,
            in_macro: self.in_macro,
            opens: None,
            value: None,
            alias: None,
            returns: None,
            fields: Vec::new(),
        });
        self.seen.decls.len() - 1
    }

    /// Declares an item, opens its scope, and walks what it holds.
    pub(super) fn item(&mut self, named: &Named<'_>, scope: ScopeKind, work: impl FnOnce(&mut Self, usize)) {
        let (attributes, generics, said) = (named.attributes, named.generics, named.said);
        let name = self.ident(named.ident);
        let start = first_of(attributes).unwrap_or_else(|| named.ident.span());
        let decl = self.declare(named);
        let public = named.public;
        let id = self.push_scope(scope, Some(name), said);
        self.scope_mut(id).public = public;
        self.seen.decls[decl].opens = Some(id);
        self.generics(id, generics);
        let statement = std::mem::replace(&mut self.statement, spans::start(start));
        self.inside(id, |walk| walk.below(attributes, |walk| work(walk, decl)));
        self.statement = statement;
    }

    pub(super) fn generics(&mut self, scope: ScopeId, generics: Option<&syn::Generics>) {
        for param in generics.iter().flat_map(|generics| &generics.params) {
            let name = match param {
                syn::GenericParam::Type(param) => &param.ident,
                syn::GenericParam::Const(param) => &param.ident,
                syn::GenericParam::Lifetime(_) => continue,
            };
            let name = self.ident(name);
            self.scope_mut(scope).generics.push(name);
        }
    }

    pub(super) fn uses(&mut self, tree: &UseTree, prefix: &str, public: bool, test: bool) {
        let join = |ident: &Ident| {
            let written = ident.to_string();
            let name = written.strip_prefix("r#").unwrap_or(&written);
            match prefix {
                "" => name.to_owned(),
                "::" => format!("::{name}"),
                _ => format!("{prefix}::{name}"),
            }
        };
        let (path, name) = match tree {
            UseTree::Path(path) => return self.uses(&path.tree, &join(&path.ident), public, test),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.uses(tree, prefix, public, test));
            }
            UseTree::Glob(_) => (prefix.to_owned(), UseName::Glob),
            UseTree::Name(name) if name.ident == "self" && !prefix.is_empty() => {
                let last = prefix.rsplit("::").next().unwrap_or(prefix);
                (prefix.to_owned(), UseName::SelfAs(self.intern(last)))
            }
            UseTree::Name(name) => (join(&name.ident), UseName::As(self.ident(&name.ident))),
            UseTree::Rename(rename) if rename.rename == "_" => (join(&rename.ident), UseName::Nothing),
            UseTree::Rename(rename) if rename.ident == "self" && !prefix.is_empty() => {
                (prefix.to_owned(), UseName::SelfAs(self.ident(&rename.rename)))
            }
            UseTree::Rename(rename) => (join(&rename.ident), UseName::As(self.ident(&rename.rename))),
        };
        let path = self.intern(&path);
        let scope = self.scope;
        self.seen.uses.push(Use { scope, path, name, public, extern_crate: false, with_macros: false, test });
    }

    pub(super) fn function(&mut self, named: &Named<'_>, sig: &syn::Signature, block: Option<&syn::Block>) {
        let (attributes, said) = (named.attributes, named.said);
        let outer = std::mem::take(&mut self.locals);
        let argument = self.block_argument.take();
        let conditional = std::mem::replace(&mut self.conditional, false);
        self.item(named, ScopeKind::Item, |walk, decl| {
            if let syn::Safety::Unsafe(token) = &sig.safety {
                let argument = safety_section(attributes).or_else(|| walk.argument_above(token.span));
                walk.unsafe_site(UnsafeKind::Function, spans::bytes(token.span), argument);
            }
            let outer = walk.begin_function(decl, said.test || walk.in_tests);
            let receiver =
                sig.inputs.iter().take_while(|input| matches!(input, syn::FnArg::Receiver(_))).count();
            for (index, input) in sig.inputs.iter().enumerate() {
                match input {
                    syn::FnArg::Typed(typed) => {
                        walk.bind_typed(&typed.pat, &typed.ty);
                        walk.trace_parameter(index - receiver, &typed.pat, &typed.ty);
                        walk.parameter(decl, typed);
                    }
                    syn::FnArg::Receiver(receiver) => {
                        for attribute in &receiver.attrs {
                            walk.visit_attribute(attribute);
                        }
                    }
                }
            }
            walk.seen.decls[decl].returns = walk.returned_type(&sig.output);
            if let Some(block) = block
                && sig.inputs.is_empty()
                && let [Stmt::Expr(tail, None)] = block.stmts.as_slice()
            {
                let value = walk.sym(tail);
                walk.seen.decls[decl].value = Some(value);
            }
            walk.function_shape(&named.about(), sig, block, |walk| {
                if let Some(block) = block.filter(|_| walk.into_tests || !walk.in_tests) {
                    walk.visit_block(block);
                    walk.end_function(block);
                }
            });
            walk.leave_function(outer);
        });
        self.locals = outer;
        self.block_argument = argument;
        self.conditional = conditional;
    }

    /// The type that a function returns, through `Result` and `Option`.
    pub(super) fn returned_type(&mut self, output: &syn::ReturnType) -> Option<Str> {
        let syn::ReturnType::Type(_, ty) = output else { return None };
        let path = path_of_type(ty)?;
        let last = path.segments.last()?;
        let inner = match &last.arguments {
            syn::PathArguments::AngleBracketed(generics)
                if last.ident == "Result" || last.ident == "Option" =>
            {
                match generics.args.first()? {
                    syn::GenericArgument::Type(inner) => path_of_type(inner)?,
                    _ => return None,
                }
            }
            _ => path,
        };
        Some(self.intern(&path_text(inner)))
    }

    /// Says of a function that returns `Self::Target` what the implementation around it means by that.
    pub(super) fn name_target(&mut self, item: &syn::ItemImpl, first: usize) {
        let target = item.items.iter().find_map(|item| match item {
            syn::ImplItem::Type(named) if named.ident == "Target" => path_of_type(&named.ty),
            _ => None,
        });
        let Some(target) = target.map(|path| self.intern(&path_text(path))) else { return };
        let written = self.intern("Self::Target");
        for decl in self.seen.decls.iter_mut().skip(first).filter(|decl| decl.returns == Some(written)) {
            decl.returns = Some(target);
        }
    }

    pub(super) fn constant(
        &mut self,
        named: &Named<'_>,
        (token, of): (Option<Span>, Option<&Type>),
        expr: Option<&Expr>,
    ) {
        let outer = std::mem::take(&mut self.locals);
        self.item(named, ScopeKind::Item, |walk, decl| {
            walk.seen.decls[decl].returns = of.and_then(path_of_type).map(|of| walk.intern(&path_text(of)));
            if let Some(token) = token {
                let argument = walk.argument_above(token);
                walk.unsafe_site(UnsafeKind::StaticMut, spans::bytes(token), argument);
            }
            if let Some(expr) = expr {
                let value = walk.sym(expr);
                walk.seen.decls[decl].value = Some(value);
                walk.visit_expr(expr);
            }
        });
        self.locals = outer;
    }

    pub(super) fn fields(&mut self, decl: usize, fields: &syn::Fields) {
        for field in fields {
            for attribute in &field.attrs {
                self.visit_attribute(attribute);
            }
            self.visit_type(&field.ty);
            let Some(ident) = &field.ident else { continue };
            let name = self.ident(ident);
            let ty = self.type_path(&field.ty).map(|path| path.path);
            let default = macros::field_default(self, &field.attrs);
            let written = self.type_written(&field.ty);
            let attributes = self.written(&field.attrs);
            self.seen.decls[decl].fields.push(Field { name, ty, written, attributes, default });
        }
    }

    /// A type as it is written.
    pub(super) fn type_written(&mut self, ty: &Type) -> Str {
        let (start, end) = spans::of_type(ty);
        let text = self.text.get(start as usize..end as usize).unwrap_or_default();
        self.intern(text)
    }

    /// A parameter with a name of its own.
    pub(super) fn parameter(&mut self, decl: usize, typed: &syn::PatType) {
        let syn::Pat::Ident(ident) = &*typed.pat else { return };
        let name = self.ident(&ident.ident);
        let ty = self.type_path(&typed.ty).map(|path| path.path);
        let written = self.type_written(&typed.ty);
        let attributes = self.written(&typed.attrs);
        self.seen.decls[decl].fields.push(Field { name, ty, written, attributes, default: None });
    }

    pub(super) fn module(&mut self, item: &ItemMod) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Module, &item.attrs, &said).visible(&item.vis);
        if let Some((_, items)) = &item.content {
            let outer = std::mem::take(&mut self.locals);
            // The folder of an inline module can be changed too.
            let paths = said.paths.iter().map(|(path, sure)| (self.intern(path), *sure)).collect();
            let outer_scope = self.scope;
            let before = self.seen.scopes.len();
            self.item(&named, ScopeKind::Module, |walk, _| {
                for item in items {
                    walk.visit_item(item);
                }
            });
            self.locals = outer;
            if !said.paths.is_empty() {
                let name = self.ident(&item.ident);
                let what = OutsideKind::Folder { scope: u32::try_from(before).unwrap_or(0), name, paths };
                self.outside(outer_scope, &item.ident, what, &said, false);
            }
            return;
        }
        self.declare(&named);
        for attribute in &item.attrs {
            self.visit_attribute(attribute);
        }
        let name = self.ident(&item.ident);
        let paths = said.paths.iter().map(|(path, sure)| (self.intern(path), *sure)).collect();
        let public = is_public(&item.vis);
        self.outside(self.scope, &item.ident, OutsideKind::Module { name, paths }, &said, public);
    }

    pub(super) fn foreign(&mut self, item: &syn::ForeignItem) {
        match item {
            syn::ForeignItem::Fn(function) => {
                let said = self.said(&function.attrs);
                let ident = &function.sig.ident;
                let named =
                    Named::new(ident, ItemKind::Function, &function.attrs, &said).visible(&function.vis);
                let about = named.about();
                self.item(&named, ScopeKind::Item, |walk, _| walk.foreign_shape(&about, &function.sig));
            }
            syn::ForeignItem::Static(item) => {
                let said = self.said(&item.attrs);
                let kind = match &item.mutability {
                    syn::StaticMutability::Mut(_) => ItemKind::StaticMut,
                    _ => ItemKind::Static,
                };
                let named = Named::new(&item.ident, kind, &item.attrs, &said).visible(&item.vis);
                self.item(&named, ScopeKind::Item, |_, _| {});
            }
            syn::ForeignItem::Type(item) => {
                let said = self.said(&item.attrs);
                let named = Named::new(&item.ident, ItemKind::Type, &item.attrs, &said).visible(&item.vis);
                self.item(&named, ScopeKind::Item, |_, _| {});
            }
            syn::ForeignItem::Macro(item) => self.macro_item(&item.mac),
            _ => {}
        }
    }

    /// Declares what a macro is known to declare.
    pub(in crate::facts::code) fn declare_static(&mut self, ident: &Ident) {
        let said = Said::default();
        self.declare(&Named::new(ident, ItemKind::Static, &[], &said));
    }
}

/// An item about to be declared.
pub(super) struct Named<'a> {
    pub(super) ident: &'a Ident,
    pub(super) kind: DeclKind,
    pub(super) attributes: &'a [Attribute],
    pub(super) said: &'a Said,
    pub(super) public: bool,
    pub(super) visibility: anatomy::Visibility,
    pub(super) generics: Option<&'a syn::Generics>,
}

impl<'a> Named<'a> {
    pub(super) fn new(ident: &'a Ident, kind: ItemKind, attributes: &'a [Attribute], said: &'a Said) -> Self {
        let visibility = anatomy::Visibility::Private;
        Self {
            ident,
            kind: DeclKind::Item(kind),
            attributes,
            said,
            public: false,
            visibility,
            generics: None,
        }
    }

    pub(super) fn visible(mut self, visibility: &Visibility) -> Self {
        self.public = is_public(visibility);
        self.visibility = visibility.into();
        self
    }

    pub(super) fn about(&self) -> About<'a> {
        About { name: self.ident, attributes: self.attributes, visibility: self.visibility }
    }

    pub(super) fn with(mut self, generics: &'a syn::Generics) -> Self {
        self.generics = Some(generics);
        self
    }
}

pub(super) fn is_public(visibility: &Visibility) -> bool {
    !matches!(visibility, Visibility::Inherited)
}

pub(super) fn first_of(attributes: &[Attribute]) -> Option<Span> {
    attributes.first().map(|attribute| attribute.pound_token.span)
}
