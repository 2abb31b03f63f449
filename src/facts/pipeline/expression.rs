//! The expressions of GitHub: what stands in `${{ .. }}`, and after `if:`.
//!
//! Read as GitHub reads them: names without regard to case, `['x']` as `.x`, `!` before comparisons before `&&` before
//! `||`. Nothing is calculated here; what an expression says of outsiders is for checks to judge.

use crate::document;
use crate::source::Source;

/// Deeper expressions are not read, nor are those of more values.
const DEEPEST: usize = 50;
const MOST: usize = 1_000;

/// Functions whose result is no text of what they are given: truth values and digests. JSON is none where the language
/// that it is written into reads it as a value; a shell looks into its quotes.
const JUDGING: &[&str] =
    &["contains", "startswith", "endswith", "hashfiles", "success", "failure", "cancelled", "always"];

/// What an expression is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A text, number, truth value or nothing (the empty text), as written and without quotes.
    Literal(String),
    /// A list of texts: `fromJSON('["a", "b"]')`.
    List(Vec<String>),
    /// A path, such as `github.event.issue.title`, in lower case where GitHub names it; `*` for an index.
    Name(String),
    /// A part of what is no path.
    Part(Box<Expression>),
    /// A function by its name in lower case, and what it is given.
    Call(String, Vec<Expression>),
    /// `!`
    Not(Box<Expression>),
    /// `&&`
    And(Box<Expression>, Box<Expression>),
    /// `||`
    Or(Box<Expression>, Box<Expression>),
    /// `==`, and `!=` as its opposite.
    Equal(Box<Expression>, Box<Expression>),
    /// `<`, `<=`, `>`, `>=`
    Order(Box<Expression>, Box<Expression>),
}

/// A name that may become the value of an expression, and what has to be true for that.
#[derive(Debug, PartialEq, Eq)]
pub struct Flow<'e> {
    /// The path.
    pub name: &'e str,
    /// True where everything below the path is written out, as JSON.
    pub whole: bool,
    /// Conditions before `&&`.
    pub guards: Vec<&'e Expression>,
}

impl Expression {
    /// Reads the inside of `${{ .. }}`; none where GitHub would refuse it.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text, depth: 0, left: MOST };
        let read = reader.any()?;
        reader.blank();
        reader.rest.is_empty().then_some(read)
    }

    /// Reads what stands after `if:`. Where something stands beside `${{ .. }}`, be it the end of a line, GitHub makes a
    /// text of it all, and a text is true.
    #[must_use]
    pub fn condition(text: &str) -> Option<Self> {
        let Some(open) = text.find("${{") else { return Self::read(text) };
        let fenced = text[open + 3..].split_once("}}").filter(|(_, after)| open == 0 && after.is_empty());
        fenced.map_or_else(|| Some(Self::Literal("true".to_owned())), |(inside, _)| Self::read(inside))
    }

    /// The names whose values may become a part of a text of this expression.
    #[must_use]
    pub fn flows(&self) -> Vec<Flow<'_>> {
        let mut flowing = Flowing { guards: Vec::new(), whole: false, found: Vec::new() };
        flowing.out_of(self);
        flowing.found
    }

    /// The same where JSON is read as a value: what `toJSON` makes says no more than that.
    #[must_use]
    pub fn with_json_as_value(self) -> Self {
        match self {
            Self::Call(name, _) if name == "tojson" => Self::Literal("{}".to_owned()),
            Self::Call(name, given) => {
                Self::Call(name, given.into_iter().map(Self::with_json_as_value).collect())
            }
            Self::And(a, b) => Self::And(a, Box::new(b.with_json_as_value())),
            Self::Or(a, b) => Self::Or(Box::new(a.with_json_as_value()), Box::new(b.with_json_as_value())),
            other => other,
        }
    }

    /// True where a function asks how other steps or jobs went: without one, GitHub asks that they went well.
    #[must_use]
    pub fn asks_for_status(&self) -> bool {
        match self {
            Self::Call(name, given) => {
                matches!(name.as_str(), "always" | "failure" | "cancelled" | "success")
                    || given.iter().any(Self::asks_for_status)
            }
            Self::Part(inner) | Self::Not(inner) => inner.asks_for_status(),
            Self::And(a, b) | Self::Or(a, b) | Self::Equal(a, b) | Self::Order(a, b) => {
                a.asks_for_status() || b.asks_for_status()
            }
            Self::Literal(_) | Self::List(_) | Self::Name(_) => false,
        }
    }
}

/// Follows names out of an expression.
struct Flowing<'e> {
    guards: Vec<&'e Expression>,
    whole: bool,
    found: Vec<Flow<'e>>,
}

