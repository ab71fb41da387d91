//! Words of an expression that its tree does not keep: `not`, the precision of `current_timestamp`, the colons of a slice.

use smol_str::SmolStr;

use super::Storing;
use crate::token::Token;
use crate::tree::Expr;

impl Storing<'_, '_> {
    /// What stands in an expression beside its parts, in lower case, without parentheses and commas.
    pub(super) fn words(&self, expr: &Expr) -> Vec<SmolStr> {
        let children = expr.children();
        let is_inside = |token: &Token| {
            let holds = |it: &&Expr| it.range.contains(&(token.start as usize));
            children.iter().any(holds)
        };
        let own = self.tokens.iter().filter(|it| {
            expr.range.contains(&(it.start as usize))
                && !is_inside(it)
                && !["(", ")", ","].contains(&it.text(self.text))
        });
        own.map(|it| SmolStr::from(it.folded(self.text).as_ref()))
            .collect()
    }

    /// Whether that word is among them.
    pub(super) fn says(&self, expr: &Expr, word: &str) -> bool {
        self.words(expr).iter().any(|it| it == word)
    }

    /// The brackets and colons of subscripts, with a sign for each bound between them.
    pub(super) fn brackets(&self, expr: &Expr, base: &Expr, bounds: &[Expr]) -> String {
        let mut bounds = bounds.iter().peekable();
        let mut words = String::new();
        let own = self.tokens.iter().filter(|it| {
            let start = it.start as usize;
            expr.range.contains(&start) && start >= base.range.end
        });
        for token in own {
            let start = token.start as usize;
            while bounds.next_if(|it| it.range.end <= start).is_some() {
                words.push('#');
            }
            let is_inside = bounds.peek().is_some_and(|it| it.range.start <= start);
            let text = token.text(self.text);
            if !is_inside && ["[", ":", "]"].contains(&text) {
                words.push_str(text);
            }
        }
        words
    }
}
