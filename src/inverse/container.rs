//! The way back of schemas and extensions.

use smol_str::SmolStr;

use crate::inverse::fidelity::Loss;
use crate::inverse::way::{Phase, Way};
use crate::kind::Kind;
use crate::operation::{CreateExtension, CreateSchema, Operation};
use crate::schema::{Extension, Namespace, Subject};

impl Way<'_> {
    pub(super) fn create_schema(&mut self, name: &SmolStr, namespace: &Namespace) {
        self.losses.insert(Loss::LosesAttachments);
        let create = CreateSchema::of(name);
        self.push(Phase::CreateContainer, Operation::CreateSchema(create));
        self.comment(
            Subject::bare(Kind::Schema, name),
            namespace.comment.as_ref(),
        );
    }

    pub(super) fn create_extension(&mut self, name: &SmolStr, extension: &Extension) {
        self.losses.insert(Loss::LosesAttachments);
        let create = CreateExtension::of(name, extension);
        self.push(Phase::CreateContainer, Operation::CreateExtension(create));
        self.comment(
            Subject::bare(Kind::Extension, name),
            extension.comment.as_ref(),
        );
    }
}