impl<'e> Flowing<'e> {
    fn out_of(&mut self, expression: &'e Expression) {
        match expression {
            Expression::Name(name) => {
                self.found.push(Flow { name, whole: self.whole, guards: self.guards.clone() });
            }
            Expression::Part(whole) => self.out_of(whole),
            Expression::Call(name, given) if !JUDGING.contains(&name.as_str()) => {
                let whole = self.whole || name == "tojson";
                let outer = std::mem::replace(&mut self.whole, whole);
                for given in given {
                    self.out_of(given);
                }
                self.whole = outer;
            }
            Expression::And(first, then) => {
                self.guards.push(first);
                self.out_of(then);
                self.guards.pop();
            }
            Expression::Or(first, then) => {
                self.out_of(first);
                self.out_of(then);
            }
            _ => {}
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
    /// How many more values are read.
    left: usize,
}

impl<'a> Reader<'a> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, sign: &str) -> bool {
        self.blank();
        let after = self.rest.strip_prefix(sign);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// Takes what fits from the start; none where nothing does.
    fn take(&mut self, fits: fn(char) -> bool) -> Option<&'a str> {
        let length = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        (!taken.is_empty()).then_some(taken)
    }

    fn any(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut read = self.all()?;
        while self.eat("||") {
            read = Expression::Or(Box::new(read), Box::new(self.all()?));
        }
        self.depth -= 1;
        Some(read)
    }

    fn all(&mut self) -> Option<Expression> {
        let mut read = self.equality()?;
        while self.eat("&&") {
            read = Expression::And(Box::new(read), Box::new(self.equality()?));
        }
        Some(read)
    }

    fn equality(&mut self) -> Option<Expression> {
        let mut read = self.order()?;
        loop {
            let same = self.eat("==");
            if !same && !self.eat("!=") {
                return Some(read);
            }
            let equal = Expression::Equal(Box::new(read), Box::new(self.order()?));
            read = if same { equal } else { Expression::Not(Box::new(equal)) };
        }
    }

    fn order(&mut self) -> Option<Expression> {
        let mut read = self.one()?;
        while ["<=", ">=", "<", ">"].iter().any(|sign| self.eat(sign)) {
            read = Expression::Order(Box::new(read), Box::new(self.one()?));
        }
        Some(read)
    }

    fn one(&mut self) -> Option<Expression> {
        self.left = self.left.checked_sub(1)?;
        self.blank();
        if self.rest.starts_with('!') && !self.rest.starts_with("!=") {
            self.rest = &self.rest[1..];
            self.depth += 1;
            let inner = if self.depth > DEEPEST { None } else { self.one() };
            self.depth -= 1;
            return Some(Expression::Not(Box::new(inner?)));
        }
        let read = if self.eat("(") {
            let inner = self.any()?;
            self.eat(")").then_some(inner)?
        } else if self.rest.starts_with('\'') {
            Expression::Literal(self.text()?)
        } else if self.rest.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
            Expression::Literal(self.take(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))?.to_owned())
        } else {
            self.word()?
        };
        self.parts(read)
    }

    /// A text in quotes; two of them stand for one.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        self.rest = self.rest.strip_prefix('\'')?;
        loop {
            let (piece, rest) = self.rest.split_once('\'')?;
            text.push_str(piece);
            self.rest = rest;
            match rest.strip_prefix('\'') {
                Some(rest) => self.rest = rest,
                None => return Some(text),
            }
            text.push('\'');
        }
    }

    fn word(&mut self) -> Option<Expression> {
        let word = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))?.to_ascii_lowercase();
        if self.eat("(") {
            let given = self.given()?;
            return Some(listed(&word, &given).unwrap_or(Expression::Call(word, given)));
        }
        Some(match word.as_str() {
            "null" => Expression::Literal(String::new()),
            "true" | "false" | "nan" | "infinity" => Expression::Literal(word),
            _ => Expression::Name(word),
        })
    }

    fn given(&mut self) -> Option<Vec<Expression>> {
        let mut given = Vec::new();
        if self.eat(")") {
            return Some(given);
        }
        loop {
            given.push(self.any()?);
            if self.eat(")") {
                return Some(given);
            }
            self.eat(",").then_some(())?;
        }
    }

    /// What follows a value: `.name`, `.*`, `['name']`, `[0]`.
    fn parts(&mut self, mut read: Expression) -> Option<Expression> {
        loop {
            let part = if self.eat(".") {
                self.blank();
                if self.eat("*") {
                    Some("*".to_owned())
                } else {
                    Some(self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))?.to_owned())
                }
            } else if self.eat("[") {
                if self.eat("*") {
                    self.eat("]").then_some(())?;
                    Some("*".to_owned())
                } else {
                    let index = self.any()?;
                    self.eat("]").then_some(())?;
                    match index {
                        Expression::Literal(name) if name.bytes().all(|byte| byte.is_ascii_digit()) => {
                            Some("*".to_owned())
                        }
                        Expression::Literal(name) => Some(name),
                        _ => None,
                    }
                }
            } else {
                return Some(read);
            };
            read = match (read, part) {
                (Expression::Name(mut name), Some(part)) => {
                    let ours = name.starts_with("github");
                    name.push('.');
                    name.push_str(&if ours { part.to_ascii_lowercase() } else { part });
                    Expression::Name(name)
                }
                (part @ Expression::Part(_), _) => part,
                (other, _) => Expression::Part(Box::new(other)),
            };
        }
    }
}

