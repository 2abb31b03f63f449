//! What fields of structs are: by their types, by what is preset for them, and by files of settings.

use super::names::{Answer, Found, What};
use super::seen::{Namespace, PathAt, Str, Sym};
use super::text::Text;
use super::values::{Budget, View};
use super::{Setting, Value};

impl<'f> View<'_, 'f> {
    /// What a field of a struct is where nobody says otherwise; with presets, as something that a file may fill where
    /// the struct is one that files do.
    pub(super) fn field_value(&self, instance: usize, base: &Sym, field: Str, budget: &mut Budget) -> Value {
        let otherwise = self.field_default(instance, base, field, budget);
        let steps = if budget.presets { self.steps(instance, base, field) } else { None };
        match steps {
            Some(steps) => Value::Setting(Box::new(Setting { steps, otherwise, ..Setting::default() })),
            None => otherwise,
        }
    }

    /// The types on the way to a field that a file may fill, each with the field that follows.
    fn steps(&self, instance: usize, base: &Sym, field: Str) -> Option<Vec<(Text, Text)>> {
        let (of, decl) = self.struct_of(instance, base)?;
        let mut attributes = self.decl(of, decl).attributes.iter();
        if !attributes.any(|text| self.text(of, *text).contains("Deserialize")) {
            return None;
        }
        let mut steps = match base {
            Sym::Field(outer, through) => self.steps(instance, outer, *through).unwrap_or_default(),
            _ => Vec::new(),
        };
        steps.push((self.names.declared_path(of, decl), self.text(instance, field).into()));
        Some(steps)
    }

    /// What a field of a struct is where nobody says otherwise: by its attributes, or by `impl Default`.
    fn field_default(&self, instance: usize, base: &Sym, field: Str, budget: &mut Budget) -> Value {
        let Some((of, decl)) = self.struct_of(instance, base) else { return Value::Unknown };
        let name = self.text(instance, field);
        let Some((of, (_, default))) = self.field(of, decl, name) else { return Value::Unknown };
        if let Some(default) = default {
            return self.default(of, default, budget);
        }
        if !budget.presets {
            return Value::Unknown;
        }
        let path = format!("{}::{name}", self.names.declared_path(of, decl));
        match self.by_path.presets.field(&path) {
            Some((of, value)) => self.default(*of, value, budget),
            None => Value::Unknown,
        }
    }

    /// The default of a field: a value, or what a function of the workspace returns.
    fn default(&self, instance: usize, default: &Sym, budget: &mut Budget) -> Value {
        if let Sym::Call(path, arguments) = default
            && arguments.is_empty()
            && let Answer::Found(Found { what: What::Decl(of, decl), .. }) = self.resolve(instance, *path)
            && let Some(value) = &self.decl(of, decl).value
        {
            return self.value_in(of, value, budget);
        }
        self.value_in(instance, default, budget)
    }

    /// The type of a field of a struct of the workspace, as it is written.
    pub(super) fn written_field_type(&self, of: PathAt, field: &str) -> Option<String> {
        let Answer::Found(Found { what: What::Decl(instance, decl), .. }) = self.resolve(self.instance, of)
        else {
            return None;
        };
        let known =
            self.decl(instance, decl).fields.iter().find(|known| self.text(instance, known.name) == field)?;
        Some(self.text(instance, known.written).to_owned())
    }

    /// The struct that an expression is of.
    pub(super) fn struct_of(&self, instance: usize, sym: &Sym) -> Option<(usize, usize)> {
        let answer = match sym {
            Sym::Typed(path) => self.resolve(instance, *path),
            Sym::Field(base, field) => {
                let (of, decl) = self.struct_of(instance, base)?;
                let (of, (ty, _)) = self.field(of, decl, self.text(instance, *field))?;
                self.resolve(of, ty?)
            }
            _ => return None,
        };
        match answer {
            Answer::Found(Found { what: What::Decl(of, decl), .. }) => Some((of, decl)),
            _ => None,
        }
    }

    /// Type and default of a field, with the instance in which they are written.
    #[expect(clippy::type_complexity, reason = "named once, taken apart at once")]
    pub(super) fn field(
        &self,
        instance: usize,
        decl: usize,
        name: &str,
    ) -> Option<(usize, (Option<PathAt>, Option<&'f Sym>))> {
        let facts = self.decl(instance, decl);
        let field = facts.fields.iter().find(|field| self.text(instance, field.name) == name)?;
        let scope = facts.opens.unwrap_or(facts.scope);
        let ty = field.ty.map(|path| PathAt { path, scope, ns: Namespace::Type });
        Some((instance, (ty, field.default.as_ref())))
    }
}
