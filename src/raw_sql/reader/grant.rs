//! `grant` and `revoke`.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::alter::Names;
use super::cst::{Reader, child, children, folded};
use super::named::plain;
use crate::tree::Name;
use crate::tree::definition::Named;

impl Reader {
    /// The objects, with the columns of all privileges, then the roles in the order of the text.
    pub(super) fn privileges(self, node: &SyntaxNode) -> Option<Vec<Named>> {
        let list = child(node, SyntaxKind::REVOKE_COMMAND_LIST);
        let mut commands: Vec<_> = list
            .iter()
            .flat_map(|list| children(list, SyntaxKind::REVOKE_COMMAND))
            .collect();
        commands.extend(child(node, SyntaxKind::ALL_PRIVILEGES));
        let mut all = match child(node, SyntaxKind::ON_PRIVILEGE_OBJECTS_CLAUSE) {
            Some(objects) => {
                let mut names = Names::new(self, "relation");
                names.visit(&objects);
                for object in &mut names.all {
                    if object.kind == "relation" {
                        object.columns = commands
                            .iter()
                            .filter_map(|command| child(command, SyntaxKind::COLUMN_REF_LIST))
                            .flat_map(|list| children(&list, SyntaxKind::COLUMN_NAME_REF))
                            .map(|column| (folded(&column), self.range(&column)))
                            .collect();
                    }
                }
                names.all
            }
            // Without `on` it grants roles, whose names the parser reads as those of privileges.
            None => commands
                .iter()
                .map(|command| Some(plain("role", self.granted_role(command)?)))
                .collect::<Option<_>>()?,
        };
        if let Some(list) = child(node, SyntaxKind::ROLE_REF_LIST) {
            all.extend(self.roles(&list));
        }
        if let Some(clause) = child(node, SyntaxKind::GRANTED_BY_CLAUSE) {
            all.extend(self.roles(&clause));
        }
        Some(all)
    }

    fn granted_role(self, command: &SyntaxNode) -> Option<Name> {
        match child(command, SyntaxKind::ROLE_REF) {
            Some(role) => self.role(&role),
            None => self.whole_name(command),
        }
    }
}
