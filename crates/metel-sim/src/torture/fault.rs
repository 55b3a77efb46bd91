//! Faults and the places at which they happen, with the text in which people repeat them.
//!
//! `crash@after-call:post` is a crash once the call of step `post` has acted and before its answer is
//! recorded; `/2` at the end means the second time that the place is reached.

use std::fmt;
use std::str::FromStr;

use metel_model::{Code, Fault as Refused};

/// A kind of moment in a run's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// The run is asked for.
    Start,
    /// Something was decided and is about to be written.
    BeforeCommit,
    /// It is written; nobody has heard of it yet.
    AfterCommit,
    /// A call was intended and is about to be sent.
    BeforeCall,
    /// It has acted; its answer is not recorded yet.
    AfterCall,
    /// A person decides on an approval.
    Decision,
    /// A message that is waited for is published.
    Message,
}

const MOMENTS: [(Moment, &str); 7] = [
    (Moment::Start, "start"),
    (Moment::BeforeCommit, "before-commit"),
    (Moment::AfterCommit, "after-commit"),
    (Moment::BeforeCall, "before-call"),
    (Moment::AfterCall, "after-call"),
    (Moment::Decision, "decision"),
    (Moment::Message, "message"),
];

/// A place in a run: the nth time that a moment with this name is reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    pub moment: Moment,
    /// A step, `command.step` of a commit, the name of a message.
    pub name: String,
    /// From 1.
    pub n: u32,
}

/// What goes wrong, or is chosen, there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The process dies and is started again.
    Crash,
    /// The answer is lost: of a call a timeout, of a commit a broken connection.
    Lose,
    /// The receiver answers with an error of its own, before or after acting.
    Error,
    /// The call fails for good and has done nothing.
    Fail,
    /// The process stands still past its lease; another takes over; then it goes on.
    Freeze,
    /// The same thing is delivered again: a start, an outcome, a decision, a message.
    Repeat,
    /// The wall clock jumps by so many minutes.
    Clock(i64),
    /// What runs side by side comes back in reverse order, from the start on.
    Reverse,
    /// A person says no.
    Reject,
    /// A person cancels the run.
    Cancel,
    /// The nth other answer of a simulated tool, agent, form or input.
    Answer(u32),
}

impl Kind {
    /// The run should come to the same end in spite of it.
    pub fn is_neutral(self) -> bool {
        matches!(
            self,
            Self::Crash | Self::Lose | Self::Error | Self::Freeze | Self::Repeat | Self::Clock(_) | Self::Reverse
        )
    }

    /// A choice rather than a fault: it makes another ordinary run.
    pub fn is_choice(self) -> bool {
        matches!(self, Self::Reject | Self::Answer(_))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crash => f.write_str("crash"),
            Self::Lose => f.write_str("lose"),
            Self::Error => f.write_str("error"),
            Self::Fail => f.write_str("fail"),
            Self::Freeze => f.write_str("freeze"),
            Self::Repeat => f.write_str("repeat"),
            Self::Clock(minutes) => {
                let sign = if *minutes < 0 { '-' } else { '+' };
                match minutes.unsigned_abs() {
                    days if days % 1_440 == 0 => write!(f, "clock{sign}{}d", days / 1_440),
                    hours if hours % 60 == 0 => write!(f, "clock{sign}{}h", hours / 60),
                    minutes => write!(f, "clock{sign}{minutes}m"),
                }
            }
            Self::Reverse => f.write_str("reverse"),
            Self::Reject => f.write_str("reject"),
            Self::Cancel => f.write_str("cancel"),
            Self::Answer(n) => write!(f, "answer-{n}"),
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = MOMENTS.iter().find(|(moment, _)| *moment == self.moment).map_or("", |(_, name)| name);
        write!(f, "{moment}:{}", self.name)?;
        if self.n > 1 { write!(f, "/{}", self.n) } else { Ok(()) }
    }
}

/// One thing that goes wrong at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Act {
    pub kind: Kind,
    pub at: Point,
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.kind, self.at)
    }
}

fn odd(text: &str) -> Refused {
    Refused::new(Code::Usage).detail(
        format!(
            "`{}` is no fault: write one such as crash@after-call:STEP",
            text.chars().take(120).collect::<String>()
        ),
        format!(
            "`{}`는 고장이 아니에요. crash@after-call:단계 처럼 쓰세요",
            text.chars().take(120).collect::<String>()
        ),
    )
}

