//! The way back of sequences.

use crate::inverse::fidelity::Loss;
use crate::inverse::way::{Phase, Way};
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::definition::sequence::SequenceOptions;
use crate::operation::{AlterSequence, AlterTable, CreateSequence, Operation};
use crate::schema::{Sequence, Subject};

impl Way<'_> {
    pub(super) fn drop_sequence(&mut self, name: &Name, sequence: &Sequence) {
        let goes_along = sequence
            .owned_by
            .as_ref()
            .is_some_and(|(table, column)| sequence.identity || self.column_goes(table, column));
        if !goes_along {
            self.push_drop(Phase::DropSequence, Kind::Sequence, name.clone());
        }
    }

    pub(super) fn create_sequence(&mut self, name: &Name, sequence: &Sequence) {
        if sequence.identity {
            self.comment(
                Subject::new(Kind::Sequence, name.clone()),
                sequence.comment.as_ref(),
            );
            return;
        }
        self.losses
            .extend([Loss::LosesData, Loss::LosesAttachments]);
        self.push(
            Phase::CreateSequence,
            Operation::CreateSequence(CreateSequence::of(name, sequence)),
        );
        if sequence.owned_by.is_some() {
            self.push(
                Phase::Attach,
                Operation::AlterSequence(AlterSequence {
                    name: name.clone(),
                    if_exists: false,
                    options: SequenceOptions {
                        owned_by: Some(sequence.owned_by.clone()),
                        ..SequenceOptions::default()
                    },
                }),
            );
        }
        self.comment(
            Subject::new(Kind::Sequence, name.clone()),
            sequence.comment.as_ref(),
        );
    }

    pub(super) fn alter_sequence(&mut self, name: &Name, before: &Sequence, now: &Sequence) {
        self.recomment(
            Subject::new(Kind::Sequence, name.clone()),
            before.comment.as_ref(),
            now.comment.as_ref(),
        );
        // The sequence of an identity has followed its column already.
        let followed = (before.identity && now.identity)
            .then(|| SequenceOptions::of_type(&before.sql_type).alter(now).ok())
            .flatten();
        let now = followed.as_ref().unwrap_or(now);
        let differing = |one: i64, two: i64| (one != two).then_some(one);
        let mut options = SequenceOptions {
            sql_type: (before.sql_type != now.sql_type).then(|| before.sql_type.clone()),
            start: differing(before.start, now.start),
            increment: differing(before.increment, now.increment),
            minimum: differing(before.minimum, now.minimum).map(Some),
            maximum: differing(before.maximum, now.maximum).map(Some),
            cache: differing(before.cache, now.cache),
            cycle: (before.cycle != now.cycle).then_some(before.cycle),
            owned_by: (before.owned_by != now.owned_by).then(|| before.owned_by.clone()),
            name: None,
            restart: None,
        };
        if options.sql_type.is_some() {
            // A new type moves the limits that were the old type's own; say them all.
            options.minimum = Some(Some(before.minimum));
            options.maximum = Some(Some(before.maximum));
        }
        if options == SequenceOptions::default() || before.identity != now.identity {
            return;
        }
        if before.maximum < now.maximum || before.minimum > now.minimum {
            self.losses.insert(Loss::MayFailOnRows);
        }
        let operation = match &before.owned_by {
            Some((table, column)) if before.identity => Operation::AlterTable(AlterTable::one(
                table.clone(),
                Action::SetIdentity {
                    column: column.clone(),
                    always: None,
                    options: Box::new(options),
                },
            )),
            _ => Operation::AlterSequence(AlterSequence {
                name: name.clone(),
                if_exists: false,
                options,
            }),
        };
        let phase = if before.owned_by.is_some() {
            Phase::Attach
        } else {
            Phase::AlterTable
        };
        self.push(phase, operation);
    }
}
