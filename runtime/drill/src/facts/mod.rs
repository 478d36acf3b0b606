//! What the drill claims, and how each claim is decided. One file a topic; a topic is a list of claims and a function.

mod chaos;
mod children;
mod latency;
mod maps;
mod observation;
mod presence;
mod race;
mod record;
mod survival;

use std::io;

use serde_json::Value;

use super::case::HookVariant;
use super::evidence::{Comparison, Fact, Status};
use super::machine::now;
use super::plan::Plan;

/// What is claimed.
pub(super) struct Claim {
    id: &'static str,
    controls: &'static [&'static str],
    title: &'static str,
    limit: Limit,
    unit: Option<&'static str>,
}

/// What a value is compared with, and how.
#[derive(Clone, Copy)]
enum Limit {
    AtMost(u64),
    AtLeast(u64),
    Is(&'static str),
    Holds,
    /// There is none.
    Told,
}

impl Limit {
    fn comparison(self) -> Option<Comparison> {
        match self {
            Self::AtMost(_) => Some(Comparison::AtMost),
            Self::AtLeast(_) => Some(Comparison::AtLeast),
            Self::Is(_) | Self::Holds => Some(Comparison::Equals),
            Self::Told => None,
        }
    }

    fn value(self) -> Value {
        match self {
            Self::AtMost(limit) | Self::AtLeast(limit) => limit.into(),
            Self::Is(text) => text.into(),
            Self::Holds => true.into(),
            Self::Told => Value::Null,
        }
    }

    /// A value that is not there keeps no limit.
    fn status(self, value: &Value) -> Status {
        let kept = match self {
            Self::AtMost(limit) => value.as_u64().is_some_and(|value| value <= limit),
            Self::AtLeast(limit) => value.as_u64().is_some_and(|value| value >= limit),
            Self::Is(text) => value == text,
            Self::Holds => *value == true,
            Self::Told => return if value.is_null() { Status::NotRun } else { Status::Reported },
        };
        if kept { Status::Passed } else { Status::Failed }
    }
}

/// The facts so far.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) list: Vec<Fact>,
}

impl Facts {
    /// Decides `claim` by `value`.
    fn decide(&mut self, claim: &Claim, value: impl Into<Value>, how: &str, detail: Option<String>) {
        let value = value.into();
        let status = claim.limit.status(&value);
        self.push(claim, status, value, how, detail);
    }

    /// Tells a value that is too little to decide `claim` by, and why.
    fn report(&mut self, claim: &Claim, value: impl Into<Value>, how: &str, why: String) {
        self.push(claim, Status::Reported, value.into(), how, Some(why));
    }

    /// Says that these claims were not looked at, and why.
    fn not_run(&mut self, claims: &[Claim], why: &str) {
        for claim in claims {
            self.push(claim, Status::NotRun, Value::Null, "not looked at", Some(why.to_owned()));
        }
    }

    fn push(&mut self, claim: &Claim, status: Status, value: Value, how: &str, detail: Option<String>) {
        self.list.push(Fact {
            id: claim.id,
            controls: claim.controls,
            title: claim.title,
            status,
            value,
            comparison: claim.limit.comparison(),
            limit: claim.limit.value(),
            unit: claim.unit,
            how: how.to_owned(),
            time: now(),
            detail,
        });
    }
}

/// Looks at everything that `plan` allows.
pub(super) fn all(plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    presence::look(plan, facts)?;
    if plan.hook == HookVariant::Absent {
        for claims in [
            &record::CLAIMS[..],
            &record::ABORT,
            &latency::CLAIMS,
            &survival::CLAIMS,
            &observation::CLAIMS,
            &maps::CLAIMS,
            &chaos::CLAIMS,
            &race::CLAIMS,
        ] {
            facts.not_run(claims, "there is no hook whose work could be looked at");
        }
    } else {
        record::look(plan, facts)?;
        latency::look(plan, facts)?;
        survival::look(plan, facts)?;
        observation::look(plan, facts)?;
        maps::look(plan, facts)?;
        chaos::look(plan, facts)?;
        race::look(plan, facts)?;
    }
    children::look(plan, facts);
    Ok(())
}
