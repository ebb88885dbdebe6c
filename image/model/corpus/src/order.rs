//! how several steps are said in one request.

use crate::random::Random;

/// how several steps are said.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// one after the other.
    Plain,
    /// "first …, then …".
    First,
    /// "1. … 2. …".
    Numbered,
    /// "…, but first …": two steps, the second is done first.
    Backwards,
}

impl Order {
    /// for so many steps.
    pub fn of(steps: usize, random: &mut Random) -> Self {
        match (steps, random.below(100)) {
            (2, 0..12) => Order::Backwards,
            (2.., 12..22) => Order::First,
            (2.., 22..28) => Order::Numbered,
            _ => Order::Plain,
        }
    }

    /// what is said before the first step.
    pub fn opening(self) -> Option<&'static str> {
        match self {
            Order::First => Some("first "),
            Order::Numbered => Some("1. "),
            Order::Plain | Order::Backwards => None,
        }
    }

    /// what is said between step `at` and the next.
    pub fn joint(self, at: usize, random: &mut Random) -> String {
        let joints: &[&str] = match self {
            Order::Numbered => {
                return format!("{}{}. ", random.pick(&[" ", ", ", "; ", ". "]), at + 2);
            }
            Order::Backwards => &[
                ", but first ",
                ", but before that ",
                " but before you do that ",
                ". before that, ",
                ", though first ",
                "; before it, ",
                ", after you ",
                " but first of all ",
                ", but not before you ",
            ],
            Order::First => &[
                ", then ",
                " and then ",
                ", second, ",
                ", next ",
                " then ",
                ", after that ",
            ],
            Order::Plain => &[
                ", then ",
                " and then ",
                " and ",
                ", and ",
                "; then ",
                ". then ",
                "; ",
                ", after that ",
                " and after that ",
                ". ",
                " and also ",
                ", ",
                ". after that ",
                " && ",
                " then ",
                ", and once that is done ",
                ". when that's done, ",
                " and only then ",
                ". next, ",
                ", afterwards ",
                " and while you are at it ",
                ". also ",
                " plus ",
                ", finally ",
            ],
        };
        (*random.pick(joints)).to_owned()
    }
}