/// The list that `fromJSON` makes of a text.
fn listed(function: &str, given: &[Expression]) -> Option<Expression> {
    let [Expression::Literal(text)] = given else { return None };
    if function != "fromjson" {
        return None;
    }
    let value = document::parse_json(&Source::new("", text.as_str())).ok()?;
    if let Some(truth) = value.as_bool() {
        return Some(Expression::Literal(truth.to_string()));
    }
    let texts = value.items().iter().map(|item| item.as_str().map(str::to_owned));
    Some(Expression::List(texts.collect::<Option<_>>()?)).filter(|_| value.type_name() == "array")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expression: &Expression) -> String {
        match expression {
            Expression::Literal(text) => format!("'{text}'"),
            Expression::List(texts) => format!("{texts:?}"),
            Expression::Name(name) => name.clone(),
            Expression::Part(whole) => format!("{}.?", shown(whole)),
            Expression::Call(name, given) => {
                format!("{name}({})", given.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
            Expression::Not(inner) => format!("!{}", shown(inner)),
            Expression::And(a, b) => format!("({} & {})", shown(a), shown(b)),
            Expression::Or(a, b) => format!("({} | {})", shown(a), shown(b)),
            Expression::Equal(a, b) => format!("({} = {})", shown(a), shown(b)),
            Expression::Order(a, b) => format!("({} <> {})", shown(a), shown(b)),
        }
    }

    #[test]
    fn expressions_are_read_as_github_reads_them() {
        for (text, expected) in [
            ("a || b && c == 'd''e'", "(a | (b & (c = 'd'e')))"),
            ("!a == b", "(!a = b)"),
            ("a != b", "!(a = b)"),
            ("(a || b) && !(c)", "((a | b) & !c)"),
            ("GitHub.Event['Issue'].title", "github.event.issue.title"),
            ("github.event.commits[0].message", "github.event.commits.*.message"),
            ("labels.*.name", "labels.*.name"),
            ("Secrets.Key", "secrets.Key"),
            ("a[b.c].d", "a.?"),
            ("fromJSON(x).y", "fromjson(x).?"),
            ("contains( fromJson('[\"A\", \"b\"]') , X )", "contains([\"A\", \"b\"], x)"),
            ("fromJSON('[1]')", "fromjson('[1]')"),
            ("fromJSON(n) < 3 && -1.5 >= 0xff", "((fromjson(n) <> '3') & ('-1.5' <> '0xff'))"),
            ("always()", "always()"),
            ("null == true", "('' = 'true')"),
            ("a\n  && b", "(a & b)"),
        ] {
            assert_eq!(Expression::read(text).as_ref().map(shown).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "a &&", "a b", "'a", "(a", "a(", "f(a,", "a.", "a[0", "a = b", "\"a\"", "a &"] {
            assert_eq!(Expression::read(text), None, "{text}");
        }
        for deep in ["(", "!", "f(", "a["] {
            assert_eq!(Expression::read(&deep.repeat(100_000)), None);
        }
        assert_eq!(Expression::read(&"a || ".repeat(100_000)), None);
    }

    #[test]
    fn what_stands_beside_the_brackets_makes_a_text_of_a_condition() {
        for (text, expected) in [
            ("a == 'b'", Some("(a = 'b')")),
            ("${{ a }}", Some("a")),
            ("${{ a }} && b", Some("'true'")),
            ("${{ a }}\n", Some("'true'")),
            ("a &&", None),
        ] {
            assert_eq!(Expression::condition(text).as_ref().map(shown).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn values_flow_out_of_what_makes_no_other_of_them() {
        for (text, names) in [
            ("a || b.c", vec!["a", "b.c"]),
            ("x == 'y' && a || 'z'", vec!["a"]),
            ("format('{0}', a)", vec!["a"]),
            ("fromJSON(a).b", vec!["a"]),
            ("contains(a, 'b') || a == b || !a", vec![]),
            ("toJSON(a)", vec!["a"]),
        ] {
            let read = Expression::read(text).expect(text);
            assert!(read.flows().iter().map(|flow| flow.name).eq(names), "{text}");
        }
        let read = Expression::read("x && (y && a) || b").expect("an expression");
        let guards: Vec<usize> = read.flows().iter().map(|flow| flow.guards.len()).collect();
        assert_eq!(guards, [2, 0]);
        let read = Expression::read("x && toJSON(a) || format('{0}', toJSON(c), b)").expect("an expression");
        let whole: Vec<_> = read.flows().iter().map(|flow| (flow.name, flow.whole)).collect();
        assert_eq!(whole, [("a", true), ("c", true), ("b", false)]);
        let read = read.with_json_as_value();
        assert!(read.flows().iter().map(|flow| flow.name).eq(["b"]));
    }

    #[test]
    fn functions_that_ask_for_the_status_are_known() {
        for (text, asks) in [("always() && a", true), ("!cancelled()", true), ("a == b", false)] {
            assert_eq!(Expression::read(text).is_some_and(|read| read.asks_for_status()), asks, "{text}");
        }
    }
}
