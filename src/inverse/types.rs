//! The way back of types.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::inverse::fidelity::{Loss, NoInverse};
use crate::inverse::way::{Phase, Way};
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::enum_value::ValuePlace;
use crate::operation::{AddEnumValue, CreateDomain, CreateType, DropEnumValue, Operation};
use crate::schema::{Part, Subject, Type, alike};

impl Way<'_> {
    pub(super) fn create_type(&mut self, name: &Name, it: &Type) {
        self.losses.insert(Loss::LosesAttachments);
        let operation = match it {
            Type::Enum(_) | Type::Composite(_) => Operation::CreateType(CreateType::of(name, it)),
            Type::Domain(domain) => Operation::CreateDomain(CreateDomain::of(name, domain)),
        };
        self.push(Phase::CreateType, operation);
        self.comment(Subject::new(it.kind(), name.clone()), it.comment());
        self.comment_parts(name, it);
    }

    pub(super) fn alter_type(
        &mut self,
        name: &Name,
        before: &Type,
        now: &Type,
    ) -> Result<(), NoInverse> {
        if let (Type::Enum(before), Type::Enum(now)) = (before, now) {
            self.alter_enum(name, &before.values, &now.values)?;
        }
        if let (Type::Composite(before), Type::Composite(now)) = (before, now)
            && before.attributes != now.attributes
        {
            return Err(NoInverse(format!(
                "the attributes of type \"{name}\" changed"
            )));
        }
        self.recomment(
            Subject::new(before.kind(), name.clone()),
            before.comment(),
            now.comment(),
        );
        let present = part_comments(name, now);
        let wanted = part_comments(name, before);
        for (subject, comment) in &present {
            if !wanted.iter().any(|it| it.0 == *subject) {
                self.recomment(subject.clone(), None, Some(comment));
            }
        }
        for (subject, comment) in wanted {
            if !present.contains(&(subject.clone(), comment.clone())) {
                self.comment(subject, Some(&comment));
            }
        }
        Ok(())
    }

    pub(super) fn comment_parts(&mut self, name: &Name, it: &Type) {
        for (subject, comment) in part_comments(name, it) {
            self.comment(subject, Some(&comment));
        }
    }

    pub(super) fn alter_enum(
        &mut self,
        name: &Name,
        before: &[SmolStr],
        now: &[SmolStr],
    ) -> Result<(), NoInverse> {
        let alike = alike(before, now, SmolStr::eq);
        let (other_before, other_now) = (alike.of(before), alike.of(now));
        let first = other_before.start;
        let (other_before, other_now) = (&before[other_before], &now[other_now]);
        let held_before: FxHashSet<&SmolStr> = other_before.iter().collect();
        let held_now: FxHashSet<&SmolStr> = other_now.iter().collect();
        for value in other_now.iter().filter(|it| !held_before.contains(it)) {
            self.losses.insert(Loss::MayFailOnRows);
            self.push(
                Phase::AlterTable,
                Operation::DropEnumValue(DropEnumValue {
                    name: name.clone(),
                    value: value.clone(),
                }),
            );
        }
        for (at, value) in (first..).zip(other_before) {
            if held_now.contains(value) {
                continue;
            }
            let place = match at.checked_sub(1) {
                Some(previous) => ValuePlace::After(before[previous].clone()),
                None => match now.first() {
                    Some(first) => ValuePlace::Before(first.clone()),
                    None => ValuePlace::Last,
                },
            };
            self.push(
                Phase::AlterTable,
                Operation::AddEnumValue(AddEnumValue {
                    name: name.clone(),
                    if_not_exists: false,
                    value: value.clone(),
                    place,
                }),
            );
        }
        let kept_before = other_before.iter().filter(|it| held_now.contains(it));
        if kept_before.eq(other_now.iter().filter(|it| held_before.contains(it))) {
            Ok(())
        } else {
            Err(NoInverse(format!(
                "the order of the values of type \"{name}\" changed"
            )))
        }
    }
}

/// The comments of a composite's attributes and of a domain's checks.
fn part_comments(name: &Name, it: &Type) -> Vec<(Subject, SmolStr)> {
    match it {
        Type::Enum(_) => Vec::new(),
        Type::Composite(it) => it
            .attribute_comments
            .iter()
            .map(|(attribute, comment)| {
                let subject = Subject::column(name.clone(), attribute.clone());
                (subject, comment.clone())
            })
            .collect(),
        Type::Domain(it) => it
            .check_comments
            .iter()
            .map(|(check, comment)| {
                let subject =
                    Subject::new(Kind::Domain, name.clone()).with(Part::Constraint(check.clone()));
                (subject, comment.clone())
            })
            .collect(),
    }
}
