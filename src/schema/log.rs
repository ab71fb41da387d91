//! What was changed, in its order: to take it back, to make it again, to tell what differs, and to let another schema
//! follow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::schema::id::ObjectId;
use crate::schema::object::Object;
use crate::schema::stored::Stored;
use crate::schema::{Mark, Schema};

/// What [`Schema::follow`] needs to become as the schema that it comes from.
#[derive(Debug)]
pub struct News {
    keep: Mark,
    /// What each object became, last first.
    made: Vec<(ObjectId, Option<Stored>)>,
}

impl News {
    /// Where both schemas are still the same.
    #[must_use]
    pub fn keep(&self) -> Mark {
        self.keep
    }
}

/// One object before and after a change.
#[derive(Debug, Clone)]
pub struct Change {
    pub before: Option<Arc<Object>>,
    pub after: Option<Arc<Object>>,
}

/// All objects that differ between two points, by what they are found by.
pub type Changes = BTreeMap<ObjectId, Change>;

impl Schema {
    /// The present point of the log.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.log.len())
    }

    /// Forgets what the objects were before: no change so far will be taken back.
    pub fn settle(&mut self) {
        for (_, before) in &mut self.log[self.settled..] {
            *before = None;
        }
        self.settled = self.log.len();
    }

    /// Takes back every change since `mark`, which was taken after the schema was last settled.
    pub fn undo_to(&mut self, mark: Mark) {
        debug_assert!(mark.0 >= self.settled, "what is settled stays");
        while self.log.len() > mark.0 {
            let (id, old) = self.log.pop().expect("the log is longer than the mark");
            self.exchange(&id, old);
        }
        self.told = self.told.min(mark.0);
    }

    /// Takes back every change since `mark` but those of `kept`, of which the log knows no more.
    pub fn undo_but(&mut self, mark: Mark, kept: &BTreeSet<&ObjectId>) {
        let touched = self.log[mark.0..].iter().map(|it| &it.0);
        let touched: BTreeSet<&ObjectId> = touched.filter(|it| kept.contains(it)).collect();
        let stay: Vec<(ObjectId, Option<Stored>)> = touched
            .into_iter()
            .map(|it| (it.clone(), self.objects.get(it).cloned()))
            .collect();
        self.undo_to(mark);
        for (id, now) in stay {
            self.exchange(&id, now);
        }
    }

    /// Takes back every change since `mark`, and returns what [`Self::redo`] needs to make them again.
    pub fn take_back(&mut self, mark: Mark) -> Vec<(ObjectId, Option<Stored>)> {
        debug_assert!(mark.0 >= self.settled, "what is settled stays");
        let mut taken = Vec::with_capacity(self.log.len() - mark.0);
        while self.log.len() > mark.0 {
            let (id, old) = self.log.pop().expect("the log is longer than the mark");
            let new = self.exchange(&id, old);
            taken.push((id, new));
        }
        self.told = self.told.min(mark.0);
        taken
    }

    /// Makes changes again that were taken back.
    pub fn redo(&mut self, taken: Vec<(ObjectId, Option<Stored>)>) {
        for (id, new) in taken.into_iter().rev() {
            let old = self.exchange(&id, new);
            self.log.push((id, old));
        }
    }

    /// What became of the schema since this was asked the last time, for another one that is to [`Self::follow`].
    pub fn news(&mut self) -> News {
        let keep = Mark(self.told);
        // What an entry made is what stood before the next entry of the same object.
        let mut later: FxHashMap<&ObjectId, &Option<Stored>> = FxHashMap::default();
        let made = self.log[keep.0..].iter().rev().map(|(id, before)| {
            let made = match later.insert(id, before) {
                Some(made) => made.clone(),
                None => self.objects.get(id).cloned(),
            };
            (id.clone(), made)
        });
        let made = made.collect();
        self.told = self.log.len();
        News { keep, made }
    }

    /// Becomes as the schema that `news` come from; it was as that one when it was asked the last time.
    pub fn follow(&mut self, news: News) {
        self.undo_to(news.keep);
        self.redo(news.made);
    }

    /// Whether every object is as it was at `mark`. It looks at a few changes only: after many it says no.
    #[must_use]
    pub fn is_plainly_as_at(&self, mark: Mark) -> bool {
        let log = &self.log[mark.0..];
        log.len() <= 32
            && log.iter().enumerate().all(|(at, (id, before))| {
                log[..at].iter().any(|it| it.0 == *id)
                    || match (before, self.get(id)) {
                        (Some(before), Some(now)) => {
                            Arc::ptr_eq(&before.object, now) || before.object.same(now)
                        }
                        (None, None) => true,
                        (Some(_), None) | (None, Some(_)) => false,
                    }
            })
    }

    /// The objects that differ between `mark` and now.
    #[must_use]
    pub fn changes_since(&self, mark: Mark) -> Changes {
        let mut log: Vec<_> = self.log[mark.0..].iter().collect();
        // The first entry of each tells what was there before.
        log.sort_by_key(|it| &it.0);
        log.dedup_by_key(|it| &it.0);
        let mut changes = Changes::new();
        for (id, before) in log {
            let before = before.as_ref().map(|it| &it.object);
            let after = self.get(id);
            let same = match (before, after) {
                (Some(before), Some(after)) => before.same(after),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            if !same {
                let (before, after) = (before.cloned(), after.cloned());
                changes.insert(id.clone(), Change { before, after });
            }
        }
        changes
    }

    /// The objects that were put or removed since `mark`.
    pub fn touched_since(&self, mark: Mark) -> impl Iterator<Item = &ObjectId> {
        self.log[mark.0..].iter().map(|it| &it.0)
    }

    /// The last point before `now` at which `id` was changed.
    #[must_use]
    pub fn last_change(&self, id: &ObjectId) -> Option<Mark> {
        self.log.iter().rposition(|(it, _)| it == id).map(Mark)
    }
}
