//! Text -> revisions: the only module that knows pest.

#[expect(missing_debug_implementations, reason = "the derive makes what it makes")]
mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/revision.pest"]
    pub(super) struct Grammar;
}
