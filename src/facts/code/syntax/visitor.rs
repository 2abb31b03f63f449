//! The visitor: what is done at each kind of node.

use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ItemMod, Macro, Stmt, Type};

use super::super::attributes::{Said, safety_section};
use super::super::seen::{Callee, DeclKind, Namespace, ScopeKind, Sym, Use, UseName};
use super::super::{ItemKind, Map, UnsafeKind, anatomy, spans, templates};
use super::Walk;
use super::expressions::attributes_of;
use super::items::{Named, first_of, is_public};
use super::paths::{path_of_type, path_text};

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.attribute(&attribute.meta, attribute, None);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let said = self.said(&item.attrs);
        for attribute in &item.attrs {
            self.visit_attribute(attribute);
        }
        let prefix = if item.leading_colon.is_some() { "::" } else { "" };
        self.uses(&item.tree, prefix, is_public(&item.vis), said.test);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        let said = self.said(&item.attrs);
        let path = self.ident(&item.ident);
        let name = match &item.rename {
            Some((_, rename)) if rename == "_" => UseName::Nothing,
            Some((_, rename)) => UseName::As(self.ident(rename)),
            None => UseName::As(path),
        };
        let (scope, public) = (self.scope, is_public(&item.vis));
        let (with_macros, test) = (said.macro_use, said.test);
        self.seen.uses.push(Use { scope, path, name, public, extern_crate: true, with_macros, test });
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module(item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.sig.ident, ItemKind::Function, &item.attrs, &said);
        self.function(&named.visible(&item.vis).with(&item.sig.generics), &item.sig, Some(&item.block));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let said = self.said(&item.attrs);
        let mut named =
            Named::new(&item.sig.ident, ItemKind::Function, &item.attrs, &said).visible(&item.vis);
        if self.in_trait_impl {
            (named.public, named.visibility) = (true, anatomy::Visibility::Public);
        }
        self.function(&named.with(&item.sig.generics), &item.sig, Some(&item.block));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        let said = self.said(&item.attrs);
        let mut named = Named::new(&item.sig.ident, ItemKind::Function, &item.attrs, &said);
        (named.public, named.visibility) = (true, anatomy::Visibility::Public);
        self.function(&named.with(&item.sig.generics), &item.sig, item.default.as_ref());
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Const, &item.attrs, &said).visible(&item.vis);
        self.constant(&named, (None, None), Some(&item.expr));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Const, &item.attrs, &said).visible(&item.vis);
        self.constant(&named, (None, None), Some(&item.expr));
    }

    fn visit_trait_item_const(&mut self, item: &'ast syn::TraitItemConst) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Const, &item.attrs, &said);
        self.constant(&named, (None, None), item.default.as_ref().map(|(_, expr)| expr));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        let said = self.said(&item.attrs);
        let (kind, token) = match &item.mutability {
            syn::StaticMutability::Mut(_) => (ItemKind::StaticMut, Some(item.static_token.span)),
            _ => (ItemKind::Static, None),
        };
        let named = Named::new(&item.ident, kind, &item.attrs, &said).visible(&item.vis);
        self.constant(&named, (token, Some(&item.ty)), Some(&item.expr));
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let said = self.said(&item.attrs);
        let mut named = Named::new(&item.ident, ItemKind::Struct, &item.attrs, &said).visible(&item.vis);
        if !matches!(item.fields, syn::Fields::Named(_)) {
            named.kind = DeclKind::ValueStruct;
        }
        let about = named.about();
        self.item(&named.with(&item.generics), ScopeKind::Item, |walk, decl| {
            walk.type_item_shape(&about, ItemKind::Struct, &item.generics, &item.fields);
            walk.fields(decl, &item.fields);
        });
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Enum, &item.attrs, &said).visible(&item.vis);
        let about = named.about();
        self.item(&named.with(&item.generics), ScopeKind::Enum, |walk, _| {
            let fields = item.variants.iter().flat_map(|variant| &variant.fields);
            walk.type_item_shape(&about, ItemKind::Enum, &item.generics, fields);
            for variant in &item.variants {
                let said = walk.said(&variant.attrs);
                let mut named = Named::new(&variant.ident, ItemKind::Enum, &[], &said);
                named.kind = DeclKind::Variant;
                named.public = true;
                let decl = walk.declare(&named);
                for attribute in &variant.attrs {
                    walk.visit_attribute(attribute);
                }
                walk.fields(decl, &variant.fields);
                if let Some((_, discriminant)) = &variant.discriminant {
                    walk.visit_expr(discriminant);
                }
            }
        });
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Union, &item.attrs, &said).visible(&item.vis);
        let about = named.about();
        self.item(&named.with(&item.generics), ScopeKind::Item, |walk, _| {
            walk.type_item_shape(&about, ItemKind::Union, &item.generics, &item.fields.named);
            let argument = walk.argument_above(item.union_token.span);
            walk.unsafe_site(UnsafeKind::Union, spans::bytes(item.union_token.span), argument);
            for field in &item.fields.named {
                walk.visit_field(field);
            }
        });
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Type, &item.attrs, &said).visible(&item.vis);
        self.item(&named.with(&item.generics), ScopeKind::Item, |walk, decl| {
            if let Type::Path(path) = &*item.ty
                && path.qself.is_none()
            {
                let alias = path_text(&path.path);
                let alias = walk.intern(&alias);
                walk.seen.decls[decl].alias = Some(alias);
            }
            walk.visit_type(&item.ty);
        });
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Trait, &item.attrs, &said).visible(&item.vis);
        let outer = std::mem::replace(&mut self.in_trait_impl, false);
        self.item(&named.with(&item.generics), ScopeKind::Trait, |walk, _| {
            if let Some(token) = &item.unsafety {
                let argument = safety_section(&item.attrs).or_else(|| walk.argument_above(token.span));
                walk.unsafe_site(UnsafeKind::Trait, spans::bytes(token.span), argument);
            }
            let owner = walk.trait_shape(item);
            let owner = std::mem::replace(&mut walk.owner, owner);
            for item in &item.items {
                walk.visit_trait_item(item);
            }
            walk.owner = owner;
        });
        self.in_trait_impl = outer;
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let said = self.said(&item.attrs);
        let self_path = path_of_type(&item.self_ty);
        let name = self_path.and_then(|path| path.segments.last()).map(|segment| self.ident(&segment.ident));
        let self_type = self_path.map(path_text).map(|text| self.intern(&text));
        let scope = self.push_scope(ScopeKind::Impl, name, &said);
        self.scope_mut(scope).self_type = self_type;
        self.generics(scope, Some(&item.generics));
        let start = first_of(&item.attrs).or(item.unsafety.as_ref().map(|token| token.span));
        let start = spans::start(start.unwrap_or(item.impl_token.span));
        let statement = std::mem::replace(&mut self.statement, start);
        let outer = std::mem::replace(&mut self.in_trait_impl, item.trait_.is_some());
        let within = |walk: &mut Self| {
            if let Some(token) = &item.unsafety {
                let argument = walk.argument_above(token.span).or_else(|| safety_section(&item.attrs));
                walk.unsafe_site(UnsafeKind::Impl, spans::bytes(token.span), argument);
            }
            let owner = walk.impl_shape(item);
            let owner = std::mem::replace(&mut walk.owner, owner);
            let first = walk.seen.decls.len();
            for item in &item.items {
                walk.visit_impl_item(item);
            }
            walk.name_target(item, first);
            walk.owner = owner;
        };
        self.inside(scope, |walk| walk.below(&item.attrs, within));
        self.in_trait_impl = outer;
        self.statement = statement;
    }

    fn visit_item_foreign_mod(&mut self, item: &'ast syn::ItemForeignMod) {
        let first = item.unsafety.as_ref().map_or(item.abi.extern_token.span, |token| token.span);
        let start = first_of(&item.attrs).unwrap_or(first);
        let statement = std::mem::replace(&mut self.statement, spans::start(start));
        self.attributed(&item.attrs, |walk| {
            let argument = walk.argument_above(first).or_else(|| safety_section(&item.attrs));
            let argument = argument.or_else(|| {
                let open = spans::end(item.brace_token.span.open());
                walk.comments.at_start_of(walk.text, open)
            });
            walk.unsafe_site(UnsafeKind::ExternBlock, spans::bytes(first), argument);
            for foreign in &item.items {
                walk.foreign(foreign);
            }
        });
        self.statement = statement;
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        self.attributed(&item.attrs, |walk| {
            let Some(ident) = &item.ident else { return walk.macro_item(&item.mac) };
            let said = walk.said(&item.attrs);
            walk.declare(&Named::new(ident, ItemKind::Macro, &item.attrs, &said));
            let first = walk.seen.inside.unsafe_sites.len();
            walk.unsafe_in_template(&item.mac.tokens);
            let mut pasted = templates::pasted(&item.mac.tokens);
            for site in &mut walk.seen.inside.unsafe_sites[first..] {
                site.pastes = pasted.remove(&site.at.0).unwrap_or_default();
            }
            if walk.seen.inside.unsafe_sites.len() > first {
                walk.template_shapes(&item.mac.tokens);
            }
        });
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.macro_call(call);
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let (attributes, start): (&[Attribute], _) = match statement {
            Stmt::Local(local) => (&local.attrs, Some(local.let_token.span)),
            Stmt::Macro(call) => (&call.attrs, None),
            Stmt::Expr(expr, _) => (attributes_of(expr), Some(spans::first(expr))),
            Stmt::Item(_) => (&[], None),
        };
        let start = first_of(attributes).or(start).map(spans::start);
        let outer = start.map(|start| std::mem::replace(&mut self.statement, start));
        match statement {
            Stmt::Local(local) => self.attributed(&local.attrs, |walk| walk.local(local)),
            Stmt::Macro(call) => self.attributed(&call.attrs, |walk| {
                let node = walk.open_macro(&call.mac);
                walk.macro_call(&call.mac);
                walk.close(node);
            }),
            Stmt::Expr(expr, semicolon) => self.attributed(attributes, |walk| {
                if semicolon.is_some() {
                    walk.discard(expr);
                }
                walk.visit_expr(expr);
                walk.built_further(expr);
            }),
            Stmt::Item(item) => self.visit_item(item),
        }
        if let Some(outer) = outer {
            self.statement = outer;
        }
        if !self.parsed.is_empty() {
            self.parsed = Map::default();
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let has_items = block.stmts.iter().any(|statement| matches!(statement, Stmt::Item(_)));
        let scope =
            if has_items { self.push_scope(ScopeKind::Block, None, &Said::default()) } else { self.scope };
        let mark = self.locals.open();
        let node = self.open_block(block);
        self.inside(scope, |walk| {
            block.stmts.iter().for_each(|statement| walk.visit_stmt(statement));
            walk.trace_tail(block);
        });
        self.close(node);
        self.locals.close(mark);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        let node = self.open_expr(expr);
        visit::visit_expr(self, expr);
        self.close(node);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        let node = self.open_field(field);
        visit::visit_field_value(self, field);
        self.close(node);
    }

    fn visit_expr_unsafe(&mut self, expr: &'ast syn::ExprUnsafe) {
        let open = spans::end(expr.block.brace_token.span.open());
        let argument = self.argument_above(expr.unsafe_token.span);
        let argument = argument.or_else(|| self.comments.at_start_of(self.text, open));
        self.unsafe_site(UnsafeKind::Block, spans::bytes(expr.unsafe_token.span), argument.clone());
        let outer = std::mem::replace(&mut self.block_argument, argument);
        self.visit_block(&expr.block);
        self.block_argument = outer;
    }

    fn visit_expr_call(&mut self, expr: &'ast syn::ExprCall) {
        let index = if let Expr::Path(func) = &*expr.func {
            let path = self.value_path(func);
            let arguments = self.arguments_of(&expr.args);
            let at = (spans::start(spans::first(&expr.func)), spans::end(expr.paren_token.span.close()));
            self.call(Callee::Path(path), at, arguments)
        } else {
            self.visit_expr(&expr.func);
            None
        };
        for argument in &expr.args {
            self.visit_expr(argument);
        }
        self.trace_call(expr, index);
    }

    fn visit_expr_method_call(&mut self, expr: &'ast syn::ExprMethodCall) {
        self.visit_expr(&expr.receiver);
        let origin = self.origin(&expr.receiver);
        let method = self.ident(&expr.method);
        let arguments = self.arguments_of(&expr.args);
        let start = spans::start(spans::first(&expr.receiver));
        let at = (start, spans::end(expr.paren_token.span.close()));
        let index = self.call(Callee::Method(method, origin), at, arguments);
        let takes = expr.args.iter().any(|argument| matches!(argument, Expr::Closure(_)))
            && !["map_err", "unwrap_or_else", "or_else", "ok_or_else", "inspect_err"]
                .contains(&expr.method.to_string().as_str());
        let given = self.give(&expr.receiver, takes);
        for argument in &expr.args {
            self.visit_expr(argument);
        }
        self.tracer.given = given;
        self.trace_method(expr, index);
        self.paired(expr);
    }

    fn visit_expr_struct(&mut self, expr: &'ast syn::ExprStruct) {
        visit::visit_expr_struct(self, expr);
        self.note_presets(expr);
        let of = Sym::Typed(self.path(&expr.path, Namespace::Type));
        for field in &expr.fields {
            if let syn::Member::Named(member) = &field.member {
                self.trace_field_set(Some(of.clone()), member, &field.expr);
            }
        }
    }

    fn visit_expr_field(&mut self, expr: &'ast syn::ExprField) {
        visit::visit_expr_field(self, expr);
        if let syn::Member::Named(name) = &expr.member {
            self.trace_name(name);
        }
    }

    fn visit_expr_return(&mut self, expr: &'ast syn::ExprReturn) {
        visit::visit_expr_return(self, expr);
        if let Some(value) = &expr.expr {
            self.trace_return(value);
        }
    }

    fn visit_expr_binary(&mut self, expr: &'ast syn::ExprBinary) {
        visit::visit_expr_binary(self, expr);
        self.trace_comparison(expr);
    }

    fn visit_expr_assign(&mut self, expr: &'ast syn::ExprAssign) {
        visit::visit_expr_assign(self, expr);
        self.assigned(&expr.left, Some(&expr.right));
        self.trace_assigned(&expr.left, &expr.right);
        if let Expr::Field(field) = &*expr.left
            && let syn::Member::Named(member) = &field.member
        {
            let of = self.origin(&field.base).map(|origin| origin.start);
            self.trace_field_set(of, member, &expr.right);
        }
    }

    fn visit_expr_closure(&mut self, expr: &'ast syn::ExprClosure) {
        let mark = self.locals.open();
        for input in &expr.inputs {
            match input {
                syn::Pat::Type(typed) => self.bind_typed(&typed.pat, &typed.ty),
                other => self.bind(other, None),
            }
            self.trace_closure_input(input);
        }
        self.visit_expr(&expr.body);
        self.trace_part(spans::bytes(expr.inputs_begin.span), &expr.body);
        self.locals.close(mark);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let mark = self.locals.open();
        self.attributed(&arm.attrs, |walk| {
            walk.bind(&arm.pat, None);
            walk.visit_pat(&arm.pat);
            walk.visit_expr(&arm.body);
        });
        self.locals.close(mark);
    }

    fn visit_expr_let(&mut self, expr: &'ast syn::ExprLet) {
        self.visit_expr(&expr.expr);
        let before = self.told_before(&expr.pat, &expr.expr);
        self.bind(&expr.pat, Some(&expr.expr));
        self.trace_binding(&expr.pat, &before);
        self.visit_pat(&expr.pat);
    }

    fn visit_expr_if(&mut self, expr: &'ast syn::ExprIf) {
        let mark = self.locals.open();
        self.visit_expr(&expr.cond);
        let conditional = std::mem::replace(&mut self.conditional, true);
        self.visit_block(&expr.then_branch);
        self.locals.close(mark);
        if let Some((_, other)) = &expr.else_branch {
            self.visit_expr(other);
        }
        self.conditional = conditional;
    }

    fn visit_expr_while(&mut self, expr: &'ast syn::ExprWhile) {
        let mark = self.locals.open();
        self.visit_expr(&expr.cond);
        self.visit_block(&expr.body);
        self.locals.close(mark);
    }

    fn visit_expr_for_loop(&mut self, expr: &'ast syn::ExprForLoop) {
        self.visit_expr(&expr.expr);
        let mark = self.locals.open();
        let before = self.told_before(&expr.pat, &expr.expr);
        self.bind_same_origin(&expr.pat, &expr.expr);
        self.trace_loop(&expr.pat, before);
        self.visit_block(&expr.body);
        self.locals.close(mark);
    }

    fn visit_expr_match(&mut self, expr: &'ast syn::ExprMatch) {
        self.visit_expr(&expr.expr);
        let conditional = std::mem::replace(&mut self.conditional, true);
        for arm in &expr.arms {
            let mark = self.locals.open();
            let node = self.open_arm(arm);
            self.attributed(&arm.attrs, |walk| {
                let before = walk.told_before(&arm.pat, &expr.expr);
                walk.bind(&arm.pat, Some(&expr.expr));
                walk.trace_binding(&arm.pat, &before);
                walk.visit_pat(&arm.pat);
                walk.visit_expr(&arm.body);
                walk.trace_part(spans::bytes(expr.match_token.span), &arm.body);
            });
            self.close(node);
            self.locals.close(mark);
        }
        self.conditional = conditional;
    }
}