impl FromStr for Kind {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        Ok(match text {
            "crash" => Self::Crash,
            "lose" => Self::Lose,
            "error" => Self::Error,
            "fail" => Self::Fail,
            "freeze" => Self::Freeze,
            "repeat" => Self::Repeat,
            "reverse" => Self::Reverse,
            "reject" => Self::Reject,
            "cancel" => Self::Cancel,
            other => {
                if let Some(n) = other.strip_prefix("answer-") {
                    return n.parse().map(Self::Answer).map_err(|_| odd(text));
                }
                let jump = other.strip_prefix("clock").ok_or_else(|| odd(text))?;
                let unit = jump.chars().last().ok_or_else(|| odd(text))?;
                let count: i64 = jump[..jump.len() - unit.len_utf8()].parse().map_err(|_| odd(text))?;
                let minutes = match unit {
                    'd' => 1_440,
                    'h' => 60,
                    'm' => 1,
                    _ => return Err(odd(text)),
                };
                // Ten years are far enough.
                let all = count.checked_mul(minutes).filter(|all| all.abs() <= 5_256_000);
                Self::Clock(all.ok_or_else(|| odd(text))?)
            }
        })
    }
}

impl FromStr for Act {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let (kind, place) = text.trim().split_once('@').ok_or_else(|| odd(text))?;
        let (moment, name) = place.split_once(':').ok_or_else(|| odd(text))?;
        let moment = MOMENTS.iter().find(|(_, word)| *word == moment).ok_or_else(|| odd(text))?.0;
        let (name, n) = match name.rsplit_once('/') {
            Some((name, n)) => (name, n.parse().ok().filter(|n| *n > 0).ok_or_else(|| odd(text))?),
            None => (name, 1),
        };
        if name.is_empty() || name.len() > 512 {
            return Err(odd(text));
        }
        Ok(Self { kind: kind.parse()?, at: Point { moment, name: name.to_owned(), n } })
    }
}

/// Choices and faults of one run. Its text is one line, in the order given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Schedule(pub Vec<Act>);

impl Schedule {
    #[must_use]
    pub fn with(&self, act: Act) -> Self {
        let mut acts = self.0.clone();
        acts.push(act);
        Self(acts)
    }

    /// Without the act at a position.
    #[must_use]
    pub fn without(&self, at: usize) -> Self {
        let mut acts = self.0.clone();
        acts.remove(at);
        Self(acts)
    }

    /// The choices alone: the ordinary run that the faults disturb.
    #[must_use]
    pub fn choices(&self) -> Self {
        Self(self.0.iter().filter(|act| act.kind.is_choice()).cloned().collect())
    }

    pub fn faults(&self) -> impl Iterator<Item = &Act> {
        self.0.iter().filter(|act| !act.kind.is_choice())
    }

    pub fn is_neutral(&self) -> bool {
        self.faults().all(|act| act.kind.is_neutral())
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, act) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            write!(f, "{act}")?;
        }
        Ok(())
    }
}

impl FromStr for Schedule {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.len() > 64 {
            return Err(odd(text));
        }
        parts.into_iter().map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_schedule_goes_there_and_back() {
        let text = "answer-2@before-call:check,reject@decision:ask[3],clock-1d@after-commit:wake.@deadline/2,\
                    clock+7h@start:run,crash@after-call:pay!undo,freeze@before-call:a#critic";
        let text: String = text.split_whitespace().collect();
        let schedule: Schedule = text.parse().unwrap();
        assert_eq!(schedule.to_string(), text);
        assert_eq!(schedule.choices().0.len(), 2);
        assert!(schedule.is_neutral());
    }

    #[test]
    fn odd_text_is_refused_by_name() {
        for text in [
            "crash",
            "crash@",
            "crash@nowhere:x",
            "boom@start:run",
            "crash@start:",
            "clock+1y@start:run",
            "clock@start:run",
            "crash@start:run/0",
            "clock+99999999999999999999d@start:run",
            "clock+1일@start:run",
        ] {
            assert_eq!(text.parse::<Act>().unwrap_err().code, Code::Usage, "{text}");
        }
    }
}
